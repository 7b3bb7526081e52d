"""Annotation: each answer is on disk before the next question, whoever answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framing.article import Article
from framing.codebook import Codebook
from framing.data import Answer, Command, Passage, Question, Record, annotate, read_jsonl
from framing.errors import RecordError
from framing.sentences import split

Make = Callable[..., Record]
TEXT = "Bridge closed\n\nWe were never there. We choose our friends.\n\nThey answered on Monday.\n"


@pytest.fixture
def passage() -> Passage:
    """An article of four sentences: a title, a paragraph of two, a paragraph of one."""
    return Passage("bridge", split(Article.from_text(TEXT)), source="wire")


def test_a_program_labels_every_sentence(passage: Passage, tiny: Codebook, tmp_path: Path) -> None:
    out = tmp_path / "labels.jsonl"

    def rule(q: Question) -> list[str]:
        return ["denial"] if "never" in q.record.text else []

    records = annotate([passage], tiny, annotate=rule, annotator="rule", out=out)
    assert [r.frames for r in records] == [(), ("denial",), (), ()]
    assert list(read_jsonl(out, codebook=tiny)) == records
    second = records[1]
    assert TEXT[second.start : second.end] == second.text == "We were never there."
    assert (second.annotator, second.codebook, second.voice) == ("rule", "tiny-2", "author")
    assert records[2].context == "Bridge closed We were never there."
    assert second.source == "wire"
    assert second.suggested is None


def test_a_question_shows_the_neighbours_and_the_paragraph(
    passage: Passage, tiny: Codebook
) -> None:
    asked: list[Question] = []

    def keep(q: Question) -> list[str]:
        asked.append(q)
        return []

    annotate([passage], tiny, annotate=keep, annotator="x")
    assert (asked[1].before, asked[1].after) == ("Bridge closed", "We choose our friends.")
    assert asked[1].paragraph == ("", "We choose our friends.")
    assert asked[2].paragraph == ("We were never there.", "")
    assert [(q.number, q.total) for q in asked] == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_each_answer_is_on_disk_before_the_next_question(
    passage: Passage, tiny: Codebook, tmp_path: Path
) -> None:
    out = tmp_path / "labels.jsonl"
    lines: list[int] = []

    def count(q: Question) -> list[str]:
        lines.append(out.read_bytes().count(b"\n"))
        return []

    annotate([passage], tiny, annotate=count, annotator="x", out=out)
    assert lines == [0, 1, 2, 3]


def test_a_session_goes_on_where_it_stopped(
    passage: Passage, tiny: Codebook, tmp_path: Path
) -> None:
    out = tmp_path / "labels.jsonl"

    def answers(*given: Any) -> Callable[[Question], Any]:
        return lambda q, left=list(given): left.pop(0)

    annotate(
        [passage], tiny, annotate=answers([], ["denial"], Command.QUIT), annotator="x", out=out
    )
    with out.open("ab") as file:
        file.write(b'{"article_id": "bridge", "sente')  # cut off in the middle of writing
    done = annotate(
        [passage], tiny, annotate=answers(Command.SKIP, ["blackmail"]), annotator="x", out=out
    )
    assert [(r.sentence_id, r.frames) for r in done] == [
        (0, ()),
        (1, ("denial",)),
        (3, ("blackmail",)),
    ]
    assert list(read_jsonl(out, codebook=tiny)) == done
    other = annotate([passage], tiny, annotate=answers(Command.QUIT), annotator="y", out=out)
    assert other == []


def test_an_answer_can_be_taken_back(passage: Passage, tiny: Codebook, tmp_path: Path) -> None:
    out = tmp_path / "labels.jsonl"
    asked: list[tuple[int, Record | None]] = []
    left = [
        Command.UNDO,
        ["denial"],
        ["blackmail"],
        Command.UNDO,
        Command.UNDO,
        [],
        [],
        Command.QUIT,
    ]

    def answer(q: Question) -> Any:
        asked.append((q.record.sentence_id, q.previous))
        return left.pop(0)

    done = annotate([passage], tiny, annotate=answer, annotator="x", out=out)
    assert [i for i, _ in asked] == [0, 0, 1, 2, 1, 0, 1, 2]
    assert asked[5][1] is not None
    assert asked[5][1].frames == ("denial",)
    assert [r.frames for r in done] == [(), ()]
    assert list(read_jsonl(out)) == done


class Scorer:
    """A model of tiny-2 that suggests denial for sentences with "never"."""

    def __init__(self, codebook: Codebook) -> None:
        self.codebook = codebook
        self.thresholds = dict.fromkeys(codebook.frame_ids, 0.5)

    def predict_proba(self, sentences: Sequence[str]) -> np.ndarray:
        return np.array([[0.1, 0.9 if "never" in s else 0.1, 0.2] for s in sentences])


def test_suggestions_are_off_by_default_and_recorded_when_on(
    passage: Passage, tiny: Codebook
) -> None:
    for suggest in (
        Scorer(tiny),
        lambda texts: [["denial"] if "never" in t else [] for t in texts],
    ):
        records = annotate(
            [passage], tiny, annotate=lambda q: q.suggested or (), annotator="x", suggest=suggest
        )
        assert [r.suggested for r in records] == [(), ("denial",), (), ()]
        assert records[1].frames == ("denial",)


def test_records_can_be_labelled_again_by_another(tiny: Codebook, record: Make) -> None:
    old = record(annotator="ann", frames=("denial",), note="hm", start=0, end=32)
    (new,) = annotate([old], tiny, annotate=lambda q: q.record.frames, annotator="bea")
    assert (new.frames, new.note, new.annotator, new.key) == ((), None, "bea", old.key)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (["denail"], "wrong frame: no frame 'denail' in codebook tiny-2. Did you mean 'denial'"),
        ("denial", "the answer is the text 'denial'; give a list of frame ids"),
        (Answer((), voice="quote"), "voice is 'quote', not author, quoted, reported. Did you"),
    ],
)
def test_a_wrong_answer_is_an_error_and_is_not_written(
    passage: Passage, tiny: Codebook, tmp_path: Path, answer: Any, message: str
) -> None:
    with pytest.raises(RecordError) as caught:
        annotate([passage], tiny, annotate=lambda q: answer, annotator="x", out=tmp_path / "o")
    assert message in str(caught.value)
    assert (tmp_path / "o").read_bytes() == b""


def test_a_changed_article_is_not_mixed_with_its_old_labels(
    passage: Passage, tiny: Codebook, tmp_path: Path
) -> None:
    out = tmp_path / "labels.jsonl"
    annotate([passage], tiny, annotate=lambda q: [], annotator="x", out=out)
    changed = Passage("bridge", split(Article.from_text(TEXT.replace("friends", "allies"))))
    with pytest.raises(RecordError, match="sentence 2 of article 'bridge' has another text there"):
        annotate([changed], tiny, annotate=lambda q: [], annotator="x", out=out)
    with pytest.raises(RecordError, match="comes twice"):
        annotate([passage, passage], tiny, annotate=lambda q: [], annotator="x")


def test_an_article_that_is_not_split_is_refused_with_advice(tiny: Codebook) -> None:
    with pytest.raises(TypeError, match=r"cannot annotate a Article; give data\.Passage"):
        annotate([Article.from_text(TEXT)], tiny, annotate=lambda q: [], annotator="x")


def test_two_sessions_cannot_write_one_file(
    passage: Passage, tiny: Codebook, tmp_path: Path
) -> None:
    out = tmp_path / "labels.jsonl"

    def second(q: Question) -> list[str]:
        annotate([passage], tiny, annotate=lambda q: [], annotator="y", out=out)
        return []

    with pytest.raises(RecordError, match="another session is writing this file"):
        annotate([passage], tiny, annotate=second, annotator="x", out=out)


# The terminal session, by a pipe.


def _command(article: Path, *options: str) -> list[str]:
    out = str(article.with_name("labels.jsonl"))
    return [
        *(sys.executable, "-m", "framing", "annotate", str(article)),
        *("--annotator", "ann", "--out", out, *options),
    ]


def _type(article: Path, *lines: str, options: Sequence[str] = ()) -> str:
    done = subprocess.run(
        _command(article, *options),
        input="".join(line + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _labels(article: Path) -> list[Record]:
    return list(read_jsonl(article.with_name("labels.jsonl")))


def test_a_person_labels_at_the_terminal(article: Path) -> None:
    out = _type(
        article,
        "",
        "?15",
        "n not sure",
        "v q The Envoy",
        "denial 1",
        "99",
        "x",
        "v z",
        "0",
        "u",
        "2",
    )
    assert "denies presence, involvement" in out
    assert "no frame '99'; they are numbered 1 to 18" in out
    assert "suggested" not in out
    first, second, third = _labels(article)
    assert (first.frames, first.voice, first.note) == ((), "author", None)
    assert second.frames == ("denial", "sovereignty")
    assert (second.voice, second.speaker, second.note) == ("quoted", "The Envoy", "not sure")
    assert third.frames == ("legitimacy",)
    assert {r.annotator for r in (first, second, third)} == {"ann"}
    assert first.article_id == "bridge"
    assert first.codebook == "influence-1"


def test_taking_back_shows_what_was_said(article: Path) -> None:
    out = _type(article, "3", "u", "q")
    assert "was: historical_friendship, author" in out
    assert _labels(article) == []


def test_odd_input_is_asked_again(article: Path) -> None:
    done = subprocess.run(
        _command(article),
        input=b"\xff\xfe\n" + b"9" * 5000 + b"\n?99\n?\n1 1\n",
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONUTF8": "1"},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert [r.frames for r in _labels(article)] == [("sovereignty",)]


def test_suggestions_are_shown_on_request(article: Path, toy_model: Path) -> None:
    out = _type(article, "", "q", options=("--suggest", "--model", str(toy_model)))
    assert "suggested: " in out
    assert _labels(article)[0].suggested is not None


def test_records_are_labelled_from_a_file(article: Path, record: Make) -> None:
    row = record("They blackmail us.", annotator="bea", frames=("denial",)).to_dict()
    pool = article.with_name("pool.jsonl")
    pool.write_text(json.dumps(row) + "\n", encoding="utf-8")
    done = subprocess.run(
        [*_command(pool)], input="7\n", capture_output=True, text=True, timeout=60, check=True
    )
    assert "They blackmail us." in done.stdout
    assert [(r.annotator, r.frames) for r in _labels(article)] == [("ann", ("western_blackmail",))]


def test_a_session_that_is_killed_loses_only_the_answer_being_typed(article: Path) -> None:
    out = article.with_name("labels.jsonl")
    session = subprocess.Popen(
        _command(article), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert session.stdin is not None
    session.stdin.write("1\n15\n7 ")  # two answers, and one being typed
    session.stdin.flush()
    until = time.monotonic() + 30
    while not out.exists() or out.read_bytes().count(b"\n") < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    os.kill(session.pid, 9)
    session.wait()
    session.stdin.close()
    assert [r.frames for r in _labels(article)] == [("sovereignty",), ("denial",)]
    shown = _type(article, "7", "")
    assert "3 of 4" in shown
    assert "2 of 4" not in shown
    assert [r.frames for r in _labels(article)] == [
        ("sovereignty",), ("denial",), ("western_blackmail",), (),
    ]  # fmt: skip
