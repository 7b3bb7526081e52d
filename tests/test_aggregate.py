"""Sums over result files: who carries which frame when, and how sure that is."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet as pq

from framing.aggregate import Share, aggregate, first_day
from framing.errors import ArticleError, MissingExtraError
from tests.test_cli import assert_one_clear_line, framing

PROVENANCE = {
    "model": "toy",
    "revision": "1",
    "sha256": "ab" * 32,
    "codebook": "c-1",
    "codebook_digest": "cd" * 32,
    "thresholds": {"denial": 0.5, "victimhood": 0.5},
    "library_version": "0",
}


def article(
    *sentences: tuple[str, str | None, list[str]], source: str | None = "Wire", day: str | None
) -> dict[str, Any]:
    return {
        "source": source,
        "date": day,
        "language": "en",
        "sentences": [{"voice": v, "speaker": s, "frames": f} for v, s, f in sentences],
        "provenance": PROVENANCE,
    }


PLAIN = ("author", None, [])
DENIED = ("quoted", "Ana Horvat", ["denial"])
ARTICLES = [
    article(PLAIN, DENIED, day="2024-05-01"),
    article(PLAIN, PLAIN, ("reported", "Ivo Marić", []), day="2024-05-31"),
    article(DENIED, source="=Post", day="2024-06-01"),
    article(PLAIN, source=None, day=None),
]


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    file = tmp_path / "scores.jsonl"
    rows = [*ARTICLES, {"origin": "x", "error": "x: is empty"}]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


@pytest.fixture
def parquet(tmp_path: Path) -> Path:
    rows: list[dict[str, Any]] = []
    for scored in ARTICLES:
        known = {key: scored[key] for key in ("source", "date", "language")}
        rows += [{**known, "sentence": n, **s} for n, s in enumerate(scored["sentences"])]
    rows.insert(2, {"error": "x: is empty"})
    rows.insert(3, {"source": "Wire", "date": "2024-05-02", "language": "en"})  # no sentences
    text = pa.string()
    names = ("source", "date", "language", "voice", "speaker", "error")
    fields = [*((n, text) for n in names), ("sentence", pa.int32()), ("frames", pa.list_(text))]
    schema = pa.schema(fields, metadata={"framing": json.dumps(PROVENANCE)})
    file = tmp_path / "scores.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema), file)
    return file


def denials(rows: tuple[Share, ...]) -> list[tuple[Any, ...]]:
    return [
        (*row.group, row.articles, row.sentences, row.count)
        for row in rows
        if row.frame == "denial"
    ]


@pytest.mark.parametrize("kind", ["lines", "parquet"])
def test_shares_are_of_the_sentences_of_each_group(
    kind: str, request: pytest.FixtureRequest
) -> None:
    shares = aggregate([request.getfixturevalue(kind)], by=["outlet", "month"])
    assert denials(shares.rows) == [
        ("=Post", "2024-06", 1, 1, 1),
        ("Wire", "2024-05", 2, 5, 1),
        (None, None, 1, 1, 0),
    ]
    assert [row.share for row in shares.rows if row.frame == "denial"] == [1.0, 0.2, 0.0]
    assert shares.unscored == 1


def test_by_speaker_only_what_somebody_says_counts(lines: Path) -> None:
    assert denials(aggregate([lines], by=["speaker"]).rows) == [
        ("Ana Horvat", 2, 2, 2),
        ("Ivo Marić", 1, 1, 0),
    ]


def test_by_voice_an_article_adds_to_each_of_its_voices(lines: Path) -> None:
    assert denials(aggregate([lines], by=["voice"]).rows) == [
        ("author", 3, 4, 0),
        ("quoted", 2, 2, 2),
        ("reported", 1, 1, 0),
    ]


def test_several_files_are_one_corpus(lines: Path, parquet: Path) -> None:
    both = aggregate([lines, parquet], by=["outlet"], frames=["denial"])
    assert denials(both.rows)[1] == ("Wire", 4, 10, 2)
    assert {row.frame for row in both.rows} == {"denial"}


def test_an_interval_is_over_articles_and_needs_five_of_them(tmp_path: Path) -> None:
    # In half of twenty articles of ten sentences all sentences deny, in the others none: the share
    # is that of 20 coins, whose 95 % interval is about .3 to .7; of 200 it would be .43 to .57.
    rows = [article(*[DENIED if i % 2 else PLAIN] * 10, day="2024-05-01") for i in range(20)]
    rows += [article(DENIED, source="Post", day="2024-05-01")] * 4
    file = tmp_path / "scores.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    post, wire = aggregate([file], by=["outlet"], frames=["denial"]).rows
    assert (post.low, post.high) == (None, None)
    assert wire.share == 0.5
    assert wire.low == pytest.approx(0.3, abs=0.05)
    assert wire.high == pytest.approx(0.7, abs=0.05)
    assert aggregate([file], by=["outlet"], frames=["denial"]).rows[1] == wire


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2024-05-07", "2024-05-07"),
        ("2025-W01", "2024-12-30"),
        ("2024-05", "2024-05-01"),
        ("2024", "2024-01-01"),
    ],
)
def test_times_begin_on_a_day(value: str, day: str) -> None:
    assert first_day(value).isoformat() == day


def test_results_of_another_model_are_refused(lines: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text(json.dumps({**ARTICLES[0], "provenance": {**PROVENANCE, "revision": "2"}}))
    with pytest.raises(ArticleError, match=r"other.jsonl:1: is of model toy 2 .* of toy 1"):
        aggregate([lines, other], by=["outlet"])


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.csv", b"origin,sentence\n"),
        ("a.jsonl", b'{"text": "We choose."}\n'),
        ("a.jsonl", b"[1]\n"),
        ("a.jsonl", b"\xff\xfe\n"),
        ("a.parquet", b"PAR1"),
    ],
)
def test_what_is_no_result_is_one_clear_line(tmp_path: Path, name: str, raw: bytes) -> None:
    (tmp_path / name).write_bytes(raw)
    done = framing("aggregate", tmp_path / name, "--by", "outlet")
    assert done.returncode == 2
    assert_one_clear_line(done, name)


def test_unknown_keys_and_frames_name_the_nearest(lines: Path) -> None:
    done = framing("aggregate", lines, "--by", "outlet,dya")
    assert done.returncode == 2
    assert_one_clear_line(done, "no key 'dya'", "Did you mean 'day'?")
    done = framing("aggregate", lines, "--by", "day", "--frame", "denail")
    assert done.returncode == 2
    assert_one_clear_line(done, "no frame 'denail' in c-1. Did you mean 'denial'?")


def test_the_table_is_csv_that_no_spreadsheet_runs(lines: Path) -> None:
    done = framing("aggregate", lines, "--by", "outlet", "--frame", "denial")
    assert (done.returncode, done.stderr) == (
        0,
        b"framing: articles without scores, left out: 1\n",
    )
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [row["outlet"] for row in rows] == ["'=Post", "Wire", ""]
    assert rows[1]["share"] == "0.2000"
    assert rows[1]["low"] == ""
    assert rows[1]["signature"] == f"toy r1 {'ab' * 6}, c-1 {'cd' * 6}, framing 0"


@pytest.mark.parametrize("by", ["outlet,day", "speaker", "week"])
def test_shares_are_drawn(lines: Path, tmp_path: Path, by: str) -> None:
    pytest.importorskip("matplotlib")
    from framing.plot import plot

    target = tmp_path / "plot.svg"
    plot(aggregate([lines], by=by.split(",")), target)
    assert "</svg>" in target.read_text()


def test_without_the_extra_a_plot_says_what_to_install(
    lines: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framing.plot import plot

    shares = aggregate([lines], by=["outlet"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'framing\[plot\]'"):
        plot(shares, tmp_path / "plot.png")


def test_what_score_writes_is_what_aggregate_reads(toy_model: Path, tmp_path: Path) -> None:
    table = tmp_path / "wire.csv"
    table.write_text("text,source,date\nBlackmail!,Wire,2024-05-01\nWe choose.,Wire,2024-05-02\n")
    tables = []
    for format in ("jsonl", "parquet"):
        out = tmp_path / f"scores.{format}"
        options = ["--model", toy_model, "-f", format, "-o", out]
        assert framing("score", table, *options).returncode == 0
        tables.append(framing("aggregate", out, "--by", "outlet,day").stdout)
    assert tables[0] == tables[1]
    rows = list(csv.DictReader(io.StringIO(tables[0].decode())))
    assert [(row["day"], row["count"]) for row in rows[:: len(rows) // 2]] == [
        ("2024-05-01", "1"),
        ("2024-05-02", "0"),
    ]
