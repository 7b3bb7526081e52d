"""Reads an article from plain text, HTML or a file; every span points into `Article.text`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from framing.decode import decode
from framing.documents import document_kind, document_text
from framing.errors import ArticleError
from framing.furniture import Verdict, judge
from framing.lines import Line, ends_sentence, join_wrapped, physical_lines
from framing.wording import dateline

if TYPE_CHECKING:
    from framing.fetch import Fetched

__all__ = ["Article", "Block", "BlockKind", "Dropped", "Span"]

Span: TypeAlias = tuple[int, int]
BlockKind: TypeAlias = Literal["title", "paragraph", "quote", "heading", "caption"]

MAX_CHARACTERS = 5_000_000
MAX_BYTES = 20_000_000
_HTML_SUFFIXES = {".html", ".htm", ".xhtml", ".shtml"}
_HTML_START = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html)\b", re.I | re.S
)
_LINE_MARK = re.compile(r"(?:>[>\s]*|#{1,6}\s+)(?=\S)")  # of a quoted message, or of Markdown
_ALNUM = re.compile(r"[^\W_]")
_ISO_DATE = re.compile(r"\b(19|20)(\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")
_DOTTED_DATE = re.compile(r"\b(0?[1-9]|[12]\d|3[01])\.(0?[1-9]|1[0-2])\.((?:19|20)\d\d)\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMED = rf"({'|'.join(_MONTHS)})[a-z]*\.?"
_ORDINAL = r"(\d{1,2})(?:st|nd|rd|th)?"
_NAMED_DATE = re.compile(
    rf"\b(?:{_ORDINAL} {_NAMED},? |{_NAMED} {_ORDINAL},? )((?:19|20)\d\d)\b", re.I
)
_OWNER = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:(?:19|20)\d\d(?:[-–]\d{2,4})?,?\s*)(?:by )?"
    r"([A-Z][\w&' ]{1,40}?)(?:[.,|]|\s*all rights|$)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A span of the text that was left out of the article, and why."""

    start: int
    end: int
    reason: str


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, title, heading or quotation of the body, in reading order."""

    start: int
    end: int
    kind: BlockKind


@dataclass(frozen=True, slots=True)
class Article:
    """An article whose spans all point into `text`: its blocks, and what was left out.

    `text` is the text as given, or the extracted text of an HTML page. `date` is an ISO date,
    `language` an ISO 639 code as declared by the page or the caller, `origin` a path or URL.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    title: str | None = None
    date: str | None = None
    source: str | None = None
    language: str | None = None
    origin: str | None = None

    @classmethod
    def from_text(
        cls,
        text: str,
        *,
        title: str | None = None,
        date: str | None = None,
        source: str | None = None,
        language: str | None = None,
        origin: str | None = None,
    ) -> Article:
        """Read plain text: joins wrapped lines and lists page furniture under `dropped`.

        Text without letters gives an article without blocks. Raises `TypeError` for anything
        but a string and `ArticleError` beyond 5,000,000 characters.
        """
        _check(text, origin)
        lines, dropped = join_wrapped(physical_lines(text), text)
        verdict = judge(lines, title=title)
        verdict.dropped.extend(dropped)
        return _build(
            text,
            verdict,
            {},
            {
                "title": title,
                "date": date,
                "source": source,
                "language": language,
                "origin": origin,
            },
        )

    @classmethod
    def from_html(cls, html: str | bytes, *, url: str | None = None) -> Article:
        """Extract the article of an HTML page; its `text` is the extracted text.

        Needs the extra `html`. The page is read in a child process with limits on time and
        memory; a page that exceeds them is an `ArticleError`.
        """
        return _from_html(html, url, url)

    @classmethod
    def from_url(cls, url: str) -> Article:
        """Fetch a page, PDF or text from the web and read it; `origin` is where it was found.

        Needs the extras `web` and `html`. Raises `ArticleError` for an address that is not public,
        an answer that is no article, over 20,000,000 bytes or 30 seconds. For feeds: `read_feed`.
        """
        from framing.fetch import fetch

        return from_fetched(fetch(url))

    @classmethod
    def from_file(cls, path: str | Path) -> Article:
        """Read a text, HTML, PDF or Word file, chosen by its suffix and content.

        The encoding of text is found; PDF and Word need the extra `documents`. Raises
        `ArticleError` for a missing file, a folder, other binary data or over 20,000,000 bytes.
        """
        return cls.from_bytes(read_bytes(path), origin=str(path))

    @classmethod
    def from_bytes(cls, raw: bytes, *, origin: str) -> Article:
        """Read the bytes of a file as `from_file` does; `origin` names them.

        Its suffix may say HTML. Raises `ArticleError` as `from_file` does.
        """
        name = printable(origin)
        if len(raw) > MAX_BYTES:
            raise ArticleError(f"{name}: is over {MAX_BYTES:,} bytes; split it into articles")
        kind = document_kind(raw)
        if kind is not None:
            text, title = document_text(raw, kind, name=name)
            return cls.from_text(text, title=title, origin=origin)
        text = decode(raw, name=name)
        if Path(origin).suffix.lower() in _HTML_SUFFIXES or _HTML_START.match(text[:5000]):
            return _from_html(text, None, origin)
        return cls.from_text(text, origin=origin)


def from_fetched(found: Fetched) -> Article:
    """Read what was fetched, by its declared type and charset."""
    name = printable(found.url)
    if "html" in found.kind:
        return _from_html(_declared(found) or decode(found.body, name=name), found.url, found.url)
    text = _declared(found) if found.kind.startswith("text/") else None
    if text is not None:
        return Article.from_text(text, origin=found.url)
    return Article.from_bytes(found.body, origin=found.url)


def _declared(found: Fetched) -> str | None:
    """Decode by the charset of the answer, if that holds for every byte."""
    try:
        return found.body.decode(found.charset) if found.charset else None
    except (LookupError, ValueError):
        return None


def read_bytes(path: str | Path) -> bytes:
    """Return the bytes of a file, one over the limit at most; raises `ArticleError`."""
    where = Path(path)
    name = printable(str(path))
    try:
        if where.is_dir():
            raise ArticleError(f"{name}: is a folder; give the files in it")
        with where.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ArticleError):
            raise
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ArticleError(f"{name}: cannot be read: {why}") from error


def _check(text: object, origin: str | None) -> None:
    if not isinstance(text, str):
        raise TypeError(f"an article is a str, got {type(text).__name__}; decode bytes first")
    if len(text) > MAX_CHARACTERS:
        where = f"{printable(origin)}: " if origin else ""
        raise ArticleError(
            f"{where}{len(text):,} characters are over the limit of {MAX_CHARACTERS:,}; "
            "split the text into articles"
        )


def printable(name: str) -> str:
    """Keep an error to one line and printable, whatever the file is called."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in name
    )


def _from_html(html: str | bytes, url: str | None, origin: str | None) -> Article:
    from framing.html import extract

    if isinstance(html, bytes):
        html = decode(html, name=printable(origin or "html"))
    _check(html, origin)
    page = extract(html, url=url, name=printable(origin or "html"))
    if "error" in page:
        raise ArticleError(f"{printable(origin or 'html')}: cannot be extracted: {page['error']}")
    known = {key: page[key] for key in ("title", "date", "source", "language")}
    title = known["title"]
    if page.get("text"):
        return Article.from_text(page["text"], **known, origin=origin)
    parts: list[tuple[str, str]] = [(kind, text) for kind, text in page["blocks"]]
    if title and title not in (text for _, text in parts[:3]):
        parts.insert(0, ("title", title))
    lines: list[Line] = []
    kinds: dict[int, str] = {}
    at = 0
    for kind, text in parts:
        kinds[at] = kind
        lines.append(Line(at, at + len(text), text))
        at += len(text) + 2
    whole = "\n\n".join(text for _, text in parts)
    return _build(whole, judge(lines, title=title), kinds, {**known, "origin": origin})


def _build(
    text: str, verdict: Verdict, kinds: dict[int, str], known: dict[str, str | None]
) -> Article:
    """Turn the kept lines into blocks, cut datelines off, and fill in what the page tells."""
    blocks: list[Block] = []
    dropped = [Dropped(start, end, reason) for start, end, reason in verdict.dropped]
    agency: str | None = None
    leads = 0
    for line in verdict.kept:
        start = line.start
        kind: BlockKind = "paragraph"
        if verdict.title is not None and line.start == verdict.title.start:
            kind = "title"
        elif kinds.get(line.start) in {"heading", "quote"}:
            kind = "heading" if kinds[line.start] == "heading" else "quote"
        elif not kinds and (mark := _LINE_MARK.match(line.text)):
            kind = "quote" if line.text[0] == ">" else "heading"
            start += mark.end()
        elif not ends_sentence(line.text) and len(line.text) <= 100 and verdict.page:
            kind = "heading"
        if kind == "paragraph" and leads < 3:
            length, named = dateline(line.text)
            leads += len(line.text) > 80
            if length:
                dropped.append(Dropped(start, start + length, "dateline"))
                start += length
                agency = agency or named
        if _ALNUM.search(line.text, start - line.start):
            blocks.append(Block(start, line.end, kind))
        else:
            dropped.append(Dropped(start, line.end, "ornament"))
    dropped.sort(key=lambda span: (span.start, span.end))
    heading = verdict.title
    return Article(
        text,
        tuple(blocks),
        tuple(dropped),
        known["title"] or (" ".join(heading.text.split()) if heading else None),
        known["date"] or _date(text, dropped),
        known["source"] or agency or _owner(text, dropped),
        known["language"],
        known["origin"],
    )


def _date(text: str, dropped: list[Dropped]) -> str | None:
    """Return the first date of the furniture as an ISO date."""
    for span in dropped:
        if span.reason not in {"timestamp", "byline", "dateline"}:
            continue
        part = text[span.start : span.end]
        if match := _ISO_DATE.search(part):
            return match[0][:10]
        if match := _DOTTED_DATE.search(part):
            return f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
        if match := _NAMED_DATE.search(part):
            month = _MONTHS.index((match[2] or match[3]).lower()) + 1
            day = int(match[1] or match[4])
            if 1 <= day <= 31:
                return f"{match[5]}-{month:02}-{day:02}"
    return None


def _owner(text: str, dropped: list[Dropped]) -> str | None:
    """Return who holds the copyright of the page, the best hint at its source."""
    for span in dropped:
        if span.reason == "copyright":
            match = _OWNER.search(text[span.start : min(span.end, span.start + 200)])
            if match:
                return match[1].strip()
    return None
