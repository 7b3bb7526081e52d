"""A corpus of any size: rows in order, each article once, whatever cuts the run short."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet as pq

from framing import corpus as corpus_module
from framing.corpus import Corpus, Piece
from framing.errors import ArticleError
from framing.journal import Journal
from framing.rows import RowFormat
from framing.scoring import Scorer
from framing.tables import Columns
from tests.memory import peak_kib
from tests.test_cli import assert_one_clear_line, framing

TEXT = "We were never there. “We choose,” said Ana Horvat. Blackmail!"


class Cut(Exception):  # noqa: N818
    """Stands for whatever ends a run."""


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus_module, "_ARTICLES_A_PIECE", 3)


@pytest.fixture
def wire(tmp_path: Path) -> Path:
    """Ten articles of three sentences, the fifth without text."""
    rows = [{"id": f"a{i}", "text": f"{TEXT} {i} were there."} for i in range(10)]
    rows[4]["text"] = ""
    file = tmp_path / "wire.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def of(model: Path, *paths: Path, format: RowFormat = "jsonl", **options: Any) -> Corpus:
    return Corpus(
        paths=[str(p) for p in paths],
        format=format,
        columns=Columns(),
        model=str(model),
        **options,
    )


def nothing(piece: Piece) -> None: ...


def cut_after(pieces: int) -> Callable[[Piece], None]:
    seen: list[Piece] = []

    def told(piece: Piece) -> None:
        seen.append(piece)
        if len(seen) == pieces:
            raise Cut

    return told


def beside(output: Path) -> list[str]:
    return sorted(p.name for p in output.parent.iterdir() if output.name in p.name)


@pytest.mark.usefixtures("small_pieces")
@pytest.mark.parametrize("format", ["jsonl", "csv", "parquet"])
def test_a_run_that_was_cut_goes_on_and_gives_what_a_whole_one_gives(
    toy_model: Path, wire: Path, tmp_path: Path, format: RowFormat
) -> None:
    output, whole = tmp_path / "cut.rows", tmp_path / "whole.rows"
    corpus = of(toy_model, wire, format=format)
    corpus.write(whole, nothing)
    with pytest.raises(Cut):
        corpus.write(output, cut_after(2))
    assert not output.exists()
    assert beside(output) == [".cut.rows.journal", ".cut.rows.part"]
    later: list[Piece] = []
    mark = corpus.write(output, later.append)
    assert [piece.articles for piece in later] == [3, 1]
    assert (mark.articles, mark.failed) == (10, 1)
    assert output.read_bytes() == whole.read_bytes()
    assert beside(output) == ["cut.rows"]


@pytest.mark.usefixtures("small_pieces")
def test_what_was_not_committed_is_cut_off(toy_model: Path, wire: Path, tmp_path: Path) -> None:
    output, whole = tmp_path / "cut.csv", tmp_path / "whole.csv"
    corpus = of(toy_model, wire, format="csv")
    corpus.write(whole, nothing)
    with pytest.raises(Cut):
        corpus.write(output, cut_after(2))
    with (tmp_path / ".cut.csv.part").open("ab") as part:
        part.write(b"half a row")
    with (tmp_path / ".cut.csv.journal").open("ab") as journal:
        journal.write(b'{"articles": 9, "fai')
    with pytest.raises(Cut):
        corpus.write(output, cut_after(1))
    corpus.write(output, nothing)
    assert output.read_bytes() == whole.read_bytes()


@pytest.mark.usefixtures("small_pieces")
def test_another_run_does_not_destroy_an_unfinished_one(
    toy_model: Path, wire: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out.jsonl"
    corpus = of(toy_model, wire)
    with pytest.raises(Cut):
        corpus.write(output, cut_after(2))
    with pytest.raises(ArticleError, match="unfinished run is in the way, with 6 articles"):
        of(toy_model, wire, sentences=True).write(output, nothing)
    before = wire.read_bytes()
    wire.write_bytes(before + b"\n")
    with pytest.raises(ArticleError, match="other inputs"):
        corpus.write(output, nothing)


@pytest.mark.usefixtures("small_pieces")
def test_a_run_may_go_on_after_it_was_cut_at_its_very_end(
    toy_model: Path, wire: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out.jsonl"
    corpus = of(toy_model, wire)

    def die(journal: Journal, *_: object) -> None:
        journal._stream.close()
        journal._journal.close()

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "__exit__", die)
        first = corpus.write(output, nothing)
    assert beside(output) == [".out.jsonl.journal", "out.jsonl"]
    assert corpus.write(output, cut_after(1)).articles == first.articles
    assert beside(output) == ["out.jsonl"]


@pytest.mark.usefixtures("small_pieces")
def test_two_processes_do_not_write_one_output(toy_model: Path, wire: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    corpus = of(toy_model, wire)

    def meanwhile(piece: Piece) -> None:
        with pytest.raises(ArticleError, match="another process is writing it"):
            corpus.write(output, nothing)

    assert corpus.write(output, meanwhile).articles == 10


def test_a_run_that_committed_nothing_leaves_nothing(
    toy_model: Path, wire: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Cut

    monkeypatch.setattr(corpus_module, "score_sources", fail)
    with pytest.raises(Cut):
        of(toy_model, wire).write(tmp_path / "out.jsonl", nothing)
    assert [p.name for p in tmp_path.glob(".out*")] == []


def test_what_cannot_be_read_twice_leaves_nothing_when_it_is_cut(
    toy_model: Path, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = subprocess.Popen(["sh", "-c", f"echo '{TEXT}' > {pipe}"])
    output = tmp_path / "out.jsonl"
    corpus = of(toy_model, pipe)
    assert not corpus.resumable
    with pytest.raises(Cut):
        corpus.write(output, cut_after(1))
    writer.wait()
    assert beside(output) == []


def test_a_full_disk_is_one_clear_line_and_the_run_goes_on_later(
    toy_model: Path, tmp_path: Path
) -> None:
    table = tmp_path / "wire.jsonl"
    rows = ({"id": f"a{i}", "text": TEXT} for i in range(1500))
    table.write_text("".join(json.dumps(row) + "\n" for row in rows))
    output = tmp_path / "out.jsonl"
    command = [sys.executable, "-m", "framing", "score", table, "--model", toy_model]
    limited = subprocess.run(
        list(map(str, [*command, "-f", "jsonl", "-o", output])),
        capture_output=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, 6_000_000)),
    )
    assert limited.returncode == 2
    assert_one_clear_line(limited, "out.jsonl: cannot be written", "1,024 articles are kept")
    assert not output.exists()
    done = framing("score", table, "--model", toy_model, "-f", "jsonl", "-o", output)
    assert (done.returncode, done.stderr) == (0, b"")
    lines = output.read_text().splitlines()
    assert [json.loads(line)["origin"] for line in lines] == [f"a{i}" for i in range(1500)]


def test_a_folder_that_is_not_there_is_one_clear_line(toy_model: Path, wire: Path) -> None:
    output = wire.parent / "none" / "out.csv"
    done = framing("score", wire, "--model", toy_model, "-f", "csv", "-o", output)
    assert done.returncode == 2
    assert_one_clear_line(done, "none/out.csv: cannot be written: No such file or directory")


def test_nothing_but_a_file_takes_an_output(toy_model: Path, wire: Path) -> None:
    done = framing("score", wire, "--model", toy_model, "-f", "csv", "-o", "/dev/null")
    assert done.returncode == 2
    assert_one_clear_line(done, "/dev/null: is no regular file")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_articles_without_sentences_and_unreadable_ones_have_a_row(
    toy_model: Path, tmp_path: Path, format: RowFormat
) -> None:
    good, empty, bad = (tmp_path / name for name in ("a.txt", "b.txt", "c.txt"))
    good.write_text(TEXT)
    empty.write_text("* * *")
    bad.write_bytes(b"%PDF-1.4")
    output = tmp_path / "out"
    mark = of(toy_model, good, empty, bad, format=format).write(output, nothing)
    assert (mark.articles, mark.failed, mark.sentences) == (3, 1, 3)
    rows = (
        pq.read_table(output).to_pylist()
        if format == "parquet"
        else list(csv.DictReader(io.StringIO(output.read_text())))
    )
    assert [(row["origin"], str(row["sentence"] or 0)) for row in rows] == [
        *((str(good), str(n)) for n in range(3)),
        (str(empty), "0"),
        (str(bad), "0"),
    ]
    assert [bool(row["error"]) for row in rows] == [False] * 4 + [True]
    assert [bool(row["text"]) for row in rows] == [True] * 3 + [False] * 2


def test_an_article_that_breaks_the_scorer_does_not_end_the_others(
    toy_model: Path, wire: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Scorer.score_many

    def score_many(self: Scorer, articles: Any) -> Any:
        for article in articles:
            if article.origin == "a7":
                raise RecursionError("too deep")
            yield from honest(self, [article])

    monkeypatch.setattr(Scorer, "score_many", score_many)
    output = tmp_path / "out.jsonl"
    assert of(toy_model, wire).write(output, nothing).failed == 2
    rows = [json.loads(line) for line in output.read_text().splitlines()]
    assert [row["origin"] for row in rows] == [f"a{i}" for i in range(10)]
    assert rows[7]["error"] == "a7: cannot be scored: RecursionError: too deep"


def test_of_many_unreadable_articles_some_are_told_and_all_are_rows(
    toy_model: Path, tmp_path: Path
) -> None:
    table = tmp_path / "wire.jsonl"
    table.write_text('{"text": "We choose."}\n' + '{"text": ""}\n' * 50)
    done = framing("score", table, "--model", toy_model, "-f", "jsonl")
    assert done.returncode == 1
    assert done.stdout.count(b'"error"') == 50
    told = done.stderr.decode().splitlines()
    assert len(told) == 21
    assert told[-1] == "framing: and 30 more; see `error` in the rows"


def test_an_engine_goes_with_rows_only(toy_model: Path, wire: Path) -> None:
    done = framing("score", wire, "--model", toy_model, "--engine", "ray")
    assert done.returncode == 2
    assert_one_clear_line(done, "--engine goes with --format jsonl, csv, parquet, not table")


@pytest.mark.slow
def test_killed_three_times_every_article_is_written_once_in_bounded_memory(
    toy_model: Path, tmp_path: Path
) -> None:
    articles = 20_000
    lengths = [1 + i % 3 for i in range(articles)]
    table, output = tmp_path / "wire.parquet", tmp_path / "out.parquet"
    texts = [
        " ".join(f"We were there {i} times on day {n}." for n in range(length))
        for i, length in enumerate(lengths)
    ]
    pq.write_table(pa.table({"id": [f"a{i}" for i in range(articles)], "text": texts}), table)
    arguments = ["score", table, "--model", toy_model, "-f", "parquet", "-o", output]
    command = [sys.executable, "-m", "framing", *map(str, arguments)]
    journal = tmp_path / ".out.parquet.journal"
    rng = random.Random(7)
    kills = 0
    while kills < 3:
        before = journal.stat().st_size if journal.exists() else 0
        process = subprocess.Popen(command)
        grown = before + 90 * rng.randint(3, 9)  # a mark has about ninety bytes
        while process.poll() is None and (not journal.exists() or journal.stat().st_size < grown):
            time.sleep(rng.uniform(0.01, 0.1))
        assert process.poll() is None, "it ended before it was killed: make the corpus larger"
        process.kill()
        process.wait()
        assert not output.exists()
        kills += 1
    process = subprocess.Popen(command)
    peak = 0
    while process.poll() is None:
        with contextlib.suppress(OSError, StopIteration):  # it has ended meanwhile
            peak = peak_kib(process.pid)
        time.sleep(0.05)
    assert process.returncode == 0
    assert 0 < peak < 600_000
    written = pq.read_table(output, columns=["origin", "sentence", "error"])
    assert written.column("error").null_count == written.num_rows
    assert list(
        zip(written["origin"].to_pylist(), written["sentence"].to_pylist(), strict=True)
    ) == [(f"a{i}", n) for i, length in enumerate(lengths) for n in range(length)]
    assert beside(output) == ["out.parquet"]
