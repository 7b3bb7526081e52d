"""The card of an exported model: what it is for, what it saw, how good it is, where it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["model_card"]


def _taught(provenance: Mapping[str, Any]) -> str:
    """Return what teachers added, or nothing."""
    if not provenance.get("targets"):
        return ""
    unlabelled = provenance.get("unlabelled_sentences", 0)
    return (
        f" and on what larger networks, trained on the same labels, say of them and of "
        f"{unlabelled:,} unlabelled ones"
    )


def model_card(
    manifest: Mapping[str, Any], provenance: Mapping[str, Any], *, torch: bool = True
) -> str:
    """Return the card in Markdown with the metadata block that model hubs read.

    `torch` says whether the 16-bit weights are in the folder too.
    """
    metrics = manifest["metrics"]
    dev = metrics.get("dev", {})
    front = [
        "---",
        "language: en",
        f"license: {manifest['licence'].lower()}",
        "library_name: framing",
        "pipeline_tag: text-classification",
        "model-index:",
        f"- name: {manifest['name']}",
        "  results:",
        "  - task: {type: text-classification, name: Multi-label framing of sentences}",
        "    dataset: {type: framing-dev, name: real news and statements (dev)}",
        "    metrics:",
        *(
            f"    - {{type: {key}, value: {dev[key]:.4f}}}"
            for key in ("macro_f1", "mean_average_precision", "any_frame_f1", "ece")
            if key in dev
        ),
        "---",
    ]
    body = [
        "",
        f"# {manifest['name']}, revision {manifest['revision']}",
        "",
        f"Gives every sentence of an English news text a calibrated probability for each of the "
        f"{len(manifest['frames'])} frames of codebook `{manifest['codebook']}` "
        f"(digest `{manifest['codebook_digest'][:12]}`). Base encoder: {manifest['base']}. "
        f"Weights: {manifest['licence']}, stored as 8-bit ONNX"
        + (
            "; 16-bit safetensors for further fine-tuning lie in `torch/` in the source repository."
            if torch
            else "."
        ),
        "",
        "## What it is for",
        "",
        "Reading many articles for the interpretations they put forward, with a person who checks. "
        "A frame is not a falsehood and a score is not a verdict: do not use it to accuse a person "
        "or an outlet, to moderate without review, or on languages other than "
        f"{', '.join(manifest['languages'])}.",
        "",
        "## Data and labels",
        "",
        f"Trained on {provenance['train_sentences']:,} labelled sentences "
        f"({', '.join(provenance['train'])}){_taught(provenance)}. "
        "Their labels were made by a large language model that followed the codebook; no person "
        "has checked them, and the figures below, measured against labels of the same origin, say "
        "how well this model agrees with that annotator. "
        f"Calibration and thresholds were fitted on {manifest['calibration']['fitted_on']}.",
        "",
        "## Figures",
        "",
        # `python -m eval figures` fills the block from the evaluation report.
        "<!-- figures:begin -->",
        "<!-- figures:end -->",
        "",
        "### 8-bit against 32-bit weights",
        "",
        f"{metrics['parity']['flips']:.2%} of labels differ on "
        f"{metrics['parity']['sentences']:,} sentences; macro-F1 "
        f"{metrics['parity']['macro_f1_fp32']:.4f} and {metrics['parity']['macro_f1_int8']:.4f}.",
        "",
        f"Signature: {manifest['name']} r{manifest['revision']}, codebook "
        f"{manifest['codebook']}@{manifest['codebook_digest'][:12]}, data "
        + ", ".join(
            f"{k}@{v[:12]}" for k, v in {**provenance["train"], **provenance["dev"]}.items()
        )
        + f", seed {provenance['seed']}, torch {provenance['torch']}, "
        f"framing {manifest['library']}.",
        "",
        "## Known limits",
        "",
        "- It reads one sentence at a time: what a pronoun or “these accusations” refers "
        "to is not seen.",
        "- Frames with few examples are found least reliably; see the figures by frame in the "
        "evaluation report.",
        "- A sentence that rejects a frame can still be scored for it.",
        "",
    ]
    return "\n".join(front + body)
