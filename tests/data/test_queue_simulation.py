"""The simulation of what a queue saves."""

from __future__ import annotations

import pytest

pytest.importorskip("sklearn")

from eval.queue_simulation import Curve, saved, simulate
from framing.codebook import Codebook
from framing.data import Record


def test_savings_are_read_off_the_curve_between_rounds() -> None:
    random = Curve((100, 200, 300), (0.1, 0.2, 0.3))
    assert saved(Curve((100, 200, 300), (0.1, 0.4, 0.5)), random) == pytest.approx(1 - 500 / 900)
    assert saved(Curve((100, 200, 300), (0.1, 0.2, 0.25)), random) == 0
    assert saved(random, random) == 0


def test_a_simulation_labels_by_rounds_and_follows_its_seed(tiny: Codebook) -> None:
    words = {"denial": "never deny", "blackmail": "threat pressure", "": "weather market"}
    records = [
        Record(
            article_id=f"a{i // 4}",
            sentence_id=i % 4,
            text=f"{words[frame]} number {i % 7}",
            frames=(frame,) if frame else (),
        )
        for i in range(200)
        for frame in [list(words)[i % 3]]
    ]
    options = {"seed": 1, "first": 20, "batch": 20, "rounds": 2}
    for strategy in ("random", "rare-frame", "disagreement"):
        values = simulate(records, tiny, strategy, **options)
        assert len(values) == 3
        assert values == simulate(records, tiny, strategy, **options)
        assert values[-1] > 0.9
