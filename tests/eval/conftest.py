"""Made-up predictions, so that reports and the gate can be tested without a model."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")

from eval.predictions import Predictions
from framing.codebook import Codebook
from framing.data import Record


def made_predictions(*, seed: int = 0, n: int = 1200, noise: float = 0.15) -> Predictions:
    """Return predictions on made-up sentences whose scores are the truth with some noise."""
    frame_ids = Codebook.load("influence-1").frame_ids
    rng = np.random.default_rng(1)  # the same truth for every seed of the model
    y_true = rng.random((n, len(frame_ids))) < 0.06
    voices = ("author", "quoted", "reported")
    records = tuple(
        Record(
            article_id=f"made/{i // 12}",
            sentence_id=i % 12,
            text=f"Sentence {i}.",
            frames=tuple(f for f, t in zip(frame_ids, row, strict=True) if t),
            voice=voices[i % 3],
            source=("agency", "blog")[i // 12 % 2],
        )
        for i, row in enumerate(y_true)
    )
    model = np.random.default_rng(seed)
    y_score = np.clip(0.7 * y_true + 0.1 + model.normal(0, noise, y_true.shape), 0, 1)
    return Predictions(
        frame_ids,
        records,
        y_true,
        y_score.astype(np.float32),
        np.full(len(frame_ids), 0.5, np.float32),
        f"made {seed}",
        "made.jsonl",
        "d" * 64,
        "influence-1 made",
    )


@pytest.fixture
def predictions() -> Predictions:
    """Predictions of a middling model on 1,200 sentences of 100 articles."""
    return made_predictions()
