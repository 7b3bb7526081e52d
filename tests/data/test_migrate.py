"""Migration: what rules move, and what a person must decide."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from framing.codebook import Codebook
from framing.data import Record, migrate
from framing.errors import RecordError

Make = Callable[..., Record]
NEXT = """
id: tiny-3
name: Tiny
description: The next version.
groups: [all]
voices: {author: the text itself, quoted: direct speech}
replaces:
  codebook: tiny-2
  renamed: {denial: denies}
  merged: {pressure: [blackmail, threats]}
  split: {sovereignty: [independence, non_interference]}
  removed: [humour]
frames:
- {id: denies, name: A, group: all, definition: a}
- {id: pressure, name: B, group: all, definition: b}
- {id: independence, name: C, group: all, definition: c}
- {id: non_interference, name: D, group: all, definition: d}
- {id: kept, name: E, group: all, definition: e}
"""


@pytest.fixture(scope="module")
def following() -> Codebook:
    return Codebook.from_yaml(NEXT)


def test_renamed_and_merged_frames_move_and_removed_ones_go(
    record: Make, following: Codebook
) -> None:
    old = record(frames=("blackmail", "denial", "threats", "humour", "kept"), codebook="tiny-2")
    moved = migrate([old, record(sentence_id=1)], following)
    assert moved.records[0].frames == ("pressure", "denies", "kept")
    assert [r.codebook for r in moved.records] == ["tiny-3", "tiny-3"]
    assert (moved.changed, dict(moved.removed), moved.decisions) == (1, {"humour": 1}, ())


def test_a_split_frame_is_left_to_a_person(record: Make, following: Codebook) -> None:
    old = record(frames=("sovereignty", "denial"), note="hm")
    moved = migrate([old], following)
    (decision,) = moved.decisions
    assert (decision.record, decision.frame) == (old, "sovereignty")
    assert decision.choices == ("independence", "non_interference")
    assert moved.records[0].frames == ("denies",)
    assert moved.records[0].note == (
        "hm; was 'sovereignty' in tiny-2, decide: independence or non_interference"
    )


def test_suggestions_and_shares_move_too(record: Make, following: Codebook) -> None:
    old = record(suggested=("denial",), soft={"blackmail": 0.5, "threats": 1.0, "humour": 0.5})
    new = migrate([old], following).records[0]
    assert new.suggested == ("denies",)
    assert new.soft == {"pressure": 1.0}


def test_records_of_the_new_codebook_stay(record: Make, following: Codebook) -> None:
    new = record(frames=("pressure",), codebook="tiny-3")
    assert migrate([new], following).records == (new,)


def test_other_codebooks_and_unknown_frames_are_errors(
    record: Make, following: Codebook, tiny: Codebook
) -> None:
    with pytest.raises(RecordError, match="follows codebook 'tiny-1'; tiny-3 replaces tiny-2"):
        migrate([record(codebook="tiny-1")], following)
    with pytest.raises(
        RecordError, match=r"frame 'blackmale' unknown to tiny-3\. Did you mean 'black"
    ):
        migrate([record(frames=("blackmale",))], following)
    with pytest.raises(RecordError, match="codebook tiny-2 names no older one"):
        migrate([record()], tiny)
