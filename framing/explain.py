"""Which words of a sentence carry a frame: leave each out and see how far the score falls.

The method is occlusion (Zeiler and Fergus, 2014; Li, Monroe and Jurafsky, 2016) through the engine
that scores. Besides each word, each pair of neighbours is left out, because a phrase may survive
the loss of one word; triples made the evidence no more faithful and cost half as much again. An
engine that has gradients can integrate them instead; `docs/articles.md` compares the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from framing.sentences import model_text

__all__ = [
    "METHODS",
    "Evidence",
    "WordWeight",
    "share_tokens",
    "strongest",
    "weigh_words",
    "words_of",
]

METHODS = ("occlusion", "integrated-gradients")

_HIDDEN = "\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff"  # marks that disguise a word, not end it
_WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff]"  # scripts without spaces: each character is a word
    rf"|[^\W_](?:[\w{_HIDDEN}])*(?:(?:[-'’&]|\.(?=[^\W_](?:\b|\d)))[^\W_][\w{_HIDDEN}]*)*"
)
_LONGEST = 2  # neighbours that are left out together
_BUDGET = 20_000  # words read for one sentence, over all its variants


class WordWeight(NamedTuple):
    """One word and how far the log-odds of a frame fall without it.

    `text[start:end] == word`. A negative weight speaks against the frame.
    """

    word: str
    start: int
    end: int
    weight: float


# Sentence index -> frame_id -> the words of that sentence in order; offsets are in the sentence.
Evidence: TypeAlias = Mapping[int, Mapping[str, Sequence[WordWeight]]]


def words_of(text: str) -> list[tuple[int, int]]:
    """Return the spans of the words of `text`, in order; punctuation belongs to none."""
    return [match.span() for match in _WORD.finditer(text)]


def weigh_words(
    logits: Callable[[Sequence[str]], NDArray[np.float32]],
    text: str,
    spans: Sequence[tuple[int, int]],
) -> NDArray[np.float64]:
    """Return `(n_words, n_frames)`: what each word adds to the log-odds of each frame.

    `logits` gives calibrated log-odds `(n, n_frames)` for folded texts; it is called once. A word's
    weight is the mean of the drops of all runs of neighbours that hold it, each drop shared among
    the run's words. A sentence of more than 140 words is weighed by phrases, so that the work is
    bounded.
    """
    runs = _runs(len(spans))
    variants = [text, *(text[: spans[a][0]] + text[spans[b - 1][1] :] for a, b in runs)]
    scores = logits([model_text(variant) for variant in variants]).astype(np.float64)
    weights = np.zeros((len(spans), scores.shape[1]))
    held = np.zeros((len(spans), 1))
    for (a, b), left in zip(runs, scores[1:], strict=True):
        weights[a:b] += (scores[0] - left) / (b - a)
        held[a:b] += 1
    return weights / np.maximum(held, 1)


def _runs(count: int) -> list[tuple[int, int]]:
    """Return the runs of words to leave out, as half-open ranges of word numbers."""
    longest = min(_LONGEST, _BUDGET // max(count * count, 1))
    if longest:
        return [(a, a + n) for n in range(1, longest + 1) for a in range(count - n + 1)]
    step = -(-count * count // _BUDGET)
    return [(a, min(a + step, count)) for a in range(0, count, step)]


def share_tokens(
    attributions: Callable[[str], tuple[Sequence[tuple[int, int]], NDArray[np.float64]]],
    text: str,
    spans: Sequence[tuple[int, int]],
) -> NDArray[np.float64]:
    """Return `(n_words, n_frames)`: the sum of what the tokens of each word add.

    `attributions` gives the tokens' spans in a folded text, and what each adds to each logit.
    """
    folded = model_text(text)
    tokens, worth = attributions(folded)
    weights = np.zeros((len(spans), worth.shape[1]))
    owner = np.full(len(folded) + 1, -1)
    at = 0
    for number, (start, end) in enumerate(spans):
        word = model_text(text[start:end])
        found = folded.find(word, at) if word else -1
        if found >= 0:
            at = found + len(word)
            owner[found:at] = number
    for (start, _), added in zip(tokens, worth, strict=True):
        if owner[start] >= 0:
            weights[owner[start]] += added
    return weights


def strongest(words: Sequence[WordWeight], *, most: int = 3) -> list[WordWeight]:
    """Return the words that speak for the frame, strongest first, without those that add little.

    A word counts when it adds at least a quarter of what the strongest adds.
    """
    ranked = sorted(words, key=lambda w: -w.weight)[:most]
    return [w for w in ranked if w.weight > 0 and w.weight >= ranked[0].weight / 4]
