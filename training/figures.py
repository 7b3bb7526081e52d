"""What a run reports of itself: metrics with intervals, and the curves of its training."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import f1_intervals
from eval.metrics import summary
from training.examples import Example

__all__ = ["figures", "plot_curves", "write_json"]


def figures(
    examples: Sequence[Example],
    y_true: NDArray[np.float32],
    y_score: NDArray[np.float64],
    y_pred: NDArray[np.bool_],
) -> dict[str, Any]:
    """Return the headline metrics with intervals by article, and the same by source."""
    articles = [e.article_id for e in examples]
    result: dict[str, Any] = {"n": len(examples), **summary(y_true, y_score, y_pred)}
    macro = f1_intervals(y_true, y_pred, articles, [str(k) for k in range(y_true.shape[1])])
    result["macro_f1_interval"] = (macro["macro_f1"].low, macro["macro_f1"].high)
    result["sources"] = {}
    for source in sorted({e.source for e in examples}):
        rows = np.array([e.source == source for e in examples])
        result["sources"][source] = {
            "n": int(rows.sum()),
            **summary(y_true[rows], y_score[rows], y_pred[rows]),
        }
    return result


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON under the file's name only when it is whole."""
    scratch = path.with_suffix(".tmp")
    scratch.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    scratch.replace(path)


def plot_curves(history: list[dict[str, float]], path: Path) -> None:
    """Draw training loss and dev mean average precision over the epochs."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axis = plt.subplots(figsize=(6, 3.5), layout="constrained")
    for key, label in (("loss", "training loss"), ("eval_mean_average_precision", "dev mAP")):
        points = [(row["epoch"], row[key]) for row in history if key in row]
        if points:
            axis.plot(*zip(*points, strict=True), label=label, marker="." if "eval" in key else "")
    axis.set_xlabel("epoch")
    axis.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)
