"""Document-level benchmarks: cross-validated inside the training part, or scored on another.

In all of them an article has at least one label.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.benchmark.learner import (
    BOTH,
    TEXT,
    Documents,
    Kernels,
    Measure,
    decide,
    fit,
    read_documents,
    with_offsets,
)
from eval.benchmark.outcome import Outcome, Published, intervals
from eval.benchmark.parts import Parts, folds_of
from framing.scoring import Scorer

__all__ = ["Target", "document_outcome", "target_of"]

Labels = NDArray[np.bool_]
_OURS = "text and sentences"
_MIXES = {_OURS: BOTH, "text alone": TEXT}


@dataclass(frozen=True, slots=True)
class Target:
    """One way to label the documents: names of the labels, 0/1 matrices, the official measure."""

    labels: tuple[str, ...]
    y_train: Labels
    y_other: Labels | None  # of the part to score
    measure: Measure  # the threshold is chosen by it
    offsets: bool  # whether each label has an offset to the common threshold


def target_of(
    train: Sequence[Sequence[str]],
    other: Sequence[Sequence[str]] | None,
    measure: Measure,
    *,
    offsets: bool = False,
) -> Target:
    """Return the target for the documents' labels; labels of either part are columns."""
    labels = tuple(sorted({label for names in (*train, *(other or ())) for label in names}))
    column = {label: k for k, label in enumerate(labels)}

    def matrix(documents: Sequence[Sequence[str]]) -> Labels:
        y = np.zeros((len(documents), len(labels)), bool)
        for i, names in enumerate(documents):
            y[i, [column[name] for name in names]] = True
        return y

    return Target(labels, matrix(train), None if other is None else matrix(other), measure, offsets)


def document_outcome(
    scorer: Scorer,
    parts: Parts,
    targets: Mapping[str, Target],
    measures: Mapping[str, tuple[Measure, str]],
    *,
    folds: int,
    published: Sequence[Published],
    note: str,
) -> Outcome:
    """Return the outcome of `measures`, each a function of labels and the target it is for."""
    known = read_documents(scorer, [r.text for r in parts.train])
    unseen = None if parts.other is None else read_documents(scorer, [r.text for r in parts.other])
    ids = [record.article_id for record in parts.judged]
    found = _predict(targets, known, unseen, ids, folds)
    truth = {name: t.y_train if t.y_other is None else t.y_other for name, t in targets.items()}

    def of_rows(measure: Measure, target: str) -> Callable[[NDArray[np.int64]], float]:
        return lambda rows: measure(truth[target][rows], found[_OURS][target][rows])

    return Outcome(
        part=parts.name,
        documents=len(ids),
        rows=len(ids),
        data_digest=parts.digest,
        measures=intervals({name: of_rows(*m) for name, m in measures.items()}, ids),
        baselines={
            system: {name: m(truth[target], y[target]) for name, (m, target) in measures.items()}
            for system, y in found.items()
            if system != _OURS
        },
        published=published,
        note=note,
    )


def _predict(
    targets: Mapping[str, Target],
    train: Documents,
    other: Documents | None,
    ids: Sequence[str],
    folds: int,
) -> dict[str, dict[str, Labels]]:
    """Return predicted labels by system and target: of `other`, or of `train` by cross-validation.

    Systems are the whole learner, the learner without what the model says, and the most frequent
    label of the documents that were learned from.
    """
    n = len(train.texts if other is None else other.texts)
    found = {
        system: {name: np.zeros((n, len(t.labels)), bool) for name, t in targets.items()}
        for system in (*_MIXES, "most frequent label")
    }
    rows = np.arange(len(train.texts))
    if other is not None:
        splits = [(rows, np.arange(n), train, other)]
    else:
        fold = folds_of(ids, folds)
        splits = [
            (
                rows[fold != k],
                rows[fold == k],
                train.rows(rows[fold != k]),
                train.rows(rows[fold == k]),
            )
            for k in range(folds)
        ]
    for learned, judged, known, unseen in splits:
        kernels = Kernels.between(known, unseen)
        for name, target in targets.items():
            y = target.y_train[learned]
            for system, mix in _MIXES.items():
                left_out, scores = fit(*kernels.mixed(mix), y)
                if target.offsets:
                    left_out, scores = with_offsets(left_out, y, scores)
                found[system][name][judged] = decide(
                    left_out, y, scores, target.measure, at_least_one=True
                )
            found["most frequent label"][name][judged, y.sum(0).argmax()] = True
    return found
