"""Adjudication: who decides, and what is kept of the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framing.data import Record, adjudicate, disagreements
from framing.errors import RecordError

Make = Callable[..., Record]


@pytest.fixture
def three(record: Make) -> list[Record]:
    """Three annotators of one sentence; two agree on denial, two on quoted."""
    return [
        record(annotator="ann", frames=("denial",), voice="quoted", speaker="the envoy"),
        record(
            annotator="bea", frames=("denial", "blackmail"), voice="quoted", note="or sovereign"
        ),
        record(annotator="cyr", frames=("sovereignty",), voice="author"),
    ]


def test_the_majority_takes_what_more_than_half_marked(three: list[Record]) -> None:
    (gold,) = adjudicate(three)
    assert (gold.frames, gold.voice, gold.speaker) == (("denial",), "quoted", "the envoy")
    assert gold.annotator == "gold"


def test_half_is_no_majority(three: list[Record]) -> None:
    assert adjudicate(three[1:])[0].frames == ()


def test_the_trail_names_every_annotator_and_note(three: list[Record]) -> None:
    assert adjudicate(three)[0].note == (
        "by majority: ann [denial] quoted (the envoy); "
        "bea [denial, blackmail] quoted - or sovereign; cyr [sovereignty] author"
    )


def test_the_first_expert_who_labelled_decides(three: list[Record], record: Make) -> None:
    other = record(sentence_id=1, annotator="bea", frames=("blackmail",))
    gold = adjudicate([*three, other], method="experts", experts=["cyr", "ann"])
    assert [g.frames for g in gold] == [("sovereignty",), ("blackmail",)]
    assert gold[0].note is not None
    assert gold[0].note.startswith("by expert cyr: ann [denial]")
    assert gold[1].note is not None
    assert gold[1].note.startswith("by majority")


def test_soft_labels_are_shares_of_annotators(three: list[Record]) -> None:
    (gold,) = adjudicate(three, method="soft")
    assert gold.soft is not None
    assert dict(gold.soft) == pytest.approx(
        {"denial": 2 / 3, "blackmail": 1 / 3, "sovereignty": 1 / 3}
    )
    assert gold.frames == ("denial",)


def test_a_use_of_suggestions_stays_on_the_trail(record: Make) -> None:
    note = adjudicate([record(annotator="ann", suggested=())])[0].note
    assert note == "by majority: ann [] author with suggestions"


def test_wrong_experts_and_methods_are_named(three: list[Record]) -> None:
    with pytest.raises(RecordError, match=r"no annotator 'anna'\. Did you mean 'ann'"):
        adjudicate(three, method="experts", experts=["anna"])
    with pytest.raises(RecordError, match="needs their order, of ann, bea, cyr"):
        adjudicate(three, method="experts")
    with pytest.raises(RecordError, match="method is 'expert', not majority"):
        adjudicate(three, method="expert")  # type: ignore[arg-type]


def test_disagreements_come_worst_first_and_can_be_asked_again(
    three: list[Record], record: Make
) -> None:
    agreed = [record(sentence_id=5, annotator=a, frames=("denial",)) for a in ("ann", "bea")]
    mild = [
        record(sentence_id=6, annotator=a, voice=v)
        for a, v in (("ann", "author"), ("bea", "quoted"))
    ]
    found = disagreements([*mild, *agreed, *three])
    assert [d.records[0].sentence_id for d in found] == [0, 6]
    assert set(found[0].frames) == {"denial", "blackmail", "sovereignty"}
    assert found[1].voices == ("author", "quoted")
    blank = found[0].unlabelled()
    assert (blank.frames, blank.voice, blank.annotator, blank.note) == ((), None, None, None)
