"""A model that takes its word embeddings from one beside it: the same scores, or a refusal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")

from framing import load
from framing.errors import ModelError
from framing.model.artefact import find_model, read_artefact, write_manifest
from training.export import share

FILES = ("model.onnx", "tokenizer.json")


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with the shipped model's weights; the second will share those of the first."""
    shipped = find_model("default")
    manifest = json.loads((shipped / "manifest.json").read_text())
    values = {k: v for k, v in manifest.items() if k not in ("format", "files")}
    for name in ("whole", "sharer"):
        (tmp_path / name).mkdir()
        for file in FILES:
            shutil.copy(shipped / file, tmp_path / name)
        write_manifest(tmp_path / name, {**values, "name": name}, FILES)
    return tmp_path / "whole", tmp_path / "sharer"


def test_a_sharer_is_smaller_and_scores_the_same(pair: tuple[Path, Path]) -> None:
    whole, sharer = pair
    before = (sharer / "model.onnx").stat().st_size
    saved = share(sharer, whole)
    assert saved > 11_000_000
    assert (sharer / "model.onnx").stat().st_size < before - saved + 1000
    texts = ["We choose our partners ourselves.", "It rained."]
    expected = load(str(whole)).predict_proba(texts)
    assert (load(str(sharer)).predict_proba(texts) == expected).all()


def test_a_sharer_without_its_neighbour_is_refused(pair: tuple[Path, Path], tmp_path: Path) -> None:
    whole, sharer = pair
    share(sharer, whole)
    alone = tmp_path / "elsewhere" / "sharer"
    shutil.copytree(sharer, alone)
    with pytest.raises(ModelError, match="with model 'whole', which must lie beside it"):
        read_artefact(alone)


def test_a_neighbour_that_changed_is_refused(pair: tuple[Path, Path]) -> None:
    whole, sharer = pair
    share(sharer, whole)
    raw = bytearray((whole / "model.onnx").read_bytes())
    raw[len(raw) // 2] ^= 1
    (whole / "model.onnx").write_bytes(bytes(raw))
    with pytest.raises(ModelError, match="altered"):
        read_artefact(sharer)


@pytest.mark.parametrize("name", ["../whole", ".hidden", "/etc"])
def test_what_is_shared_lies_in_a_folder_beside(pair: tuple[Path, Path], name: str) -> None:
    _, sharer = pair
    path = sharer / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["shares"] = {"name": name, "sha256": "0", "bytes": 1}
    path.write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="is not a plain folder name"):
        read_artefact(sharer)


def test_models_in_different_folders_cannot_share(pair: tuple[Path, Path]) -> None:
    with pytest.raises(ModelError, match="must lie in one folder"):
        share(pair[1], find_model("default"))
