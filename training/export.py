"""Turn a run into a model that `framing` loads: `python -m training.export RUN MODEL_FOLDER`.

The network is written as ONNX, its weights are stored as 8-bit integers, and the small model must
agree with the large one on real sentences; layers are kept in 32 bits, one after the other, until
it does. Folder, card and manifest with hashes appear under the output's name only when complete.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from eval.metrics import macro_f1
from framing import __version__
from framing.codebook import Codebook
from framing.errors import FramingError, ModelError
from framing.model.artefact import TOKENIZER, WEIGHTS, read_artefact, write_manifest
from framing.model.onnx_engine import OnnxEngine
from framing.sentences import model_text
from training.calibration import apply_platt
from training.card import model_card
from training.eight_bits import matmul_nodes, share_tables, write_int8
from training.examples import read_examples, y_true_of
from training.network import FrameNetwork, load_network
from training.recipe import load_recipe
from training.voice import fit_mixture

MOST_FLIPS = 0.003  # share of labels that may differ between 32-bit and 8-bit weights
MOST_LOSS = 0.005  # of macro-F1
SAMPLES = 1600  # training sentences over which 8-bit weights are fitted to 32-bit ones


class _Heads(nn.Module):
    """The network without its loss, as the ONNX graph needs it."""

    def __init__(self, network: FrameNetwork, outputs: Sequence[str]) -> None:
        super().__init__()
        self.network = network
        self.outputs = tuple(outputs)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, ...]:
        found = self.network(input_ids, attention_mask)
        return tuple(found[name] for name in self.outputs)


def write_onnx(network: FrameNetwork, path: Path, *, voice: bool = True) -> None:
    """Write the network as an ONNX graph: input_ids, attention_mask `(n, length)` -> logits.

    With `voice`, to be left out where that head was not trained, also -> voice_logits.
    """
    network.encoder.set_attn_implementation("eager")  # plain MatMuls, which can be quantised
    outputs = ("logits", "voice_logits") if voice else ("logits",)
    write_graph(_Heads(network, outputs), path, outputs=outputs)


def write_graph(module: nn.Module, path: Path, *, outputs: Sequence[str]) -> None:
    """Write a module that maps input_ids, attention_mask `(n, length)` to outputs `(n, ...)`."""
    ids = torch.tensor([[1, 3, 2], [1, 4, 2]])  # any tokens
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(),
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=list(outputs),
            dynamic_axes={
                "input_ids": {0: "n", 1: "length"},
                "attention_mask": {0: "n", 1: "length"},
                **{output: {0: "n"} for output in outputs},
            },
            opset_version=17,
            dynamo=False,
        )


def _straighten(
    found: NDArray[np.float32], wanted: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return slope and offset `(n_frames,)` that bring logits nearest to those of 32-bit weights.

    Rounding leaves each logit with a small error of its own (Nagel et al. 2019); the straight line
    that least squares put through it becomes part of the calibration, and costs nothing.
    """
    lines = [np.polyfit(found[:, k], wanted[:, k], 1) for k in range(found.shape[1])]
    return np.array([line[0] for line in lines]), np.array([line[1] for line in lines])


def export(run: Path, target: Path, *, revision: str, keep_torch: bool = True) -> dict[str, Any]:
    """Export a run folder to `target` and return the parity figures.

    `keep_torch` writes 16-bit weights for further training beside the 8-bit ones.

    Raises ModelError when no mixture of precisions agrees with the 32-bit network.
    """
    try:
        calibration = json.loads((run / "calibration.json").read_text())
        provenance = json.loads((run / "provenance.json").read_text())
        metrics = json.loads((run / "metrics.json").read_text())
    except OSError as error:
        raise ModelError(f"{run}: not a finished run: {error.filename} is missing") from error
    recipe = load_recipe(run / "recipe.yaml")
    codebook = Codebook.load(recipe.codebook)
    network, tokenizer = load_network(run / "model")
    examples, _ = read_examples(recipe.dev or recipe.train, codebook)
    y_true = y_true_of(examples, codebook)
    texts = [model_text(e.text) for e in examples]
    scale, shift = np.array(calibration["scale"]), np.array(calibration["shift"])
    thresholds = np.array(calibration["thresholds"])

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".export-") as scratch:
        folder = Path(scratch) / target.name
        folder.mkdir()
        plain = Path(scratch) / "fp32.onnx"
        write_onnx(network, plain, voice=recipe.voice_weight > 0)
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.no_truncation()
        tokenizer.backend_tokenizer.save(str(folder / TOKENIZER))
        values: dict[str, Any] = {
            "name": recipe.name,
            "revision": revision,
            "codebook": codebook.id,
            "codebook_digest": codebook.digest,
            "frames": list(codebook.frame_ids),
            "thresholds": dict(zip(codebook.frame_ids, calibration["thresholds"], strict=True)),
            "calibration": {
                "method": "platt",
                "scale": calibration["scale"],
                "shift": calibration["shift"],
                "fitted_on": calibration["fitted_on"],
            },
            "max_tokens": recipe.max_tokens,
            "languages": ["en"],
            "base": recipe.base,
            "licence": "Apache-2.0",
            "data": {"train": provenance["train"], "dev": provenance["dev"]},
            "metrics": {},
            "library": __version__,
        }

        taught, _ = read_examples(recipe.train, codebook)
        samples = [model_text(e.text) for e in taught[:: max(len(taught) // SAMPLES, 1)]]
        samples_ids = tokenizer(samples, truncation=True, max_length=recipe.max_tokens)["input_ids"]

        def run_weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
            """Return the logits of the dev sentences and of the samples."""
            write_manifest(folder, values, (WEIGHTS, TOKENIZER))
            engine = OnnxEngine(read_artefact(folder))
            return engine.predict(texts).logits, engine.predict(samples).logits

        shutil.copy(plain, folder / WEIGHTS)
        logits, wanted = run_weights()
        expected = apply_platt(logits, scale, shift)
        y_expected = expected >= thresholds
        nodes = matmul_nodes(plain)
        for kept in (0, 1, 2, 3, 4, 6, 9, 12):
            write_int8(plain, folder / WEIGHTS, samples_ids, keep=nodes[:kept])
            logits, found = run_weights()
            slope, offset = _straighten(found, wanted)
            values["calibration"]["scale"] = (scale * slope).tolist()
            values["calibration"]["shift"] = (shift + scale * offset).tolist()
            y_score = apply_platt(logits, scale * slope, shift + scale * offset)
            y_pred = y_score >= thresholds
            parity = {
                "sentences": len(texts),
                "flips": float((y_pred != y_expected).mean()),
                "largest_change": float(np.abs(y_score - expected).max()),
                "macro_f1_fp32": macro_f1(y_true, y_expected),
                "macro_f1_int8": macro_f1(y_true, y_pred),
                "layers_in_32_bits": kept,
            }
            print(json.dumps(parity), file=sys.stderr)
            if (
                parity["flips"] <= MOST_FLIPS
                and abs(parity["macro_f1_fp32"] - parity["macro_f1_int8"]) <= MOST_LOSS
            ):
                break
        else:
            raise ModelError(f"{run}: 8-bit weights differ from 32-bit ones too often: {parity}")
        values["metrics"] = {**metrics, "parity": parity}
        finished = OnnxEngine(read_artefact(folder))
        mixture, values["metrics"]["voice"] = fit_mixture(
            run, lambda given: finished.predict(given).voice_logits
        )
        if mixture is not None:
            values["calibration"]["voice"] = mixture
        write_manifest(folder, values, (WEIGHTS, TOKENIZER))
        if keep_torch:
            shutil.copytree(run / "model", folder / "torch")
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "README.md").write_text(
            model_card(manifest, provenance, torch=keep_torch), encoding="utf-8"
        )
        read_artefact(folder)
        if target.exists():
            shutil.rmtree(target)
        folder.rename(target)
    return parity


def share(target: Path, other: Path) -> int:
    """Let a model refer to the word embeddings of one in a folder beside it; return bytes saved.

    Raises ModelError where they are not the same to the bit: both must come from one base by
    recipes with `freeze_embeddings`.
    """
    if target.resolve().parent != other.resolve().parent:
        raise ModelError(f"{target} and {other} must lie in one folder to share embeddings")
    artefact, held = read_artefact(target), read_artefact(other)
    saved = share_tables(
        artefact.weights, held.weights, location=f"{other.resolve().name}/{WEIGHTS}"
    )
    if not saved:
        raise ModelError(f"{target}: has no large table in common with {other}")
    values = {k: v for k, v in artefact.manifest.items() if k not in ("format", "files")}
    values["shares"] = {"name": other.resolve().name, **held.manifest["files"][WEIGHTS]}
    write_manifest(target, values, tuple(artefact.manifest["files"]))
    OnnxEngine(read_artefact(target))
    return saved


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 done, 2 wrong usage, unreadable input or failed parity."""
    parser = argparse.ArgumentParser(prog="python -m training.export")
    parser.add_argument("run", type=Path, help="a finished run folder of training.finetune")
    parser.add_argument("target", type=Path, help="the model folder to write")
    parser.add_argument("--revision", default="1")
    parser.add_argument("--embedder", metavar="BASE", help="see python -m training.embedder")
    parser.add_argument(
        "--share",
        metavar="MODEL",
        type=Path,
        help="take word embeddings from a model beside TARGET",
    )
    parser.add_argument("--no-torch", action="store_true", help="leave the 16-bit weights out")
    chosen = parser.parse_args(arguments)
    try:
        parity = export(
            chosen.run, chosen.target, revision=chosen.revision, keep_torch=not chosen.no_torch
        )
        if chosen.share:
            share(chosen.target, chosen.share)
        if chosen.embedder:  # last: it looks for its words in the weights as they stay
            from training.embedder import add_embedder

            add_embedder(chosen.target, chosen.embedder)
    except FramingError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{chosen.target}: {parity['flips']:.2%} of labels differ from the 32-bit network")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
