"""Public benchmarks by their own measures: `python -m eval benchmark NAME PATH [--dev PATH]`.

What is trained here is trained on the benchmark's own training part, kept in memory and thrown
away: shared tasks' labels never reach a released model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from eval.benchmark import frames, narratives, propaganda, quotations
from eval.benchmark.outcome import SEED, Outcome, Published, table
from eval.benchmark.parts import FOLDS
from framing import __version__
from framing.scoring import Scorer, load

__all__ = ["BENCHMARKS", "PUBLISHED", "run_benchmark", "table"]

BENCHMARKS: Mapping[str, Callable[[Scorer, Path, Path | None, int], Outcome]] = {
    "semeval2025-narratives": narratives.narratives,
    "semeval2023-frames": frames.frames,
    "ptc-sentences": propaganda.propaganda,
    "polnear": quotations.quotations,
}
# What others reached, with sources.
PUBLISHED: Mapping[str, Sequence[Published]] = {
    "semeval2025-narratives": narratives.PUBLISHED,
    "semeval2023-frames": frames.PUBLISHED,
    "ptc-sentences": propaganda.PUBLISHED,
    "polnear": quotations.PUBLISHED,
}


def run_benchmark(
    name: str,
    path: Path,
    *,
    dev: Path | None = None,
    model: str = "default",
    folds: int = FOLDS,
) -> dict[str, Any]:
    """Return a benchmark's result as plain JSON values: measures, comparisons, signature.

    Without `dev` the training part at `path` is cross-validated by article; with it, all of the
    training part is learned from and that part is scored. Raises RecordError for another layout.
    """
    scorer = load(model)
    outcome = BENCHMARKS[name](scorer, path, dev, folds)
    p = scorer.provenance
    return {
        "benchmark": name,
        **asdict(outcome),
        "signature": {
            "model": f"{p.model} r{p.revision} {p.sha256[:12]}",
            "data_digest": outcome.data_digest[:12],
            "seed": SEED,
            "folds": folds if dev is None else None,
            "framing": __version__,
        },
    }
