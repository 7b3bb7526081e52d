"""How far annotators agree: Krippendorff's alpha by frame and over sets, Cohen's kappa, confusions.

Alpha follows Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): any number of
annotators, missing values, nominal differences per frame. Over whole sets of frames the difference
is MASI (Passonneau 2006). Intervals come from resampling whole articles, because sentences of one
article are not independent.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.codebook import FrozenMap
from framing.data.records import Record
from framing.errors import RecordError

__all__ = [
    "Agreement",
    "Alpha",
    "Confusion",
    "agreement",
    "annotations_of",
    "cohen_kappa",
    "krippendorff_alpha",
    "masi_distance",
]

Floats = NDArray[np.float64]
# Above this many bytes the products of a bootstrap are taken in slices.
_SLICE = 50_000_000


@dataclass(frozen=True, slots=True)
class Alpha:
    """An alpha with its 95 % interval; nan where all values are the same, as alpha is undefined."""

    value: float
    low: float
    high: float
    support: int  # sentences that some annotator marked so, of those that two or more labelled


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two annotators differed on a sentence: one marked `frame`, the other `other` instead.

    `other` is None where the other annotator marked none of the frames in its place.
    """

    frame: str
    other: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """What `agreement` found over the sentences that two or more annotators labelled."""

    annotators: tuple[str, ...]
    sentences: int
    articles: int
    frames: Mapping[str, Alpha]
    any_frame: Alpha  # some frame against none
    sets: Alpha  # whole sets of frames, MASI distance
    voice: Alpha
    kappa: Mapping[tuple[str, str], Mapping[str, float]]  # two annotators -> frame -> kappa
    confused: tuple[Confusion, ...]  # the most frequent first

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; an undefined value is null."""

        def number(value: float) -> float | None:
            return None if math.isnan(value) else value

        def alpha(a: Alpha) -> dict[str, Any]:
            return {
                "alpha": number(a.value),
                "interval": [number(a.low), number(a.high)],
                "support": a.support,
            }

        return {
            "annotators": list(self.annotators),
            "sentences": self.sentences,
            "articles": self.articles,
            "frames": {frame: alpha(a) for frame, a in self.frames.items()},
            "any_frame": alpha(self.any_frame),
            "sets_masi": alpha(self.sets),
            "voice": alpha(self.voice),
            "kappa": [
                {"annotators": list(pair), "frames": {f: number(k) for f, k in by.items()}}
                for pair, by in self.kappa.items()
            ],
            "confused": [
                {"frame": c.frame, "other": c.other, "count": c.count} for c in self.confused
            ],
        }


def masi_distance(a: Iterable[str], b: Iterable[str]) -> float:
    """Return 1 minus Jaccard similarity times monotonicity (Passonneau 2006), from 0 to 1.

    Monotonicity is 1 for equal sets, 2/3 where one holds the other, 1/3 where they overlap, else
    0. Two empty sets are equal; an empty and another set have nothing in common.
    """
    a, b = set(a), set(b)
    if a == b:
        return 0.0
    common, union = len(a & b), len(a | b)
    if not common:
        return 1.0
    # In thirds, so that 4/9 comes out as the nearest float to 4/9.
    return 1 - (2 if a <= b or b <= a else 1) * common / (3 * union)


def krippendorff_alpha(units: Iterable[Sequence[Hashable]], *, masi: bool = False) -> float:
    """Return alpha of `units`, each the values that its annotators gave; None is a missing value.

    Values are nominal, or with `masi` sets of frames. nan when nothing is paired, or when all
    values are the same.
    """
    cells = _Cells([(0, values) for values in units], masi=masi)
    return float(cells.alpha(np.ones((1, 1)))[0])


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Return Cohen's (1960) kappa of two annotators' values of the same units, in the same order.

    nan when there are none, or when both gave one and the same value throughout.
    """
    if len(first) != len(second):
        raise ValueError(
            f"kappa compares equal numbers of values, not {len(first)} and {len(second)}"
        )
    n = len(first)
    if not n:
        return math.nan
    left, right = Counter(first), Counter(second)
    observed = sum(a == b for a, b in zip(first, second, strict=True))
    expected = sum(count * right[value] for value, count in left.items())
    # (p_o - p_e) / (1 - p_e), multiplied by n squared: whole numbers until the last step.
    return (n * observed - expected) / (n * n - expected) if expected < n * n else math.nan


class _Cells:
    """Sums over the units of each article, from which alpha of any resample of articles follows.

    Units with fewer than two values say nothing about agreement and are left out.
    """

    def __init__(
        self, units: Sequence[tuple[int, Sequence[Hashable]]], *, masi: bool = False
    ) -> None:
        paired = []
        for article, values in units:
            present = [
                frozenset(v) if masi and isinstance(v, Iterable) else v
                for v in values
                if v is not None
            ]
            if len(present) > 1:
                paired.append((article, present))
        kinds: dict[Hashable, int] = {}
        for _, present in paired:
            for value in present:
                kinds.setdefault(value, len(kinds))
        n_articles = max((article for article, _ in units), default=0) + 1
        names = list(kinds)
        self.distance: Floats = np.ones((len(names), len(names))) - np.eye(len(names))
        if masi:
            for i, j in combinations(range(len(names)), 2):
                distance = masi_distance(names[i], names[j])  # type: ignore[arg-type]
                self.distance[i, j] = self.distance[j, i] = distance
        self.counts: Floats = np.zeros((n_articles, len(names)))
        self.observed: Floats = np.zeros(n_articles)
        for article, present in paired:
            for value in present:
                self.counts[article, kinds[value]] += 1
            tally = Counter(kinds[value] for value in present)
            apart = sum(
                tally[i] * tally[j] * self.distance[i, j] for i, j in combinations(tally, 2)
            )
            self.observed[article] += 2 * apart / (len(present) - 1)

    def alpha(self, draws: Floats) -> Floats:
        """Return alpha for each row of `draws` `(resamples, n_articles)`: how often each is in."""
        values = []
        step = max(1, _SLICE // (8 * max(1, self.counts.shape[1])))
        for start in range(0, len(draws), step):
            some = draws[start : start + step]
            counts = some @ self.counts
            n = counts.sum(1)
            expected = np.einsum("bi,bi->b", counts @ self.distance, counts)
            with np.errstate(divide="ignore", invalid="ignore"):
                alpha = 1 - (n - 1) * (some @ self.observed) / expected
            values.append(np.where(expected > 0, alpha, np.nan))
        return np.concatenate(values) if values else np.zeros(0)


def annotations_of(
    records: Iterable[Record],
) -> tuple[tuple[str, ...], dict[tuple[str, int], dict[str, Record]]]:
    """Return the annotators in order of name, and each sentence's record by annotator.

    Raises `RecordError` for a record without an annotator, or two of one annotator.
    """
    by_key: dict[tuple[str, int], dict[str, Record]] = defaultdict(dict)
    for r in records:
        if r.annotator is None:
            raise RecordError(
                f"sentence {r.sentence_id} of article '{r.article_id}' names no annotator; "
                "comparing annotators needs one in each record"
            )
        if r.annotator in by_key[r.key]:
            raise RecordError(
                f"sentence {r.sentence_id} of article '{r.article_id}' has two records by "
                f"annotator '{r.annotator}'"
            )
        by_key[r.key][r.annotator] = r
    return tuple(sorted({a for marks in by_key.values() for a in marks})), dict(by_key)


def agreement(
    records: Iterable[Record],
    *,
    frame_ids: Sequence[str] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Agreement:
    """Compare annotators on the sentences that two or more of them labelled.

    `frame_ids` sets which frames, in which order (default: those that occur, by name). Intervals
    are the 2.5 % and 97.5 % quantiles over `resamples` draws of articles; `resamples=0` leaves
    them nan. Raises `RecordError` when no sentence has two annotators.
    """
    annotators, by_key = annotations_of(records)
    shared = {key: marks for key, marks in sorted(by_key.items()) if len(marks) > 1}
    if not shared:
        raise RecordError(
            "no sentence was labelled by two annotators; annotators are "
            f"{', '.join(annotators) or 'none'}"
        )
    number = {a: i for i, a in enumerate(sorted({article for article, _ in shared}))}
    marks = [(number[article], list(by.values())) for (article, _), by in shared.items()]
    if frame_ids is None:
        frame_ids = sorted({f for _, rows in marks for r in rows for f in r.frames})
    rng = np.random.default_rng(seed)
    even = np.full(len(number), 1 / len(number))
    draws = rng.multinomial(len(number), even, size=resamples).astype(float)

    def alpha(values: list[tuple[int, list[Hashable]]], support: int, masi: bool = False) -> Alpha:
        cells = _Cells(values, masi=masi)
        whole = float(cells.alpha(np.ones((1, len(cells.observed))))[0])
        drawn = cells.alpha(draws)
        drawn = drawn[~np.isnan(drawn)]
        low, high = np.quantile(drawn, [0.025, 0.975]) if len(drawn) else (math.nan, math.nan)
        return Alpha(whole, float(low), float(high), support)

    def marked(frame: str) -> Alpha:
        values: list[tuple[int, list[Hashable]]] = [
            (a, [frame in r.frames for r in rows]) for a, rows in marks
        ]
        return alpha(values, sum(any(v) for _, v in values))

    some = sum(any(r.frames for r in rows) for _, rows in marks)
    return Agreement(
        annotators=annotators,
        sentences=len(shared),
        articles=len(number),
        frames=FrozenMap({frame: marked(frame) for frame in frame_ids}),
        any_frame=alpha([(a, [bool(r.frames) for r in rows]) for a, rows in marks], some),
        sets=alpha([(a, [frozenset(r.frames) for r in rows]) for a, rows in marks], some, True),
        voice=alpha(
            [(a, [r.voice for r in rows]) for a, rows in marks],
            sum(any(r.voice for r in rows) for _, rows in marks),
        ),
        kappa=_kappas(annotators, shared.values(), frame_ids),
        confused=_confused(rows for _, rows in marks),
    )


def _kappas(
    annotators: Sequence[str],
    sentences: Iterable[Mapping[str, Record]],
    frame_ids: Sequence[str],
) -> dict[tuple[str, str], Mapping[str, float]]:
    sentences = list(sentences)
    found: dict[tuple[str, str], Mapping[str, float]] = {}
    for a, b in combinations(annotators, 2):
        both = [
            (marks[a].frames, marks[b].frames) for marks in sentences if a in marks and b in marks
        ]
        if both:
            found[a, b] = FrozenMap(
                {
                    f: cohen_kappa([f in x for x, _ in both], [f in y for _, y in both])
                    for f in frame_ids
                }
            )
    return found


def _confused(sentences: Iterable[Sequence[Record]]) -> tuple[Confusion, ...]:
    count = Counter[tuple[str, str | None]]()
    for rows in sentences:
        for a, b in combinations(rows, 2):
            only_a = sorted(set(a.frames) - set(b.frames))
            only_b = sorted(set(b.frames) - set(a.frames))
            if only_a and only_b:
                count.update((min(f, g), max(f, g)) for f in only_a for g in only_b)
            else:
                count.update((f, None) for f in only_a or only_b)
    ranked = sorted(count.items(), key=lambda item: (-item[1], item[0][0], item[0][1] or ""))
    return tuple(Confusion(frame, other, n) for (frame, other), n in ranked)
