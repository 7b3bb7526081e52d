"""How varied a corpus is: distinct n-grams, self-BLEU, and how near each sentence's nearest is.

A corpus filled from templates or by paraphrase repeats its n-grams; these figures show it.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nsmallest

from framing.data.duplicates import words

__all__ = ["Diversity", "Shared", "diversity", "shared_passages"]

_LONGEST = 4
_SAMPLED = 400  # sentences whose self-BLEU is taken, each against all others of a sample
_REFERENCES = 1000


@dataclass(frozen=True, slots=True)
class Diversity:
    """Figures between 0 and 1; high `distinct` and low `self_bleu` and `nearest` mean varied."""

    distinct: tuple[float, ...]  # share of different n-grams among all, for n = 1, 2, 3, 4
    self_bleu: float  # mean BLEU-4 of a sentence against the others (Zhu et al. 2018)
    nearest: float  # mean Jaccard similarity of a sentence's words to those of its nearest
    near: float  # share of sentences whose nearest is at .6 or above


def _grams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def diversity(texts: Sequence[str], *, seed: int = 0) -> Diversity:
    """Return the figures of a list of sentences; those of fewer than four words are left out."""
    tokens = [t for t in map(words, texts) if len(t) >= _LONGEST]
    if len(tokens) < 2:
        return Diversity((1.0,) * _LONGEST, 0.0, 0.0, 0.0)
    distinct = []
    for n in range(1, _LONGEST + 1):
        counts: Counter[tuple[str, ...]] = Counter()
        for sentence in tokens:
            counts.update(_grams(sentence, n))
        distinct.append(len(counts) / max(sum(counts.values()), 1))
    similarity = _nearest(tokens)
    return Diversity(
        tuple(distinct),
        _self_bleu(tokens, random.Random(seed)),
        sum(similarity) / len(similarity),
        sum(s >= 0.6 for s in similarity) / len(similarity),
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """A run of words that text `index` and text `other` have in common."""

    index: int
    other: int
    words: str


def shared_passages(
    texts: Sequence[str], others: Sequence[str], *, length: int = 8
) -> list[Shared]:
    """Return the longest runs of at least `length` words that a text shares with one of `others`.

    Case and punctuation do not count. Of several others with the same run the first is named, and a
    run is given once for each text; an empty list means that nothing was copied.
    """
    if length < 1:
        raise ValueError(f"length is at least 1, got {length}")
    held: dict[tuple[str, ...], tuple[int, int]] = {}
    tokens_of_other = [words(t) for t in others]
    for i, tokens in enumerate(tokens_of_other):
        for k in range(len(tokens) - length + 1):
            held.setdefault(tuple(tokens[k : k + length]), (i, k))
    found = []
    for index, text in enumerate(texts):
        tokens = words(text)
        k = 0
        while k + length <= len(tokens):
            place = held.get(tuple(tokens[k : k + length]))
            if place is None:
                k += 1
                continue
            other, start = place
            theirs = tokens_of_other[other]
            run = length
            while (
                k + run < len(tokens)
                and start + run < len(theirs)
                and tokens[k + run] == theirs[start + run]
            ):
                run += 1
            found.append(Shared(index, other, " ".join(tokens[k : k + run])))
            k += run
    return found


def _self_bleu(tokens: Sequence[Sequence[str]], rng: random.Random) -> float:
    """Return the mean of smoothed BLEU-4 of sampled sentences against a sample of the others."""
    order = list(range(len(tokens)))
    rng.shuffle(order)
    chosen, pool = order[:_SAMPLED], order[:_REFERENCES]
    # For each n-gram the two sentences that hold it most often: one may be the sentence itself.
    most: list[dict[tuple[str, ...], list[tuple[int, int]]]] = [{} for _ in range(_LONGEST)]
    for i in pool:
        for n in range(_LONGEST):
            for gram, count in _grams(tokens[i], n + 1).items():
                best = most[n].setdefault(gram, [])
                best.append((count, i))
                best.sort(reverse=True)
                del best[2:]
    lengths = [len(tokens[i]) for i in pool]
    total = 0.0
    for i in chosen:
        logs = 0.0
        for n in range(_LONGEST):
            own = _grams(tokens[i], n + 1)
            hits = sum(
                min(count, next((c for c, j in most[n][gram] if j != i), 0))
                for gram, count in own.items()
            )
            logs += math.log((hits + 1) / (sum(own.values()) + 1)) / _LONGEST
        size = len(tokens[i])
        closest = min(lengths, key=lambda length: (abs(length - size), length))
        total += math.exp(logs) * math.exp(min(0.0, 1 - closest / size))
    return total / len(chosen)


def _nearest(tokens: Sequence[Sequence[str]]) -> list[float]:
    """Return the highest Jaccard similarity of each sentence's set of words to another's."""
    sets = [frozenset(t) for t in tokens]
    holders: dict[str, list[int]] = {}
    for i, held in enumerate(sets):
        for word in held:
            holders.setdefault(word, []).append(i)
    common = max(len(sets) // 20, 200)  # words of every twentieth sentence tell nothing apart
    found = []
    for i, held in enumerate(sets):
        shared: Counter[int] = Counter()
        for word in held:
            if len(holders[word]) <= common:
                shared.update(holders[word])
        shared.pop(i, None)
        best = 0.0
        # Ties by place: a set has no order that two runs agree on.
        for j, _ in nsmallest(20, shared.items(), key=lambda item: (-item[1], item[0])):
            both = len(held & sets[j])
            best = max(best, both / (len(held) + len(sets[j]) - both))
        found.append(best)
    return found
