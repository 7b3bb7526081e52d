"""The sentence encoder beside a model: faithful in 8 bits, its word table stored once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")
import onnx

from framing.errors import ModelError
from framing.model.artefact import read_artefact, write_manifest
from framing.model.onnx_engine import OnnxEmbedder
from training.embedder import add_embedder
from training.network import load_encoder

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


@pytest.fixture
def model(toy_model: Path, tiny_encoder: Path) -> Path:
    """The toy model with the tokenizer of the tiny encoder."""
    _, tokenizer = load_encoder(str(tiny_encoder))
    tokenizer.backend_tokenizer.save(str(toy_model / "tokenizer.json"))
    manifest = json.loads((toy_model / "manifest.json").read_text())
    values = {k: v for k, v in manifest.items() if k not in ("format", "files")}
    write_manifest(toy_model, values, tuple(manifest["files"]))
    return toy_model


def test_embeddings_are_those_of_the_base(model: Path, tiny_encoder: Path) -> None:
    figures = add_embedder(model, str(tiny_encoder))
    assert figures["cosine"] > 0.98
    text = "they choose the old order today"
    (vector,) = OnnxEmbedder(read_artefact(model)).embed([text])[0]
    encoder, tokenizer = load_encoder(str(tiny_encoder))
    with torch.inference_mode():
        states = encoder(**tokenizer(text, return_tensors="pt")).last_hidden_state[0].numpy()
    expected = states.mean(0)
    cosine = vector @ expected / np.linalg.norm(vector) / np.linalg.norm(expected)
    assert cosine > 0.97


def test_an_embedder_is_replaced_by_the_next(model: Path, tiny_encoder: Path) -> None:
    add_embedder(model, str(tiny_encoder))
    add_embedder(model, str(tiny_encoder))
    assert list(read_artefact(model).manifest["files"]).count("embedder.onnx") == 1


def test_an_embedder_is_not_read_beside_other_weights(model: Path, tiny_encoder: Path) -> None:
    add_embedder(model, str(tiny_encoder))
    weights = onnx.load(str(model / "model.onnx"))
    weights.doc_string = "exported again"  # moves the words to another place in the file
    onnx.save(weights, str(model / "model.onnx"))
    manifest = json.loads((model / "manifest.json").read_text())
    values = {k: v for k, v in manifest.items() if k not in ("format", "files")}
    write_manifest(model, values, tuple(manifest["files"]))
    with pytest.raises(ModelError, match=r"word embeddings from another model\.onnx"):
        read_artefact(model)


def test_an_encoder_with_other_tokens_is_refused(toy_model: Path, tiny_encoder: Path) -> None:
    with pytest.raises(ModelError, match="has other tokens than"):
        add_embedder(toy_model, str(tiny_encoder))
