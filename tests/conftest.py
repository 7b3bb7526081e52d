"""Fixtures that every test module may use."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from framing.codebook import Codebook
from framing.model.artefact import write_manifest

ROOT = Path(__file__).resolve().parents[1]
WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "we", "were", "never", "there", "choose", "blackmail")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data (`FRAMING_SHARED`, else `../shared`); skips where it is absent."""
    folder = Path(os.environ.get("FRAMING_SHARED", ROOT.parent / "shared"))
    if not (folder / "real" / "dev.jsonl").is_file():
        pytest.skip(f"real data are not at {folder}; set FRAMING_SHARED to their folder")
    return folder


@pytest.fixture
def article(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file that holds the `TEXT` of the test's module."""
    file = tmp_path / "bridge.txt"
    file.write_text(request.module.TEXT, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def toy_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the weights and tokenizer of a toy: each word has its own logits, averaged.

    "blackmail" speaks for every frame and "there" against, so that a test can foretell scores.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    folder = tmp_path_factory.mktemp("toy")
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))

    n_frames = len(Codebook.load("influence-1").frames)
    table = np.zeros((len(WORDS), n_frames), np.float32)
    table[WORDS.index("blackmail")] = 30
    table[WORDS.index("there")] = -30
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"]),
        helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["mask", "two"], ["wide"]),
        helper.make_node("Mul", ["each", "wide"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "one"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["mask", "one"], ["count"], keepdims=1),
        helper.make_node("Div", ["sum", "count"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "toy",
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"])
            for name in ("input_ids", "attention_mask")
        ],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", n_frames])],
        [
            numpy_helper.from_array(table, "table"),
            numpy_helper.from_array(np.array([1], np.int64), "one"),
            numpy_helper.from_array(np.array([2], np.int64), "two"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(folder / "model.onnx"))
    return folder


@pytest.fixture
def toy_model(toy_weights: Path, tmp_path: Path) -> Path:
    """A fresh folder with a complete toy model of influence-1, whose window is 16 tokens."""
    folder = tmp_path / "toy-model"
    folder.mkdir()
    for name in ("model.onnx", "tokenizer.json"):
        (folder / name).write_bytes((toy_weights / name).read_bytes())
    codebook = Codebook.load("influence-1")
    write_manifest(
        folder,
        {
            "name": "toy",
            "revision": "1",
            "codebook": codebook.id,
            "codebook_digest": codebook.digest,
            "frames": list(codebook.frame_ids),
            "thresholds": dict.fromkeys(codebook.frame_ids, 0.5),
            "calibration": {
                "method": "platt",
                "scale": [1.0] * len(codebook.frames),
                "shift": [-1.0] * len(codebook.frames),
                "fitted_on": "nothing",
            },
            "max_tokens": 16,
            "languages": ["en"],
            "base": "a toy",
            "licence": "Apache-2.0",
            "data": {},
            "metrics": {},
            "library": "0",
        },
        ("model.onnx", "tokenizer.json"),
    )
    return folder
