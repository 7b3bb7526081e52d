"""Baselines: what they may use, and what an older model is compared by."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")

from eval.baselines import definition_scores, encoder_of, run_baselines
from eval.metrics import mean_average_precision, y_true_of
from eval.predictions import Predictions, read_gold
from eval.setfit_scores import EXAMPLES, Stored, drawn, fit, keep, stored
from framing.codebook import Codebook
from framing.data import Record, digest, write_jsonl
from framing.errors import CodebookError, MissingExtraError
from framing.model.artefact import read_artefact

CODEBOOK = Codebook.load("influence-1")
NOWHERE = Path("no-such-store.json")


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


def run(
    predictions: Predictions, train: list[str], **options: Any
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """Run the baselines with an empty store, unless one is named."""
    return run_baselines(predictions, CODEBOOK, train, **{"store": NOWHERE, **options})


def test_without_training_data_only_untrained_baselines_run(predictions: Predictions) -> None:
    found, left_out = run(predictions, [])
    assert list(found) == ["majority", "cue patterns"]
    assert "TF-IDF + logistic regression" in left_out
    assert "--train" in left_out["SetFit"]


def test_the_sentence_encoder_gives_two_baselines(predictions: Predictions, train: str) -> None:
    found, left_out = run(predictions, [train], encoder=letters)
    assert list(found)[2:] == [
        "TF-IDF + logistic regression",
        "zero-shot by definitions",
        "frozen encoder + logistic regression",
    ]
    assert found["frozen encoder + logistic regression"]["macro_f1"] > 0.9
    assert found["zero-shot by definitions"]["threshold"] is None
    assert list(left_out) == ["SetFit"]


def test_a_model_without_a_sentence_encoder_says_what_is_left_out(
    predictions: Predictions, train: str, toy_model: Path
) -> None:
    encoder = encoder_of(read_artefact(toy_model))
    assert encoder is None
    _, left_out = run(predictions, [train], encoder=encoder)
    assert "no sentence encoder" in left_out["zero-shot by definitions"]


def test_the_model_is_compared_with_a_baseline_on_the_same_articles(
    predictions: Predictions, train: str
) -> None:
    found, _ = run(predictions, [train])
    above = found["majority"]["model_above"]
    assert above["macro_f1"] == 1
    assert above["interval"] == [1, 1]


def test_definitions_are_nearest_to_their_own_words() -> None:
    frame = CODEBOOK.frames[3]
    scores = definition_scores(letters, letters([frame.definition]), CODEBOOK)
    assert scores.shape == (1, len(CODEBOOK.frames))
    assert ((scores >= 0) & (scores <= 1)).all()
    assert scores[0, 3] > np.median(scores)


def test_a_previous_model_stands_beside_the_baselines(predictions: Predictions) -> None:
    older = replace(predictions, y_score=np.zeros_like(predictions.y_score), model="older r1")
    found, _ = run(predictions, [], previous=older)
    assert found["previous model (older r1)"]["macro_f1"] == 0


def test_a_previous_model_of_other_frames_is_refused(predictions: Predictions) -> None:
    other = replace(predictions, frame_ids=predictions.frame_ids[:3], model="other r1")
    with pytest.raises(CodebookError, match=r"other r1 has other frames"):
        run(predictions, [], previous=other)


def kept(predictions: Predictions, train: str, store: Path) -> None:
    """Keep scores of SetFit that are the truth."""
    pool, _ = read_gold(train, CODEBOOK)
    ordered = sorted(range(len(predictions.records)), key=lambda i: predictions.records[i].key)
    raw = predictions.y_true[ordered].astype("<f2").tobytes()
    packed = base64.b64encode(zlib.compress(raw)).decode()
    frames = predictions.frame_ids
    keep(
        predictions.data,
        Stored(predictions.data_digest, digest(pool), frames, 16, 9, 13, "1.2.0", 60, packed),
        store,
    )


def test_kept_scores_of_setfit_are_a_baseline(
    predictions: Predictions, train: str, tmp_path: Path
) -> None:
    store = tmp_path / "setfit.json"
    kept(predictions, train, store)
    shuffled = predictions.rows(np.random.default_rng(0).permutation(len(predictions.records)))
    for p in (predictions, shuffled):
        found, left_out = run(p, [train], encoder=letters, store=store)
        assert found["SetFit, 16 sentences a frame"]["mean_average_precision"] == 1
        assert left_out == {}


def test_kept_scores_of_other_sentences_are_refused(
    predictions: Predictions, train: str, tmp_path: Path
) -> None:
    store = tmp_path / "setfit.json"
    kept(predictions, train, store)
    found, left_out = run(replace(predictions, data_digest="e" * 64), [train], store=store)
    assert not any("SetFit" in name for name in found)
    assert "other sentences (digest dddddddddddd, here eeeeeeeeeeee)" in left_out["SetFit"]


def test_kept_scores_from_other_training_data_are_refused(
    predictions: Predictions, train: str, tmp_path: Path
) -> None:
    store = tmp_path / "setfit.json"
    kept(predictions, train, store)
    _, left_out = run(predictions, [train, train], store=store)
    assert "other training data" in left_out["SetFit"]


def test_setfit_learns_from_a_few_sentences_of_every_frame() -> None:
    chosen = drawn(labelled(0, 40), ("denial", "sovereignty"))
    assert len(chosen) == 2 * EXAMPLES
    assert len({record.key for record in chosen}) == len(chosen)


def test_fitting_setfit_without_the_library_says_what_to_install(
    predictions: Predictions, train: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eval.setfit_scores.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"framing\[setfit\]"):
        fit(train, [train], CODEBOOK)


@pytest.mark.real
def test_the_kept_scores_are_those_of_the_real_sentences(shared: Path) -> None:
    records, data_digest = read_gold(str(shared / "real" / "dev.jsonl"), CODEBOOK)
    pool, _ = read_gold(str(shared / "real" / "train.jsonl"), CODEBOOK)
    scores = stored("dev.jsonl", data_digest, pool, CODEBOOK.frame_ids).unpacked(records)
    y_true = y_true_of(records, CODEBOOK.frame_ids)
    assert mean_average_precision(y_true, scores) > 0.04  # chance is .019
