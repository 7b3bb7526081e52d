"""Checks of a data set: what is found, and what is serious."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from framing.codebook import Codebook
from framing.data import Finding, Record, check

Make = Callable[..., Record]
WIRE = "The ministry said on Tuesday that the convoy had reached the northern town safely."


def _kinds(findings: list[Finding]) -> list[tuple[str, bool]]:
    return [(f.kind, f.serious) for f in findings if f.kind != "rare frame"]


@pytest.mark.parametrize("text", [WIRE, WIRE.upper(), WIRE.replace("Tuesday", "Monday morning")])
def test_a_copy_in_another_split_is_a_leak(record: Make, text: str) -> None:
    records = [record(WIRE, split="train"), record(text, article_id="b", split="test")]
    assert _kinds(check(records)) == [("leak", True)]
    assert "a:0 in train" in check(records)[0].message


def test_short_sentences_and_new_ones_are_no_leak(record: Make) -> None:
    records = [
        record("He said no.", split="train"),
        record("He said no.", article_id="b", split="test"),
        record(WIRE, article_id="c", split="train"),
        record("The ministry denied that any convoy was sent north.", article_id="d", split="dev"),
    ]
    assert _kinds(check(records)) == []


def test_copies_within_a_split_are_counted(record: Make) -> None:
    records = [record(WIRE, article_id=a, split="train") for a in "abc"]
    (finding,) = [f for f in check(records) if f.kind != "rare frame"]
    assert (finding.kind, finding.serious) == ("duplicates", False)
    assert "2 sentences stand a second time in train" in finding.message


def test_annotators_of_one_sentence_are_no_copies(record: Make) -> None:
    assert _kinds(check([record(WIRE, annotator=a, frames=()) for a in ("ann", "bea")])) == []


def test_one_sentence_with_two_labels_is_serious_after_the_same_context(record: Make) -> None:
    first = record(WIRE, context="Before.", frames=("denial",))
    second = record(WIRE, article_id="b", context="Before.")
    kinds = _kinds(check([first, second]))
    assert ("labels differ", True) in kinds
    kinds = _kinds(check([first, replace(second, context="Another.")]))
    assert ("labels differ", False) in kinds


def test_an_article_in_two_splits_is_serious(record: Make) -> None:
    records = [record(split="train"), record("Other words.", sentence_id=1, split="dev")]
    assert _kinds(check(records)) == [("article in two splits", True)]


def test_records_of_another_codebook_are_serious(record: Make, tiny: Codebook) -> None:
    records = [record(codebook="tiny-1"), record("Other words.", sentence_id=1, codebook="tiny-2")]
    (finding,) = [f for f in check(records, codebook=tiny) if f.serious]
    assert finding.message.startswith("1 records follow codebook 'tiny-1', not 'tiny-2'")
    assert finding.sentences == (("a", 0),)
    assert _kinds(check(records)) == [("old codebook", True)]


def test_frames_too_rare_to_learn_are_listed(record: Make, tiny: Codebook) -> None:
    records = [record(f"Sentence {i}.", sentence_id=i, frames=("denial",)) for i in range(25)]
    rare = [f.message for f in check(records, codebook=tiny) if f.kind == "rare frame"]
    assert len(rare) == 2
    assert rare[0].startswith("'sovereignty' is on 0 training sentences")


def test_labels_against_all_probability_are_found(tiny: Codebook) -> None:
    pytest.importorskip("cleanlab")
    rng = np.random.default_rng(0)
    y = rng.random((300, 3)) < 0.3
    y[:, 0] |= ~y.any(1)  # cleanlab's rank needs no special case for sentences without a frame
    proba = np.clip(np.where(y, 0.9, 0.1) + rng.normal(0, 0.05, y.shape), 0.01, 0.99)
    wrong = [5, 50, 150]
    y[wrong, 1] ^= True
    ids = tiny.frame_ids
    records = [
        Record(
            article_id=f"a{i}",
            sentence_id=0,
            text=f"Number {i} of many.",
            frames=tuple(f for f, v in zip(ids, row, strict=True) if v),
        )
        for i, row in enumerate(y)
    ]
    found = [f for f in check(records, codebook=tiny, probabilities=proba) if "unlikely" in f.kind]
    assert {f.sentences[0][0] for f in found} == {f"a{i}" for i in wrong}
    assert "denial" in found[0].message
