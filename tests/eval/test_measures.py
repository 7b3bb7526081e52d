"""The metric works in code, without a network, and agrees with the plain functions."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("evaluate", reason="the extra 'eval' is not installed")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def test_the_metric_agrees_with_the_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    from eval.measures import FrameMetrics
    from eval.metrics import macro_f1

    rng = np.random.default_rng(0)
    y_true = (rng.random((50, 3)) < 0.4).astype(int)
    y_score = rng.random((50, 3))
    result = FrameMetrics().compute(
        predictions=y_score.tolist(), references=y_true.tolist(), frame_ids=["a", "b", "c"]
    )
    assert result["macro_f1"] == pytest.approx(macro_f1(y_true, y_score >= 0.5))
    assert set(result["frames"]) == {"a", "b", "c"}
