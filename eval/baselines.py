"""Baselines that every model must beat, trained and scored in the same run.

SetFit alone is not: it takes minutes of contrastive training, so its scores are kept, and taken
where data and training data are those that they were made with (`eval/setfit_scores.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from eval.bootstrap import compare_f1
from eval.metrics import Array, macro_f1, summary, y_true_of
from eval.predictions import Predictions, read_gold
from eval.setfit_scores import STORE, stored
from framing.codebook import Codebook
from framing.data import Record
from framing.errors import CodebookError, FramingError, ModelError
from framing.model.artefact import Artefact
from framing.model.onnx_engine import OnnxEmbedder
from framing.sentences import model_text

__all__ = ["Baselines", "cue_scores", "definition_scores", "encoder_of", "run_baselines"]

Scores = NDArray[np.float32]
Embed = Callable[[Sequence[str]], NDArray[np.float32]]
# Headline figures by baseline, and why others are left out.
Baselines = tuple[dict[str, dict[str, Any]], dict[str, str]]

_DENSE_C = 3  # best of 3 to 40 in average precision on the held-out fifth
_ENCODED = ("zero-shot by definitions", "frozen encoder + logistic regression")


def run_baselines(
    predictions: Predictions,
    codebook: Codebook,
    train: Sequence[str],
    *,
    encoder: Embed | None = None,
    previous: Predictions | None = None,
    store: Path = STORE,
) -> Baselines:
    """Return the figures of every baseline on the sentences of `predictions`, and what is left out.

    `train` names labelled files; without any, only the baselines that need none are run. Trained
    ones take the threshold that is best for their macro-F1 on a held-out fifth of the articles.
    `encoder` maps texts to embeddings by weights that no label has touched. `previous` are an
    older model's predictions for the same sentences. `store` holds what SetFit said of them.
    Raises CodebookError when the older model's frames differ.
    """
    p = predictions
    texts = [record.text for record in p.records]
    records = [record for place in train for record in read_gold(place, codebook)[0]]
    found = {
        "majority": _figures(p, np.zeros_like(p.y_score), 0.5),
        "cue patterns": _figures(p, cue_scores(texts, codebook), 0.5),
    }
    left_out: dict[str, str] = {}
    if records:
        y_train = y_true_of(records, p.frame_ids)
        found["TF-IDF + logistic regression"] = _terms(p, texts, records, y_train)
        if encoder is None:
            left_out = dict.fromkeys(_ENCODED, "the model has no sentence encoder beside it")
        else:
            found |= _encoded(p, texts, records, y_train, codebook, encoder)
        try:
            kept = stored(p.data, p.data_digest, records, p.frame_ids, store)
            scores = kept.unpacked(p.records)
            name = f"SetFit, {kept.examples} sentences a frame"
            found[name] = _figures(p, scores, _shares(scores, y_train))
        except FramingError as error:
            left_out["SetFit"] = str(error)
    else:
        names = ("TF-IDF + logistic regression", *_ENCODED, "SetFit")
        left_out = dict.fromkeys(names, "no training data was named (--train)")
    if previous is not None:
        found[f"previous model ({previous.model})"] = _previous(p, previous)
    return found, left_out


def encoder_of(artefact: Artefact) -> Embed | None:
    """Return the pretrained sentence encoder beside a model; None where there is none."""
    try:
        embedder = OnnxEmbedder(artefact)
    except ModelError:
        return None
    return lambda texts: embedder.embed(texts)[0]


def _terms(
    p: Predictions, texts: Sequence[str], records: Sequence[Record], y_train: NDArray[np.bool_]
) -> dict[str, Any]:
    train_texts = [record.text for record in records]
    held = _held_out([record.article_id for record in records])
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    letters = TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 4), min_df=3)
    x_train = hstack([words.fit_transform(train_texts), letters.fit_transform(train_texts)]).tocsr()
    x_test = hstack([words.transform(texts), letters.transform(texts)]).tocsr()
    one = LogisticRegression(C=4, class_weight="balanced", solver="liblinear", random_state=0)
    tuned = _fit(x_train[~held], y_train[~held], x_train[held], one)
    return _figures(p, _fit(x_train, y_train, x_test, one), _threshold(tuned, y_train[held]))


def _encoded(
    p: Predictions,
    texts: Sequence[str],
    records: Sequence[Record],
    y_train: NDArray[np.bool_],
    codebook: Codebook,
    encoder: Embed,
) -> dict[str, dict[str, Any]]:
    known = encoder([model_text(text) for text in texts])
    scores = definition_scores(encoder, known, codebook)
    seen = _units(encoder([model_text(record.text) for record in records]))
    held = _held_out([record.article_id for record in records])
    dense = LogisticRegression(C=_DENSE_C, max_iter=300)
    tuned = _fit(seen[~held], y_train[~held], seen[held], dense)
    limit = _threshold(tuned, y_train[held])
    fitted = _fit(seen, y_train, _units(known), dense)
    figures = (_figures(p, scores, _shares(scores, y_train)), _figures(p, fitted, limit))
    return dict(zip(_ENCODED, figures, strict=True))


def _shares(scores: Scores, y_train: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return thresholds that give a frame to as large a share of the sentences as carries it.

    For scores that no threshold was tuned for; the share is that of the training data.
    """
    return np.array(
        [
            np.quantile(scores[:, k], 1 - share) if share else np.inf
            for k, share in enumerate(y_train.mean(0))
        ]
    )


def definition_scores(encoder: Embed, known: NDArray[Any], codebook: Codebook) -> Scores:
    """Return how like each embedded sentence is to each frame, 0 to 1, `(n, n_frames)`.

    A frame stands where the mean of its definition and examples does. No label is used.
    """
    prototypes = []
    for frame in codebook.frames:
        said = encoder([model_text(text) for text in (frame.definition, *frame.examples)])
        mean = _units(said).mean(0)
        prototypes.append(mean)
    cosine = _units(known) @ _units(np.array(prototypes)).T
    return np.asarray((cosine + 1) / 2, np.float32)


def _units(vectors: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9))


def _previous(p: Predictions, previous: Predictions) -> dict[str, Any]:
    if previous.frame_ids != p.frame_ids:
        raise CodebookError(
            f"the previous model {previous.model} has other frames ({previous.codebook}) than "
            f"{p.model} ({p.codebook}); compare models of one codebook"
        )
    return {**_compared(p, previous.y_score, previous.y_pred), "threshold": None}


def cue_scores(texts: Sequence[str], codebook: Codebook) -> Scores:
    """Return 1 where a cue pattern of the codebook matches, else 0, `(n, n_frames)`."""
    patterns = [re.compile("|".join(f.cues) or r"(?!)", re.I) for f in codebook.frames]
    return np.array([[bool(p.search(t)) for p in patterns] for t in texts], np.float32).reshape(
        len(texts), len(patterns)
    )


def _fit(x_train: Any, y_train: NDArray[np.bool_], x_test: Any, one: LogisticRegression) -> Scores:
    model = OneVsRestClassifier(one)
    present = y_train.any(0)
    scores = np.zeros((x_test.shape[0], y_train.shape[1]), np.float32)
    scores[:, present] = model.fit(x_train, y_train[:, present]).predict_proba(x_test)
    return scores


def _held_out(article_ids: Sequence[str]) -> NDArray[np.bool_]:
    names, group = np.unique(np.asarray(article_ids), return_inverse=True)
    chosen = np.random.default_rng(0).random(len(names)) < 0.2
    return np.asarray(chosen[group])


def _threshold(scores: Scores, y_true: NDArray[np.bool_]) -> float:
    grid = np.linspace(0.05, 0.95, 46)
    return float(grid[int(np.argmax([macro_f1(y_true, scores >= t) for t in grid]))])


def _figures(p: Predictions, scores: Scores, threshold: float | NDArray[Any]) -> dict[str, Any]:
    """Return the figures; `threshold` is null in them where every frame has its own."""
    common = threshold if isinstance(threshold, float) else None
    return {**_compared(p, scores, scores >= threshold), "threshold": common}


def _compared(p: Predictions, y_score: Array, y_pred: Array) -> dict[str, Any]:
    """Return the figures of a baseline, and how far the model's macro-F1 is above it."""
    gap = compare_f1(p.y_true, y_pred, p.y_pred, p.article_ids, p.frame_ids)["macro_f1"]
    return {
        **summary(p.y_true, y_score, y_pred),
        "model_above": {"macro_f1": gap.difference, "interval": [gap.low, gap.high]},
    }
