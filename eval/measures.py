"""The metrics of `eval.metrics` as an `evaluate.Metric`, defined in code: no hub, no network.

Importing `evaluate` takes seconds, so nothing on the way to a score imports this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import evaluate
import numpy as np
from datasets import Features, Value
from datasets import Sequence as ListOf

from eval.metrics import per_frame, summary

__all__ = ["FrameMetrics"]

_CITATION = """@article{pedregosa2011scikit,
  title={Scikit-learn: Machine Learning in Python},
  author={Pedregosa, F. and others},
  journal={Journal of Machine Learning Research}, volume={12}, pages={2825--2830}, year={2011}}"""


class FrameMetrics(evaluate.Metric):  # type: ignore[misc]
    """Multi-label figures over frames: `compute(predictions=y_score, references=y_true)`.

    `predictions` are probabilities and `references` 0/1, each a list of `n_frames` values a
    sentence. `thresholds` (one, or one a frame, default .5) turn probabilities into labels; with
    `frame_ids` the result also holds each frame's figures under `frames`.
    """

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description="Multi-label metrics over frames, macro, micro and calibrated.",
            citation=_CITATION,
            inputs_description="predictions: probabilities; references: 0/1; a row a sentence",
            features=Features(
                {"predictions": ListOf(Value("float32")), "references": ListOf(Value("int64"))}
            ),
        )

    def _compute(
        self,
        predictions: Sequence[Sequence[float]],
        references: Sequence[Sequence[int]],
        thresholds: float | Sequence[float] = 0.5,
        frame_ids: Sequence[str] | None = None,
    ) -> dict[str, Any]:
        y_score, y_true = np.asarray(predictions), np.asarray(references)
        y_pred = y_score >= np.asarray(thresholds)
        result: dict[str, Any] = summary(y_true, y_score, y_pred)
        if frame_ids is not None:
            result["frames"] = per_frame(y_true, y_score, y_pred, frame_ids)
        return result
