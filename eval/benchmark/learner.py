"""Labels of documents, learned from few of them: ridge regression over several kernels.

A benchmark's training part has some 400 documents and up to 90 labels. Ridge regression in its dual
form fits all labels at once and gives leave-one-out predictions in closed form (Rifkin and Lippert
2007), so that the threshold is set on predictions for documents that were not fitted, without
fitting again. It never sees the documents that it is judged on, nor do the vectorisers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import expit
from sklearn.feature_extraction.text import TfidfVectorizer

from eval.benchmark.encoder import Embedded, embed
from framing.article import Article
from framing.scoring import Scorer
from framing.sentences import split

__all__ = [
    "BOTH",
    "TEXT",
    "Documents",
    "Kernels",
    "decide",
    "fit",
    "read_documents",
    "with_offsets",
]

Array = NDArray[np.float64]
Measure = Callable[[NDArray[np.bool_], NDArray[np.bool_]], float]

# Which kernels are added, and with which weights.
TEXT = {"words": 1.0, "letters": 1.0}
BOTH = {**TEXT, "states": 0.5, "frames": 0.5}
PENALTY = 0.2


@dataclass(frozen=True, slots=True)
class Documents:
    """Articles as a learner takes them: their text, and what a model made of their sentences."""

    texts: tuple[str, ...]
    states: NDArray[np.float32]  # mean and maximum over sentences, (n, 2 * width)
    frames: NDArray[np.float32]  # mean, maximum and mean of the best three, (n, 3 * n_frames)

    def rows(self, index: NDArray[np.int64]) -> Documents:
        """Return some of the documents."""
        return Documents(
            tuple(self.texts[i] for i in index), self.states[index], self.frames[index]
        )


def read_documents(scorer: Scorer, texts: Sequence[str]) -> Documents:
    """Split every article into sentences and pool what the model says of them."""
    sentences: list[str] = []
    counts = []
    for text in texts:
        found = [s.text for s in split(Article.from_text(text))]
        sentences += found
        counts.append(len(found))
    embedded = embed(scorer, sentences)
    ends = np.cumsum(counts)
    pooled = [
        _pool(embedded.rows(np.arange(end - count, end)))
        for count, end in zip(counts, ends, strict=True)
    ]
    return Documents(
        tuple(texts), np.array([s for s, _ in pooled]), np.array([f for _, f in pooled])
    )


def _pool(sentences: Embedded) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    s, p = sentences.states, sentences.probabilities
    if not len(s):  # an article without a sentence
        return np.zeros(2 * s.shape[1], np.float32), np.zeros(3 * p.shape[1], np.float32)
    best = np.sort(p, axis=0)[-3:].mean(0)
    return np.concatenate([s.mean(0), s.max(0)]), np.concatenate([p.mean(0), p.max(0), best])


@dataclass(frozen=True, slots=True)
class Kernels:
    """Similarities by view: among training documents, and of others to them."""

    train: Mapping[str, Array]
    other: Mapping[str, Array]

    @classmethod
    def between(cls, train: Documents, other: Documents) -> Kernels:
        """Fit vectorisers and scales on `train` alone."""
        inside: dict[str, Array] = {}
        across: dict[str, Array] = {}
        # Terms of half of the documents tell little; those of one or two cannot be learned from.
        views = {
            "words": TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2, max_df=0.5),
            "letters": TfidfVectorizer(
                sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 5), min_df=3, max_df=0.5
            ),
        }
        for name, vectorizer in views.items():
            a: csr_matrix = vectorizer.fit_transform(train.texts)
            b: csr_matrix = vectorizer.transform(other.texts)
            inside[name] = (a @ a.T).toarray()
            across[name] = (b @ a.T).toarray()
        for name in ("states", "frames"):
            x, y = getattr(train, name), getattr(other, name)
            mean, spread = x.mean(0), x.std(0)
            x, y = ((v - mean) / np.where(spread > 1e-6, spread, 1) for v in (x, y))
            size = max(float((x**2).sum(1).mean()), 1e-9)  # so that a document is like itself by 1
            inside[name], across[name] = x @ x.T / size, y @ x.T / size
        return cls(inside, across)

    def mixed(self, weights: Mapping[str, float]) -> tuple[Array, Array]:
        """Return the weighted means of the views, each plus one: the offset is learned too."""
        total = sum(weights.values())
        return tuple(  # type: ignore[return-value]
            sum((w * k[name] for name, w in weights.items()), np.zeros(())) / total + 1
            for k in (self.train, self.other)
        )


def fit(
    inside: Array, across: Array, y_true: NDArray[np.bool_], *, penalty: float = PENALTY
) -> tuple[Array, Array]:
    """Return scores of the training documents, each left out, and of the others."""
    y = y_true.astype(float)
    values, vectors = np.linalg.eigh(inside)
    shrunk = values / (values + penalty)
    hat = (vectors * shrunk) @ vectors.T
    own = np.diag(hat)[:, None]
    left_out = (hat @ y - own * y) / (1 - own)
    weights = (vectors / (values + penalty)) @ (vectors.T @ y)
    return left_out, across @ weights


def with_offsets(left_out: Array, y_true: NDArray[np.bool_], scores: Array) -> tuple[Array, Array]:
    """Return both scores as log-odds of one logistic regression with an offset for each label.

    Offsets are drawn to the common one (normal prior, variance ½), so that rare labels, whose
    scores are small, reach the threshold too and do so no more often than they should.
    """
    y = y_true.astype(float)

    def loss(x: Array) -> tuple[float, Array]:
        z = x[0] * left_out + x[1] + x[2:]
        gap = expit(z) - y
        value = float((np.logaddexp(0, z) - y * z).sum() + (x[2:] ** 2).sum())
        return value, np.concatenate([[(gap * left_out).sum(), gap.sum()], gap.sum(0) + 2 * x[2:]])

    start = np.concatenate([[5.0, -3.0], np.zeros(y.shape[1])])
    x = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return x[0] * left_out + x[1] + x[2:], x[0] * scores + x[1] + x[2:]


def decide(
    left_out: Array,
    y_true: NDArray[np.bool_],
    scores: Array,
    measure: Measure,
    *,
    at_least_one: bool,
) -> NDArray[np.bool_]:
    """Return labels by the one threshold that is best on the left-out scores."""
    grid = np.quantile(left_out, np.linspace(0.5, 0.995, 60))
    best = max(grid, key=lambda t: measure(y_true, _labels(left_out, t, at_least_one)))
    return _labels(scores, best, at_least_one)


def _labels(scores: Array, threshold: float, at_least_one: bool) -> NDArray[np.bool_]:
    labels = scores >= threshold
    if at_least_one and scores.shape[1]:
        empty = ~labels.any(1)
        labels[empty, scores[empty].argmax(1)] = True
    return labels
