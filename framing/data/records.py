"""Labelled sentences on disk: one record per annotator and sentence, JSON Lines, strictly checked.

A record that breaks a rule is a `RecordError` that names file, line, the wrong value and, where
there is one, the nearest right value. Files are read and written as a stream: a file of any size
takes the memory of a few lines, plus some bytes an article to notice duplicate ids.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from framing.codebook import Codebook, FrozenMap, shipped_codebooks
from framing.errors import RecordError, did_you_mean

__all__ = [
    "DEFAULT_CODEBOOK",
    "Reading",
    "Record",
    "digest",
    "parse_line",
    "read_jsonl",
    "read_lines",
    "to_json",
    "write_jsonl",
]

DEFAULT_CODEBOOK = "influence-1"  # for records that name none
MAX_LINE = 4 << 20  # bytes; a record holds one sentence and its context
VOICES = ("author", "quoted", "reported")
SPLITS = ("train", "dev", "test")
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_KEPT_ERRORS = 20
# Legal inside a JSON string, but taken for the end of a line by readers that split on any of them;
# lone surrogates are not encodable at all.
_RISKY = re.compile("[\x85\u2028\u2029\ud800-\udfff]")


def to_json(value: object, *, indent: int | None = None) -> str:
    """Return a value as JSON that any reader of lines takes as it is meant."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    return _RISKY.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One annotator's labels of one sentence; making one checks it and raises `RecordError`.

    `start` and `end` are half-open character offsets into the article's text, so `end - start`
    is the length of `text`. `frames` is a set in the order given. What was not marked is None.
    """

    article_id: str
    sentence_id: int
    text: str
    start: int | None = None
    end: int | None = None
    context: str = ""  # the sentences before, to resolve references
    frames: tuple[str, ...]
    voice: str | None = None
    speaker: str | None = None
    annotator: str | None = None
    codebook: str | None = None
    split: str | None = None
    source: str | None = None
    licence: str | None = None
    note: str | None = None
    kind: str | None = None  # of the sentence's block: "title", "paragraph", "quote" ...
    language: str | None = None
    suggested: tuple[str, ...] | None = None  # what a model showed the annotator; None: nothing
    soft: Mapping[str, float] | None = None  # frame -> share of annotators, when adjudicated softly

    def __post_init__(self) -> None:
        for name in ("frames", "suggested"):
            value = getattr(self, name)
            if isinstance(value, list):
                object.__setattr__(self, name, tuple(value))
        if self.soft is not None and isinstance(self.soft, Mapping):
            object.__setattr__(self, "soft", FrozenMap(self.soft))
        _check(self)

    @property
    def key(self) -> tuple[str, int]:
        """The sentence that the record labels: article and number."""
        return self.article_id, self.sentence_id

    @classmethod
    def from_dict(
        cls, row: Mapping[str, Any], *, codebook: Codebook | None = None, where: str = "record"
    ) -> Record:
        """Make a record of plain JSON values; `where` (as file:line) opens the error message.

        With `codebook` the record must follow it. Otherwise it must follow the shipped codebook
        that it names, or `influence-1` where it names none; frames of another codebook are
        checked for their shape only.
        """
        for name in row:
            if name not in _FIELDS:
                _fail(where, f"unknown key '{_shown(name)}'.{did_you_mean(str(name), _FIELDS)}")
        for name in ("article_id", "sentence_id", "text", "frames"):
            if name not in row:
                _fail(
                    where, f"has no '{name}'; a record needs article_id, sentence_id, text, frames"
                )
        values = dict(row)
        if values.get("context", "") is None:
            values["context"] = ""
        try:
            record = cls(**values)
        except RecordError as error:
            _fail(where, str(error))
        problem = _misfit(record, codebook)
        if problem:
            _fail(where, problem)
        return record

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values: all keys of the format, and the additional ones in use."""
        row: dict[str, Any] = {name: getattr(self, name) for name in _STANDARD}
        row["frames"] = list(self.frames)
        for name in _ADDITIONAL:
            value = getattr(self, name)
            if value is not None:
                row[name] = (
                    list(value)
                    if isinstance(value, tuple)
                    else dict(value)
                    if isinstance(value, Mapping)
                    else value
                )
        return row

    def to_json(self) -> str:
        """Return the record as one line of JSON, without its line end."""
        return to_json(self.to_dict())


_FIELDS = tuple(field.name for field in fields(Record))
_ADDITIONAL = ("kind", "language", "suggested", "soft")
_STANDARD = tuple(name for name in _FIELDS if name not in _ADDITIONAL)
_TEXTS = ("voice", "speaker", "annotator", "codebook", "split", "source", "licence", "note", "kind")


def _fail(where: str, problem: str) -> NoReturn:
    raise RecordError(f"{where}: {problem}") from None


def _shown(value: object, limit: int = 60) -> str:
    """Return a value as it stands in JSON, shortened and on one line, for an error message."""
    if isinstance(value, str):
        shown = value.encode("unicode_escape").decode() if not value.isprintable() else value
    else:
        shown = json.dumps(value, default=str)
    return shown if len(shown) <= limit else shown[: limit - 3] + "..."


def _check(record: Record) -> None:
    """Raise `RecordError` for a value that no codebook would allow."""
    r = record
    if not isinstance(r.article_id, str) or not r.article_id.strip():
        raise RecordError(f"article_id is {_shown(r.article_id)!s}; it must be a text, not empty")
    if type(r.sentence_id) is not int or r.sentence_id < 0:
        raise RecordError(
            f"sentence_id is {_shown(r.sentence_id)}; it must be a whole number from 0 on"
        )
    if not isinstance(r.text, str) or not r.text.strip():
        raise RecordError(f"text is '{_shown(r.text)}'; it must be a sentence, not empty")
    if not isinstance(r.context, str):
        raise RecordError(f"context is {_shown(r.context)}; it must be a text")
    for name in (*_TEXTS, "language"):
        value = getattr(r, name)
        if value is not None and not isinstance(value, str):
            raise RecordError(f"{name} is {_shown(value)}; it must be a text or null")
    for name in ("frames", "suggested"):
        _check_frames(name, getattr(r, name))
    _check_span(r)
    if r.split is not None and r.split not in SPLITS:
        raise RecordError(
            f"split is '{_shown(r.split)}'; it must be {', '.join(SPLITS)} or null."
            f"{did_you_mean(r.split, SPLITS)}"
        )
    if r.soft is not None:
        shares = r.soft.items() if isinstance(r.soft, Mapping) else ((None, r.soft),)
        for frame, share in shares:
            if not isinstance(share, (int, float)) or not 0 <= share <= 1:
                raise RecordError(
                    f"soft is {_shown(share)} for {frame}; it must map frames to shares from 0 to 1"
                )


def _check_frames(name: str, frames: object) -> None:
    if frames is None and name == "suggested":
        return
    if not isinstance(frames, tuple):
        raise RecordError(
            f"{name} is {_shown(frames)}; it must be a list of frame ids, [] for none"
        )
    for frame in frames:
        if not isinstance(frame, str) or not _NAME.fullmatch(frame):
            raise RecordError(f"{name} has '{_shown(frame)}'; a frame id is lower_snake")
    if len(set(frames)) < len(frames):
        twice = next(f for f in frames if frames.count(f) > 1)
        raise RecordError(f"{name} has '{twice}' twice")


def _check_span(r: Record) -> None:
    if r.start is None and r.end is None:
        return
    if (
        type(r.start) is not int
        or type(r.end) is not int
        or r.start < 0
        or r.end - r.start != len(r.text)
    ):
        raise RecordError(
            f"start {_shown(r.start)} and end {_shown(r.end)} do not span the text's {len(r.text)}"
            " characters; offsets count Unicode characters and the end is exclusive"
        )


@lru_cache(maxsize=32)
def _shipped(name: str) -> Codebook | None:
    return Codebook.load(name) if name in shipped_codebooks() else None


@lru_cache(maxsize=32)
def _slip(name: str) -> str:
    """Say which shipped codebook is meant; a user's own name, or another version, is no slip."""
    stems = {shipped.rpartition("-")[0]: shipped for shipped in shipped_codebooks()}
    stem = name.rpartition("-")[0]
    if stem in stems or not did_you_mean(stem, stems):
        return ""
    return f"no codebook '{_shown(name)}'.{did_you_mean(name, stems.values())}"


def _misfit(r: Record, required: Codebook | None) -> str:
    """Say how the record differs from its codebook, or return an empty text."""
    if required is not None and r.codebook is not None and r.codebook != required.id:
        return (
            f"codebook is '{_shown(r.codebook)}', not '{required.id}'; move older labels over with "
            f"`framing data migrate`.{did_you_mean(r.codebook, (required.id,))}"
        )
    codebook = required or _shipped(r.codebook or DEFAULT_CODEBOOK)
    if codebook is None:
        slip = _slip(r.codebook or DEFAULT_CODEBOOK)
        if slip:
            return slip
    else:
        marked = (*r.frames, *(r.suggested or ()), *(r.soft or ()))
        ids = codebook.frame_ids if marked else ()
        for frame in marked:
            if frame not in ids:
                return f"no frame '{frame}' in codebook {codebook.id}.{did_you_mean(frame, ids)}"
    voices = VOICES if codebook is None else codebook.voices
    if r.voice is not None and r.voice not in voices:
        near = did_you_mean(r.voice, voices)
        return f"voice is '{_shown(r.voice)}', not {', '.join(voices)}.{near}"
    return ""


class Reading(Iterator[Record]):
    """The records of a file, one by one; counts the rows `kept` and `skipped` so far.

    `errors` holds the messages of the first 20 rows that were skipped.
    """

    def __init__(
        self, path: str | PathLike[str], *, codebook: Codebook | None, skip_bad: bool
    ) -> None:
        self.path = Path(path)
        self.kept = 0
        self.skipped = 0
        self.errors: list[str] = []
        self._codebook = codebook
        self._skip_bad = skip_bad
        self._rows = self._read()

    def __next__(self) -> Record:
        return next(self._rows)

    def _read(self) -> Iterator[Record]:
        seen: dict[tuple[str, str | None, int], int] = {}
        try:
            with self.path.open("rb") as file:
                for number, line in _lines(file):
                    if line is not None and not line.strip():
                        continue
                    try:
                        record = self._record(line, f"{self.path}:{number}", seen)
                    except RecordError as error:
                        if not self._skip_bad:
                            raise
                        self.skipped += 1
                        if len(self.errors) < _KEPT_ERRORS:
                            self.errors.append(str(error))
                        continue
                    self.kept += 1
                    yield record
        except OSError as error:
            raise RecordError(f"{self.path}: cannot be read: {error.strerror}") from error

    def _record(
        self, line: bytes | None, where: str, seen: dict[tuple[str, str | None, int], int]
    ) -> Record:
        row = parse_line(line, where)
        record = Record.from_dict(row, codebook=self._codebook, where=where)
        # One bit a sentence, so that memory grows with articles and not with records.
        block = (record.article_id, record.annotator, record.sentence_id >> 9)
        bit = 1 << (record.sentence_id & 511)
        bits = seen.get(block, 0)
        if bits & bit:
            by = f" by annotator '{_shown(record.annotator)}'" if record.annotator else ""
            _fail(
                where,
                f"sentence {record.sentence_id} of article '{_shown(record.article_id)}'{by} is "
                "already above; one record per annotator and sentence",
            )
        seen[block] = bits | bit
        return record


def read_jsonl(
    path: str | PathLike[str], *, codebook: Codebook | None = None, skip_bad: bool = False
) -> Reading:
    """Read records from a JSON Lines file one by one, each checked; see `Record.from_dict`.

    Raises `RecordError` (file:line) for a broken line, a wrong value, a line over 4 MiB, or a
    second record of the same article, sentence and annotator. With `skip_bad` such rows are left
    out and counted: `reading.kept`, `reading.skipped`, `reading.errors`.
    """
    return Reading(path, codebook=codebook, skip_bad=skip_bad)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield numbered lines; None stands for one that is too long to be held in memory."""
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = file.readline(MAX_LINE)
            yield number, None
        else:
            yield number, line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line


def read_lines(path: str | PathLike[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield `(file:line, object)` for each line of a JSON Lines file, whatever its keys."""
    try:
        with Path(path).open("rb") as file:
            for number, line in _lines(file):
                if line is None or line.strip():
                    yield f"{path}:{number}", parse_line(line, f"{path}:{number}")
    except OSError as error:
        raise RecordError(f"{path}: cannot be read: {error.strerror}") from error


def parse_line(line: bytes | None, where: str) -> dict[str, Any]:
    """Return the JSON object of one line; None is a line that was too long."""
    if line is None:
        _fail(where, f"line longer than {MAX_LINE >> 20} MiB; a record is one sentence")
    try:
        row = json.loads(line.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        _fail(
            where,
            f"byte 0x{line[error.start]:02x} at {error.start + 1} is not UTF-8; save the file as "
            "UTF-8",
        )
    except json.JSONDecodeError as error:
        end = " (the line is cut short)" if error.pos >= len(error.doc.rstrip()) else ""
        _fail(where, f"not valid JSON at column {error.colno}: {error.msg}{end}")
    except RecursionError:
        _fail(where, "nested too deep for a record")
    except ValueError as error:
        _fail(where, str(error))
    if not isinstance(row, dict):
        _fail(where, f"{_shown(row)} is not a record; a line is one JSON object {{...}}")
    return row


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"has the key '{_shown(twice)}' twice")
    return row


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON value")


def write_jsonl(path: str | PathLike[str], records: Iterable[Record]) -> int:
    """Write records to a JSON Lines file, whole or not at all, and return how many.

    Records are taken one by one; the file appears, or replaces the old one, when all are on disk.
    """
    path = Path(path)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    count = 0
    try:
        with scratch.open("w", encoding="utf-8", newline="") as file:
            for record in records:
                file.write(record.to_json() + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        raise RecordError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        scratch.unlink(missing_ok=True)
    return count


def digest(records: Iterable[Record]) -> str:
    """Return the SHA-256 (hex) of a set of records, whatever their order; reports name it.

    Equal records give an equal digest. Frames count as a set, and a value that is absent counts
    like one that is null. Hashes of the records are added modulo 2^256 (Bellare & Micciancio
    1997), so memory stays constant: it tells versions apart, it is no proof against forgers.
    """
    total, count = 0, 0
    for record in records:
        row = {name: v for name, v in record.to_dict().items() if v not in (None, "")}
        row["frames"] = sorted(record.frames)
        line = json.dumps(row, ensure_ascii=True, separators=(",", ":"), sort_keys=True)
        total += int.from_bytes(hashlib.sha256(line.encode("ascii")).digest(), "big")
        count += 1
    return hashlib.sha256(f"{count}:{total % (1 << 256):064x}".encode("ascii")).hexdigest()
