"""The gate stops a worse model, lets noise pass, and refuses what cannot be compared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")

from eval.gate import GateError, check, update
from eval.predictions import Predictions
from tests.eval.conftest import made_predictions

EMPTY = {"data": {}, "regressions": []}


def test_the_same_model_passes_twice(predictions: Predictions) -> None:
    baseline = update(predictions, EMPTY)
    assert check(predictions, baseline) == []
    assert check(predictions, baseline) == []


def test_rows_in_another_order_do_not_matter(predictions: Predictions) -> None:
    baseline = update(predictions, EMPTY)
    order = np.random.default_rng(0).permutation(len(predictions.records))
    assert check(predictions.rows(order), baseline) == []


def test_a_model_that_is_worse_on_one_frame_is_caught(predictions: Predictions) -> None:
    baseline = update(predictions, EMPTY)
    y_score = predictions.y_score.copy()
    y_score[:, 4] = np.random.default_rng(0).random(len(y_score))
    failures = check(replace(predictions, y_score=y_score), baseline)
    assert any(predictions.frame_ids[4] in failure for failure in failures)


def test_a_moved_threshold_is_caught(predictions: Predictions) -> None:
    baseline = update(predictions, EMPTY)
    thresholds = predictions.thresholds.copy()
    thresholds[2] = 0.95
    failures = check(replace(predictions, thresholds=thresholds), baseline)
    assert any(predictions.frame_ids[2] in failure for failure in failures)


def test_a_noisier_model_breaks_its_floors() -> None:
    baseline = update(made_predictions(noise=0.1), EMPTY)
    failures = check(made_predictions(noise=0.35), baseline)
    assert any("macro_f1" in failure for failure in failures)


def test_another_seed_of_the_same_quality_names_no_frame() -> None:
    baseline = update(made_predictions(seed=0), EMPTY)
    failures = check(made_predictions(seed=1), baseline)
    assert not any(" falls by " in failure for failure in failures)


def test_changed_data_are_refused(predictions: Predictions) -> None:
    baseline = update(predictions, EMPTY)
    with pytest.raises(GateError, match="changed since the baseline"):
        check(replace(predictions, data_digest="e" * 64), baseline)


def test_data_without_a_baseline_are_refused(predictions: Predictions) -> None:
    with pytest.raises(GateError, match="no baseline"):
        check(predictions, EMPTY)


def test_floors_rise_but_fall_only_for_a_stated_reason() -> None:
    good, poor = made_predictions(noise=0.1), made_predictions(noise=0.3)
    baseline = update(poor, EMPTY)
    raised = update(good, baseline)
    assert (
        raised["data"]["made.jsonl"]["floors"]["macro_f1"]
        > (baseline["data"]["made.jsonl"]["floors"]["macro_f1"])
    )
    with pytest.raises(GateError, match="would fall"):
        update(poor, raised)
    lowered = update(poor, raised, allow_regression="a smaller model")
    assert lowered["regressions"][0]["reason"] == "a smaller model"
