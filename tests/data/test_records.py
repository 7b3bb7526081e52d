"""Records: what a labelled file may hold, and how a mistake in it is told."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framing.codebook import Codebook
from framing.data import Record, digest, read_jsonl, write_jsonl
from framing.errors import RecordError

Make = Callable[..., Record]
GOOD: dict[str, Any] = {
    "article_id": "a",
    "sentence_id": 0,
    "text": "We choose our friends.",
    "context": "",
    "frames": ["sovereignty"],
    "voice": "author",
}


def _file(folder: Path, *rows: dict[str, Any] | str | bytes) -> Path:
    path = folder / "labels.jsonl"
    lines = [r if isinstance(r, (str, bytes)) else json.dumps(r) for r in rows]
    path.write_bytes(b"\n".join(x if isinstance(x, bytes) else x.encode() for x in lines) + b"\n")
    return path


def test_a_file_with_the_least_keys_is_read(tmp_path: Path, tiny: Codebook) -> None:
    row = {k: GOOD[k] for k in ("article_id", "sentence_id", "text", "frames")}
    (record,) = read_jsonl(_file(tmp_path, row), codebook=tiny)
    assert record.frames == ("sovereignty",)
    assert (record.voice, record.start, record.context) == (None, None, "")


def test_a_record_survives_writing_and_reading(tmp_path: Path, record: Make) -> None:
    full = record(
        "“Нет” \U0001f600, he\u2028said\r\n",
        start=3,
        end=3 + len("“Нет” \U0001f600, he\u2028said\r\n"),
        context='He came. "No"',
        frames=("b", "a"),
        voice="quoted",
        speaker="the envoy",
        annotator="ann",
        codebook="own-1",
        split="dev",
        source="wire",
        licence="CC0-1.0",
        note="unsure\nreally",
        kind="quote",
        language="en",
        suggested=("a",),
        soft={"a": 0.5, "b": 1},
    )
    assert write_jsonl(tmp_path / "out.jsonl", [full, record()]) == 2
    assert list(read_jsonl(tmp_path / "out.jsonl")) == [full, record()]
    assert hash(full) == hash(next(read_jsonl(tmp_path / "out.jsonl")))


@given(text=st.text(min_size=1).filter(str.strip), note=st.text(max_size=20))
def test_any_text_makes_one_line_that_reads_back(text: str, note: str) -> None:
    record = Record(article_id="a", sentence_id=1, text=text, frames=(), note=note)
    line = record.to_json()
    assert len(line.splitlines()) == 1
    assert Record.from_dict(json.loads(line.encode("utf-8"))) == record


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"frames": ["sovereignity"]},
            "no frame 'sovereignity' in codebook tiny-2. Did you mean 'sovereignty'?",
        ),
        ({"frames": "denial"}, 'frames is "denial"; it must be a list|frames is denial'),
        ({"frames": ["denial", "denial"]}, "frames has 'denial' twice"),
        ({"frames": [1]}, "frames has '1'; a frame id is lower_snake"),
        ({"voice": "author "}, "voice is 'author ', not author, quoted, reported. Did you"),
        ({"sentence_id": -1}, "sentence_id is -1; it must be a whole number from 0 on"),
        ({"sentence_id": True}, "sentence_id is true; it must be a whole number from 0 on"),
        ({"sentence_id": "0"}, "sentence_id is 0; it must be a whole number from 0 on"),
        ({"text": " "}, "text is ' '; it must be a sentence, not empty"),
        ({"article_id": None}, "article_id is null; it must be a text, not empty"),
        ({"annotater": "ann"}, "unknown key 'annotater'. Did you mean 'annotator'?"),
        ({"codebook": "tiny-1"}, "codebook is 'tiny-1', not 'tiny-2'; move older labels over"),
        ({"split": "tset"}, "split is 'tset'; it must be train, dev, test or null. Did you mean"),
        ({"start": 0, "end": 23}, "start 0 and end 23 do not span the text's 22 characters"),
        ({"start": 0}, "start 0 and end null do not span the text's 22 characters"),
        ({"note": 3}, "note is 3; it must be a text or null"),
        ({"soft": {"denial": 2}}, "soft is 2 for denial; it must map frames to shares"),
        ({"soft": 2}, "soft is 2 for None; it must map frames to shares"),
    ],
)
def test_a_wrong_value_is_named_with_file_and_line(
    tmp_path: Path, tiny: Codebook, change: dict[str, Any], message: str
) -> None:
    path = _file(tmp_path, GOOD, {**GOOD, "sentence_id": 1, **change})
    with pytest.raises(RecordError) as caught:
        list(read_jsonl(path, codebook=tiny))
    assert str(caught.value).startswith(f"{path}:2: ")
    assert any(part in str(caught.value) for part in message.split("|"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (json.dumps(GOOD)[:40], "not valid JSON at column"),
        ('{"article_id": "a", "sentence_id": 0}', "has no 'text'; a record needs"),
        ("[1, 2]", "[1, 2] is not a record; a line is one JSON object"),
        ("null", "null is not a record"),
        (b'{"text": "caf\xe9"}', "byte 0xe9 at 14 is not UTF-8"),
        ('{"text": NaN}', "NaN is not a JSON value"),
        ('{"text": "a", "text": "b"}', "has the key 'text' twice"),
        ("[" * 100_000, "nested too deep for a record"),
        ('{"sentence_id": ' + "9" * 5000 + "}", ""),
        (b"\x00\x01", "not valid JSON"),
    ],
)
def test_a_broken_line_is_one_clear_error(
    tmp_path: Path, line: str | bytes, message: str, tiny: Codebook
) -> None:
    path = _file(tmp_path, GOOD, line)
    with pytest.raises(RecordError, match=rf"^{re.escape(str(path))}:2: ") as caught:
        list(read_jsonl(path, codebook=tiny))
    assert message in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 300


def test_a_second_record_of_one_annotator_is_an_error(tmp_path: Path, tiny: Codebook) -> None:
    by_ann = {**GOOD, "annotator": "ann"}
    path = _file(tmp_path, GOOD, by_ann, {**by_ann, "sentence_id": 512}, by_ann)
    with pytest.raises(
        RecordError, match=r":4: sentence 0 of article 'a' by annotator 'ann' is al"
    ):
        list(read_jsonl(path, codebook=tiny))


def test_a_line_of_100_mb_is_an_error_that_is_not_held_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    with path.open("wb") as file:
        file.write(json.dumps(GOOD).encode() + b"\n" + b'{"text": "')
        for _ in range(100):
            file.write(b"x" * 1_000_000)
        file.write(b'"}\n' + json.dumps({**GOOD, "sentence_id": 1}).encode() + b"\n")
    code = (
        "import sys; from framing.data import read_jsonl; from tests.memory import peak_kib\n"
        "before = peak_kib()\n"
        "r = read_jsonl(sys.argv[1], skip_bad=True); n = len(list(r))\n"
        "grown = peak_kib() - before\n"
        "print(n, r.kept, r.skipped, grown < 40_000, r.errors[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == (
        f"2 2 1 True {path}:2: line longer than 4 MiB; a record is one sentence"
    )


def test_bad_rows_can_be_left_out_and_are_counted(tmp_path: Path, tiny: Codebook) -> None:
    path = _file(tmp_path, GOOD, "{", GOOD, "", {**GOOD, "sentence_id": 1})
    reading = read_jsonl(path, codebook=tiny, skip_bad=True)
    assert [r.sentence_id for r in reading] == [0, 1]
    assert (reading.kept, reading.skipped) == (2, 2)
    assert [e.split(": ")[0] for e in reading.errors] == [f"{path}:2", f"{path}:3"]


def test_reading_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"none\.jsonl: cannot be read: No such file"):
        next(read_jsonl(tmp_path / "none.jsonl"))


def test_a_byte_order_mark_is_passed_over(tmp_path: Path, tiny: Codebook) -> None:
    path = _file(tmp_path, b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
    assert len(list(read_jsonl(path, codebook=tiny))) == 1


def test_records_follow_the_shipped_codebook_that_they_name(tmp_path: Path) -> None:
    path = _file(tmp_path, {**GOOD, "codebook": "influence-1", "frames": ["sovereignity"]})
    with pytest.raises(RecordError, match="no frame 'sovereignity' in codebook influence-1"):
        list(read_jsonl(path))


def test_a_slip_in_the_codebooks_name_is_an_error(tmp_path: Path) -> None:
    path = _file(tmp_path, {**GOOD, "codebook": "influense-1"})
    with pytest.raises(
        RecordError, match=r"no codebook 'influense-1'\. Did you mean 'influence-1'"
    ):
        list(read_jsonl(path))


def test_frames_of_a_codebook_of_ones_own_are_read(tmp_path: Path) -> None:
    path = _file(tmp_path, {**GOOD, "codebook": "football-1", "frames": ["offside"]})
    assert next(read_jsonl(path)).frames == ("offside",)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, record: Make) -> None:
    path = tmp_path / "out.jsonl"
    write_jsonl(path, [record()])
    before = path.read_bytes()

    def broken() -> Any:
        yield record("Another sentence.")
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        write_jsonl(path, broken())
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


def test_writing_where_no_folder_is_says_so(tmp_path: Path, record: Make) -> None:
    with pytest.raises(RecordError, match="cannot be written: No such file"):
        write_jsonl(tmp_path / "none" / "out.jsonl", [record()])


def test_the_digest_does_not_depend_on_order_but_on_every_value(record: Make) -> None:
    a, b = record(frames=("denial", "sovereignty")), record(sentence_id=1)
    assert digest([a, b]) == digest([b, a])
    assert digest([record(frames=("sovereignty", "denial")), b]) == digest([a, b])
    others = [[a], [a, b, b], [a, record(sentence_id=1, note="x")], [a, record(sentence_id=2)], []]
    assert len({digest(o) for o in [[a, b], *others]}) == len(others) + 1


@pytest.mark.slow
def test_a_large_file_is_read_and_written_in_constant_memory(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from tests.memory import peak_kib\n"
        "from framing.data import Record, digest, read_jsonl, write_jsonl\n"
        "rows = (Record(article_id=f'a{i // 20}', sentence_id=i % 20, frames=(), text='word ' * 150"
        ") for i in range(int(sys.argv[2])))\n"
        "write_jsonl(sys.argv[1], rows)\n"
        "before = peak_kib()\n"
        "n = sum(1 for _ in read_jsonl(sys.argv[1]))\n"
        "print(n, peak_kib() - before)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "large.jsonl"), "100000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (tmp_path / "large.jsonl").stat().st_size > 90_000_000
    n, grown = map(int, done.stdout.split())
    assert n == 100_000
    assert grown < 8_000  # KiB: 5,000 articles, a few hundred bytes each


@pytest.mark.real
def test_the_real_files_are_read(shared: Path) -> None:
    counts = {
        name: sum(1 for _ in read_jsonl(shared / "real" / f"{name}.jsonl"))
        for name in ("train", "dev", "fr_dev")
    }
    assert counts == {"train": 12_509, "dev": 1_947, "fr_dev": 265}
