"""What two texts have in common, word by word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from framing.cli import main
from framing.data.diversity import shared_passages

OTHERS = ["The convoy crossed the river at noon and the bridge was closed behind it by engineers."]


def test_a_copied_run_is_found_in_full_whatever_its_case_and_punctuation() -> None:
    text = "Yesterday THE CONVOY crossed the river, at noon, and the bridge was shut."
    (shared,) = shared_passages([text], OTHERS, length=8)
    assert shared.words == "the convoy crossed the river at noon and the bridge was"
    assert (shared.index, shared.other) == (0, 0)


def test_a_run_that_is_one_word_short_is_no_copy() -> None:
    text = "The convoy crossed the river at noon while it rained."
    assert shared_passages([text], OTHERS, length=8) == []
    assert len(shared_passages([text], OTHERS, length=7)) == 1


def test_two_runs_of_one_sentence_are_two() -> None:
    text = "The convoy crossed the river, it seems, and the bridge was closed behind it."
    assert len(shared_passages([text], OTHERS, length=5)) == 2


def test_the_command_lists_what_is_shared_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(name: str, article: str, text: str) -> str:
        row = {"article_id": article, "sentence_id": 0, "text": text, "context": "", "frames": []}
        (tmp_path / name).write_text(json.dumps(row) + "\n")
        return str(tmp_path / name)

    mine = write("mine.jsonl", "m", "He said the convoy crossed the river at noon and left.")
    theirs = write("theirs.jsonl", "t", OTHERS[0])
    with pytest.raises(SystemExit) as ended:
        main(["data", "overlap", mine, "--against", theirs])
    assert ended.value.code == 1
    assert "m:0 and t:0: the convoy crossed the river at noon and" in capsys.readouterr().out
