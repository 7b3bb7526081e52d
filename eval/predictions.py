"""A model's predictions on a labelled file: what every report, gate and comparison starts from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.metrics import y_true_of
from framing.codebook import Codebook
from framing.data import Record, digest, load_corpus, read_jsonl
from framing.scoring import Scorer, load

__all__ = ["Predictions", "predict", "read_gold"]


@dataclass(frozen=True)
class Predictions:
    """Gold labels and a model's scores, row by row; arrays are `(n_sentences, n_frames)`."""

    frame_ids: tuple[str, ...]
    records: tuple[Record, ...]
    y_true: NDArray[np.bool_]
    y_score: NDArray[np.float32]
    thresholds: NDArray[np.float32]  # (n_frames,)
    model: str  # name, revision and hash
    data: str  # what was read
    data_digest: str
    codebook: str
    rejected: NDArray[np.bool_] | None = None  # labels that count not: the sentence rejects them

    @property
    def y_pred(self) -> NDArray[np.bool_]:
        """Labels: scores at or over their thresholds, without those that the sentence rejects."""
        over: NDArray[np.bool_] = self.y_score >= self.thresholds
        return over if self.rejected is None else over & ~self.rejected

    @property
    def article_ids(self) -> list[str]:
        """The article of every row."""
        return [record.article_id for record in self.records]

    def rows(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Predictions:
        """Return the predictions of some rows."""
        index = np.flatnonzero(keep) if keep.dtype == bool else keep
        return Predictions(
            self.frame_ids,
            tuple(self.records[i] for i in index),
            self.y_true[index],
            self.y_score[index],
            self.thresholds,
            self.model,
            self.data,
            self.data_digest,
            self.codebook,
            None if self.rejected is None else self.rejected[index],
        )

    def signature(self) -> dict[str, str]:
        """Return what identifies these figures: model, codebook, data, thresholds, version."""
        from framing import __version__

        limits = hashlib.sha256(np.round(self.thresholds, 4).tobytes()).hexdigest()
        return {
            "model": self.model,
            "codebook": self.codebook,
            "data": self.data,
            "data_digest": self.data_digest,
            "thresholds": limits[:12],
            "framing": __version__,
        }


def read_gold(place: str, codebook: Codebook) -> tuple[tuple[Record, ...], str]:
    """Return the gold records of a file, or of "corpus" or "corpus:test", and their digest."""
    if place == "corpus" or place.startswith("corpus:"):
        wanted = place.partition(":")[2]
        records = tuple(r for r in load_corpus().records if not wanted or r.split == wanted)
    else:
        records = tuple(read_jsonl(Path(place), codebook=codebook))
    return records, digest(records)


def predict(model: str | Scorer, place: str) -> Predictions:
    """Score the sentences of a labelled file one by one, as `Scorer.predict_proba` does."""
    scorer = load(model) if isinstance(model, str) else model
    records, data_digest = read_gold(place, scorer.codebook)
    frame_ids = scorer.codebook.frame_ids
    p = scorer.provenance
    texts = [r.text for r in records]
    y_score = scorer.predict_proba(texts)
    thresholds = np.array([scorer.thresholds[f] for f in frame_ids], np.float32)
    return Predictions(
        frame_ids,
        records,
        y_true_of(records, frame_ids),
        y_score,
        thresholds,
        f"{p.model} r{p.revision} {p.sha256[:12]}",
        place if place.startswith("corpus") else Path(place).name,
        data_digest,
        f"{p.codebook} {p.codebook_digest[:12]}",
        (y_score >= thresholds) & ~scorer.labels(y_score, texts),
    )
