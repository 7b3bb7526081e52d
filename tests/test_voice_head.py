"""A model whose network has a voice head: its logits are read, and overrule the rules in scores."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from framing.codebook import Codebook
from framing.errors import ModelError
from framing.model.artefact import read_artefact, write_manifest
from framing.model.onnx_engine import OnnxEngine
from framing.scoring import load

onnx = pytest.importorskip("onnx", reason="the extra 'train' is not installed")

from onnx import TensorProto, helper, numpy_helper

TEXT = "The bridge fell. It was old. They blackmail us. The river rose. Nobody was hurt."


@pytest.fixture
def voiced_model(toy_model: Path) -> Path:
    """The toy, whose "blackmail" now also gives a logit of 30 a word for a report."""
    model = onnx.load(str(toy_model / "model.onnx"))
    columns = np.zeros((len(Codebook.load("influence-1").frames), 3), np.float32)
    columns[0, 2] = 1
    model.graph.initializer.append(numpy_helper.from_array(columns, "columns"))
    model.graph.node.append(helper.make_node("MatMul", ["logits", "columns"], ["voice_logits"]))
    model.graph.output.append(
        helper.make_tensor_value_info("voice_logits", TensorProto.FLOAT, ["n", 3])
    )
    onnx.save(model, str(toy_model / "model.onnx"))
    mixture = {
        "voices": ["author", "quoted", "reported"],
        "bias": [0, 0, 0],
        "weights": np.hstack([np.eye(3), np.eye(3)]).tolist(),
    }
    return calibrated(toy_model, voice=mixture)


def calibrated(folder: Path, **changes: object) -> Path:
    """Write the folder's manifest anew, its calibration changed."""
    manifest = json.loads((folder / "manifest.json").read_text())
    values = {k: v for k, v in manifest.items() if k not in ("format", "files")}
    values["calibration"] = {**values["calibration"], **changes}
    values["calibration"] = {k: v for k, v in values["calibration"].items() if v is not None}
    write_manifest(folder, values, tuple(manifest["files"]))
    return folder


def test_voice_logits_stand_beside_those_of_the_frames(voiced_model: Path) -> None:
    artefact = read_artefact(voiced_model)
    found = OnnxEngine(artefact).predict(["blackmail", "there"])
    assert found.logits.shape == (2, len(artefact.codebook.frames))
    assert found.voice_logits is not None
    assert found.voice_logits.argmax(1).tolist() == [2, 0]


def test_weights_without_a_voice_head_give_no_voice_logits(toy_model: Path) -> None:
    assert OnnxEngine(read_artefact(toy_model)).predict(["blackmail"]).voice_logits is None


def test_the_network_has_a_say_in_scores(voiced_model: Path) -> None:
    assert [s.voice for s in load(str(voiced_model)).score(TEXT).sentences] == [
        "author", "author", "reported", "author", "author",
    ]  # fmt: skip


def test_voice_logits_without_a_mixture_are_left_alone(voiced_model: Path) -> None:
    scored = load(str(calibrated(voiced_model, voice=None))).score(TEXT)
    assert {s.voice for s in scored.sentences} == {"author"}


def test_a_mixture_for_weights_without_a_voice_head_is_left_alone(
    voiced_model: Path, toy_weights: Path
) -> None:
    (voiced_model / "model.onnx").write_bytes((toy_weights / "model.onnx").read_bytes())
    assert {s.voice for s in load(str(calibrated(voiced_model))).score(TEXT).sentences} == {
        "author"
    }


def test_a_damaged_mixture_is_refused(voiced_model: Path) -> None:
    calibrated(voiced_model, voice={})
    with pytest.raises(ModelError, match=r"calibration\.voice: expected voices, bias and weights"):
        read_artefact(voiced_model)
