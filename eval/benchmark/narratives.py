"""SemEval-2025 task 10, subtask 2, English: narratives and subnarratives of news articles."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmark.documents import Target, document_outcome, target_of
from eval.benchmark.learner import Measure
from eval.benchmark.outcome import Outcome, Published
from eval.benchmark.parts import read_parts
from eval.metrics import macro_f1, samples_f1
from framing.data.exchange import read_semeval2025
from framing.scoring import Scorer

__all__ = ["PUBLISHED", "narratives", "with_narrative"]

_OTHER = "other"
_DEV = "development part, English"
_POLY = "Nikolaidis et al., ACL 2025, 2025.acl-long.1513; under a stricter reading"
# That the paper's test part is the task's development part is read on its authors' page.
_UNREAD = "no: the paper's tables could not be read"
_COGNAC = "Islam and Finlayson, SemEval-2025, 2025.semeval-1.190"
_YOUNUS = "Younus and Qureshi, SemEval-2025, 2025.semeval-1.228"
_ABSTRACT = "in the abstract"
_NAMELESS = "in the abstract, which does not name the language"
PUBLISHED = (
    Published("coarse_samples_f1", 0.27, "mDeBERTa, fine-tuned", _DEV, _POLY, _UNREAD),
    Published("coarse_samples_f1", 0.40, "the best language model", _DEV, _POLY, _UNREAD),
    Published("coarse_samples_f1", 0.55, "COGNAC, second", "test part", _COGNAC, _NAMELESS),
    Published("fine_samples_f1", 0.43, "COGNAC, second", "test part", _COGNAC, _NAMELESS),
    Published("fine_samples_f1", 0.226, "nlptuducd", "test part, English", _YOUNUS, _ABSTRACT),
)


def narratives(scorer: Scorer, path: Path, dev: Path | None, folds: int) -> Outcome:
    """Score both levels; an article without a narrative is labelled "other", as in the task."""
    both = {
        level: read_parts(partial(read_semeval2025, level=level), path, dev)
        for level in ("coarse", "fine")
    }
    targets = {
        level: target_of(
            [r.frames or (_OTHER,) for r in parts.train],
            None if parts.other is None else [r.frames or (_OTHER,) for r in parts.other],
            samples_f1,
            offsets=True,
        )
        for level, parts in both.items()
    }
    return document_outcome(
        scorer,
        both["fine"],
        targets,
        {
            "coarse_samples_f1": (samples_f1, "coarse"),
            "fine_samples_f1": (samples_f1, "fine"),
            "coarse_with_narrative": (with_narrative(targets["coarse"]), "coarse"),
            "fine_with_narrative": (with_narrative(targets["fine"]), "fine"),
            "coarse_macro_f1": (macro_f1, "coarse"),
            "fine_macro_f1": (macro_f1, "fine"),
        },
        folds=folds,
        published=PUBLISHED,
        note="Official: F1 averaged over articles (samples), fine and coarse. Parts differ in how "
        'many articles carry no narrative ("other"), so the same is given over the articles that '
        "carry one. Macro-F1 is over the labels that occur in what is scored.",
    )


def with_narrative(target: Target) -> Measure:
    """Return samples F1 over the articles that carry a narrative; 0 when none does."""
    other = target.labels.index(_OTHER) if _OTHER in target.labels else None

    def measure(y_true: NDArray[np.bool_], y_pred: NDArray[np.bool_]) -> float:
        rows = np.ones(len(y_true), bool) if other is None else ~y_true[:, other]
        return samples_f1(y_true[rows], y_pred[rows]) if rows.any() else 0.0

    return measure
