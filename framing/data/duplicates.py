"""Finds texts that are the same, or nearly: wire copy, reprints, repeated sentences.

Texts are compared as sets of two-word shingles by Jaccard similarity. The search is exact, not
sampled: of two sets that are similar enough, the prefixes in order of rarity must meet (prefix
filter, Chaudhuri et al. 2006; Bayardo et al. 2007), so only texts that share a rare shingle are
compared, and a shingle that occurs once is never looked up.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from math import ceil

__all__ = ["groups_of", "near_duplicates", "words"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SHINGLE = 2


def words(text: str) -> list[str]:
    """Return the words of a text without case, punctuation and compatibility forms."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold().replace("’", "'"))


def _shingles(tokens: Sequence[str]) -> set[int]:
    if len(tokens) < _SHINGLE:
        pieces = [" ".join(tokens)] if tokens else []
    else:
        pieces = [" ".join(tokens[i : i + _SHINGLE]) for i in range(len(tokens) - _SHINGLE + 1)]
    # 64 bits: two of ten million different shingles meet with a chance of 3 in a million.
    return {
        int.from_bytes(blake2b(p.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
        for p in pieces
    }


def near_duplicates(
    texts: Sequence[str], *, similarity: float = 0.6, min_words: int = 6
) -> Iterator[tuple[int, int, float]]:
    """Yield pairs `(i, j, similarity)` of texts that are nearly the same, i < j.

    At .6 one word of a sentence of ten may have been changed. Of twelve real pairs read between .6
    and .66 all were edits or forms of one sentence.

    Texts with fewer than `min_words` words are left out: short sentences repeat by nature. Of
    texts that are equal in their words, each is paired with the first of them only, so a sentence
    that occurs n times gives n - 1 pairs.
    """
    first: dict[tuple[str, ...], int] = {}
    sets: list[set[int]] = []
    owner: list[int] = []
    for j, text in enumerate(texts):
        tokens = words(text)
        if len(tokens) < min_words:
            continue
        i = first.setdefault(tuple(tokens), j)
        if i != j:
            yield i, j, 1.0
            continue
        sets.append(_shingles(tokens))
        owner.append(j)
    count = Counter(s for shingles in sets for s in shingles)
    index: dict[int, list[int]] = defaultdict(list)
    by_size = sorted(range(len(sets)), key=lambda k: (len(sets[k]), k))
    for k in by_size:
        shingles = sets[k]
        prefix = len(shingles) - ceil(similarity * len(shingles)) + 1
        rarest = sorted(shingles, key=lambda s: (count[s], s))[:prefix]
        found: set[int] = set()
        for s in rarest:
            if count[s] > 1:
                found.update(index[s])
                index[s].append(k)
        for other in sorted(found):
            if len(sets[other]) < similarity * len(shingles):
                continue
            common = len(shingles & sets[other])
            value = common / (len(shingles) + len(sets[other]) - common)
            if value >= similarity:
                i, j = sorted((owner[other], owner[k]))
                yield i, j, value


def groups_of(n: int, pairs: Iterator[tuple[int, int]] | Sequence[tuple[int, int]]) -> list[int]:
    """Return a group number for each of `n` items such that paired items share theirs.

    A group's number is the least of its members.
    """
    parent = list(range(n))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in pairs:
        a, b = root(i), root(j)
        if a != b:
            parent[max(a, b)] = min(a, b)
    return [root(i) for i in range(n)]
