"""The command line as a user meets it: output, exit status, one clear line for every mistake."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = "Bridge closed\n\nWe were never there. “We choose,” said Ana Horvat. Blackmail!\n"


def framing(
    *arguments: str | Path, stdin: bytes = b"", timeout: float = 120
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "framing", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=timeout,
        check=False,
    )


def assert_one_clear_line(done: subprocess.CompletedProcess[bytes], *words: str) -> None:
    message = done.stderr.decode()
    assert "Traceback" not in message
    assert message.count("\n") == 1
    for word in words:
        assert word in message


def test_the_table_shows_sentences_voices_and_frames(toy_model: Path, article: Path) -> None:
    done = framing("score", article, "--model", toy_model)
    out = done.stdout.decode()
    assert done.returncode == 0
    assert "Bridge closed" in out
    assert "quoted: Ana Horvat" in out
    assert "denial" in out
    assert done.stderr == b""


def test_json_of_one_article_is_one_object(toy_model: Path, article: Path) -> None:
    done = framing("score", article, "--model", toy_model, "--format", "json")
    assert json.loads(done.stdout)["text"] == TEXT


def test_jsonl_has_a_line_an_article_or_a_sentence(toy_model: Path, article: Path) -> None:
    options = ["--model", toy_model, "--format", "jsonl"]
    assert framing("score", article, article, *options).stdout.count(b"\n") == 2
    assert framing("score", article, *options, "--sentences").stdout.count(b"\n") == 4


def test_csv_cells_that_a_spreadsheet_would_run_are_quoted(toy_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "evil.txt"
    file.write_text("=cmd|' /C calc'!A0 is what the page said on Monday.")
    done = framing("score", file, "--model", toy_model, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(done.stdout.decode()))
    assert row["text"].startswith("'=cmd")


def test_html_is_one_page_that_runs_nothing_of_the_article(toy_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "evil.txt"
    file.write_text("He said <script>alert(1)</script> and <img src=x onerror=alert(1)> today.")
    page = framing("score", file, "--model", toy_model, "--format", "html").stdout.decode()
    assert page.lower().startswith("<!doctype html>")
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page


FEED = (
    "<rss><channel><title>Wire</title><item><title>Bridge</title><description>We were never there."
    "</description></item><item><title>Ferry</title><description>We choose.</description></item>"
    "</channel></rss>"
)


@pytest.mark.parametrize("name", ["wire.xml", "wire.rss", "deep/wire.ATOM"])
def test_feeds_in_a_folder_are_read_beside_its_articles(
    toy_model: Path, article: Path, tmp_path: Path, name: str
) -> None:
    pytest.importorskip("lxml", reason="the extra 'html' is not installed")
    feed = tmp_path / name
    feed.parent.mkdir(exist_ok=True)
    feed.write_text(FEED, encoding="utf-8")
    (tmp_path / "settings.xml").write_text("<settings/>", encoding="utf-8")
    done = framing("score", tmp_path, "--model", toy_model, "--format", "jsonl")
    origins = [json.loads(line)["origin"] for line in done.stdout.splitlines()]
    assert sorted(origins) == [str(article), f"{feed}#1", f"{feed}#2"]
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_folder_without_articles_or_feeds_is_one_clear_line(
    toy_model: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    (folder / "settings.xml").write_text("<settings/>", encoding="utf-8")
    done = framing("score", folder, "--model", toy_model)
    assert done.returncode == 2
    assert_one_clear_line(done, "no articles in this folder", "no feeds (.rss, .atom, .xml)")


OWN = """
id: town-1
name: Frames of the town's press
description: What a sentence says of the council.
groups: [council]
voices: {author: The article speaks., quoted: Direct speech., reported: Indirect speech.}
frames:
- id: waste
  name: Waste of public money
  group: council
  definition: says that public money is wasted or spent on the wrong things
  cues: ['\\bsquander\\w*']
"""
SHOWN = {
    "article_id": "a",
    "sentence_id": 0,
    "text": "The new hall swallowed four times its price.",
    "frames": ["waste"],
    "codebook": "town-1",
}


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    """A codebook of one's own and a labelled sentence for it."""
    book, shown = tmp_path / "town.yaml", tmp_path / "shown.jsonl"
    book.write_text(OWN, encoding="utf-8")
    shown.write_text(json.dumps(SHOWN) + "\n", encoding="utf-8")
    return book, shown


def test_frames_of_a_codebook_of_ones_own_are_scored(article: Path, own: tuple[Path, Path]) -> None:
    article.write_text("The council squandered the money on a hall. Rain fell.", encoding="utf-8")
    book, shown = own
    options = ("--codebook", book, "--examples", shown)
    whole = json.loads(framing("score", article, *options, "--format", "json").stdout)
    assert list(whole["sentences"][0]["scores"]) == ["waste"]
    assert [s["frames"] for s in whole["sentences"]] == [["waste"], []]
    assert "waste (1)" in whole["warnings"][0]
    done = framing("score", article, *options, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert [row["frames"] for row in rows] == ["waste", ""]
    assert float(rows[0]["waste"]) == pytest.approx(
        whole["sentences"][0]["scores"]["waste"], abs=1e-3
    )


def test_examples_without_their_codebook_are_refused(article: Path, own: tuple[Path, Path]) -> None:
    done = framing("score", article, "--examples", own[1])
    assert done.returncode == 2
    assert_one_clear_line(done, "--examples goes with --codebook")


@pytest.mark.parametrize("format", ["table", "csv"])
@pytest.mark.parametrize("wrong", ["missing.yaml", "mistaken.yaml", "examples"])
def test_a_codebook_or_examples_that_cannot_be_used_are_one_clear_line(
    article: Path, own: tuple[Path, Path], tmp_path: Path, wrong: str, format: str
) -> None:
    book, shown = own
    (tmp_path / "mistaken.yaml").write_text(OWN.replace("definition", "defintion"), "utf-8")
    if wrong == "examples":
        shown.write_text(json.dumps({**SHOWN, "frames": ["wast"]}) + "\n", encoding="utf-8")
    else:
        book = tmp_path / wrong
    done = framing("score", article, "--codebook", book, "--examples", shown, "--format", format)
    assert done.returncode == 2
    assert_one_clear_line(done, "shown.jsonl" if wrong == "examples" else wrong)


def test_standard_input_is_read(toy_model: Path) -> None:
    done = framing("score", "-", "--model", toy_model, "--format", "json", stdin=TEXT.encode())
    assert json.loads(done.stdout)["origin"] == "standard input"


def test_folders_and_globs_are_searched(toy_model: Path, article: Path) -> None:
    (article.parent / "deep").mkdir()
    (article.parent / "deep" / "second.txt").write_text(TEXT)
    options = ["--model", toy_model, "--format", "jsonl"]
    assert framing("score", article.parent, *options).stdout.count(b"\n") == 2
    assert framing("score", article.parent / "**/*.txt", *options).stdout.count(b"\n") == 2


def test_output_is_written_whole_or_not_at_all(toy_model: Path, article: Path) -> None:
    target = article.parent / "out.json"
    options = ["--model", toy_model, "--format", "json", "--output", target]
    assert framing("score", article, *options).returncode == 0
    assert json.loads(target.read_text())["text"] == TEXT
    before = target.read_bytes()
    assert framing("score", article.parent / "none.txt", *options).returncode == 2
    assert target.read_bytes() == before


def test_a_bad_article_in_a_batch_is_listed_and_the_good_rows_are_kept(
    toy_model: Path, article: Path
) -> None:
    bad = article.parent / "bad.txt"
    bad.write_bytes(b"%PDF-1.4")
    done = framing("score", bad, article, "--model", toy_model, "--format", "jsonl")
    assert done.returncode == 1
    assert_one_clear_line(done, "bad.txt: is a PDF")
    failed, scored = map(json.loads, done.stdout.splitlines())
    assert failed["origin"] == str(bad)
    assert "is a PDF" in failed["error"]
    assert scored["origin"] == str(article)


@pytest.mark.parametrize("raw", [b"", b" \n\t ", b"\xef\xbb\xbf"])
def test_empty_input_is_an_empty_result(toy_model: Path, raw: bytes) -> None:
    done = framing("score", "-", "--model", toy_model, "--format", "json", stdin=raw)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["sentences"] == []


@pytest.mark.parametrize(
    "raw", [b"A NUL\x00 in the text.", "A \ud800 mark.".encode("utf-8", "surrogatepass")]
)
def test_odd_characters_end_in_a_result(toy_model: Path, raw: bytes) -> None:
    done = framing("score", "-", "--model", toy_model, stdin=raw)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_missing_file_is_one_clear_line(toy_model: Path) -> None:
    done = framing("score", "none.txt", "--model", toy_model)
    assert done.returncode == 2
    assert_one_clear_line(done, "none.txt: cannot be read: No such file")


def test_a_folder_without_articles_is_one_clear_line(toy_model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = framing("score", tmp_path / "empty", "--model", toy_model)
    assert done.returncode == 2
    assert_one_clear_line(done, "no articles in this folder")


def test_a_text_of_twenty_megabytes_is_one_clear_line(toy_model: Path, tmp_path: Path) -> None:
    file = tmp_path / "huge.txt"
    file.write_bytes(b"A word and another. " * 1_000_001)
    done = framing("score", file, "--model", toy_model)
    assert done.returncode == 2
    assert_one_clear_line(done, "huge.txt")


def test_terminal_commands_of_an_article_do_not_reach_the_terminal(toy_model: Path) -> None:
    done = framing(
        "score", "-", "--model", toy_model, stdin=b"He \x1b[31mshouted\x1b]0;x\x07 twice."
    )
    assert b"\x1b" not in done.stdout
    assert b"\x07" not in done.stdout


def test_an_unknown_model_is_one_clear_line(article: Path) -> None:
    done = framing("score", article, "--model", "nowhere")
    assert done.returncode == 2
    assert_one_clear_line(done, "no model 'nowhere'")


def test_wrong_usage_has_status_2() -> None:
    assert framing("score", "--format", "xml", "-").returncode == 2
    assert framing("nonsense").returncode == 2


def test_a_closed_pipe_is_no_error(toy_model: Path, article: Path) -> None:
    command = (
        f"{sys.executable} -m framing score {' '.join([str(article)] * 50)} --model {toy_model}"
    )
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} --format jsonl | head -c 100"],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == b""


def test_the_codebook_and_its_frames_are_shown() -> None:
    out = framing("codebook", "show").stdout.decode()
    assert "sovereignty" in out
    assert "malign_influence" in out
    assert "near misses" in framing("codebook", "show", "denial").stdout.decode()


def test_an_unknown_frame_names_the_nearest() -> None:
    done = framing("codebook", "show", "denail")
    assert done.returncode == 2
    assert_one_clear_line(done, "Did you mean 'denial'?")


def test_a_model_is_verified(toy_model: Path) -> None:
    assert b"the weights run" in framing("models", "verify", toy_model).stdout
    (toy_model / "model.onnx").write_bytes(b"other")
    done = framing("models", "verify", toy_model)
    assert done.returncode == 2
    assert_one_clear_line(done, "model.onnx")
