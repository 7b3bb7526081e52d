"""The queue of what to label next."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from framing.data import Record, queue
from framing.errors import RecordError

Make = Callable[..., Record]


class Fixed:
    """A model that reads its probabilities for two frames from the sentence: "0.5 0.1 words"."""

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift

    def predict_proba(self, sentences: Sequence[str], /) -> NDArray[np.float64]:
        rows = [[float(x) for x in s.split()[:2]] for s in sentences]
        return np.clip(np.array(rows) + self.shift * (np.array(rows)[:, :1] == 0.5), 0, 1)


@pytest.fixture
def pool(record: Make) -> list[Record]:
    texts = (
        "0.01 0.01 plain",
        "0.5 0.5 unsure here",
        "0.9 0.0 sure",
        "0.5 0.4 unsure here",
        "0 0.9 x",
    )
    return [record(t, sentence_id=i) for i, t in enumerate(texts)]


def _ids(found: list[Record]) -> list[int]:
    return [r.sentence_id for r in found]


def test_uncertainty_takes_the_highest_entropy(pool: list[Record]) -> None:
    assert _ids(queue(Fixed(), pool, n=2)) == [1, 3]


def test_disagreement_takes_what_scorers_see_differently(pool: list[Record]) -> None:
    found = queue([Fixed(), Fixed(0.4)], pool, strategy="disagreement", n=2)
    assert set(_ids(found)) == {1, 3}
    with pytest.raises(RecordError, match="compares two or more scorers"):
        queue(Fixed(), pool, strategy="disagreement")


def test_rare_frame_takes_what_may_carry_the_rarest(record: Make) -> None:
    pool = [record(f"0.9 0.0 a{i}", sentence_id=i) for i in range(9)] + [
        record("0 0.4 b", sentence_id=9)
    ]
    assert _ids(queue(Fixed(), pool, strategy="rare-frame", n=1)) == [9]


def test_diverse_passes_over_what_is_like_the_labelled(pool: list[Record], record: Make) -> None:
    known = [record("0.5 0.5 unsure here", article_id="old")]
    found = queue(Fixed(), pool, strategy="diverse", n=5, labelled=known)
    assert _ids(found)[-1] == 1
    assert sorted(_ids(found)) == [0, 1, 2, 3, 4]


def test_a_sentence_counts_once_and_an_empty_pool_gives_none(pool: list[Record]) -> None:
    assert len(queue(Fixed(), [*pool, *pool], n=50)) == 5
    assert queue(Fixed(), [], n=5) == []


def test_a_wrong_strategy_is_named(pool: list[Record]) -> None:
    with pytest.raises(
        RecordError, match=r"strategy is 'diversity', not .* Did you mean 'diverse'?"
    ):
        queue(Fixed(), pool, strategy="diversity")  # type: ignore[arg-type]
