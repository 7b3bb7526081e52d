"""Faithfulness of word evidence: the measure itself, and the shipped model's figure."""

from __future__ import annotations

from pathlib import Path

import pytest

from eval.faithfulness import faithfulness
from framing.data import Record, read_jsonl
from framing.errors import FramingError
from framing.scoring import load


def record(number: int, text: str) -> Record:
    return Record(article_id=f"a{number}", sentence_id=0, text=text, frames=())


def test_evidence_of_a_model_of_words_falls_further_than_chance(toy_model: Path) -> None:
    texts = [
        "we choose blackmail never blackmail we were blackmail we we",
        "blackmail blackmail never were we choose blackmail we we we",
    ]
    figures = faithfulness(load(str(toy_model)), [record(i, t) for i, t in enumerate(texts)])
    assert figures["cases"] == 36
    assert figures["deletion"]["ratio"] > 1.5
    assert figures["areas"]["deletion_evidence"] < figures["areas"]["deletion_random"]
    assert figures["areas"]["insertion_evidence"] > figures["areas"]["insertion_random"]
    assert figures["signature"]["model"].startswith("toy r1")


def test_a_limit_takes_some_cases_the_same_each_time(toy_model: Path) -> None:
    scorer = load(str(toy_model))
    records = [record(0, "we choose blackmail never blackmail we were blackmail we we")]
    first = faithfulness(scorer, records, limit=5)
    assert (first["cases"], first["cases_found"]) == (5, 18)
    assert faithfulness(scorer, records, limit=5) == first


def test_without_a_case_there_is_one_clear_error(toy_model: Path) -> None:
    with pytest.raises(FramingError, match="no sentence of six words or more carries a frame"):
        faithfulness(load(str(toy_model)), [record(0, "we were never there")])


@pytest.mark.slow
@pytest.mark.real
def test_three_words_of_evidence_outweigh_three_random_words_threefold(shared: Path) -> None:
    scorer = load("default")
    records = [
        r for r in read_jsonl(shared / "real" / "dev.jsonl", codebook=scorer.codebook) if r.frames
    ]
    assert faithfulness(scorer, records[::5])["deletion"]["ratio"] >= 3
