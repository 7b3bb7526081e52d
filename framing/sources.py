"""Articles that are not read yet: found in order, counted, skipped and sent elsewhere cheaply."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from framing.article import Article, read_bytes
from framing.errors import ArticleError, FramingError
from framing.tables import Columns, Row, is_table, table_rows

__all__ = ["Source", "sources"]


@dataclass(frozen=True, slots=True)
class Source:
    """One article before it is read: the bytes of a file, or a row of a table; can be pickled."""

    origin: str
    content: bytes | Row | FramingError
    columns: Columns
    file: int  # which of the files it comes from
    done: float  # the share of that file that ends with it

    @property
    def size(self) -> int:
        """About how much there is to read, in bytes."""
        if isinstance(self.content, bytes):
            return len(self.content)
        if isinstance(self.content, Row):
            return sum(len(c) for c in self.content.cells.values() if isinstance(c, str))
        return 0

    def article(self) -> Article:
        """Read it; raises `ArticleError` or `MissingExtraError` where that cannot be done."""
        if isinstance(self.content, FramingError):
            raise self.content
        if isinstance(self.content, bytes):
            return Article.from_bytes(self.content, origin=self.origin)
        return self.content.article(self.columns)


def sources(paths: Iterable[str], *, columns: Columns, skip: int = 0) -> Iterator[Source]:
    """Yield what stands in files and tables, in order, without the first `skip`; "-" is stdin.

    What cannot be read is yielded too, in its place, with its error as `content`.
    """
    for file, path in enumerate(paths):
        if not is_table(path):
            if skip:
                skip -= 1
            else:
                yield Source(_name(path), _content(path), columns, file, 1.0)
            continue
        try:
            for row in table_rows(path, columns=columns):
                if skip:
                    skip -= 1
                else:
                    yield Source(row.name(columns), row, columns, file, row.done)
        except FramingError as error:
            if skip:
                skip -= 1
            else:
                yield Source(path, error, columns, file, 1.0)


def _name(path: str) -> str:
    return "standard input" if path == "-" else path


def _content(path: str) -> bytes | ArticleError:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return read_bytes(path)
    except ArticleError as error:
        return error
