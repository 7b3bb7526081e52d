"""Baselines that every model must beat, trained and scored in the same run.

Those that need a pretrained encoder take minutes for as many training sentences as the default
model has, so the report runs them on request only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from eval.metrics import macro_f1, summary
from eval.predictions import Predictions, read_gold, y_true_of
from framing.codebook import Codebook
from framing.errors import CodebookError
from framing.sentences import model_text

__all__ = ["cue_scores", "definition_scores", "run_baselines"]

Scores = NDArray[np.float32]
Embed = Callable[[Sequence[str]], NDArray[np.float32]]

_DENSE_C = 3  # best of 3 to 40 in average precision on the held-out fifth


def run_baselines(
    predictions: Predictions,
    codebook: Codebook,
    train: Sequence[str],
    *,
    encoder: Embed | None = None,
    previous: Predictions | None = None,
) -> dict[str, dict[str, Any]]:
    """Return the headline figures of every baseline on the sentences of `predictions`.

    `train` names labelled files; without any, only the baselines that need none are run. Trained
    ones take the threshold that is best for their macro-F1 on a held-out fifth of the articles.
    `encoder` maps texts to embeddings by weights that no label has touched. `previous` are an
    older model's predictions for the same sentences. Raises CodebookError when its frames differ.
    """
    texts = [record.text for record in predictions.records]
    found = {
        "majority": _figures(predictions, np.zeros_like(predictions.y_score), 0.5),
        "cue patterns": _figures(predictions, cue_scores(texts, codebook), 0.5),
    }
    if previous is not None:
        found[f"previous model ({previous.model})"] = _previous(predictions, previous)
    records = [record for place in train for record in read_gold(place, codebook)[0]]
    if not records:
        return found
    y_train = y_true_of(records, predictions.frame_ids)
    train_texts = [record.text for record in records]
    held = _held_out([record.article_id for record in records])
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    letters = TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 4), min_df=3)
    x_train = hstack([words.fit_transform(train_texts), letters.fit_transform(train_texts)]).tocsr()
    x_test = hstack([words.transform(texts), letters.transform(texts)]).tocsr()
    terms = LogisticRegression(C=4, class_weight="balanced", solver="liblinear", random_state=0)
    tuned = _fit(x_train[~held], y_train[~held], x_train[held], terms)
    found["TF-IDF + logistic regression"] = _figures(
        predictions, _fit(x_train, y_train, x_test, terms), _threshold(tuned, y_train[held])
    )
    if encoder is not None:
        known = encoder([model_text(text) for text in texts])
        scores = definition_scores(encoder, known, codebook)
        # A frame is given to as large a share of the sentences as carries it in the training data.
        limits = np.array(
            [
                np.quantile(scores[:, k], 1 - share) if share else np.inf
                for k, share in enumerate(y_train.mean(0))
            ]
        )
        found["zero-shot by definitions"] = _figures(predictions, scores, limits)
        seen = _units(encoder([model_text(text) for text in train_texts]))
        dense = LogisticRegression(C=_DENSE_C, max_iter=300)
        tuned = _fit(seen[~held], y_train[~held], seen[held], dense)
        found["frozen encoder + logistic regression"] = _figures(
            predictions,
            _fit(seen, y_train, _units(known), dense),
            _threshold(tuned, y_train[held]),
        )
    return found


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
    return {**summary(p.y_true, previous.y_score, previous.y_pred), "threshold": None}


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
    return {**summary(p.y_true, scores, scores >= threshold), "threshold": common}
