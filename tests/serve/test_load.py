"""A steady rate is answered, and memory stays flat; by hand: `python -m tests.serve.load`.

`FRAMING_SOAK_SECONDS=600` makes the soak last ten minutes, `FRAMING_LOAD_SECONDS=60` the rate a
minute. Rates are of the machine: other work on it is other work on it.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tests.serve import load

SOAK = float(os.environ.get("FRAMING_SOAK_SECONDS", "90"))
LOAD = float(os.environ.get("FRAMING_LOAD_SECONDS", "10"))
pytestmark = pytest.mark.slow


def test_fifty_articles_a_second_are_answered_without_a_failure(toy_model: Path) -> None:
    found = load.steady(rate=50, seconds=LOAD, options=("--model", str(toy_model)))
    assert found.statuses == {"200": int(50 * LOAD)}


def test_beyond_the_queue_the_answer_is_429_and_nothing_else(
    toy_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAMING_SERVE_QUEUE", "4")
    found = load.steady(rate=600, seconds=2, options=("--model", str(toy_model)))
    assert set(found.statuses) <= {"200", "429"}
    assert found.statuses["200"]


def test_memory_is_flat_under_load() -> None:
    every = SOAK / 6 if SOAK < 300 else 30
    held = load.soak(seconds=SOAK, every=every, options=())[1:]  # the first reading is a warm-up
    slope = np.polyfit(np.arange(len(held)), held, 1)[0]
    assert max(held) < 450, held
    # Passes of unlike size leave memory of unlike size for a while: what is asked for is no trend.
    assert slope * (len(held) - 1) < max(60, 0.25 * held[0]), held
