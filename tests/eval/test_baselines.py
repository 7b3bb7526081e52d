"""Baselines: what they may use, and what an older model is compared by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")

from eval.baselines import definition_scores, run_baselines
from eval.predictions import Predictions, y_true_of
from framing.codebook import Codebook
from framing.data import Record, write_jsonl
from framing.errors import CodebookError

CODEBOOK = Codebook.load("influence-1")


def letters(texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed texts by how often each letter stands in them."""
    return np.array(
        [[t.lower().count(c) for c in "abcdefghijklmnopqrstuvwxyz"] for t in texts], "f"
    )


def labelled(first: int, articles: int) -> list[Record]:
    """Return sentences that carry denial or sovereignty, told by their letters."""
    return [
        Record(
            article_id=f"a{i}",
            sentence_id=k,
            text=f"{'zzz quiz jazz' if k % 2 else 'moon noon'} {i} {'loom' * (k + 1)}",
            frames=("denial",) if k % 2 else ("sovereignty",),
        )
        for i in range(first, first + articles)
        for k in range(6)
    ]


@pytest.fixture
def predictions() -> Predictions:
    records = tuple(labelled(100, 10))
    y_true = y_true_of(records, CODEBOOK.frame_ids)
    return Predictions(
        CODEBOOK.frame_ids,
        records,
        y_true,
        y_true.astype(np.float32),
        np.full(len(CODEBOOK.frame_ids), 0.5, np.float32),
        "made",
        "made.jsonl",
        "d" * 64,
        "influence-1",
    )


@pytest.fixture
def train(tmp_path: Path) -> str:
    path = tmp_path / "train.jsonl"
    write_jsonl(path, labelled(0, 20))
    return str(path)


def test_without_training_data_only_untrained_baselines_run(predictions: Predictions) -> None:
    assert list(run_baselines(predictions, CODEBOOK, [])) == ["majority", "cue patterns"]


def test_an_encoder_adds_two_baselines(predictions: Predictions, train: str) -> None:
    found = run_baselines(predictions, CODEBOOK, [train], encoder=letters)
    assert list(found)[2:] == [
        "TF-IDF + logistic regression",
        "zero-shot by definitions",
        "frozen encoder + logistic regression",
    ]
    assert found["frozen encoder + logistic regression"]["macro_f1"] > 0.9
    assert found["zero-shot by definitions"]["threshold"] is None


def test_definitions_are_nearest_to_their_own_words() -> None:
    frame = CODEBOOK.frames[3]
    scores = definition_scores(letters, letters([frame.definition]), CODEBOOK)
    assert scores.shape == (1, len(CODEBOOK.frames))
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores[0, 3] > np.median(scores)


def test_a_previous_model_stands_beside_the_baselines(predictions: Predictions) -> None:
    older = replace(predictions, y_score=np.zeros_like(predictions.y_score), model="older r1")
    found = run_baselines(predictions, CODEBOOK, [], previous=older)
    assert found["previous model (older r1)"]["macro_f1"] == 0


def test_a_previous_model_of_other_frames_is_refused(predictions: Predictions) -> None:
    other = replace(predictions, frame_ids=predictions.frame_ids[:3], model="other r1")
    with pytest.raises(CodebookError, match=r"other r1 has other frames"):
        run_baselines(predictions, CODEBOOK, [], previous=other)
