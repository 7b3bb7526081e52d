"""SemEval-2023 task 3, subtask 2, English: the 14 generic frames of news articles."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from eval.benchmark.documents import document_outcome, target_of
from eval.benchmark.outcome import Outcome, Published
from eval.benchmark.parts import read_parts
from eval.metrics import macro_f1, micro_f1
from framing.data.exchange import read_semeval2023
from framing.scoring import Scorer

__all__ = ["PUBLISHED", "frames"]

PUBLISHED = (
    Published(
        "micro_f1",
        0.58,
        "the best of the shared task",
        "test part, newer articles than the training part",
        "Piskorski et al., SemEval-2023 task 3 (overview)",
        "no: neither the paper's tables nor the leaderboard could be read",
    ),
)


def frames(scorer: Scorer, path: Path, dev: Path | None, folds: int) -> Outcome:
    """Score the frames of whole articles; each article has at least one."""
    parts = read_parts(partial(read_semeval2023, subtask=2), path, dev)
    target = target_of(
        [r.frames for r in parts.train],
        None if parts.other is None else [r.frames for r in parts.other],
        micro_f1,
    )
    return document_outcome(
        scorer,
        parts,
        {"frames": target},
        {"micro_f1": (micro_f1, "frames"), "macro_f1": (macro_f1, "frames")},
        folds=folds,
        published=PUBLISHED,
        note="Official: micro-F1. The released model has seen some of these articles' sentences, "
        "with labels of its own codebook, never with these.",
    )
