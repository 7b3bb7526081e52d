"""Chooses which sentences to label next, so that few labels teach much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal, Protocol
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from framing.data.duplicates import words
from framing.data.records import Record
from framing.errors import RecordError, did_you_mean

__all__ = ["ProbabilityModel", "Strategy", "queue"]

Strategy = Literal["uncertainty", "disagreement", "rare-frame", "diverse"]
STRATEGIES = ("uncertainty", "disagreement", "rare-frame", "diverse")
Floats = NDArray[np.float64]
_WIDTH = 512  # of the hashed bag of words by which sentences are told apart
# "diverse" chooses among this many times n. In simulation 2, 3, 5 and 10 were tried: the wider, the
# more odd sentences that teach nothing, and 10 was no better than random choice.
_CANDIDATES = 2


class ProbabilityModel(Protocol):
    """Anything that gives each sentence a probability for every frame, such as a scorer."""

    def predict_proba(self, sentences: Sequence[str], /) -> NDArray[np.floating[Any]]: ...


def queue(
    scorer: ProbabilityModel | Sequence[ProbabilityModel],
    records: Iterable[Record],
    *,
    strategy: Strategy = "uncertainty",
    n: int = 100,
    labelled: Iterable[Record] = (),
) -> list[Record]:
    """Return the `n` records (fewer if there are fewer) to label next, the most useful first.

    "uncertainty" takes the highest sum of the frames' binary entropies. "disagreement" takes
    several scorers and the highest mean variance between them. "rare-frame" takes the highest sum
    of probabilities, each divided by how often its frame is expected (in `labelled`, else in the
    pool). "diverse" takes uncertain sentences that are far, in words, from `labelled` and from each
    other (greedy k-centre among the 2 n most uncertain; Sener & Savarese 2018). Labels of
    `records` are not looked at; a sentence with several records counts once.
    """
    if strategy not in STRATEGIES:
        near = did_you_mean(strategy, STRATEGIES)
        raise RecordError(f"strategy is '{strategy}', not {', '.join(STRATEGIES)}.{near}")
    pool = list({r.key: r for r in records}.values())
    labelled = list(labelled)
    if not pool or n < 1:
        return []
    scorers = list(scorer) if isinstance(scorer, Sequence) else [scorer]
    if strategy == "disagreement" and len(scorers) < 2:
        raise RecordError("strategy 'disagreement' compares two or more scorers; give a list")
    texts = [r.text for r in pool]
    by_scorer = np.stack([np.asarray(s.predict_proba(texts), float) for s in scorers])
    proba = by_scorer.mean(0)
    if strategy == "disagreement":
        order = _highest(by_scorer.var(0).mean(1))
    elif strategy == "rare-frame":
        order = _highest(proba @ (1 / _expected(proba, scorers[0], labelled)))
    elif strategy == "uncertainty":
        order = _highest(_entropy(proba))
    else:
        uncertain = _highest(_entropy(proba))[: _CANDIDATES * n]
        seen = [r.text for r in labelled]
        order = uncertain[_far_apart([texts[i] for i in uncertain], seen, n)]
    return [pool[i] for i in order[:n]]


def _highest(value: Floats) -> NDArray[np.int64]:
    return np.argsort(-value, kind="stable")


def _entropy(proba: Floats) -> Floats:
    p = np.clip(proba, 1e-9, 1 - 1e-9)
    return np.asarray(-(p * np.log(p) + (1 - p) * np.log(1 - p)).sum(1))


def _expected(proba: Floats, scorer: Any, labelled: Sequence[Record]) -> Floats:
    """Return how many sentences carry each frame: as labelled, else as the pool lets expect."""
    codebook = getattr(scorer, "codebook", None)
    if labelled and codebook is not None:
        count = Counter(f for r in labelled for f in r.frames)
        return np.array([1.0 + count[f] for f in codebook.frame_ids])
    return np.asarray(proba.sum(0) + 1.0)


def _vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    out = np.zeros((len(texts), _WIDTH), np.float32)
    for i, text in enumerate(texts):
        for word in words(text):
            code = crc32(word.encode("utf-8", "surrogatepass"))
            out[i, code % _WIDTH] += 1 if code & (1 << 31) else -1
    norm = np.linalg.norm(out, axis=1, keepdims=True)
    return np.asarray(out / np.maximum(norm, 1e-9), np.float32)


def _far_apart(texts: Sequence[str], seen: Sequence[str], n: int) -> NDArray[np.int64]:
    """Return up to `n` places in `texts`, each the farthest from `seen` and those before."""
    vectors = _vectors(texts)
    nearest = np.full(len(texts), -1.0)  # cosine to the nearest one taken
    known = _vectors(seen)
    for start in range(0, len(seen), 1000):
        nearest = np.maximum(nearest, (vectors @ known[start : start + 1000].T).max(1))
    taken: list[int] = []
    for _ in range(min(n, len(texts))):
        i = int(nearest.argmin())  # the first, hence the most uncertain, of equals
        taken.append(i)
        nearest = np.maximum(nearest, vectors @ vectors[i])
        nearest[i] = np.inf
    return np.array(taken, np.int64)
