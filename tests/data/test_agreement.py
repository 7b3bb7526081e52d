"""Agreement equals published worked examples, exactly as fractions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.data import Record, agreement, cohen_kappa, krippendorff_alpha, masi_distance
from framing.errors import RecordError

Make = Callable[..., Record]
_ = None
# Krippendorff (2011), section C: four observers, twelve units, missing values.
FOUR_OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3),
    (_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _),
)


def _exact_masi(a: frozenset[str], b: frozenset[str]) -> Fraction:
    if a == b:
        return Fraction(0)
    if not a & b:
        return Fraction(1)
    monotonicity = Fraction(2, 3) if a <= b or b <= a else Fraction(1, 3)
    return 1 - Fraction(len(a & b), len(a | b)) * monotonicity


def _exact_alpha(units: Sequence[Sequence[frozenset[str]]]) -> Fraction:
    """Alpha from its definition, pair by pair, in fractions."""
    units = [u for u in units if len(u) > 1]
    values = [v for u in units for v in u]
    n = len(values)
    observed = sum(
        (2 * sum((_exact_masi(a, b) for a, b in combinations(u, 2)), Fraction(0)) / (len(u) - 1))
        for u in units
    ) / Fraction(n)
    pairs = sum((_exact_masi(a, b) for a, b in combinations(values, 2)), Fraction(0))
    return 1 - observed / (2 * pairs / (n * (n - 1)))


def test_alpha_of_four_observers_with_missing_values() -> None:
    units = list(zip(*FOUR_OBSERVERS, strict=True))
    assert krippendorff_alpha(units) == pytest.approx(113 / 152, abs=1e-12)  # .743


def test_alpha_of_two_observers_and_binary_data() -> None:
    meg, owen = (0, 1, 0, 0, 0, 0, 0, 0, 1, 0), (1, 1, 1, 0, 0, 1, 0, 0, 0, 0)
    units = list(zip(meg, owen, strict=True))
    assert krippendorff_alpha(units) == pytest.approx(2 / 21, abs=1e-12)  # .095


def test_alpha_of_two_observers_and_many_categories() -> None:
    units = list(zip("aabbdcccedda", "babbbccceddd", strict=True))
    assert krippendorff_alpha(units) == pytest.approx(155 / 224, abs=1e-12)  # .692


def test_kappa_of_cohens_two_hundred_cases() -> None:
    table = ((88, 14, 18), (10, 40, 10), (2, 6, 12))
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(table[i][j])]
    first, second = zip(*pairs, strict=True)
    assert cohen_kappa(first, second) == pytest.approx(29 / 59, abs=1e-12)  # .492


def test_kappa_below_chance_is_negative() -> None:
    table = ((25, 13, 12), (12, 2, 16), (3, 15, 2))
    pairs = [(i, j) for i in range(3) for j in range(3) for _ in range(table[i][j])]
    first, second = zip(*pairs, strict=True)
    assert cohen_kappa(first, second) == pytest.approx(-6 / 65, abs=1e-12)  # -.09


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("ab", "ab", 0),
        ("", "", 0),
        ("ab", "a", 1 - 1 / 2 * 2 / 3),  # one holds the other: monotonicity 2/3
        ("ab", "abc", 1 - 2 / 3 * 2 / 3),
        ("ab", "bc", 1 - 1 / 3 * 1 / 3),  # they overlap: monotonicity 1/3
        ("ab", "cd", 1),
        ("a", "", 1),
    ],
)
def test_masi_is_jaccard_times_monotonicity(a: str, b: str, distance: float) -> None:
    assert masi_distance(a, b) == pytest.approx(distance, abs=1e-12)
    assert masi_distance(b, a) == pytest.approx(distance, abs=1e-12)


@given(
    st.lists(
        st.lists(st.frozensets(st.sampled_from("abc")), min_size=0, max_size=4),
        min_size=1,
        max_size=8,
    )
)
def test_alpha_over_sets_equals_its_definition(units: list[list[frozenset[str]]]) -> None:
    found = krippendorff_alpha(units, masi=True)
    values = {v for u in units if len(u) > 1 for v in u}
    if len(values) < 2:
        assert math.isnan(found)
    else:
        assert found == pytest.approx(float(_exact_alpha(units)), abs=1e-9)


def test_alpha_without_pairs_or_variation_is_undefined() -> None:
    assert math.isnan(krippendorff_alpha([]))
    assert math.isnan(krippendorff_alpha([(1, None), (2,)]))
    assert math.isnan(krippendorff_alpha([(1, 1), (1, 1)]))
    assert math.isnan(cohen_kappa([], []))
    assert math.isnan(cohen_kappa([1, 1], [1, 1]))


def _noisy(articles: int, annotators: str = "xyz") -> list[Record]:
    rng = np.random.default_rng(0)
    records = []
    for a in range(articles):
        for s in range(10):
            truth = {f for f in ("denial", "blackmail") if rng.random() < 0.3}
            for name in annotators:
                if rng.random() < 0.1:
                    continue
                frames = {
                    f for f in ("denial", "blackmail") if (f in truth) != (rng.random() < 0.1)
                }
                records.append(
                    Record(
                        article_id=f"n{a}",
                        sentence_id=s,
                        text="A sentence.",
                        frames=tuple(sorted(frames)),
                        voice="author",
                        annotator=name,
                    )
                )
    return records


def test_an_interval_holds_its_alpha_and_shrinks_with_more_articles() -> None:
    few, many = agreement(_noisy(10)).frames["denial"], agreement(_noisy(100)).frames["denial"]
    for a in (few, many):
        assert a.low < a.value < a.high
    assert many.high - many.low < (few.high - few.low) / 2


def test_agreement_follows_the_seed_and_not_the_order() -> None:
    records = _noisy(10)
    assert agreement(records).to_dict() == agreement(records[::-1]).to_dict()


def test_agreement_by_frame_is_alpha_of_its_marks() -> None:
    records = _noisy(5)
    by_key: dict[tuple[str, int], list[bool]] = {}
    for r in records:
        by_key.setdefault(r.key, []).append("denial" in r.frames)
    expected = krippendorff_alpha(list(by_key.values()))
    assert agreement(records, resamples=0).frames["denial"].value == pytest.approx(expected)


def test_kappa_is_given_for_each_two_annotators() -> None:
    found = agreement(_noisy(5), resamples=0).kappa
    assert set(found) == {("x", "y"), ("x", "z"), ("y", "z")}
    assert set(found["x", "y"]) == {"denial", "blackmail"}


def test_confused_frames_are_counted(record: Make) -> None:
    records = [
        record(annotator="x", frames=("denial", "sovereignty")),
        record(annotator="y", frames=("sovereignty", "blackmail")),
        record(annotator="x", sentence_id=1, frames=("blackmail",)),
        record(annotator="y", sentence_id=1, frames=("denial",)),
        record(annotator="x", sentence_id=2, frames=()),
        record(annotator="y", sentence_id=2, frames=("denial",)),
    ]
    found = [(c.frame, c.other, c.count) for c in agreement(records).confused]
    assert found == [("blackmail", "denial", 2), ("denial", None, 1)]


def test_one_annotator_alone_is_an_error(record: Make) -> None:
    with pytest.raises(
        RecordError, match=r"no sentence was labelled by two annotators; .* are ann"
    ):
        agreement([record(annotator="ann")])
    with pytest.raises(RecordError, match="names no annotator"):
        agreement([record()])
    with pytest.raises(RecordError, match="has two records by annotator 'ann'"):
        agreement([record(annotator="ann"), record(annotator="ann")])
