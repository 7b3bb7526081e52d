"""Metrics give the textbook values on small examples that can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")

from sklearn.metrics import f1_score

from eval import metrics

Y_TRUE = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]])
Y_PRED = np.array([[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 1, 0]])


def test_f1_agrees_with_scikit_learn() -> None:
    assert metrics.micro_f1(Y_TRUE, Y_PRED) == f1_score(Y_TRUE, Y_PRED, average="micro")
    present = Y_TRUE[:, :2], Y_PRED[:, :2]
    assert metrics.macro_f1(*present) == pytest.approx(f1_score(*present, average="macro"))
    weighted = f1_score(*present, average="weighted")
    assert metrics.weighted_f1(*present) == pytest.approx(weighted)


def test_a_frame_that_never_occurs_is_left_out_of_macro_averages() -> None:
    assert metrics.macro_f1(Y_TRUE, Y_PRED) == metrics.macro_f1(Y_TRUE[:, :2], Y_PRED[:, :2])


def test_any_frame_f1_asks_only_whether_there_is_one() -> None:
    # 3 sentences carry a frame, 4 are predicted to, 3 of them rightly.
    assert metrics.any_frame_f1(Y_TRUE, Y_PRED) == pytest.approx(6 / 7)


def test_samples_f1_and_exact_match() -> None:
    assert metrics.samples_f1(Y_TRUE, Y_PRED) == pytest.approx((1 + 2 / 3 + 0 + 1) / 4)
    assert metrics.exact_match(Y_TRUE, Y_PRED) == 0.5


def test_calibration_error_of_a_constant_forecast() -> None:
    y_true = np.array([[1], [0], [0], [0]])
    assert metrics.expected_calibration_error(y_true, np.full((4, 1), 0.25)) == 0
    assert metrics.expected_calibration_error(y_true, np.full((4, 1), 0.75)) == pytest.approx(0.5)


def test_brier_score() -> None:
    assert metrics.brier(np.array([[1], [0]]), np.array([[0.8], [0.4]])) == pytest.approx(0.1)


def test_alpha_is_one_for_equal_labels_and_below_zero_for_opposite_ones() -> None:
    assert metrics.nominal_alpha(Y_TRUE, Y_TRUE) == 1
    assert metrics.nominal_alpha(Y_TRUE[:, :1], 1 - Y_TRUE[:, :1]) < 0


def test_ranking_of_articles_by_share() -> None:
    articles = ["a", "a", "b", "b"]
    assert metrics.rank_correlation(Y_TRUE[:, :1], Y_TRUE[:, :1], articles) == pytest.approx(1)
    assert metrics.rank_correlation(Y_TRUE[:, :1], 1 - Y_TRUE[:, :1], articles) == pytest.approx(-1)


def test_leaving_uncertain_sentences_out_raises_f1_where_scores_know_it() -> None:
    y_true = np.array([[1], [0]] * 50)
    y_score = np.where(y_true == 1, 0.9, 0.1)
    y_score[:20] = 1 - y_score[:20] * 0 - 0.49  # unsure, and wrong for every other one
    curve = metrics.coverage_curve(y_true, y_score, y_score >= 0.5, np.array([0.5]))
    assert curve[0][1] == 1
    assert curve[-1][1] < 1
