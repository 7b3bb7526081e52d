"""Simple baselines that every model must beat, trained and scored in the same run."""

from __future__ import annotations

import re
from collections.abc import Sequence
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

__all__ = ["run_baselines"]

Scores = NDArray[np.float32]


def run_baselines(
    predictions: Predictions,
    codebook: Codebook,
    train: Sequence[str],
) -> dict[str, dict[str, Any]]:
    """Return the headline figures of every baseline on the sentences of `predictions`.

    `train` names labelled files; without any, only the baselines that need none are run. The
    trained one takes the threshold that is best for its macro-F1 on a held-out fifth of their
    articles.
    """
    texts = [record.text for record in predictions.records]
    found = {
        "majority": _figures(predictions, np.zeros_like(predictions.y_score), 0.5),
        "cue patterns": _figures(predictions, cue_scores(texts, codebook), 0.5),
    }
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
    threshold = _threshold(_fit(x_train[~held], y_train[~held], x_train[held]), y_train[held])
    found["TF-IDF + logistic regression"] = _figures(
        predictions, _fit(x_train, y_train, x_test), threshold
    )
    return found


def cue_scores(texts: Sequence[str], codebook: Codebook) -> Scores:
    """Return 1 where a cue pattern of the codebook matches, else 0, `(n, n_frames)`."""
    patterns = [re.compile("|".join(f.cues) or r"(?!)", re.I) for f in codebook.frames]
    return np.array([[bool(p.search(t)) for p in patterns] for t in texts], np.float32).reshape(
        len(texts), len(patterns)
    )


def _fit(x_train: Any, y_train: NDArray[np.bool_], x_test: Any) -> Scores:
    model = OneVsRestClassifier(
        LogisticRegression(C=4, class_weight="balanced", solver="liblinear", random_state=0)
    )
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


def _figures(p: Predictions, scores: Scores, threshold: float) -> dict[str, Any]:
    return {**summary(p.y_true, scores, scores >= threshold), "threshold": threshold}
