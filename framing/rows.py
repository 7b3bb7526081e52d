"""Results as bytes of JSON Lines, CSV or Parquet, piece by piece, so that a run can be cut.

A piece of JSON Lines or CSV is its lines; one of Parquet is a whole Arrow stream, because a Parquet
file has its directory at the end and cannot grow. `finish` turns Arrow streams into Parquet.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any, Literal, TypeAlias

from framing.parquet import sentence_schema, sentence_table, utf8, write_tables
from framing.results import ArticleScore, Provenance, Unscored

__all__ = ["RowFormat", "Rows", "csv_cell", "json_line"]

RowFormat: TypeAlias = Literal["jsonl", "csv", "parquet"]

_CSV_COLUMNS = (
    "origin", "sentence", "start", "end", "voice", "speaker", "stance", "frames", "truncated",
    "error", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """How results become rows: the format, and for JSON Lines whether a row is a sentence."""

    format: RowFormat
    provenance: Provenance
    sentences: bool = False

    def header(self) -> bytes:
        """Return what stands before the first piece."""
        if self.format == "parquet":
            sentence_schema(self.provenance)  # raises, before any work, where pyarrow is missing
        if self.format != "csv":
            return b""
        return _csv([[*_CSV_COLUMNS, *self.provenance.thresholds]])

    def piece(self, outcomes: Iterable[ArticleScore | Unscored]) -> bytes:
        """Return the rows of some articles."""
        if self.format == "parquet":
            return _arrow(sentence_table(outcomes, provenance=self.provenance))
        if self.format == "csv":
            frames = tuple(self.provenance.thresholds)
            return _csv(row for outcome in outcomes for row in _csv_rows(outcome, frames))
        lines = _sentence_lines if self.sentences else _article_lines
        return b"".join(line.encode() + b"\n" for outcome in outcomes for line in lines(outcome))

    def finish(self, pieces: Iterable[IO[bytes]], stream: IO[bytes]) -> None:
        """Write the Parquet file that files of Arrow streams, one after another, stand for."""
        tables = (table for piece in pieces for table in _tables(piece))
        write_tables(tables, stream, provenance=self.provenance)


def _arrow(table: Any) -> bytes:
    import pyarrow as pa

    out = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(out, table.schema, options=options) as writer:
        writer.write_table(table)
    return out.getvalue()


def _tables(file: IO[bytes]) -> Iterator[Any]:
    """Yield the table of each Arrow stream of a file, of which some follow one another."""
    import pyarrow as pa

    end = file.seek(0, io.SEEK_END)
    file.seek(0)
    while file.tell() < end:
        with pa.ipc.open_stream(file) as stream:
            yield stream.read_all()


def _article_lines(outcome: ArticleScore | Unscored) -> Iterator[str]:
    if isinstance(outcome, Unscored):
        yield json_line({"origin": outcome.origin, "error": outcome.error})
    else:
        yield outcome.to_json()


def _sentence_lines(outcome: ArticleScore | Unscored) -> Iterator[str]:
    if isinstance(outcome, Unscored):
        yield json_line({"origin": outcome.origin, "error": outcome.error})
        return
    article = {k: getattr(outcome, k) for k in ("origin", "date", "source", "language")}
    if not outcome.sentences:
        yield json_line({**article, "sentence": None})
    for number, sentence in enumerate(outcome.sentences):
        yield json_line({**article, "sentence": number, **sentence.to_dict()})


def json_line(value: Mapping[str, Any]) -> str:
    """Return a value as one line of JSON that UTF-8 can hold, whatever is in its text."""
    line = json.dumps(value, ensure_ascii=False)
    return line if line.isascii() or line.isprintable() else json.dumps(value)


def _csv(rows: Iterable[list[Any]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _csv_rows(outcome: ArticleScore | Unscored, frames: tuple[str, ...]) -> Iterator[list[Any]]:
    origin = csv_cell(outcome.origin)
    if isinstance(outcome, Unscored):
        yield [origin, *[""] * 8, csv_cell(outcome.error), *[""] * (1 + len(frames))]
    elif not outcome.sentences:
        yield [origin, *[""] * (10 + len(frames))]
    else:
        for i, s in enumerate(outcome.sentences):
            yield [
                origin,
                i,
                s.start,
                s.end,
                s.voice,
                csv_cell(s.speaker),
                s.stance,
                " ".join(s.frames),
                s.truncated,
                "",
                csv_cell(s.text),
                *(f"{s.scores[frame]:.4f}" for frame in frames),
            ]


def csv_cell(text: str | None) -> str:
    """Return the text of a CSV cell, quoted where a spreadsheet would take it for a formula."""
    whole = utf8(text) or ""
    return "'" + whole if whole[:1] in tuple("=+-@\t\r") else whole
