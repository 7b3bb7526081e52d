"""Articles that are not read yet: found in order, counted, skipped and sent elsewhere cheaply."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from framing.article import Article, printable, read_bytes
from framing.errors import ArticleError, FramingError
from framing.feed import articles_at, is_feed, read_feed
from framing.fetch import is_url
from framing.tables import Columns, Row, is_table, table_rows

__all__ = ["Source", "sources"]


@dataclass(frozen=True, slots=True)
class Source:
    """One article before it is read: the bytes of a file, or a row of a table; can be pickled.

    What a feed or a web address gives is read already.
    """

    origin: str
    content: bytes | Row | Article | FramingError
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
        return len(self.content.text) if isinstance(self.content, Article) else 0

    def article(self) -> Article:
        """Read it; raises `ArticleError` or `MissingExtraError` where that cannot be done."""
        if isinstance(self.content, FramingError):
            raise self.content
        if isinstance(self.content, bytes):
            return Article.from_bytes(self.content, origin=self.origin)
        if isinstance(self.content, Article):
            return self.content
        return self.content.article(self.columns)


def sources(
    paths: Iterable[str],
    *,
    columns: Columns,
    skip: int = 0,
    fetch: bool = False,
    follow: bool = False,
) -> Iterator[Source]:
    """Yield what stands in files, tables and feeds, in order, without the first `skip`.

    "-" is standard input. Web addresses are read with `fetch` only, and the pages that a feed links
    to with `follow` only. What cannot be read is yielded too, in its place, with its error as
    `content`.
    """
    for file, path in enumerate(paths):
        if is_url(path) or is_feed(path):
            for found in _gathered(path, fetch=fetch, follow=follow):
                if skip:
                    skip -= 1
                else:
                    origin = (found.origin if isinstance(found, Article) else None) or path
                    yield Source(origin, found, columns, file, 0.0)
        elif not is_table(path):
            if skip:
                skip -= 1
            else:
                yield Source(_name(path), _content(path), columns, file, 1.0)
        else:
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


def _gathered(path: str, *, fetch: bool, follow: bool) -> Iterator[Article | FramingError]:
    """Yield the articles of a feed or a web address, and the errors of those that fail."""
    errors: list[FramingError] = []
    try:
        if is_url(path) and not fetch:
            raise ArticleError(
                f"{printable(path)}: is a web address, and nothing is fetched unasked; add --fetch"
            )
        read = articles_at if is_url(path) else read_feed
        for article in read(path, follow=follow, bad=errors.append):
            yield from errors
            errors.clear()
            yield article
    except FramingError as error:
        errors.append(error)
    yield from errors


def _name(path: str) -> str:
    return "standard input" if path == "-" else path


def _content(path: str) -> bytes | ArticleError:
    if path == "-":
        return sys.stdin.buffer.read()
    try:
        return read_bytes(path)
    except ArticleError as error:
        return error
