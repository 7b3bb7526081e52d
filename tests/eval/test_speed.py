"""The profile of scoring: its steps are all of it, and its limit is the machine's."""

from __future__ import annotations

import pytest

pytest.importorskip("onnx", reason="the extra 'train' is not installed")

from eval.speed import markdown, speed


@pytest.mark.slow
def test_steps_and_operators_add_up_and_no_share_is_over_one() -> None:
    found = speed(count=300)
    spent = dict(found["milliseconds"])
    assert spent.pop("all") == pytest.approx(sum(spent.values()))
    assert all(value > 0 for name, value in spent.items() if name != "collect")
    assert sum(found["operators"].values()) == pytest.approx(1)
    assert found["operators"]["other"] < 0.1
    assert found["products_a_token"] > 10_000_000  # six layers of twelve matrices 384 wide
    assert 0 < found["share_of_limit"]["all"] < found["share_of_limit"]["network"] < 1
    assert "| the network |" in markdown(found)
