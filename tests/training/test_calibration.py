"""Calibration and thresholds recover what made the data; with few data they lean on the pool."""

from __future__ import annotations

import numpy as np
import pytest

from training.calibration import apply_platt, fit_platt, fit_thresholds


def made(scale: float, shift: float, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    logits = rng.normal(-1, 2, (n, 3))
    p = apply_platt(logits, np.full(3, scale), np.full(3, shift))
    return logits, (rng.random(p.shape) < p).astype(float)


def test_platt_recovers_scale_and_shift() -> None:
    scale, shift = fit_platt(*made(0.5, -1.0))
    assert scale == pytest.approx([0.5] * 3, abs=0.08)
    assert shift == pytest.approx([-1.0] * 3, abs=0.15)


def test_a_frame_without_positives_keeps_the_pooled_scale() -> None:
    logits, y_true = made(0.8, 0.0)
    y_true[:, 2] = 0
    scale, shift = fit_platt(logits, y_true)
    assert np.isfinite([*scale, *shift]).all()
    assert apply_platt(logits, scale, shift)[:, 2].mean() < 0.1


def test_thresholds_part_what_can_be_parted() -> None:
    y_score = np.array([[0.1, 0.2], [0.2, 0.3], [0.7, 0.8], [0.8, 0.9]] * 50)
    y_true = np.array([[0, 0], [0, 0], [1, 0], [1, 1]] * 50)
    thresholds = fit_thresholds(y_true, y_score, prior=0)
    assert ((y_score >= thresholds) == y_true).all()


def test_a_rare_frame_leans_on_the_common_threshold() -> None:
    rng = np.random.default_rng(0)
    y_score = rng.random((1000, 2))
    y_true = (y_score > 0.5).astype(int)
    y_true[:, 1] = 0
    y_true[0, 1], y_score[0, 1] = 1, 0.95
    own = fit_thresholds(y_true, y_score, prior=0)[1]
    shrunk = fit_thresholds(y_true, y_score, prior=60)
    assert abs(shrunk[1] - shrunk[0]) < abs(own - shrunk[0])
