"""Intervals come from resampled articles, quickly, and cover what they should."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")

from eval.bootstrap import compare_f1, f1_intervals
from eval.predictions import Predictions
from tests.clock import within
from tests.eval.conftest import made_predictions


def test_ten_thousand_resamples_take_about_a_second(predictions: Predictions) -> None:
    p = predictions
    within(3, lambda: f1_intervals(p.y_true, p.y_pred, p.article_ids, p.frame_ids))


def test_an_interval_holds_its_value(predictions: Predictions) -> None:
    p = predictions
    for interval in f1_intervals(p.y_true, p.y_pred, p.article_ids, p.frame_ids).values():
        assert interval.low <= interval.value <= interval.high


def test_sentences_of_one_article_are_not_taken_for_independent() -> None:
    y_true = np.ones((400, 1), bool)
    y_pred = np.repeat([[True], [False]], 200, axis=0)
    clustered = ["a"] * 100 + ["b"] * 100 + ["c"] * 100 + ["d"] * 100
    apart = [str(i) for i in range(400)]
    wide = f1_intervals(y_true, y_pred, clustered, ["f"])["f"]
    narrow = f1_intervals(y_true, y_pred, apart, ["f"])["f"]
    assert wide.high - wide.low > 3 * (narrow.high - narrow.low)


def test_equal_models_do_not_differ(predictions: Predictions) -> None:
    p = predictions
    compared = compare_f1(p.y_true, p.y_pred, p.y_pred, p.article_ids, p.frame_ids)
    assert compared["macro_f1"].difference == 0
    assert compared["macro_f1"].p == 1


def test_a_better_model_is_found_better() -> None:
    a, b = made_predictions(noise=0.3), made_predictions(noise=0.1)
    compared = compare_f1(a.y_true, a.y_pred, b.y_pred, a.article_ids, a.frame_ids)
    assert compared["macro_f1"].low > 0
    assert compared["macro_f1"].p < 0.01
