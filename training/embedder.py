"""Add a sentence encoder to a model folder: `python -m training.embedder MODEL_FOLDER --base BASE`.

Frames of a user's own are scored from sentence embeddings. Those of the fine-tuned encoder will not
do: it forgets what its frames do not need, and ranks sentences for frames that it never saw with
less than half the average precision of the encoder that it was trained from. So that one is stored
as well, in 8 bits, as `embedder.onnx`. Where both hold the same word embeddings (a recipe with
`freeze_embeddings`) they are stored once: the file refers to their place in `model.onnx`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from framing.data import load_corpus
from framing.errors import FramingError, ModelError
from framing.model.artefact import EMBEDDER, MANIFEST, WEIGHTS, read_artefact, write_manifest
from framing.sentences import model_text
from training.eight_bits import share_tables, write_int8
from training.export import SAMPLES, write_graph
from training.network import load_encoder

LEAST_COSINE = 0.98  # mean over sentences, between 32-bit and 8-bit embeddings


class _MeanState(nn.Module):
    """An encoder whose output is the mean of its token states."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states: Tensor = self.encoder(input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        return (states * mask).sum(1) / mask.sum(1)


def add_embedder(folder: Path, base: str) -> dict[str, float]:
    """Write `embedder.onnx` into a model folder and list it in the manifest; return its figures.

    Raises ModelError when the base has other tokens than the model or does not survive 8 bits.
    """
    artefact = read_artefact(folder)
    encoder, tokenizer = load_encoder(base)
    encoder.half().float()  # as the model's weights are stored, so that equal ones stay equal
    encoder.set_attn_implementation("eager")
    known = json.loads(artefact.tokenizer.read_text(encoding="utf-8"))["model"]["vocab"]
    if known != tokenizer.get_vocab():
        raise ModelError(f"base '{base}' has other tokens than {artefact.tokenizer}")
    texts = [model_text(r.text) for r in load_corpus().records]
    samples = [
        tokenizer(text, truncation=True, max_length=artefact.max_tokens)["input_ids"]
        for text in texts[:: max(len(texts) // SAMPLES, 1)]
    ]
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".embedder-") as scratch:
        plain, small = Path(scratch) / "fp32.onnx", Path(scratch) / EMBEDDER
        write_graph(_MeanState(encoder), plain, outputs=("mean",))
        write_int8(plain, small, samples)
        cosine = _cosine(_run(plain, samples), _run(small, samples))
        if cosine < LEAST_COSINE:
            raise ModelError(
                f"base '{base}': 8-bit embeddings differ too much: cosine {cosine:.3f}"
            )
        shared = share_tables(small, artefact.weights, location=WEIGHTS)
        small.replace(artefact.embedder)
    files = [name for name in artefact.manifest["files"] if name != EMBEDDER]
    values = {k: v for k, v in artefact.manifest.items() if k not in ("format", "files")}
    values["embedder_reads"] = artefact.manifest["files"][WEIGHTS]["sha256"]
    write_manifest(folder, values, (*files, EMBEDDER))
    read_artefact(folder)
    return {"cosine": cosine, "shared_bytes": shared}


def _run(path: Path, samples: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    import onnxruntime as ort

    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    rows = []
    for sample in samples:
        ids = np.array([sample], np.int64)
        rows.append(
            session.run(["mean"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0]
        )
    return np.concatenate(rows)


def _cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(((a * b).sum(1) / lengths).mean())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 done, 2 wrong usage or unreadable input."""
    parser = argparse.ArgumentParser(prog="python -m training.embedder", allow_abbrev=False)
    parser.add_argument("model", type=Path, help="a model folder, as training.export writes it")
    parser.add_argument("--base", required=True, help="a pretrained sentence encoder")
    chosen = parser.parse_args(arguments)
    try:
        found = add_embedder(chosen.model, chosen.base)
    except FramingError as error:
        print(error, file=sys.stderr)
        return 2
    print(
        f"{chosen.model / EMBEDDER}: cosine {found['cosine']:.4f} to 32 bits, "
        f"{found['shared_bytes']:,} bytes shared; {MANIFEST} is new"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
