"""Articles side by side: profiles by voice, what one has alone, speakers under one name."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from framing.compare import Comparison, compare, letter
from framing.results import ArticleScore
from framing.scoring import Scorer, load

PLAIN = "Bridge reopens\n\nThe bridge was opened on Monday, Ana Horvat said. We were there."
LOADED = "Bridge row\n\n“We choose blackmail blackmail,” said Ana Horvat. Blackmail blackmail!"


@pytest.fixture
def scorer(toy_model: Path) -> Scorer:
    return load(str(toy_model))


@pytest.fixture
def pair(scorer: Scorer) -> Comparison:
    return compare(scorer.score_many([PLAIN, LOADED]))


def carrying(result: ArticleScore, *frames: str) -> ArticleScore:
    """Return the result with every sentence carrying just these frames."""
    sentences = tuple(dataclasses.replace(s, frames=frames) for s in result.sentences)
    return dataclasses.replace(result, sentences=sentences)


def speaking(result: ArticleScore, speaker: str) -> ArticleScore:
    sentences = tuple(dataclasses.replace(s, speaker=speaker) for s in result.sentences)
    return dataclasses.replace(result, sentences=sentences)


def test_each_frame_has_a_summary_of_every_article(pair: Comparison) -> None:
    plain, loaded = pair.frames["denial"]
    assert plain.count == 0
    assert loaded.quoted > 0
    assert loaded.author > 0
    assert loaded.share == pytest.approx(loaded.author + loaded.quoted + loaded.reported)


def test_what_one_has_and_the_others_lack(scorer: Scorer) -> None:
    result = scorer.score(PLAIN)
    three = compare(
        [
            carrying(result, "denial", "sovereignty"),
            carrying(result, "denial"),
            carrying(result, "victimhood"),
        ]
    )
    assert list(three.frames) == ["sovereignty", "denial", "victimhood"]
    assert three.only == (("sovereignty",), (), ("victimhood",))
    assert three.missing == ((), (), ("denial",))


def test_the_example_is_the_sentence_that_carries_the_frame_most_clearly(pair: Comparison) -> None:
    assert pair.example(1, "denial").text == "Blackmail blackmail!"


@pytest.mark.parametrize(
    ("one", "other", "rows"),
    [
        ("Horvat", "Ana Horvat", ["Ana Horvat"]),
        ("ana horvat", "Ana Horvat", ["ana horvat"]),
        ("Ana Horvat", "Ivan Horvat", ["Ana Horvat", "Ivan Horvat"]),
        ("Ana", "Ana Horvat", ["Ana", "Ana Horvat"]),
    ],
)
def test_a_speaker_of_two_articles_is_one_row(
    scorer: Scorer, one: str, other: str, rows: list[str]
) -> None:
    result = scorer.score("Blackmail.")
    assert list(compare([speaking(result, one), speaking(result, other)]).speakers) == rows


def test_the_dict_is_plain_json(pair: Comparison) -> None:
    value = json.loads(json.dumps(pair.to_dict()))
    assert [a["name"] for a in value["articles"]] == ["A", "B"]
    assert value["articles"][1]["only"]
    assert len(value["frames"]["denial"]) == 2
    assert value["provenance"]["model"] == "toy"


def test_articles_without_frames_or_speakers_compare_too(scorer: Scorer) -> None:
    empty = compare(scorer.score_many(["", "We were there."]))
    assert empty.frames == {}
    assert "No sentence of any article" in empty.to_html()


def test_fewer_than_two_articles_are_refused(scorer: Scorer) -> None:
    with pytest.raises(ValueError, match="two articles or more, got 1"):
        compare([scorer.score(PLAIN)])


def test_scores_of_different_models_are_refused(scorer: Scorer) -> None:
    result = scorer.score(PLAIN)
    other = dataclasses.replace(
        result, provenance=dataclasses.replace(result.provenance, sha256="f" * 64)
    )
    with pytest.raises(ValueError, match="different models"):
        compare([result, other])


def test_articles_are_named_by_letters_then_numbers() -> None:
    assert [letter(i) for i in (0, 25, 26)] == ["A", "Z", "27"]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "framing", *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, text in (("plain.txt", PLAIN), ("loaded.txt", LOADED)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / "plain.txt", tmp_path / "loaded.txt"]


def test_the_command_writes_a_table_json_and_a_page(toy_model: Path, files: list[Path]) -> None:
    options = [*files, "--model", toy_model]
    table = run("compare", *options).stdout
    assert "Bridge reopens" in table
    assert "denial" in table
    assert json.loads(run("compare", *options, "--format", "json").stdout)["frames"]["denial"]
    assert run("compare", *options, "--format", "html").stdout.startswith("<!doctype html>")


def test_one_article_alone_is_wrong_usage(toy_model: Path, files: list[Path]) -> None:
    done = run("compare", files[0], "--model", toy_model)
    assert done.returncode == 2
    assert "two articles or more" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_article_that_cannot_be_read_is_listed(toy_model: Path, files: list[Path]) -> None:
    none = files[0].with_name("none.txt")
    done = run("compare", *files, none, "--model", toy_model)
    assert done.returncode == 1
    assert "none.txt" in done.stderr
    assert "denial" in done.stdout
    assert run("compare", files[0], none, "--model", toy_model).returncode == 2
