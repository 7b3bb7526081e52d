"""How well frames that nothing was trained for are scored: `python -m eval few-shot`.

Frames of a codebook are treated as a user's own: the model's columns for them are not used, and
`framing.fewshot` gets their definition, rules and cues, and 0, 8 or 32 examples drawn from labelled
training sentences. The sentence encoder that it works with has seen no label of any frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.baselines import cue_scores
from eval.metrics import (
    average_precision,
    expected_calibration_error,
    f1_per_frame,
    y_true_of,
)
from eval.predictions import read_gold
from framing import __version__
from framing.errors import FramingError
from framing.fewshot import THRESHOLD, fit, open_embedder
from framing.scoring import load
from framing.sentences import model_text

__all__ = ["COUNTS", "FRAMES", "Row", "few_shot", "kept", "markdown"]

FRAMES = ("neocolonialism", "denial", "victimhood", "western_blackmail")
COUNTS = (0, 8, 32)

Array = NDArray[Any]


@dataclass(frozen=True)
class Row:
    """One way to score the held-out frames; figures are means over frames and draws."""

    method: str
    examples: int | None  # None: all that the model was trained on
    average_precision: float
    f1: float | None  # None: no threshold is known
    ece: float | None  # None: the scores are no probabilities
    by_frame: tuple[float, ...]  # average precision, mean over draws


def few_shot(
    model: str, data: str, train: str, *, frames: Sequence[str] = FRAMES, draws: int = 5
) -> list[Row]:
    """Return the figures on `data`, with examples drawn `draws` times from `train`."""
    scorer = load(model)
    frame_ids = scorer.codebook.frame_ids
    held = [scorer.codebook.frame(frame) for frame in frames]
    columns = [frame_ids.index(frame.id) for frame in held]
    records, _ = read_gold(data, scorer.codebook)
    pool, _ = read_gold(train, scorer.codebook)
    y_true = y_true_of(records, frame_ids)[:, columns]
    texts = [model_text(record.text) for record in records]
    drawn = [
        {frame.id: _draw(pool, frame.id, max(COUNTS), seed) for frame in held}
        for seed in range(draws)
    ]

    embedder, background = open_embedder(scorer.artefact.folder, scorer.artefact.sha256)
    embeddings = embedder.embed(texts)[0]
    units = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    definitions = embedder.embed([model_text(frame.definition) for frame in held])[0]
    hits = cue_scores(texts, replace(scorer.codebook, frames=tuple(held)))
    rows = [
        _row("a cue matches", 0, y_true, [hits], 0.5, calibrated=False),
        _row("cosine to the definition", 0, y_true, [units @ definitions.T], calibrated=False),
    ]
    bare = [replace(frame, cues=()) for frame in held]
    for method, described in (("definition and rules", bare), ("the same and cues", held)):
        for count in COUNTS:
            scores = []
            for examples in drawn if count else drawn[:1]:
                shown = {frame: said[:count] for frame, said in examples.items()}
                log_odds = fit(described, shown, embedder, background).log_odds(texts, embeddings)
                scores.append(1 / (1 + np.exp(-log_odds)))
            rows.append(_row(method, count, y_true, scores, THRESHOLD))
    y_score = scorer.predict_proba([record.text for record in records])[:, columns]
    limits = np.array([scorer.thresholds[frame.id] for frame in held])
    rows.append(_row("trained for them", None, y_true, [y_score], limits))
    return rows


def _row(
    method: str,
    examples: int | None,
    y_true: Array,
    scores: Sequence[Array],
    threshold: Any = None,
    *,
    calibrated: bool = True,
) -> Row:
    by_frame = np.mean([average_precision(y_true, score) for score in scores], axis=0)
    f1 = ece = None
    if threshold is not None:
        f1 = float(np.mean([f1_per_frame(y_true, score >= threshold) for score in scores]))
    if calibrated:
        ece = float(np.mean([expected_calibration_error(y_true, score) for score in scores]))
    return Row(method, examples, float(np.mean(by_frame)), f1, ece, tuple(map(float, by_frame)))


def _draw(pool: Sequence[Any], frame: str, count: int, seed: int) -> list[str]:
    carrying = [record.text for record in pool if frame in record.frames]
    if len(carrying) < count:
        raise FramingError(f"only {len(carrying)} sentences carry '{frame}', {count} are drawn")
    order = np.random.default_rng([seed, len(carrying)]).permutation(len(carrying))
    return [carrying[i] for i in order[:count]]


def markdown(rows: Sequence[Row], frames: Sequence[str]) -> str:
    """Return the figures as a table, with the average precision of each of `frames`."""
    names = ("method", "examples", "AP", "F1", "ECE", *frames)
    lines = [f"| {' | '.join(names)} |", f"|---|{'---:|' * (len(names) - 1)}"]
    for row in rows:
        values = (row.average_precision, row.f1, row.ece, *row.by_frame[: len(frames)])
        cells = [row.method, "all" if row.examples is None else str(row.examples)]
        cells += ["" if value is None else f"{value:.3f}" for value in values]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def kept(rows: Sequence[Row], model: str, data: str, frames: Sequence[str], draws: int) -> Any:
    """Return the figures as plain JSON values, with what they were measured on."""
    scorer = load(model)
    records, data_digest = read_gold(data, scorer.codebook)
    p = scorer.provenance
    return {
        "frames": list(frames),
        "rows": [asdict(row) for row in rows],
        "signature": {
            "model": f"{p.model} r{p.revision} {p.sha256[:12]}",
            "data_digest": data_digest,
            "sentences": len(records),
            "draws": draws,
            "framing": __version__,
        },
    }
