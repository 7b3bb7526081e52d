"""Intervals and paired comparisons by resampling whole articles.

Sentences of one article are not independent, so articles are drawn with replacement (cluster
bootstrap, Davison & Hinkley 1997, 3.8). F1 and calibration are functions of sums over sentences:
the sums are taken once per article and resampled by one matrix product, which makes 10,000
resamples a matter of a second. Average precision is not a sum and uses fewer resamples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.metrics import Array, mean_average_precision

__all__ = ["Comparison", "Interval", "compare_f1", "f1_intervals", "interval_of", "map_interval"]

RESAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of B to A on one measure; `p` is two-sided, from the paired resamples."""

    difference: float
    low: float
    high: float
    p: float


def _groups(article_ids: Sequence[str]) -> tuple[NDArray[np.int64], int]:
    _, group = np.unique(np.asarray(article_ids), return_inverse=True)
    return group, int(group.max()) + 1 if len(group) else 0


def _draws(n_articles: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """Return how often each article is drawn, `(resamples, n_articles)`."""
    rng = np.random.default_rng(seed)
    even = np.full(n_articles, 1 / n_articles)
    return rng.multinomial(n_articles, even, size=resamples).astype(float)


def _sums(values: NDArray[np.float64], group: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Return the sums of `values` `(n_sentences, m)` by article, `(n_articles, m)`."""
    out = np.zeros((n, values.shape[1]))
    np.add.at(out, group, values)
    return out


def _counts(y_true: Array, y_pred: Array) -> NDArray[np.float64]:
    """Return, side by side: hits, predicted plus true (both a frame), then the same for any."""
    t, p = np.asarray(y_true, float), np.asarray(y_pred, float)
    any_t, any_p = t.any(1, keepdims=True), p.any(1, keepdims=True)
    return np.hstack([t * p, t + p, any_t & any_p, any_t.astype(float) + any_p])


def _f1s(sums: NDArray[np.float64], present: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    k = len(present)
    hits, size = sums[:, :k], sums[:, k : 2 * k]
    f1 = 2 * hits / np.maximum(size, 1e-9)
    return {
        "frames": f1,
        "macro_f1": f1[:, present].mean(1),
        "micro_f1": 2 * hits.sum(1) / np.maximum(size.sum(1), 1e-9),
        "any_frame_f1": 2 * sums[:, 2 * k] / np.maximum(sums[:, 2 * k + 1], 1e-9),
    }


def f1_intervals(
    y_true: Array,
    y_pred: Array,
    article_ids: Sequence[str],
    frame_ids: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Interval]:
    """Return macro, micro and any-frame F1 and each frame's F1, by name, with intervals."""
    group, n = _groups(article_ids)
    present = np.asarray(y_true).sum(0) > 0
    sums = _sums(_counts(y_true, y_pred), group, n)
    drawn = _f1s(_draws(n, resamples, seed) @ sums, present)
    whole = _f1s(sums.sum(0, keepdims=True), present)
    found = {}
    for name in ("macro_f1", "micro_f1", "any_frame_f1"):
        low, high = np.quantile(drawn[name], [0.025, 0.975])
        found[name] = Interval(float(whole[name][0]), float(low), float(high))
    lows, highs = np.quantile(drawn["frames"], [0.025, 0.975], axis=0)
    for k, frame in enumerate(frame_ids):
        found[frame] = Interval(float(whole["frames"][0, k]), float(lows[k]), float(highs[k]))
    return found


def compare_f1(
    y_true: Array,
    y_pred_a: Array,
    y_pred_b: Array,
    article_ids: Sequence[str],
    frame_ids: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Comparison]:
    """Return how far the F1 of B is above that of A, overall and by frame, on paired resamples."""
    group, n = _groups(article_ids)
    present = np.asarray(y_true).sum(0) > 0
    draws = _draws(n, resamples, seed)
    both, whole = [], []
    for y_pred in (y_pred_a, y_pred_b):
        sums = _sums(_counts(y_true, y_pred), group, n)
        both.append(_f1s(draws @ sums, present))
        whole.append(_f1s(sums.sum(0, keepdims=True), present))

    def comparison(value: float, difference: NDArray[np.float64]) -> Comparison:
        low, high = np.quantile(difference, [0.025, 0.975])
        tail = min((difference <= 0).mean(), (difference >= 0).mean())
        return Comparison(float(value), float(low), float(high), float(min(1.0, 2 * tail)))

    found = {
        name: comparison(whole[1][name][0] - whole[0][name][0], both[1][name] - both[0][name])
        for name in ("macro_f1", "micro_f1", "any_frame_f1")
    }
    for k, frame in enumerate(frame_ids):
        found[frame] = comparison(
            whole[1]["frames"][0, k] - whole[0]["frames"][0, k],
            both[1]["frames"][:, k] - both[0]["frames"][:, k],
        )
    return found


def interval_of(
    metric: Callable[[NDArray[np.int64]], float],
    article_ids: Sequence[str],
    *,
    resamples: int = 500,
    seed: int = 0,
) -> Interval:
    """Return `metric(rows)` on all rows with its interval; for measures that are not sums."""
    group, n = _groups(article_ids)
    members = [np.flatnonzero(group == g) for g in range(n)]
    rng = np.random.default_rng(seed)
    values = [
        metric(np.concatenate([members[g] for g in rng.integers(0, n, n)]))
        for _ in range(resamples)
    ]
    low, high = np.nanquantile(values, [0.025, 0.975])
    return Interval(metric(np.arange(len(group))), float(low), float(high))


def map_interval(
    y_true: Array, y_score: Array, article_ids: Sequence[str], *, resamples: int = 200
) -> Interval:
    """Return mean average precision with its interval."""
    t, s = np.asarray(y_true), np.asarray(y_score)
    return interval_of(
        lambda rows: mean_average_precision(t[rows], s[rows]), article_ids, resamples=resamples
    )
