"""The gate: a model that is worse than the baseline on the same data does not pass.

`baseline.json` holds, for every data set, its digest, the floors, the figures they came from, and
the baseline's labels, so that the new model is compared on the very same sentences. Floors rise by
`--update`; they fall only with `--allow-regression REASON`, and the reason stays in the file.
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import compare_f1, f1_intervals
from eval.metrics import expected_calibration_error, mean_average_precision
from eval.predictions import Predictions
from framing.errors import FramingError

__all__ = ["GateError", "check", "read_baseline", "update"]

BASELINE = Path(__file__).with_name("baseline.json")
SIGNIFICANT = 0.05  # two-sided, over all frames together (Holm)
SLACK = 0.005  # floors lie this far below the figure, for other machines' arithmetic
MEASURES = ("macro_f1", "micro_f1", "any_frame_f1", "mean_average_precision")


class GateError(FramingError):
    """The gate cannot compare: the data or the codebook changed, or there is no baseline."""


def _figures(p: Predictions) -> dict[str, float]:
    intervals = f1_intervals(p.y_true, p.y_pred, p.article_ids, p.frame_ids, resamples=200)
    return {
        **{name: intervals[name].value for name in ("macro_f1", "micro_f1", "any_frame_f1")},
        "mean_average_precision": mean_average_precision(p.y_true, p.y_score),
        "ece": expected_calibration_error(p.y_true, p.y_score),
    }


def _pack(y_pred: NDArray[np.bool_]) -> str:
    return base64.b64encode(zlib.compress(np.packbits(y_pred).tobytes(), 9)).decode()


def _unpack(packed: str, shape: tuple[int, int]) -> NDArray[np.bool_]:
    raw = np.frombuffer(zlib.decompress(base64.b64decode(packed)), np.uint8)
    return np.unpackbits(raw)[: shape[0] * shape[1]].reshape(shape).astype(bool)


def _ordered(p: Predictions) -> Predictions:
    """Put rows in the order of their ids: the digest does not depend on order, the labels do."""
    order = sorted(range(len(p.records)), key=lambda i: p.records[i].key)
    return p.rows(np.array(order, np.int64))


def read_baseline(path: Path = BASELINE) -> dict[str, Any]:
    """Return the baseline's content; an absent file is an empty baseline."""
    if not path.exists():
        return {"data": {}, "regressions": []}
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value


def check(predictions: Predictions, baseline: dict[str, Any]) -> list[str]:
    """Return what fails, one line each; empty when the model passes.

    Raises GateError where no comparison is possible.
    """
    p = _ordered(predictions)
    held = baseline["data"].get(p.data)
    if held is None:
        raise GateError(f"no baseline for '{p.data}'; make one with --update")
    if held["data_digest"] != p.data_digest:
        raise GateError(
            f"'{p.data}' changed since the baseline (digest {p.data_digest[:12]}, baseline "
            f"{held['data_digest'][:12]}): figures cannot be compared; --update makes a new one"
        )
    if held["frames"] != list(p.frame_ids):
        raise GateError(f"the codebook changed since the baseline was made: {p.codebook}")
    figures = _figures(p)
    failures = []
    for name, floor in held["floors"].items():
        if name == "ece":
            if figures[name] > floor:
                failures.append(f"ece {figures[name]:.4f} is above its ceiling {floor:.4f}")
        elif figures[name] < floor:
            failures.append(f"{name} {figures[name]:.4f} is below its floor {floor:.4f}")
    before = _unpack(held["labels"], p.y_true.shape)
    compared = compare_f1(p.y_true, before, p.y_pred, p.article_ids, p.frame_ids)
    # Holm's step-down: the smallest p-value is held against the strictest limit.
    fallen = sorted(
        (frame for frame in p.frame_ids if compared[frame].difference < 0),
        key=lambda frame: compared[frame].p,
    )
    for rank, frame in enumerate(fallen):
        c = compared[frame]
        if c.p > SIGNIFICANT / (len(p.frame_ids) - rank):
            break
        failures.append(
            f"{frame} falls by {-c.difference:.3f} F1 (95 % interval {c.low:+.3f} to {c.high:+.3f})"
        )
    return failures


def update(
    predictions: Predictions, baseline: dict[str, Any], *, allow_regression: str | None = None
) -> dict[str, Any]:
    """Return a baseline with the floors raised to this model's figures.

    Raises GateError where a floor would fall and no reason is given.
    """
    p = _ordered(predictions)
    figures = _figures(p)
    floors = {name: round(figures[name] - SLACK, 4) for name in MEASURES}
    floors["ece"] = round(figures["ece"] + SLACK, 4)
    held = baseline["data"].get(p.data)
    same = held is not None and held["data_digest"] == p.data_digest
    if same:
        fallen = [
            name
            for name, floor in held["floors"].items()
            if (floors[name] > floor if name == "ece" else floors[name] < floor)
        ]
        if fallen and not allow_regression:
            raise GateError(
                f"{p.data}: {', '.join(fallen)} would fall; "
                "say why with --allow-regression REASON, or keep the old model"
            )
    entry = {
        "data_digest": p.data_digest,
        "signature": p.signature(),
        "frames": list(p.frame_ids),
        "figures": {name: round(value, 4) for name, value in figures.items()},
        "floors": floors,
        "labels": _pack(p.y_pred),
    }
    regressions = list(baseline["regressions"])
    if allow_regression:
        regressions.append({"data": p.data, "model": p.model, "reason": allow_regression})
    return {"data": {**baseline["data"], p.data: entry}, "regressions": regressions}


def compare(a: Predictions, b: Predictions) -> dict[str, dict[str, float]]:
    """Return, overall and by frame, how far model B's F1 is above model A's on the same data."""
    if a.data_digest != b.data_digest:
        raise GateError("the two models were not scored on the same data")
    compared = compare_f1(a.y_true, a.y_pred, b.y_pred, a.article_ids, a.frame_ids)
    return {name: asdict(value) for name, value in compared.items()}
