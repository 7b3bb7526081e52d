"""`framing data ...`: what a user types, and the one line that answers a mistake."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framing.data import Record, read_jsonl, write_jsonl

Make = Callable[..., Record]


def framing(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "framing", "data", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def labels(tmp_path: Path, record: Make) -> Path:
    """Records of two annotators on three articles of four sentences."""
    path = tmp_path / "labels.jsonl"
    rows = [
        record(
            f"Sentence {s} of article {a} by nobody in particular {a * 7 + s}.",
            article_id=f"n{a}",
            sentence_id=s,
            annotator=who,
            frames=("denial",) if s == 0 or (who == "bea" and a == s == 1) else (),
            codebook="influence-1",
        )
        for a in range(3)
        for s in range(4)
        for who in ("ann", "bea")
    ]
    write_jsonl(path, rows)
    return path


def test_stats_count_sentences_and_name_the_digest(labels: Path) -> None:
    done = framing("stats", labels, "--json")
    stats = json.loads(done.stdout)
    assert (stats["records"], stats["sentences"], stats["articles"]) == (24, 12, 3)
    assert stats["frames"]["denial"] == {"all": 4, "unassigned": 4}
    assert (stats["no_frame"], len(stats["digest"])) == (8, 64)
    assert stats["digest"] in framing("stats", labels).stdout


def test_check_ends_with_status_1_when_something_is_serious(labels: Path, record: Make) -> None:
    fine = framing("check", labels)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert "24 records: 0 serious" in fine.stdout
    copy = labels.with_name("copy.jsonl")
    text = "The convoy had reached the northern town by Tuesday evening."
    write_jsonl(copy, [record(text, split="train"), record(text, article_id="b", split="test")])
    done = framing("check", copy)
    assert done.returncode == 1
    assert "SERIOUS: leak: a:0 in train is the same as b:0 in test" in done.stdout


def test_agreement_prints_alpha_and_writes_the_disputed(labels: Path) -> None:
    disputed = labels.with_name("disputed.jsonl")
    done = framing("agreement", labels, "--disagreements", disputed)
    assert done.returncode == 0, done.stderr
    assert "12 sentences of 3 articles" in done.stdout
    assert "denial / no frame" in done.stdout
    assert [(r.key, r.frames, r.annotator) for r in read_jsonl(disputed)] == [(("n1", 1), (), None)]
    found = json.loads(framing("agreement", labels, "--json").stdout)
    assert 0 < found["frames"]["denial"]["alpha"] < 1
    assert found["frames"]["sovereignty"]["alpha"] is None


def test_adjudicated_records_can_be_divided(labels: Path) -> None:
    gold, divided = labels.with_name("gold.jsonl"), labels.with_name("divided.jsonl")
    assert framing("adjudicate", labels, "-o", gold).stdout == f"{gold}: 12 gold records\n"
    options = ("--train", "0.5", "--dev", "0.25", "--test", "0.25", "--seed", "3")
    done = framing("split", gold, "-o", divided, *options)
    assert done.returncode == 0, done.stderr
    assert {r.split for r in read_jsonl(divided)} == {"train", "dev", "test"}
    wrong = framing("split", gold, "-o", divided, "--train", "0.5")
    assert wrong.returncode == 2
    assert wrong.stderr == "framing: ratios sum to 0.7, not 1\n"


def test_migrate_lists_what_a_person_must_decide(labels: Path) -> None:
    book = labels.with_name("influence-2.yaml")
    book.write_text(
        "{id: influence-2, name: N, description: D, groups: [g], voices: {author: a},\n"
        " replaces: {codebook: influence-1, split: {denial: [act, knowledge]}},\n"
        " frames: [{id: act, name: A, group: g, definition: a},"
        " {id: knowledge, name: B, group: g, definition: b}]}\n",
        encoding="utf-8",
    )
    out = labels.with_name("moved.jsonl")
    done = framing("migrate", labels, "--codebook", book, "-o", out)
    assert done.returncode == 0, done.stderr
    assert "decide: n0:0 'denial' is now act or knowledge: Sentence 0" in done.stdout
    assert "24 records, 7 changed, 7 labels to decide" in done.stdout
    assert {r.codebook for r in read_jsonl(out)} == {"influence-2"}


def _row(**changes: Any) -> str:
    row = {"article_id": "z", "sentence_id": 0, "text": "A sentence.", "frames": []}
    return json.dumps({**row, **changes})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            _row(frames=["denail"]),
            "no frame 'denail' in codebook influence-1. Did you mean 'denial'?",
        ),
        ('{"article_id": "z", "sent', "not valid JSON at column"),
        ('{"article_id": "z"}', "has no 'sentence_id'"),
        (_row(codebook="influense-1"), "no codebook 'influense-1'. Did you mean 'influence-1'?"),
        (_row(article_id="n0", annotator="ann"), "by annotator 'ann' is already above"),
    ],
)
def test_a_bad_row_is_one_clear_line_or_left_out_and_counted(
    labels: Path, line: str, message: str
) -> None:
    with labels.open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    done = framing("stats", labels)
    assert done.returncode == 2
    assert done.stderr.startswith(f"framing: {labels}:25: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    kept = framing("stats", labels, "--skip-bad", "--json")
    assert kept.returncode == 1
    assert json.loads(kept.stdout)["records"] == 24
    assert f"framing: {labels}: 1 of 25 rows left out" in kept.stderr


def test_the_same_record_in_two_files_is_an_error(labels: Path) -> None:
    copy = labels.with_name("copy.jsonl")
    copy.write_bytes(labels.read_bytes())
    done = framing("stats", labels, copy)
    assert done.returncode == 2
    assert f"is also in {labels}" in done.stderr
    kept = framing("stats", labels, copy, "--skip-bad", "--json")
    assert json.loads(kept.stdout)["records"] == 24
    assert f"{copy}: 24 of 24 rows left out" in kept.stderr


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    done = framing("check", tmp_path / "none.jsonl")
    assert done.returncode == 2
    assert (
        done.stderr
        == f"framing: {tmp_path}/none.jsonl: cannot be read: No such file or directory\n"
    )
