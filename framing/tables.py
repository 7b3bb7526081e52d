"""Reads articles from the rows of a table: JSON Lines, CSV or Parquet, as a stream.

    >>> from framing.tables import Columns, read_table
    >>> for article in read_table("wire.csv", columns=Columns(text="body", id="url")):
    ...     print(article.origin, article.title)

Memory holds a few rows at a time, whatever the size of the file.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from framing.article import MAX_BYTES, Article, printable
from framing.errors import ArticleError, did_you_mean, missing_extra

__all__ = ["TABLE_SUFFIXES", "Columns", "Row", "is_table", "read_table", "table_rows"]

TABLE_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet")
_DELIMITERS = ",;\t|"
_ROWS_AT_ONCE = 64
_BYTES_AT_ONCE = 512 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The names of a table's columns; one that is None has its role's own name, if it is there.

    `text` is the plain text of an article and `html` its page, read where `text` is empty. `id`
    becomes the article's origin, which else is `file#row`. A column that is named must exist.
    """

    text: str | None = None
    html: str | None = None
    title: str | None = None
    date: str | None = None
    source: str | None = None
    language: str | None = None
    id: str | None = None

    def named(self) -> dict[str, str]:
        """Return the column of every role."""
        return {role: getattr(self, role) or role for role in _ROLES}


_ROLES = tuple(field.name for field in fields(Columns))
_Cells: TypeAlias = Mapping[str, Any]  # column -> cell


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table that is not read as an article yet; can be pickled."""

    where: str  # its place in the file, which opens errors
    origin: str  # file and row, which name an article without an id
    cells: _Cells  # of the columns that have a role
    done: float = 0  # the share of the file that ends with this row
    wrong: str | None = None  # why it can be no article

    def name(self, columns: Columns) -> str:
        """Return the origin of its article, without reading that."""
        column = columns.named()["id"]
        with suppress(ArticleError):
            return _cell(self.cells.get(column), "id", column) or self.origin
        return self.origin

    def article(self, columns: Columns) -> Article:
        """Return the article of this row; raises `ArticleError` with its place for a bad one."""
        try:
            if self.wrong is not None:
                raise ArticleError(self.wrong)
            return _article(self.cells, columns.named(), self.origin)
        except ArticleError as error:
            raise ArticleError(f"{self.where}: {error}") from error


def is_table(path: str | Path) -> bool:
    """Say by its suffix whether a file is read as a table of articles."""
    return Path(path).suffix.lower() in TABLE_SUFFIXES


def read_table(
    path: str | Path,
    *,
    columns: Columns | None = None,
    bad: Callable[[ArticleError], None] | None = None,
) -> Iterator[Article]:
    """Yield the article of every row of a JSON Lines, JSON, CSV, TSV or Parquet file.

    A row that cannot be read raises `ArticleError` with file and line; with `bad` it is handed
    over instead, and reading goes on. CSV has a header, is UTF-8 or UTF-16, and parts its cells by
    comma, semicolon, tab or bar. A file that cannot be read, or has no column of text, raises
    `ArticleError`. Parquet needs the extra `parquet` (`MissingExtraError`).
    """
    columns = columns or Columns()
    for row in table_rows(path, columns=columns):
        try:
            article = row.article(columns)
        except ArticleError as error:
            if bad is None:
                raise
            bad(error)
        else:
            yield article


def table_rows(path: str | Path, *, columns: Columns) -> Iterator[Row]:
    """Yield the rows of a table, not read as articles yet: good ones and bad ones, in order.

    Raises `ArticleError` and `MissingExtraError` for the file as a whole, as `read_table` does.
    """
    name = printable(str(path))
    suffix = Path(path).suffix.lower()
    try:
        if suffix == ".parquet":
            yield from _parquet(Path(path), name, columns)
            return
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size or math.inf
            rows = (
                _csv(file, name, columns, tabs=suffix == ".tsv")
                if suffix in {".csv", ".tsv"}
                else _json(file, name, columns)
                if suffix == ".json"
                else _jsonl(file, name, columns)
            )
            for row in rows:
                yield replace(row, done=file.tell() / size)
    except OSError as error:
        raise ArticleError(f"{name}: cannot be read: {error.strerror or _line(error)}") from error


def _article(row: _Cells, named: Mapping[str, str], origin: str) -> Article:
    cells = {role: _cell(row.get(column), role, column) for role, column in named.items()}
    known = {key: cells[key] for key in ("title", "date", "source", "language")}
    origin = cells["id"] or origin
    if cells["text"]:
        return replace(Article.from_text(cells["text"], **known), origin=origin)
    if cells["html"]:
        page = Article.from_html(cells["html"])
        told: dict[str, Any] = {key: value for key, value in known.items() if value}
        return replace(page, origin=origin, **told)
    present = [repr(named[role]) for role in ("text", "html") if named[role] in row]
    if present:
        raise ArticleError(f"{' and '.join(present)} {'are' if present[1:] else 'is'} empty")
    raise ArticleError(f"has no column '{named['text']}'")


def _cell(value: Any, role: str, column: str) -> str | None:
    """Return a cell as text, or None where it is empty; numbers name an article, nothing else."""
    if isinstance(value, str):
        return value if value.strip() else None
    if value is None or value != value:  # pandas writes an empty cell as NaN
        return None
    if role == "date" and isinstance(value, date):
        return value.isoformat()[:10]
    if role == "id" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ArticleError(f"'{column}' is {type(value).__name__}, expected text")


def _check_header(header: Sequence[str], name: str, columns: Columns) -> None:
    """Refuse a table without the named columns, or without any text."""
    for role in _ROLES:
        column = getattr(columns, role)
        if column is not None and column not in header:
            raise ArticleError(
                f"{name}: has no column '{printable(column)}' (for {role})."
                f"{did_you_mean(column, header)}{_shown(header)}"
            )
    if not {columns.text or "text", columns.html or "html"} & set(header):
        raise ArticleError(
            f"{name}: has no column 'text' or 'html'; say which one holds the articles "
            f"(--text-column, or Columns(text=...)).{_shown(header)}"
        )


def _shown(header: Sequence[str]) -> str:
    some = ", ".join(printable(column[:40]) for column in header[:12])
    return f" It has: {some}{', ...' if len(header) > 12 else ''}"


def _line(error: Exception) -> str:
    return printable(" ".join(str(error).split())[:200])


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Yield numbered lines; one that is over the limit is None, and is never held whole."""
    number = 0
    while line := file.readline(MAX_BYTES + 1):
        number += 1
        whole: bytes | None = line
        while len(line) > MAX_BYTES and not line.endswith(b"\n"):
            whole = None
            line = file.readline(MAX_BYTES + 1)
        yield number, whole


_MOST_JSON = 10 * MAX_BYTES  # for JSON is read whole
_TOO_LONG = f"is over {MAX_BYTES:,} bytes"


def _jsonl(file: BinaryIO, name: str, columns: Columns) -> Iterator[Row]:
    checked = False
    named = set(columns.named().values())
    for number, line in _lines(file):
        where, origin = f"{name}:{number}", f"{name}#{number}"
        if line is None:
            yield Row(where, origin, {}, wrong=_TOO_LONG)
            continue
        if not line.strip(b"\xef\xbb\xbf \t\r\n"):
            continue
        try:
            row = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
        except UnicodeDecodeError:
            yield Row(where, origin, {}, wrong="is not UTF-8")
        except (ValueError, RecursionError) as error:
            yield Row(where, origin, {}, wrong=f"is not JSON: {_line(error)}")
        else:
            if not isinstance(row, dict):
                wrong = f"is a JSON {type(row).__name__}, expected an object with named columns"
                yield Row(where, origin, {}, wrong=wrong)
                continue
            if not checked:  # a whole file of rows without text is one mistake, not a million
                _check_header(list(row), name, columns)
                checked = True
            yield Row(where, origin, {c: row[c] for c in named if c in row})


def _json(file: BinaryIO, name: str, columns: Columns) -> Iterator[Row]:
    """Yield the objects of a JSON list, or the messages of an exported Telegram chat."""
    raw = file.read(_MOST_JSON + 1)
    if len(raw) > _MOST_JSON:
        raise ArticleError(f"{name}: is over {_MOST_JSON:,} bytes; write it as JSON Lines")
    try:
        whole = json.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError as error:
        raise ArticleError(f"{name}: is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"{name}: is not JSON: {_line(error)}") from error
    rows = whole
    if isinstance(whole, dict) and isinstance(whole.get("messages"), list):
        rows = _messages(whole)
        columns = Columns()  # those of a chat are known
    if not isinstance(rows, list):
        raise ArticleError(
            f"{name}: is a JSON {type(rows).__name__}, expected a list of objects with named "
            "columns or an exported Telegram chat"
        )
    named = set(columns.named().values())
    first = next((row for row in rows if isinstance(row, dict)), None)
    if first is not None:
        _check_header(list(first), name, columns)
    for number, row in enumerate(rows, 1):
        where = f"{name}#{number}"
        if isinstance(row, dict):
            yield Row(where, where, {c: row[c] for c in named if c in row})
        else:
            yield Row(where, where, {}, wrong=f"is a JSON {type(row).__name__}, expected an object")


def _messages(chat: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the messages of an exported Telegram chat that hold text, as rows."""
    rows: list[dict[str, Any]] = []
    source = chat.get("name") if isinstance(chat.get("name"), str) else None
    for message in chat["messages"]:
        if not isinstance(message, dict) or message.get("type", "message") != "message":
            continue
        text = message.get("text")
        parts = text if isinstance(text, list) else [text]
        texts = (part.get("text") if isinstance(part, dict) else part for part in parts)
        whole = "".join(part for part in texts if isinstance(part, str))
        if whole.strip():
            sent = message.get("date")
            rows.append(
                {
                    "text": whole,
                    "date": sent[:10] if isinstance(sent, str) else None,
                    "source": source,
                    "id": f"{source or 'chat'}/{message.get('id', len(rows) + 1)}",
                }
            )
    return rows


def _csv(file: BinaryIO, name: str, columns: Columns, *, tabs: bool) -> Iterator[Row]:
    # The limit is the whole process's; its default of 131,072 characters is less than an article.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_BYTES))
    lines = _Decoded(file)
    first = next(lines, "")
    wanted = {columns.text or "text", columns.html or "html"}
    delimiter, header = _header(first, "\t" if tabs else _DELIMITERS, wanted)
    if not first:
        return
    _check_header(header, name, columns)
    if len(set(header)) < len(header):
        twice = next(column for n, column in enumerate(header) if column in header[:n])
        raise ArticleError(f"{name}: has two columns '{printable(twice)}'")
    reader = csv.reader(lines, delimiter=delimiter)
    named = set(columns.named().values())
    number = 0
    while True:
        where = f"{name}:{lines.number + 1}"
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            number += 1
            yield Row(where, f"{name}#{number}", {}, wrong=f"cannot be read as CSV: {_line(error)}")
            continue
        if not any(cells):
            continue
        number += 1
        wrong = None
        if len(cells) != len(header):
            wrong = f"has {len(cells)} cells, expected {len(header)}; is a quotation mark missing?"
        elif any("\udc80" <= char <= "\udcff" for cell in cells for char in cell):
            wrong = "is not UTF-8; save the table as UTF-8"
        row = {c: cell for c, cell in zip(header, cells, strict=False) if c in named}
        yield Row(where, f"{name}#{number}", row, wrong=wrong)


def _header(line: str, delimiters: str, wanted: set[str]) -> tuple[str, list[str]]:
    """Choose the delimiter by which the first line holds the column of the text."""
    found = [(d, _first_cells(line, d)) for d in delimiters]
    for delimiter, header in found:
        if wanted & set(header):
            return delimiter, header
    return max(found, key=lambda pair: len(pair[1]))


def _first_cells(line: str, delimiter: str) -> list[str]:
    try:
        return [c.strip() for c in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:  # a carriage return amid the line, say
        return []


class _Decoded:
    """The lines of a CSV as text; counts them, and marks bytes that are no text by surrogates."""

    def __init__(self, file: BinaryIO) -> None:
        mark = file.read(4)
        file.seek(0)
        self.number = 0
        self.lines: Iterator[str]
        if mark.startswith((b"\xff\xfe", b"\xfe\xff")):
            self.lines = _wide_lines(file)
        else:
            self.lines = (
                (b"\x80" if line is None else line).decode("utf-8", "surrogateescape")
                for _, line in _lines(file)
            )

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.number += 1
        return line.removeprefix("\ufeff") if self.number == 1 else line


def _wide_lines(file: BinaryIO) -> Iterator[str]:
    wide = io.TextIOWrapper(file, encoding="utf-16", errors="replace", newline="")
    try:
        while line := wide.readline(MAX_BYTES):
            yield line
    finally:
        with suppress(ValueError):  # closed by its owner before
            wide.detach()  # else it closes a file that is not its own


def _parquet(path: Path, name: str, columns: Columns) -> Iterator[Row]:
    if importlib.util.find_spec("pyarrow") is None:
        raise missing_extra("parquet", f"{name}: reading Parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.open("rb").close()  # its error says more clearly what is wrong with the path
    number = 0
    try:
        # Mapped and not read ahead, so that a row group of any size is decoded page by page.
        with pq.ParquetFile(path, memory_map=True, pre_buffer=False) as table:
            header = list(table.schema_arrow.names)
            _check_header(header, name, columns)
            named = set(columns.named().values())
            wanted = [c for c in header if c in named]
            rows = _rows_at_once(table.metadata)
            # Without threads: one of the reader's, at rest when Python ends, may abort the process.
            for batch in table.iter_batches(rows, columns=wanted, use_threads=False):
                for n in range(batch.num_rows):
                    number += 1
                    where = f"{name}#{number}"
                    done = number / table.metadata.num_rows
                    try:
                        row = {c: batch.column(c)[n].as_py() for c in wanted}
                    except ValueError as error:  # text that is not UTF-8, a date beyond 9999
                        yield Row(where, where, {}, done, f"cannot be read: {_line(error)}")
                    else:
                        yield Row(where, where, row, done)
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        after = f" after row {number}" if number else ""
        raise ArticleError(f"{name}: is no whole Parquet table{after}: {_line(error)}") from error


def _rows_at_once(metadata: Any) -> int:
    """Return how many rows fit into memory even if each repeats the greatest cell there may be.

    A dictionary holds a long text once for many rows, and unfolds when they are read.
    """
    groups = (metadata.row_group(n) for n in range(metadata.num_row_groups))
    sizes = (g.column(c).total_uncompressed_size for g in groups for c in range(g.num_columns))
    return max(1, min(_ROWS_AT_ONCE, _BYTES_AT_ONCE // max(1, max(sizes, default=1))))
