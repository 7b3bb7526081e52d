"""Multi-label metrics over frames, and their intervals by resampling articles.

Arrays are `(n_sentences, n_frames)`, columns in codebook order: `y_true` and `y_pred` are 0/1,
`y_score` are probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

__all__ = [
    "any_frame_f1",
    "article_bootstrap",
    "average_precision",
    "expected_calibration_error",
    "f1_per_frame",
    "macro_f1",
    "mean_average_precision",
    "micro_f1",
    "summary",
]

Array = NDArray[np.float32] | NDArray[np.float64] | NDArray[np.bool_] | NDArray[np.int64]


def _f1(
    tp: NDArray[np.float64], n_pred: NDArray[np.float64], n_true: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(2 * tp / np.maximum(n_pred + n_true, 1))


def f1_per_frame(y_true: Array, y_pred: Array) -> NDArray[np.float64]:
    """Return F1 of every frame, `(n_frames,)`; 0 where nothing is true and nothing predicted."""
    t, p = np.asarray(y_true, float), np.asarray(y_pred, float)
    return _f1((t * p).sum(0), p.sum(0), t.sum(0))


def macro_f1(y_true: Array, y_pred: Array) -> float:
    """Return the mean F1 over the frames that occur in `y_true`."""
    present = np.asarray(y_true).sum(0) > 0
    return float(f1_per_frame(y_true, y_pred)[present].mean()) if present.any() else 0.0


def micro_f1(y_true: Array, y_pred: Array) -> float:
    """Return F1 over all cells pooled."""
    t, p = np.asarray(y_true, float), np.asarray(y_pred, float)
    return float(2 * (t * p).sum() / max(t.sum() + p.sum(), 1))


def any_frame_f1(y_true: Array, y_pred: Array) -> float:
    """Return F1 of "carries at least one frame"."""
    t, p = np.asarray(y_true).any(1), np.asarray(y_pred).any(1)
    return float(2 * (t & p).sum() / max(int(t.sum() + p.sum()), 1))


def average_precision(y_true: Array, y_score: Array) -> NDArray[np.float64]:
    """Return average precision of every frame, `(n_frames,)`; NaN where the frame never occurs."""
    t, s = np.asarray(y_true), np.asarray(y_score)
    return np.array(
        [
            average_precision_score(t[:, k], s[:, k]) if t[:, k].any() else np.nan
            for k in range(t.shape[1])
        ]
    )


def mean_average_precision(y_true: Array, y_score: Array) -> float:
    """Return the mean of average precision over the frames that occur in `y_true`."""
    values = average_precision(y_true, y_score)
    return float(np.nanmean(values)) if np.isfinite(values).any() else 0.0


def expected_calibration_error(y_true: Array, y_score: Array, *, bins: int = 15) -> float:
    """Return the expected calibration error of all cells pooled, over equal-width bins."""
    t = np.asarray(y_true, float).ravel()
    s = np.asarray(y_score, float).ravel()
    if not len(t):
        return 0.0
    cell = np.minimum((s * bins).astype(int), bins - 1)
    gap = np.abs(
        np.bincount(cell, weights=s, minlength=bins) - np.bincount(cell, weights=t, minlength=bins)
    )
    return float(gap.sum() / len(t))


def summary(y_true: Array, y_score: Array, y_pred: Array) -> dict[str, float]:
    """Return the headline metrics by name."""
    return {
        "macro_f1": macro_f1(y_true, y_pred),
        "micro_f1": micro_f1(y_true, y_pred),
        "mean_average_precision": mean_average_precision(y_true, y_score),
        "any_frame_f1": any_frame_f1(y_true, y_pred),
        "ece": expected_calibration_error(y_true, y_score),
    }


def article_bootstrap(
    metric: Callable[[NDArray[np.int64]], float],
    article_ids: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the interval of `metric(rows)` when whole articles are drawn with replacement."""
    _, group = np.unique(np.asarray(article_ids), return_inverse=True)
    members = [np.flatnonzero(group == g) for g in range(group.max() + 1)]
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(resamples):
        drawn = rng.integers(0, len(members), len(members))
        values.append(metric(np.concatenate([members[g] for g in drawn])))
    tail = (1 - level) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return float(low), float(high)
