"""Weighs what the rules saw in a sentence and its neighbours: whose words is it, how surely?

A multinomial logistic regression over yes-no features; `voice_weights.json` holds its weights,
fitted by `python -m eval voice --write` on labelled English news.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["FEWEST_SENTENCES", "Sight", "doubtful", "features", "overruled", "weigh"]

FEWEST_SENTENCES = 5  # of an article that is weighed
_DOUBTFUL = 0.8  # confidence of the rules below which a report may be overruled
_OVERRULED_BELOW = 0.4  # probability: better out of fold than .5
_WEIGHTS = Path(__file__).with_name("voice_weights.json")
_STRENGTHS = (0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.85, 0.9)
_TENTHS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True, slots=True)
class Sight:
    """What the rules saw in one sentence; an empty `verb` means no attributing phrase."""

    voice: str  # what the rules make of it
    confidence: float
    cue: bool
    verb: str = ""
    form: str = ""
    kind: str = ""  # of the mention: name, pronoun, description ...
    head: str = ""  # of a description
    speaks: bool = False  # the mention can speak
    strength: float = 0.0
    place: int = 0  # of the verb, in words
    before: str = ""  # the word before the verb
    after: str = ""
    strong: int = 0  # attributing phrases that are likely
    inner: int = 0  # words within quotation marks
    outer: int = 0
    headline: bool = False
    first_person: bool = False
    label: bool = False  # a colon near the start
    ending: str = ""  # the last character
    turn: bool = False  # of a transcript or a signed post: not to be overruled


def features(sights: Sequence[Sight], i: int) -> list[str]:
    """Return the features of sentence `i` that hold, as strings."""
    s = sights[i]
    found = [
        "rule=" + s.voice,
        f"rule={s.voice}:{s.confidence:.2f}",
        "end=" + s.ending,
        f"headline={s.headline}",
        f"length={_step(s.outer, (5, 10, 20, 30, 40))}",
    ]
    if i == 0:
        found.append("opening")
    if s.first_person:
        found.append("first person")
    if s.label:
        found.append("label")
    if s.verb:
        found += [
            "form=" + s.form,
            "verb=" + s.verb,
            f"rule+verb={s.voice} {s.verb}",
            f"strength={_step(s.strength, _STRENGTHS)}",
            "mention=" + s.kind,
            f"speaks={s.speaks}",
            f"place={_step(s.place, (2, 5, 10, 20))}",
            f"strong={min(s.strong, 3)}",
            "before=" + s.before,
            "after=" + s.after,
            f"verb+after={s.verb} {s.after}",
        ]
        if s.head:
            found.append("head=" + s.head)
    else:
        found.append("no cue")
    if s.inner:
        found += [
            "quote",
            f"quote:{s.voice}",
            f"quote:cue={s.strength >= 0.4}",
            f"share={_step(s.inner / (s.inner + max(s.outer, 0)), _TENTHS)}",
            f"inner={_step(s.inner, (3, 5, 8, 12))}",
        ]
    for name, k in (("2 back", i - 2), ("back", i - 1), ("on", i + 1), ("2 on", i + 2)):
        if 0 <= k < len(sights):
            found += [f"{name}={sights[k].voice}", f"{name}:cue={sights[k].cue}"]
        else:
            found.append(f"{name}=none")
    back = sights[i - 1].voice if i else "none"
    on = sights[i + 1].voice if i + 1 < len(sights) else "none"
    return [*found, f"around={back} {s.voice} {on}", f"after {back}, cue={bool(s.verb)}"]


def weigh(sights: Sequence[Sight], i: int) -> dict[str, float]:
    """Return the probability of every voice for sentence `i` of an article."""
    voices, bias, weights = _weights()
    total = list(bias)
    for name in features(sights, i):
        for k, weight in enumerate(weights.get(name, ())):
            total[k] += weight
    highest = max(total)
    powers = [math.exp(value - highest) for value in total]
    return {v: p / sum(powers) for v, p in zip(voices, powers, strict=True)}


def doubtful(voice: str, confidence: float) -> bool:
    """Tell whether the regression is asked at all: only about a report of a weak rule."""
    return voice == "reported" and confidence < _DOUBTFUL


def overruled(voice: str, confidence: float, chances: Mapping[str, float]) -> bool:
    """Tell whether the rules' voice falls: a doubtful report that the regression disbelieves.

    Overruling author and quotation as well gains as much again on speeches and composed articles,
    nothing on news, and errs on plain cases ("..., she said on Friday") in short texts.
    """
    return doubtful(voice, confidence) and chances[voice] < _OVERRULED_BELOW


def _step(value: float, cuts: Sequence[float]) -> int:
    return sum(value >= cut for cut in cuts)


@cache
def _weights() -> tuple[Sequence[str], Sequence[float], Mapping[str, Sequence[float]]]:
    value = json.loads(_WEIGHTS.read_text(encoding="utf-8"))
    return value["voices"], value["bias"], value["weights"]
