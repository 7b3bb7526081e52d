"""Attacks on sentences that leave their meaning to a reader, and what they do to the scores.

Twelve character attacks change at most one letter in ten (after Pruthi et al. 2019 and Boucher et
al. 2022); the word attack drops, one at a time and at most three, the words that carry nothing for
a reader but most for the model. Each uses a fixed seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eval.metrics import macro_f1
from eval.predictions import Predictions
from framing.scoring import Scorer

__all__ = ["ATTACKS", "run_attacks"]

Attack = Callable[[str, random.Random], str]
_LETTER = re.compile(r"[A-Za-z]")
_LOOKALIKE = dict(zip("aceopxyABCEHKMOPTX", "асеорхуАВСЕНКМОРТХ", strict=True))
_KEYS = {"a": "s", "e": "r", "i": "o", "n": "m", "o": "p", "r": "t", "s": "d", "t": "y", "l": "k"}
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'"})
_SMALL = frozenset(
    "a an the of to in on at by for with and or as is are was were be it its".split()
)


def _at_letters(change: Callable[[str, random.Random], str], share: float = 0.1) -> Attack:
    """Return an attack that applies `change` to a tenth of the letters."""

    def attack(text: str, rng: random.Random) -> str:
        return _LETTER.sub(lambda m: change(m[0], rng) if rng.random() < share else m[0], text)

    return attack


def _swap(text: str, rng: random.Random) -> str:
    def inner(match: re.Match[str]) -> str:
        word = match[0]
        if rng.random() > 0.25:
            return word
        at = rng.randrange(1, len(word) - 2)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    return re.sub(r"[A-Za-z]{5,}", inner, text)


def _split(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    return " ".join(f"{w[:3]} {w[3:]}" if len(w) > 6 and rng.random() < 0.15 else w for w in words)


ATTACKS: dict[str, Attack] = {
    "look-alike letters": _at_letters(lambda c, _: _LOOKALIKE.get(c, c), 0.5),
    "zero-width marks": _at_letters(lambda c, _: c + "\u200b"),
    "soft hyphens": _at_letters(lambda c, _: c + "\u00ad"),
    "combining marks": _at_letters(lambda c, _: c + "\u0301"),
    "full-width letters": _at_letters(lambda c, _: chr(ord(c) + 0xFEE0)),
    "direction marks": _at_letters(lambda c, _: "\u202d" + c + "\u202c", 0.05),
    "letter dropped": _at_letters(lambda _c, _: "", 0.05),
    "letter doubled": _at_letters(lambda c, _: c + c, 0.05),
    "neighbouring key": _at_letters(lambda c, _: _KEYS.get(c, c), 0.1),
    "letters swapped": _swap,
    "upper case": lambda text, _: text.upper(),
    "words split": _split,
    "plain quotation marks": lambda text, _: text.translate(_PLAIN),
}


def _drop_words(scorer: Scorer, texts: Sequence[str], y_true: np.ndarray[Any, Any]) -> list[str]:
    """Drop up to three small words, each time the one whose loss moves the gold frames most."""
    current = list(texts)
    for _ in range(3):
        tries: list[str] = []
        owner: list[int] = []
        for i, text in enumerate(current):
            words = text.split()
            for at, word in enumerate(words):
                if word.lower() in _SMALL and y_true[i].any():
                    tries.append(" ".join(words[:at] + words[at + 1 :]))
                    owner.append(i)
        if not tries:
            break
        scores = scorer.predict_proba(tries)
        best: dict[int, tuple[float, str]] = {}
        for text, i, row in zip(tries, owner, scores, strict=True):
            value = float(row[y_true[i]].sum())
            if i not in best or value < best[i][0]:
                best[i] = (value, text)
        for i, (_, text) in best.items():
            current[i] = text
    return current


def run_attacks(
    scorer: Scorer, predictions: Predictions, *, most: int = 600, seed: int = 0
) -> dict[str, dict[str, float]]:
    """Return macro-F1, its drop and the share of flipped labels under every attack.

    Takes up to `most` sentences: all that carry a frame first, then others in order.
    """
    framed = predictions.y_true.any(1)
    order = np.argsort(~framed, kind="stable")[:most]
    p = predictions.rows(np.sort(order))
    texts = [record.text for record in p.records]
    attacked = {
        name: [attack(text, random.Random(f"{seed}:{i}")) for i, text in enumerate(texts)]
        for name, attack in ATTACKS.items()
    }
    few = np.flatnonzero(p.y_true.any(1))[:150]
    dropped = _drop_words(scorer, [texts[i] for i in few], p.y_true[few])
    attacked["small words dropped"] = list(texts)
    for i, text in zip(few, dropped, strict=True):
        attacked["small words dropped"][i] = text
    clean = macro_f1(p.y_true, p.y_pred)
    found = {"none": {"macro_f1": clean, "drop": 0.0, "flipped": 0.0}}
    for name, changed in attacked.items():
        y_pred = scorer.predict(changed)
        value = macro_f1(p.y_true, y_pred)
        found[name] = {
            "macro_f1": value,
            "drop": clean - value,
            "flipped": float((y_pred != p.y_pred).mean()),
        }
    return found
