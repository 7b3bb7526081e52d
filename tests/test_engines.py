"""Engines: one interface, the same scores, a clear word where one cannot run."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

import framing
from framing.errors import MissingExtraError, ModelError
from framing.model.artefact import find_model, read_artefact
from framing.model.engine import open_engine
from framing.model.onnx_engine import OnnxEngine

SENTENCES = [
    "The convoy left the town before dawn.",
    "Mali alone will choose its partners, and no capital in Europe will choose for it.",
    "The minister called the accusation a fabrication by hostile media.",
    "Rain is expected over the north until Thursday.",
]
has_torch_weights = pytest.mark.skipif(
    not read_artefact(find_model("default")).torch_folder.is_dir(),
    reason="the torch weights lie in a checkout only",
)


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ValueError, match="device is 'auto', 'cpu', 'cuda'"):
        framing.load(device="tpu")


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(ValueError, match="engine is 'auto', 'onnx', 'torch'"):
        framing.load(engine="tensorrt")


def test_the_cpu_engine_is_not_put_on_a_gpu() -> None:
    with pytest.raises(ModelError, match="use engine 'torch' for cuda"):
        framing.load(device="cuda", engine="onnx")


def test_without_a_gpu_the_shipped_engine_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framing.model.engine._has_gpu", lambda _: False)
    artefact = read_artefact(find_model("default"))
    assert isinstance(open_engine(artefact), OnnxEngine)


def test_one_thread_means_no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    def pool(*_: object) -> None:
        raise AssertionError("a pool of threads was opened")

    scorer = framing.load(threads=1)
    monkeypatch.setattr("framing.model.onnx_engine.ThreadPoolExecutor", pool)
    assert len(scorer.predict_proba([f"{n} {SENTENCES[0]}" for n in range(100)])) == 100


def test_no_threads_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="threads is at least 1, got 0"):
        framing.load(threads=0)


def test_a_missing_torch_names_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "framing.model.torch_engine", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'framing\[torch\]'"):
        open_engine(read_artefact(find_model("default")), engine="torch")


@has_torch_weights
def test_the_torch_engine_agrees_with_the_shipped_one() -> None:
    pytest.importorskip("torch", reason="needs framing[torch]")
    expected = framing.load(engine="onnx").predict_proba(SENTENCES)
    found = framing.load(device="cpu", engine="torch").predict_proba(SENTENCES)
    assert np.abs(found - expected).max() < 0.15
    assert (np.argmax(found, 1) == np.argmax(expected, 1)).all()


def test_a_folder_without_torch_weights_says_where_they_are(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="needs framing[torch]")
    source, target = find_model("default"), tmp_path / "model"
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("torch"))
    with pytest.raises(ModelError, match="no torch weights"):
        framing.load(str(target), device="cpu", engine="torch")
