"""Comparing ways to tell voice: labelled articles in, figures and weights out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.voice_ways import attributed, read_labelled
from framing.errors import RecordError


def write(path: Path, **changes: object) -> Path:
    row = {
        "article_id": "a/1",
        "source": "a",
        "text": "Nora Velt said it fell.",
        "voice": "reported",
    }
    path.write_text(json.dumps({**row, **changes}) + "\n", encoding="utf-8")
    return path


def test_sentences_of_an_article_are_attributed_together(tmp_path: Path) -> None:
    articles = list(read_labelled(write(tmp_path / "rows.jsonl")))
    ((row, found),) = attributed(articles)
    assert (row["voice"], found.voice, found.speaker) == ("reported", "reported", "Nora Velt")


def test_other_sources_are_left_out(tmp_path: Path) -> None:
    assert not list(read_labelled(write(tmp_path / "rows.jsonl"), ["b"]))


def test_a_record_without_a_voice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"rows.jsonl:1: no record with"):
        list(read_labelled(write(tmp_path / "rows.jsonl", voice="whispered")))
