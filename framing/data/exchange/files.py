"""What the formats share: JSON in and out, atomic writes, what a tool shows and what it carries."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from os import PathLike
from pathlib import Path
from typing import Any

from framing.data.records import Record
from framing.errors import RecordError

__all__ = [
    "EDITED",
    "Articles",
    "article_text",
    "carried",
    "fail",
    "known_values",
    "read_bytes",
    "read_json",
    "write_whole",
]

# Article id -> its text, or its data with the key "text" (as in `Corpus.articles`).
Articles = Mapping[str, str | Mapping[str, Any]]

EDITED = ("frames", "voice", "speaker", "note")  # what a person sets in a tool
_NAMES = frozenset(field.name for field in fields(Record))


def fail(where: str, problem: str) -> RecordError:
    """Return the error of a place in a file."""
    return RecordError(f"{where}: {problem}")


def read_bytes(path: str | PathLike[str]) -> bytes:
    """Return a file's bytes, or raise `RecordError`."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise fail(str(path), f"cannot be read: {error.strerror}") from error


def read_json(path: str | PathLike[str]) -> Any:
    """Return the value of a JSON file; a mistake in it is a `RecordError` with its line."""
    data = read_bytes(path)
    try:
        return json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise fail(
            f"{path}:{line}", f"byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from None
    except json.JSONDecodeError as error:
        raise fail(
            f"{path}:{error.lineno}", f"not valid JSON at column {error.colno}: {error.msg}"
        ) from None
    except RecursionError:
        raise fail(str(path), "nested too deep") from None


def write_whole(path: str | PathLike[str], parts: Iterable[bytes]) -> None:
    """Write a file whole or not at all, part by part."""
    path = Path(path)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with scratch.open("wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        raise fail(str(path), f"cannot be written: {error.strerror}") from error
    finally:
        scratch.unlink(missing_ok=True)


def carried(record: Record, *without: str) -> dict[str, Any]:
    """Return the record's values in use that a tool only carries along, but for those named."""
    return {
        name: value
        for name, value in record.to_dict().items()
        if name not in (*EDITED, *without)
        and value is not None
        and (name, value) != ("context", "")
    }


def known_values(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return those values of a row that a record has; tools and people add keys of their own."""
    return {name: value for name, value in row.items() if name in _NAMES}


def article_text(articles: Articles, record: Record) -> tuple[str, int, int]:
    """Return the text of the record's article and its sentence's place, which must be right."""
    found = articles.get(record.article_id)
    text = found if isinstance(found, str) else (found or {}).get("text")
    where = f"sentence {record.sentence_id} of article '{record.article_id}'"
    if not isinstance(text, str):
        raise fail(where, "the article's text is not among the articles given")
    if record.start is None or record.end is None:
        raise fail(where, "has no start and end; leave the articles out to write single sentences")
    if text[record.start : record.end] != record.text:
        raise fail(where, f"does not stand in the article at {record.start} to {record.end}")
    return text, record.start, record.end
