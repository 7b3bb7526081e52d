"""Weighs what the rules saw in a sentence and its neighbours: whose words is it, how surely?

A multinomial logistic regression over yes-no features; `voice_weights.json` holds its weights,
fitted by `python -m eval voice --write` on labelled English news. A model whose network has read
the sentence too may bring a `Mixture`, which weighs the rules' voice and the network's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from framing.errors import ModelError

__all__ = [
    "FEWEST_SENTENCES",
    "SURE",
    "Mixture",
    "Sight",
    "doubtful",
    "features",
    "overruled",
    "weigh",
]

_VOICES = ("author", "quoted", "reported")  # in the order of framing.voice.VOICES
FEWEST_SENTENCES = 5  # of an article that is weighed
_DOUBTFUL = 0.8  # confidence of the rules below which a report may be overruled
_OVERRULED_BELOW = 0.4  # probability: better out of fold than .5
SURE = 0.95  # confidence of the rules from which a network is not asked: all in quotation marks
# Probability from which a network overrules the rules: on the news that it was taught .5 does as
# well; on news of other outlets .5 loses .003 of accuracy and .7 gains .009.
_OVERRULES_FROM = 0.7
_LEAST_LOGIT = -8.0  # below the highest one; a network's certainty counts up to there
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
    return _softmax(voices, total)


def doubtful(voice: str, confidence: float) -> bool:
    """Tell whether the regression is asked at all: only about a report of a weak rule."""
    return voice == "reported" and confidence < _DOUBTFUL


def overruled(voice: str, confidence: float, chances: Mapping[str, float]) -> bool:
    """Tell whether the rules' voice falls: a doubtful report that the regression disbelieves.

    Overruling author and quotation as well gains as much again on speeches and composed articles,
    nothing on news, and errs on plain cases ("..., she said on Friday") in short texts.
    """
    return doubtful(voice, confidence) and chances[voice] < _OVERRULED_BELOW


@dataclass(frozen=True, slots=True)
class Mixture:
    """A regression over the rules' voice and the log-probabilities of a network's voice head.

    A row of `weights` for each voice: three for the voice that the rules say, three for the
    network's log-probabilities, all in the order of VOICES. `training.voice` fits it.
    """

    bias: tuple[float, ...]
    weights: tuple[tuple[float, ...], ...]

    @staticmethod
    def of(value: object, where: str) -> Mixture:
        """Return what a manifest's `calibration.voice` holds; anything amiss is a ModelError."""
        if not isinstance(value, dict) or set(value) != {"voices", "bias", "weights"}:
            raise ModelError(f"{where}: expected voices, bias and weights; export the model again")
        voices, rows = value["voices"], [value["bias"], *_rows(value["weights"])]
        if voices != list(_VOICES):
            raise ModelError(f"{where}: voices {voices!r:.60}; this version knows {_VOICES}")
        if [len(row) if isinstance(row, list) else -1 for row in rows] != [3, 6, 6, 6]:
            raise ModelError(
                f"{where}: expected 3 numbers under bias and 3 rows of 6 under weights"
            )
        for number in (n for row in rows for n in row):
            known = isinstance(number, int | float) and not isinstance(number, bool)
            if not (known and math.isfinite(number) and abs(number) < 1e6):
                raise ModelError(f"{where}: {number!r:.40} is no usable number")
        return Mixture(tuple(rows[0]), tuple(tuple(row) for row in rows[1:]))

    @staticmethod
    def features(rule: str, logits: Sequence[float]) -> list[float]:
        """Return what is weighed: the rules' voice as 0 and 1, and log-probabilities."""
        highest = max(logits)
        logits = [max(float(x - highest), _LEAST_LOGIT) for x in logits]
        total = math.log(sum(math.exp(x) for x in logits))
        return [*(float(rule == voice) for voice in _VOICES), *(x - total for x in logits)]

    def decide(self, rule: str, logits: Sequence[float]) -> tuple[str, float]:
        """Return the rules' voice, or another that is far likelier, and its probability.

        `rule` is the voice that the rules say, `logits` are the network's three.
        """
        values = self.features(rule, logits)
        total = [
            bias + sum(w * x for w, x in zip(row, values, strict=True))
            for bias, row in zip(self.bias, self.weights, strict=True)
        ]
        chances = _softmax(_VOICES, total)
        best = max(chances, key=chances.__getitem__)
        voice = best if chances[best] > _OVERRULES_FROM else rule
        return voice, chances[voice]


def _rows(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _softmax(voices: Sequence[str], total: Sequence[float]) -> dict[str, float]:
    highest = max(total)
    powers = [math.exp(value - highest) for value in total]
    return {v: p / sum(powers) for v, p in zip(voices, powers, strict=True)}


def _step(value: float, cuts: Sequence[float]) -> int:
    return sum(value >= cut for cut in cuts)


@cache
def _weights() -> tuple[Sequence[str], Sequence[float], Mapping[str, Sequence[float]]]:
    value = json.loads(_WEIGHTS.read_text(encoding="utf-8"))
    return value["voices"], value["bias"], value["weights"]
