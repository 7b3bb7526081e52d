"""Tables of articles: JSON Lines, CSV and Parquet in, Parquet of sentences out."""

from __future__ import annotations

import csv
import datetime
import importlib.util
import io
import json
import tracemalloc
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
import pyarrow.parquet as pq

from framing.article import Article
from framing.errors import ArticleError, MissingExtraError
from framing.scoring import Scorer, load
from framing.tables import Columns, read_table
from tests.test_cli import assert_one_clear_line, framing

ROWS: list[dict[str, Any]] = [
    {"id": "a1", "title": "Bridge closed", "text": "We were never there.", "date": "2022-03-04"},
    {"id": "a2", "title": "Ferry starts", "text": "We choose, “Ana,”\nsaid; twice.", "date": ""},
]


def jsonl(*rows: Any) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def comma(rows: list[dict[str, Any]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def parquet(rows: list[dict[str, Any]], schema: Any = None) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema), out)
    return out.getvalue()


def read(
    folder: Path, name: str, raw: bytes, columns: Columns | None = None
) -> tuple[list[Article], list[str]]:
    (folder / name).write_bytes(raw)
    wrong: list[str] = []
    articles = read_table(
        folder / name, columns=columns, bad=lambda error: wrong.append(str(error))
    )
    return list(articles), [line.removeprefix(f"{folder}/") for line in wrong]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.jsonl", jsonl(*ROWS)),
        ("a.jsonl", b"\xef\xbb\xbf" + jsonl(*ROWS).replace(b"\n", b"\r\n\r\n")),
        ("a.csv", comma(ROWS)),
        ("a.csv", comma(ROWS, ";")),
        ("a.csv", b"\xef\xbb\xbf" + comma(ROWS)),
        ("a.csv", comma(ROWS, "\t").decode().encode("utf-16")),
        ("a.TSV", comma(ROWS, "\t")),
        ("a.parquet", parquet(ROWS)),
    ],
    ids=["jsonl", "jsonl of Windows", "csv", "semicolons", "mark", "utf-16", "tsv", "parquet"],
)
def test_every_kind_of_table_gives_the_same_articles(tmp_path: Path, name: str, raw: bytes) -> None:
    articles, wrong = read(tmp_path, name, raw)
    assert wrong == []
    assert [a.text for a in articles] == [row["text"] for row in ROWS]
    assert [a.title for a in articles] == ["Bridge closed", "Ferry starts"]
    assert [a.date for a in articles] == ["2022-03-04", None]
    assert [a.origin for a in articles] == ["a1", "a2"]


def test_columns_have_any_names(tmp_path: Path) -> None:
    row = {"body": "Text one here.", "lang": "fr", "outlet": "Sample", "no": 7}
    columns = Columns(text="body", language="lang", source="outlet", id="no")
    ((article,), _) = read(tmp_path, "a.jsonl", jsonl(row), columns)
    assert (article.text, article.language, article.source, article.origin) == (
        "Text one here.", "fr", "Sample", "7",
    )  # fmt: skip


def test_without_an_id_the_origin_is_file_and_row(tmp_path: Path) -> None:
    raw = comma([{"text": "Text one here."}, {"text": "Two lines\nof text."}, {"text": "Three."}])
    articles, _ = read(tmp_path, "a.csv", raw)
    assert [a.origin for a in articles] == [f"{tmp_path}/a.csv#{n}" for n in (1, 2, 3)]


def test_a_date_of_parquet_is_an_iso_date(tmp_path: Path) -> None:
    row = {"text": "Text.", "date": datetime.datetime(2022, 3, 4, 12, tzinfo=datetime.UTC)}
    ((article,), _) = read(tmp_path, "a.parquet", parquet([row]))
    assert article.date == "2022-03-04"


def test_a_page_is_read_where_there_is_no_text(tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    page = f"<html><body><article><p>{'The bridge is closed until spring. ' * 5}</p></article>"
    rows = [{"text": "", "html": page, "title": "Bridge"}, {"text": "Plain.", "html": page}]
    (first, second), _ = read(tmp_path, "a.jsonl", jsonl(*rows))
    assert (first.title, first.origin) == ("Bridge", f"{tmp_path}/a.jsonl#1")
    assert "closed until spring" in first.text
    assert second.text == "Plain."


def test_bad_lines_of_json_are_listed_and_the_others_kept(tmp_path: Path) -> None:
    raw = b"\n".join(
        [
            b'{"text": "One."}',
            b'{"text": "cut',
            b'["text"]',
            b'{"text": 5}',
            b'{"text": " "}',
            b'{"body": "x"}',
            b'{"text": "\xff"}',
            b"[" * 100_000,
            b'{"text": "Two.", "title": ["a"]}',
            b'{"text": "Three."}',
        ]
    )
    articles, wrong = read(tmp_path, "a.jsonl", raw)
    assert [a.text for a in articles] == ["One.", "Three."]
    assert [line.split(":")[1] for line in wrong] == list("23456789")
    for line, part in zip(
        wrong,
        ["is not JSON", "is a JSON list", "'text' is int", "'text' is empty", "no column 'text'",
         "is not UTF-8", "is not JSON", "'title' is list"],
        strict=True,
    ):  # fmt: skip
        assert part in line
        assert "\n" not in line


def test_bad_rows_of_csv_are_listed_by_the_line_that_they_begin_on(tmp_path: Path) -> None:
    raw = b'id,text\n1,"One\nand a half."\n2,a,b\n\n3,\xe9t\xe9\n4,\n5,Five.\n6,"open\n7,Seven\n'
    articles, wrong = read(tmp_path, "a.csv", raw)
    assert [a.origin for a in articles][:2] == ["1", "5"]
    assert [line.split(": ")[0] for line in wrong] == ["a.csv:4", "a.csv:6", "a.csv:7"]
    assert "3 cells, expected 2" in wrong[0]
    assert "not UTF-8" in wrong[1]
    assert "'text' is empty" in wrong[2]


def test_bad_rows_of_parquet_are_listed_by_their_number(tmp_path: Path) -> None:
    raw = parquet([{"text": "One."}, {"text": None}, {"text": "Three."}])
    articles, wrong = read(tmp_path, "a.parquet", raw)
    assert [a.text for a in articles] == ["One.", "Three."]
    assert wrong == ["a.parquet#2: 'text' is empty"]


def test_without_a_listener_the_first_bad_row_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "One."}\n{\n')
    articles = read_table(tmp_path / "a.jsonl")
    next(articles)
    with pytest.raises(ArticleError, match=r"a\.jsonl:2: is not JSON"):
        next(articles)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet"])
def test_a_table_without_a_column_of_text_says_which_it_has(tmp_path: Path, name: str) -> None:
    rows = [{"headline": "A", "body": "B"}]
    raw = {"a.jsonl": jsonl(*rows), "a.csv": comma(rows), "a.parquet": parquet(rows)}[name]
    with pytest.raises(ArticleError, match=r"--text-column.* It has: headline, body$"):
        read(tmp_path, name, raw)
    with pytest.raises(ArticleError, match=r"no column 'bodi' .* Did you mean 'body'"):
        read(tmp_path, name, raw, Columns(text="bodi"))


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.parquet", b""),
        ("a.parquet", b"PAR1" + b"\x00" * 100 + b"PAR1"),
        ("a.parquet", parquet(ROWS)[:-30]),
        ("a.parquet", b"{}"),
        ("a.csv", b"text,text\na,b\n"),
    ],
)
def test_a_broken_table_is_one_clear_line(tmp_path: Path, name: str, raw: bytes) -> None:
    with pytest.raises(ArticleError, match=r"a\.\w+: ") as error:
        read(tmp_path, name, raw)
    assert "\n" not in str(error.value)


def test_damaged_parquet_ends_in_articles_or_one_clear_line(tmp_path: Path) -> None:
    raw = parquet(ROWS * 20)
    for place in range(0, len(raw), 37):
        damaged = bytearray(raw)
        damaged[place] ^= 0x55
        try:
            _, wrong = read(tmp_path, "a.parquet", bytes(damaged))
        except ArticleError as error:
            wrong = [str(error)]
        assert all("\n" not in line for line in wrong)


@pytest.mark.parametrize(("name", "raw"), [("a.jsonl", b""), ("a.csv", b""), ("a.csv", b"text\n")])
def test_an_empty_table_has_no_articles(tmp_path: Path, name: str, raw: bytes) -> None:
    assert read(tmp_path, name, raw) == ([], [])


def test_a_missing_table_is_one_clear_line() -> None:
    with pytest.raises(ArticleError, match=r"none\.csv: cannot be read: No such file"):
        list(read_table("none.csv"))
    with pytest.raises(ArticleError, match=r"none\.parquet: cannot be read: No such file"):
        list(read_table("none.parquet"))


def test_without_the_extra_parquet_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'framing\[parquet\]'"):
        read(tmp_path, "a.parquet", parquet(ROWS))


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_table_is_read_as_a_stream(tmp_path: Path, name: str) -> None:
    row = {"text": "The bridge is closed. " * 500}
    raw = jsonl(row) * 2000 if name == "a.jsonl" else comma([row] * 2000)
    (tmp_path / name).write_bytes(raw)
    tracemalloc.start()
    articles = read_table(tmp_path / name)
    assert len(list(islice(articles, 3))) == 3
    articles.close()  # type: ignore[attr-defined]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000 < len(raw)


def test_a_long_text_that_many_rows_of_parquet_share_is_not_unfolded_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("framing.tables._BYTES_AT_ONCE", 4_000_000)
    shared = pa.DictionaryArray.from_arrays(pa.array([0] * 64), pa.array(["A bridge. " * 50_000]))
    file = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": shared}), file, store_schema=False)
    assert file.stat().st_size < 100_000
    before = pa.total_allocated_bytes()
    held: list[int] = []
    for article in islice(read_table(file), 8):
        assert len(article.text) == 500_000
        held.append(pa.total_allocated_bytes() - before)
    assert max(held) < 10_000_000 < 64 * 500_000


def test_the_command_scores_the_good_rows_and_lists_the_bad(
    toy_model: Path, tmp_path: Path
) -> None:
    table = tmp_path / "wire.csv"
    table.write_bytes(b"url,body\nx1,We were never there.\nx2,a,b\nx3,Blackmail!\n")
    options = ["--model", toy_model, "--format", "jsonl", "--text-column", "body"]
    done = framing("score", table, *options, "--id-column", "url")
    assert done.returncode == 1
    assert_one_clear_line(done, "wire.csv:3: has 3 cells, expected 2")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["origin"] for row in rows] == ["x1", "x2", "x3"]
    assert [row.get("error") for row in rows] == [None, done.stderr.decode()[9:-1], None]


def test_a_table_without_a_good_row_has_status_2(toy_model: Path, tmp_path: Path) -> None:
    table = tmp_path / "wire.jsonl"
    table.write_bytes(b'{"text": ""}\n')
    done = framing("score", table, "--model", toy_model, "--format", "jsonl")
    assert done.returncode == 2
    assert [*json.loads(done.stdout)] == ["origin", "error"]
    assert_one_clear_line(done, "wire.jsonl:1: 'text' is empty")


def test_a_column_without_a_table_is_wrong_usage(toy_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("We were never there.")
    done = framing("score", tmp_path / "a.txt", "--model", toy_model, "--text-column", "body")
    assert done.returncode == 2
    assert_one_clear_line(done, ".jsonl", ".parquet")


@pytest.fixture
def scorer(toy_model: Path) -> Scorer:
    return load(str(toy_model))


def test_parquet_of_sentences_holds_what_the_results_hold(
    scorer: Scorer, toy_model: Path, tmp_path: Path
) -> None:
    table = tmp_path / "wire.jsonl"
    table.write_bytes(jsonl(*ROWS))
    done = framing("score", table, "--model", toy_model, "--format", "parquet")
    assert (done.returncode, done.stderr) == (0, b"")
    written = pq.read_table(io.BytesIO(done.stdout))
    results = list(scorer.score_many(read_table(table)))
    sentences = [s for result in results for s in result.sentences]
    rows = written.to_pylist()
    assert [row["text"] for row in rows] == [s.text for s in sentences]
    assert [row["frames"] for row in rows] == [list(s.frames) for s in sentences]
    for row, sentence in zip(rows, sentences, strict=True):
        assert {f: row[f] for f in sentence.scores} == pytest.approx(dict(sentence.scores))
    assert json.loads(written.schema.metadata[b"framing"]) == scorer.provenance.to_dict()


def test_parquet_goes_to_a_file_whole(toy_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("We were never there. Blackmail!")
    out = tmp_path / "out.parquet"
    options = ["--model", toy_model, "--format", "parquet", "--output", out]
    assert framing("score", tmp_path / "a.txt", *options).returncode == 0
    assert pq.read_table(out).column("sentence").to_pylist() == [0, 1]
    before = out.read_bytes()
    assert framing("score", tmp_path / "none.txt", *options).returncode == 2
    assert out.read_bytes() == before


def test_lone_surrogates_and_no_results_are_rows_of_parquet_too(scorer: Scorer) -> None:
    from framing.parquet import sentence_table

    table = sentence_table([scorer.score("A \ud800 mark.")], provenance=scorer.provenance)
    assert table.column("text").to_pylist() == ["A ? mark."]
    assert sentence_table([], provenance=scorer.provenance).num_rows == 0
