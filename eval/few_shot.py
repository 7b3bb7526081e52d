"""How well frames that nothing was trained for are scored: `python -m eval few-shot`.

Frames of a codebook are held out in turn and treated as a user's own: their columns of the model
are not used, and `framing.fewshot` gets their definition, rules and cues, and 0, 8 or 32 examples
drawn from labelled training sentences. Two encoders are measured. The model's own has learnt from
labels of the held-out frames, so that its figures are too good for a frame that is truly new; a
pretrained encoder (`base`) has seen no label at all, so that its figures are a lower bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.baselines import cue_scores
from eval.metrics import average_precision, expected_calibration_error, f1_per_frame
from eval.predictions import read_gold, y_true_of
from framing.codebook import Frame
from framing.errors import FramingError, ModelError
from framing.fewshot import THRESHOLD, Background, Embed, fit
from framing.model.engine import WindowedEngine
from framing.scoring import load
from framing.sentences import model_text

__all__ = ["COUNTS", "FRAMES", "Row", "base_encoder", "few_shot", "markdown"]

FRAMES = ("neocolonialism", "denial", "victimhood", "western_blackmail")
COUNTS = (0, 8, 32)

Array = NDArray[Any]


@dataclass(frozen=True)
class Row:
    """One way to score the held-out frames; figures are means over frames and draws."""

    encoder: str
    method: str
    examples: int
    average_precision: float
    f1: float | None  # None: no threshold is known
    ece: float | None  # None: the scores are no probabilities
    by_frame: tuple[float, ...]  # average precision, mean over draws


def few_shot(
    model: str,
    data: str,
    train: str,
    *,
    frames: Sequence[str] = FRAMES,
    draws: int = 5,
    base: str | None = None,
) -> list[Row]:
    """Return the figures on `data`, with examples drawn `draws` times from `train`."""
    scorer = load(model)
    held = [scorer.codebook.frame(frame) for frame in frames]
    records, _ = read_gold(data, scorer.codebook)
    pool, _ = read_gold(train, scorer.codebook)
    texts = [model_text(record.text) for record in records]
    y_true = y_true_of(records, scorer.codebook.frame_ids)[
        :, [scorer.codebook.frame_ids.index(frame.id) for frame in held]
    ]
    drawn = [
        {frame.id: _draw(pool, frame.id, max(COUNTS), seed) for frame in held}
        for seed in range(draws)
    ]
    hits = cue_scores(texts, replace(scorer.codebook, frames=tuple(held)))
    rows = [_row("", "a cue matches", 0, y_true, [hits], 0.5, calibrated=False)]
    engine = scorer.engine
    if not isinstance(engine, WindowedEngine):
        raise ModelError(f"{model}: its engine gives no sentence embeddings")
    rows += _measure(scorer.artefact.name, lambda t: engine.embed(t)[1], held, texts, y_true, drawn)
    if base is not None:
        rows += _measure(base, base_encoder(base), held, texts, y_true, drawn)
    columns = [scorer.codebook.frame_ids.index(frame.id) for frame in held]
    y_score = scorer.predict_proba([record.text for record in records])[:, columns]
    limits = np.array([scorer.thresholds[frame.id] for frame in held])
    rows.append(_row(scorer.artefact.name, "trained for them", -1, y_true, [y_score], limits))
    return rows


def _measure(
    encoder: str,
    embed: Embed,
    held: Sequence[Frame],
    texts: Sequence[str],
    y_true: Array,
    drawn: Sequence[dict[str, list[str]]],
) -> list[Row]:
    background = Background.of(embed)
    embeddings = embed(texts)
    units = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    definitions = embed([model_text(frame.definition) for frame in held])
    cosine = units @ definitions.T
    rows = [_row(encoder, "cosine to the definition", 0, y_true, [cosine], None, calibrated=False)]
    without = [replace(frame, cues=()) for frame in held]
    for method, described in (("without cues", without), ("definition, rules, cues", held)):
        for count in COUNTS:
            scores = []
            for examples in drawn if count else drawn[:1]:
                shown = {frame: said[:count] for frame, said in examples.items()}
                log_odds = fit(described, shown, embed, background).log_odds(texts, embeddings)
                scores.append(1 / (1 + np.exp(-log_odds)))
            rows.append(_row(encoder, method, count, y_true, scores, THRESHOLD))
    return rows


def _row(
    encoder: str,
    method: str,
    examples: int,
    y_true: Array,
    scores: Sequence[Array],
    threshold: Any,
    *,
    calibrated: bool = True,
) -> Row:
    by_frame = np.mean([average_precision(y_true, score) for score in scores], axis=0)
    f1 = ece = None
    if threshold is not None:
        f1 = float(np.mean([f1_per_frame(y_true, score >= threshold) for score in scores]))
    if calibrated:
        ece = float(np.mean([expected_calibration_error(y_true, score) for score in scores]))
    return Row(
        encoder, method, examples, float(np.mean(by_frame)), f1, ece, tuple(map(float, by_frame))
    )


def _draw(pool: Sequence[Any], frame: str, count: int, seed: int) -> list[str]:
    carrying = [record.text for record in pool if frame in record.frames]
    if len(carrying) < count:
        raise FramingError(f"only {len(carrying)} sentences carry '{frame}', {count} are drawn")
    order = np.random.default_rng([seed, len(carrying)]).permutation(len(carrying))
    return [carrying[i] for i in order[:count]]


def base_encoder(base: str) -> Embed:
    """Return the embeddings of a pretrained encoder (a folder, `package:NAME/FOLDER`, a hub id)."""
    import torch

    from training.network import load_encoder

    encoder, tokenizer = load_encoder(base)
    encoder.eval()

    def embed(texts: Sequence[str], /) -> NDArray[np.float32]:
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found = np.zeros((len(texts), encoder.config.hidden_size), np.float32)
        for start in range(0, len(order), 16):
            rows = order[start : start + 16]
            batch = tokenizer(
                [texts[i] for i in rows],
                truncation=True,
                max_length=128,
                padding=True,
                return_tensors="pt",
            )
            with torch.inference_mode():
                states = encoder(**batch).last_hidden_state
            mask = batch["attention_mask"].unsqueeze(-1)
            found[rows] = ((states * mask).sum(1) / mask.sum(1)).numpy()
        return found

    return embed


def markdown(rows: Sequence[Row], frames: Sequence[str]) -> str:
    """Return the figures as a table."""
    number: Callable[[float | None], str] = lambda v: "" if v is None else f"{v:.3f}"  # noqa: E731
    lines = [
        "| encoder | method | examples | AP | F1 | ECE | " + " | ".join(frames) + " |",
        "|---|---|---:|---:|---:|---:|" + "---:|" * len(frames),
    ]
    for row in rows:
        examples = "all" if row.examples < 0 else str(row.examples)
        cells = [row.encoder, row.method, examples, number(row.average_precision)]
        cells += [number(row.f1), number(row.ece), *(number(v) for v in row.by_frame)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
