"""Frames that no model was trained on: scored by what a codebook says of them and a few examples.

A frame becomes a direction in the space of sentence embeddings: from the centre of ordinary
sentences towards its definition, its rules (`when`) and its examples, with the spread of
ordinary sentences taken out (linear discriminant analysis with a strongly shrunk covariance). How
far a sentence lies that way, and whether one of the frame's `cues` occurs in it, give the log-odds.
The embeddings are those of the pretrained encoder, stored beside the model: fine-tuning makes an
encoder forget what its own frames do not need.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from framing.codebook import Codebook, Frame
from framing.data import Record, load_corpus, read_jsonl
from framing.errors import CodebookError, RecordError
from framing.model.artefact import Artefact, read_artefact
from framing.model.engine import Engine, Prediction
from framing.model.onnx_engine import OnnxEmbedder
from framing.sentences import model_text

__all__ = [
    "PREVALENCE",
    "THRESHOLD",
    "Background",
    "Embedder",
    "OwnFrames",
    "adapt",
    "fit",
    "open_embedder",
]

PREVALENCE = 0.02  # share of news sentences that are taken to carry a frame of one's own
# From here on a sentence counts as carrying it. For calibrated scores the best F1 lies at half of
# the F1 that is reached; with 0 to 32 examples .1 was within .02 of the best.
THRESHOLD = 0.1

_ORDINARY = 1000  # sentences of the shipped corpus that stand for ordinary text
_SHRINKAGE = 30.0  # against the mean variance: 10 to 30 was best, none (infinite) .03 worse
_DEFINITION = 4.0  # definition and rules weigh as much as this many examples
# (examples, scale of the distance, weight of a cue, shift) at a prevalence of .0117: logistic
# regressions over the 18 frames of influence-1, each taken as new, on 2,151 real sentences and an
# encoder that had seen no label. First for frames with cues, then for frames without.
_MEASURED_AT = 0.0117
_WITH_CUES = ((0, 0.77, 3.54, -5.82), (8, 0.89, 3.37, -6.52), (32, 0.95, 3.38, -6.83))
_WITHOUT = ((0, 0.98, 0.0, -5.83), (8, 1.12, 0.0, -6.71), (32, 1.18, 0.0, -7.10))

Vectors = NDArray[np.float32]
Examples = Iterable[Record] | str | PathLike[str]


class Embedder(Protocol):
    """Gives sentences their place in a space where like meanings are near."""

    def embed(self, texts: Sequence[str]) -> tuple[Vectors, NDArray[np.bool_]]:
        """Return embeddings `(n, width)` of folded texts, and which were not read to their end."""
        ...


@dataclass(frozen=True, slots=True)
class Background:
    """How ordinary sentences lie in an encoder's space."""

    mean: Vectors  # (width,), of unit vectors
    precision: Vectors  # (width, width), inverse of the shrunk covariance
    sentences: Vectors  # (n, width), centred

    @classmethod
    def of(cls, embedder: Embedder) -> Background:
        """Embed sentences of the shipped corpus, whatever frames they carry.

        Sentences without any frame alone would be a worse contrast: every frame would look new.
        """
        texts = [r.text for r in load_corpus().records if r.split == "train"]
        chosen = np.random.default_rng(0).choice(len(texts), _ORDINARY, replace=False)
        units = _units(embedder.embed([model_text(texts[i]) for i in chosen])[0])
        mean = units.mean(0)
        spread = np.cov((units - mean).T)
        width = len(spread)
        shrunk = spread + _SHRINKAGE * np.trace(spread) / width * np.eye(width)
        return cls(mean, np.linalg.inv(shrunk).astype(np.float32), units - mean)


@dataclass(frozen=True, slots=True)
class OwnFrames:
    """Frames ready to score: a direction, a scale, a shift and patterns for each."""

    directions: Vectors  # (n_frames, width): a distance of 1 is a standard deviation
    centre: Vectors  # (width,)
    shift: Vectors  # (n_frames,)
    cue_weight: Vectors  # (n_frames,)
    cues: tuple[re.Pattern[str], ...]

    def log_odds(self, texts: Sequence[str], embeddings: Vectors) -> Vectors:
        """Return calibrated log-odds `(n, n_frames)` of folded texts and their embeddings."""
        distance = (_units(embeddings) - self.centre) @ self.directions.T
        hits = np.array([[bool(c.search(t)) for c in self.cues] for t in texts], np.float32)
        return np.asarray(distance + self.shift + hits * self.cue_weight, np.float32)


def fit(
    frames: Sequence[Frame],
    examples: Mapping[str, Sequence[str]],
    embedder: Embedder,
    background: Background,
) -> OwnFrames:
    """Return what scores `frames`; `examples` holds the sentences that carry them, by frame id.

    The probability of a sentence is the share of sentences with such a score that carry the frame,
    if the frame is as plain as those of influence-1 are on average to an encoder that never saw
    them, and 2 % of sentences carry it.
    """
    rules = [[frame.definition, *frame.when] for frame in frames]
    said = [examples.get(frame.id, ()) for frame in frames]
    texts = [text for group in (*rules, *said) for text in group]
    units = iter(_units(embedder.embed([model_text(t) for t in texts])[0]) - background.mean)
    of_rules = [[next(units) for _ in group] for group in rules]
    of_examples = [[next(units) for _ in group] for group in said]
    prior = np.log(PREVALENCE / (1 - PREVALENCE)) - np.log(_MEASURED_AT / (1 - _MEASURED_AT))
    directions, shift, cue_weight = [], [], []
    for frame, (definition, *when), shown in zip(frames, of_rules, of_examples, strict=True):
        way = _unit(definition)
        if when:
            way = _unit(way + _unit(np.mean(when, 0)))
        if shown:
            centre = np.mean(shown, 0)
            way = len(shown) * centre + _DEFINITION * float(np.linalg.norm(centre)) * way
        way = background.precision @ way
        table = _WITH_CUES if frame.cues else _WITHOUT
        _, scale, weight, base = max(row for row in table if row[0] <= len(shown))
        directions.append(scale * way / max(float((background.sentences @ way).std()), 1e-9))
        shift.append(base + prior)
        cue_weight.append(weight)
    return OwnFrames(
        directions=np.array(directions, np.float32),
        centre=background.mean,
        shift=np.array(shift, np.float32),
        cue_weight=np.array(cue_weight, np.float32),
        cues=tuple(_pattern(frame) for frame in frames),
    )


@dataclass(frozen=True)
class _OwnFramesEngine:
    """Gives log-odds in a codebook's columns: trained ones from the model, the others from fit."""

    inner: Engine
    embedder: Embedder | None  # None: there are only trained frames
    own: OwnFrames | None
    columns: NDArray[np.int64]  # the model's column of every frame, or -1
    scale: NDArray[np.float32]
    shift: NDArray[np.float32]

    def predict(self, texts: Sequence[str]) -> Prediction:
        """Return the log-odds of every text, calibrated."""
        trained = self.columns >= 0
        log_odds = np.zeros((len(texts), len(trained)), np.float32)
        truncated = np.zeros(len(texts), np.bool_)
        voice_logits = None
        if trained.any():
            found = self.inner.predict(texts)
            known = found.logits * self.scale + self.shift
            log_odds[:, trained] = known[:, self.columns[trained]]
            truncated, voice_logits = found.truncated, found.voice_logits
        if self.own is not None and self.embedder is not None and texts:
            embeddings, truncated = self.embedder.embed(texts)
            log_odds[:, ~trained] = self.own.log_odds(texts, embeddings)
        return Prediction(log_odds, truncated, voice_logits)


def adapt(
    artefact: Artefact, engine: Engine, codebook: Codebook, examples: Examples = ()
) -> tuple[Artefact, Engine, tuple[str, ...]]:
    """Return artefact and engine that score `codebook`, and what results must warn of.

    Frames that the model was trained on, word for word, keep their trained scores; the others are
    scored by `fit`, with the codebook's examples and those of `examples` (records, or a JSON Lines
    file of them). Raises CodebookError, RecordError or ModelError.
    """
    shown = _by_frame(codebook, examples)
    trained = {_meaning(frame): k for k, frame in enumerate(artefact.codebook.frames)}
    columns = [trained.get(_meaning(frame), -1) for frame in codebook.frames]
    new = [f for f, column in zip(codebook.frames, columns, strict=True) if column < 0]
    for frame in new:
        if not frame.definition.strip():
            raise CodebookError(
                f"frame '{frame.id}' of codebook {codebook.id} has no definition, from which it "
                "is scored; say when a sentence carries it"
            )
    embedder = own = None
    if new:
        embedder, background = open_embedder(artefact.folder, artefact.sha256)
        own = fit(new, shown, embedder, background)
    known = artefact.codebook.frame_ids
    limits = [THRESHOLD if k < 0 else artefact.thresholds[known[k]] for k in columns]
    content = [artefact.sha256, codebook.to_yaml(), *(repr(item) for item in shown.items())]
    adapted = replace(
        artefact,
        name=f"{artefact.name} with own frames",
        sha256=hashlib.sha256("\n".join(content).encode()).hexdigest(),
        codebook=codebook,
        thresholds=dict(zip(codebook.frame_ids, limits, strict=True)),
        scale=(1.0,) * len(columns),
        shift=(0.0,) * len(columns),
    )
    notes: tuple[str, ...] = ()
    if new:
        counts = ", ".join(f"{frame.id} ({len(shown.get(frame.id, ()))})" for frame in new)
        notes = (f"not trained, scored by definition and so many examples: {counts}",)
    wrapped = _OwnFramesEngine(
        engine,
        embedder,
        own,
        np.array(columns),
        np.asarray(artefact.scale, np.float32),
        np.asarray(artefact.shift, np.float32),
    )
    return adapted, wrapped, notes


def _by_frame(codebook: Codebook, examples: Examples) -> dict[str, list[str]]:
    """Return the sentences that carry each frame, without doubles."""
    found: dict[str, dict[str, None]] = {f.id: dict.fromkeys(f.examples) for f in codebook.frames}
    if isinstance(examples, str | PathLike):
        examples = read_jsonl(examples, codebook=codebook)
    for i, record in enumerate(examples):
        if not isinstance(record, Record):
            raise TypeError(
                f"example {i} is {type(record).__name__}; examples are records "
                "(framing.data.Record), or the path of a JSON Lines file of them"
            )
        for frame in record.frames:
            if frame not in found:
                try:
                    codebook.frame(frame)
                except CodebookError as error:
                    raise RecordError(
                        f"example {i} (article '{record.article_id}', sentence "
                        f"{record.sentence_id}): {error}"
                    ) from None
            found[frame][record.text] = None
    return {frame: list(texts) for frame, texts in found.items()}


def _meaning(frame: Frame) -> tuple[object, ...]:
    return frame.id, frame.definition, frame.when, frame.when_not, frame.boundary


def _pattern(frame: Frame) -> re.Pattern[str]:
    try:
        return re.compile("|".join(f"(?:{cue})" for cue in frame.cues) or r"(?!)", re.IGNORECASE)
    except re.error as error:
        raise CodebookError(
            f"a cue of frame '{frame.id}' is not a regular expression: {error}"
        ) from None


@lru_cache(maxsize=4)
def open_embedder(folder: Path, sha256: str) -> tuple[Embedder, Background]:  # noqa: ARG001
    """Return the sentence encoder of a model folder, and the background of its space.

    `sha256` keeps an altered folder from being taken for the one that was opened before.
    """
    embedder = OnnxEmbedder(read_artefact(folder))
    return embedder, Background.of(embedder)


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), np.float32)


def _units(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9), np.float32)
