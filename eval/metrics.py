"""Multi-label metrics over frames by their textbook names.

Arrays are `(n_sentences, n_frames)`, columns in codebook order: `y_true` and `y_pred` are 0/1,
`y_score` are probabilities. A frame that never occurs in `y_true` is left out of macro averages.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, precision_recall_fscore_support

__all__ = [
    "any_frame_f1",
    "average_precision",
    "brier",
    "coverage_curve",
    "exact_match",
    "expected_calibration_error",
    "f1_per_frame",
    "macro_f1",
    "mean_average_precision",
    "micro_f1",
    "nominal_alpha",
    "per_frame",
    "rank_correlation",
    "samples_f1",
    "summary",
    "weighted_f1",
    "y_true_of",
]

Array: TypeAlias = NDArray[Any]


class _Labelled(Protocol):
    @property
    def frames(self) -> Sequence[str]: ...


def y_true_of(sentences: Sequence[_Labelled], frame_ids: Sequence[str]) -> NDArray[np.bool_]:
    """Return the gold labels of labelled sentences, `(n, n_frames)` in the order of `frame_ids`."""
    column = {frame: k for k, frame in enumerate(frame_ids)}
    y_true = np.zeros((len(sentences), len(column)), bool)
    for i, sentence in enumerate(sentences):
        for frame in sentence.frames:
            y_true[i, column[frame]] = True
    return y_true


def f1_per_frame(y_true: Array, y_pred: Array) -> NDArray[np.float64]:
    """Return F1 of every frame, `(n_frames,)`; 0 where nothing is true and nothing predicted."""
    t, p = np.asarray(y_true, float), np.asarray(y_pred, float)
    return np.asarray(2 * (t * p).sum(0) / np.maximum(p.sum(0) + t.sum(0), 1))


def macro_f1(y_true: Array, y_pred: Array) -> float:
    """Return the mean F1 over the frames that occur in `y_true`."""
    present = np.asarray(y_true).sum(0) > 0
    return float(f1_per_frame(y_true, y_pred)[present].mean()) if present.any() else 0.0


def weighted_f1(y_true: Array, y_pred: Array) -> float:
    """Return the mean F1 over frames, each weighted by its support."""
    support = np.asarray(y_true, float).sum(0)
    return float((f1_per_frame(y_true, y_pred) * support).sum() / max(support.sum(), 1))


def micro_f1(y_true: Array, y_pred: Array) -> float:
    """Return F1 over all cells pooled."""
    t, p = np.asarray(y_true, float), np.asarray(y_pred, float)
    return float(2 * (t * p).sum() / max(t.sum() + p.sum(), 1))


def samples_f1(y_true: Array, y_pred: Array) -> float:
    """Return the mean over sentences of each sentence's own F1; two empty sets agree (1)."""
    t, p = np.asarray(y_true, float), np.asarray(y_pred, float)
    size = t.sum(1) + p.sum(1)
    return float(np.where(size > 0, 2 * (t * p).sum(1) / np.maximum(size, 1), 1).mean())


def any_frame_f1(y_true: Array, y_pred: Array) -> float:
    """Return F1 of "carries at least one frame"."""
    t, p = np.asarray(y_true).any(1), np.asarray(y_pred).any(1)
    return float(2 * (t & p).sum() / max(int(t.sum() + p.sum()), 1))


def exact_match(y_true: Array, y_pred: Array) -> float:
    """Return the share of sentences whose whole set of frames is right."""
    return float((np.asarray(y_true, bool) == np.asarray(y_pred, bool)).all(1).mean())


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
    """Return the expected calibration error of all cells pooled (Naeini et al. 2015).

    Bins are of equal width; the gap between mean probability and share of positives counts by the
    number of cells in the bin. Works on one frame's column too.
    """
    t = np.asarray(y_true, float).ravel()
    s = np.asarray(y_score, float).ravel()
    if not len(t):
        return 0.0
    cell = np.minimum((s * bins).astype(int), bins - 1)
    gap = np.abs(
        np.bincount(cell, weights=s, minlength=bins) - np.bincount(cell, weights=t, minlength=bins)
    )
    return float(gap.sum() / len(t))


def brier(y_true: Array, y_score: Array) -> float:
    """Return the mean squared difference of probability and truth (Brier 1950)."""
    t, s = np.asarray(y_true, float), np.asarray(y_score, float)
    return float(((s - t) ** 2).mean()) if t.size else 0.0


def rank_correlation(y_true: Array, y_pred: Array, article_ids: Sequence[str]) -> float:
    """Return how alike articles rank by frame share, true and predicted (Spearman, mean of frames).

    Frames whose share does not vary over the articles are left out; NaN when none varies.
    """
    from scipy.stats import spearmanr

    _, group = np.unique(np.asarray(article_ids), return_inverse=True)
    size = np.bincount(group)
    values = []
    for k in range(np.asarray(y_true).shape[1]):
        shares = [
            np.bincount(group, weights=np.asarray(y, float)[:, k]) / size for y in (y_true, y_pred)
        ]
        if all(np.ptp(share) > 0 for share in shares):
            values.append(float(spearmanr(*shares).statistic))
    return float(np.mean(values)) if values else float("nan")


def nominal_alpha(y_true: Array, y_pred: Array) -> float:
    """Return Krippendorff's alpha between annotators' labels and predictions, mean over frames.

    Each frame is a nominal variable with two coders and no missing values; frames that occur in
    neither are left out. The same scale as agreement between annotators.
    """
    t, p = np.asarray(y_true, float), np.asarray(y_pred, float)
    n = 2 * len(t)
    ones = t.sum(0) + p.sum(0)
    observed = 2 * (t != p).sum(0) / n
    expected = 2 * ones * (n - ones) / (n * (n - 1))
    used = expected > 0
    return float((1 - observed[used] / expected[used]).mean()) if used.any() else float("nan")


def coverage_curve(
    y_true: Array, y_score: Array, y_pred: Array, thresholds: Array, *, points: int = 20
) -> list[tuple[float, float]]:
    """Return (coverage, micro-F1) when the least certain sentences are left out first.

    A sentence is as certain as its probability that lies nearest to its frame's threshold is far.
    """
    distance = np.abs(np.asarray(y_score) - np.asarray(thresholds)).min(1)
    order = np.argsort(-distance, kind="stable")
    curve = []
    for n in np.linspace(len(order) / points, len(order), points).astype(int):
        rows = order[:n]
        curve.append((n / len(order), micro_f1(np.asarray(y_true)[rows], np.asarray(y_pred)[rows])))
    return curve


def summary(y_true: Array, y_score: Array, y_pred: Array) -> dict[str, float]:
    """Return the headline metrics by name."""
    return {
        "macro_f1": macro_f1(y_true, y_pred),
        "micro_f1": micro_f1(y_true, y_pred),
        "weighted_f1": weighted_f1(y_true, y_pred),
        "samples_f1": samples_f1(y_true, y_pred),
        "mean_average_precision": mean_average_precision(y_true, y_score),
        "any_frame_f1": any_frame_f1(y_true, y_pred),
        "exact_match": exact_match(y_true, y_pred),
        "alpha": nominal_alpha(y_true, y_pred),
        "ece": expected_calibration_error(y_true, y_score),
        "brier": brier(y_true, y_score),
    }


def per_frame(
    y_true: Array, y_score: Array, y_pred: Array, frame_ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return precision, recall, F1, average precision, ECE, Brier and support of every frame."""
    precision, recall, f1, support = precision_recall_fscore_support(
        np.asarray(y_true, int), np.asarray(y_pred, int), average=None, zero_division=0
    )
    ap = average_precision(y_true, y_score)
    return {
        frame: {
            "precision": float(precision[k]),
            "recall": float(recall[k]),
            "f1": float(f1[k]),
            "average_precision": float(ap[k]) if np.isfinite(ap[k]) else None,
            "ece": expected_calibration_error(np.asarray(y_true)[:, k], np.asarray(y_score)[:, k]),
            "brier": brier(np.asarray(y_true)[:, k], np.asarray(y_score)[:, k]),
            "support": int(support[k]),
            "predicted": int(np.asarray(y_pred)[:, k].sum()),
        }
        for k, frame in enumerate(frame_ids)
    }
