"""From logits to probabilities (Platt scaling) and from probabilities to labels (thresholds).

Both are fitted on predictions for sentences that the predicting network did not see, and both are
shrunk: a frame with few positives leans on the fit of all frames together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["apply_platt", "fit_platt", "fit_thresholds"]

Array = NDArray[np.float64] | NDArray[np.float32]


def apply_platt(logits: Array, scale: Array, shift: Array) -> NDArray[np.float64]:
    """Return calibrated probabilities `(n, n_frames)` of logits with a scale and shift a frame."""
    return np.asarray(1 / (1 + np.exp(-np.clip(logits * scale + shift, -30, 30))))


def _platt(
    logits: Array, y_true: Array, prior: tuple[float, float], strength: float
) -> tuple[float, float]:
    """Fit sigmoid(a * logit + b) by Newton's method with a Gaussian prior on (a, b)."""
    a, b = prior
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(a * logits + b, -30, 30)))
        residual, weight = p - y_true, p * (1 - p)
        gradient = np.array([(residual * logits).sum(), residual.sum()])
        gradient += strength * np.array([a - prior[0], b - prior[1]])
        off = (weight * logits).sum()
        hessian = np.array([[(weight * logits**2).sum(), off], [off, weight.sum()]])
        hessian += (strength + 1e-6) * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        a, b = a - step[0], b - step[1]
        if np.abs(step).max() < 1e-8:
            break
    return float(a), float(b)


def fit_platt(
    logits: Array, y_true: Array, *, strength: float = 10.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return scale and shift of every frame, each `(n_frames,)` (Platt 1999).

    One fit over all cells pooled serves as the mean of a Gaussian prior with precision `strength`
    for the fit of each frame; a frame without positives keeps the pooled fit's scale.
    """
    logits, y_true = np.asarray(logits, float), np.asarray(y_true, float)
    pooled = _platt(logits.ravel(), y_true.ravel(), (1.0, 0.0), 1e-3)
    fits = [_platt(logits[:, k], y_true[:, k], pooled, strength) for k in range(logits.shape[1])]
    return np.array([a for a, _ in fits]), np.array([b for _, b in fits])


def _best_threshold(y_true: Array, y_score: Array) -> float:
    """Return the threshold of the highest F1, halfway between the scores on its two sides."""
    order = np.argsort(-y_score, kind="stable")
    hits = np.cumsum(y_true[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + y_true.sum())
    best = int(np.argmax(f1))
    ranked = y_score[order]
    return float((ranked[best] + ranked[min(best + 1, len(ranked) - 1)]) / 2)


def fit_thresholds(y_true: Array, y_score: Array, *, prior: int) -> NDArray[np.float64]:
    """Return one threshold a frame, `(n_frames,)`, of the highest F1 and shrunk to a common one.

    The common threshold maximises macro-F1; a frame with `n` positives moves `n / (n + prior)` of
    the way from it to its own best one.
    """
    y_true, y_score = np.asarray(y_true, float), np.asarray(y_score, float)
    grid = np.linspace(0.05, 0.9, 86)
    counts = y_true.sum(0)
    present = counts > 0

    def macro(threshold: float) -> float:
        y_pred = y_score >= threshold
        f1 = 2 * (y_pred * y_true).sum(0) / np.maximum(y_pred.sum(0) + counts, 1)
        return float(f1[present].mean()) if present.any() else 0.0

    common = float(grid[int(np.argmax([macro(t) for t in grid]))])
    own = np.array(
        [
            _best_threshold(y_true[:, k], y_score[:, k]) if present[k] else common
            for k in range(len(counts))
        ]
    )
    share = counts / (counts + prior) if prior else present.astype(float)
    return np.asarray(np.clip(common + share * (own - common), 0.02, 0.98))
