"""How much of an article's body the reader keeps, and how much else: `python -m eval extraction`.

A layout is a page whose body is known. In the pages of `eval/layouts/` it is marked in place:
`⟦...⟧` is the body, `⟪...⟫` is what may be kept or left out (a headline, standfirst, caption or
dateline); the reader gets the page without the marks. A page may have its body in a file of the
same name with the suffix `.body` instead.

The measure: both texts are cut into words, marks of punctuation and single ideographs, and aligned
in order (difflib's matching blocks; those under five characters are chance). A body character is
recalled when its word is aligned. What the reader kept beyond the body, and that is not found among
what may be kept, is against precision. Blanks count nowhere; quotation marks and dashes count as
one kind each.
"""

from __future__ import annotations

import html
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from framing.article import Article
from framing.errors import ArticleError
from framing.sentences import split
from framing.sources import sources
from framing.tables import Columns

__all__ = ["LAYOUTS", "Layout", "Measure", "measure", "overall", "read_layout", "read_layouts"]

LAYOUTS = Path(__file__).with_name("layouts")
_BODY = re.compile(r"⟦(.*?)⟧", re.S)
_EITHER = re.compile(r"⟪(.*?)⟫", re.S)
_MARKS = str.maketrans(dict.fromkeys("⟦⟧⟪⟫"))
_INLINE = re.compile(
    r"</?(?:a|abbr|b|em|font|i|mark|small|span|strong|sub|sup|time|u)\b[^>]*>", re.I
)
_TAG = re.compile(r"<!--.*?-->|<[^>]+>", re.S)
_QUOTED = re.compile(r"\n>[> ]*")  # the marks of a quoted message
_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_IDEOGRAPHS}]|[^\W{_IDEOGRAPHS}]+|[^\w\s]")
_ALIKE = str.maketrans(
    {**dict.fromkeys("“”„‟«»‹›", '"'), **dict.fromkeys("‘’‚‛", "'"), **dict.fromkeys("–—―‒", "-")}
)
_SHORTEST = 5


@dataclass(frozen=True, slots=True)
class Layout:
    """A page of a known body; `either` may be kept or left out."""

    name: str
    page: bytes
    body: str
    either: str = ""


@dataclass(frozen=True, slots=True)
class Measure:
    """Characters of one layout: in the body, of these kept, kept in all, of these wanted."""

    name: str
    body: int
    recalled: int
    kept: int
    wanted: int
    lost: tuple[str, ...] = ()  # the passages of the body that are missing, in order
    junk: tuple[str, ...] = ()  # the passages that were kept and should not be
    error: str | None = None

    @property
    def recall(self) -> float:
        """The share of the body's characters that were kept."""
        return self.recalled / self.body if self.body else 1.0

    @property
    def precision(self) -> float:
        """The share of the kept characters that are of the body or may be kept."""
        return self.wanted / self.kept if self.kept else 1.0


def read_layout(path: Path) -> Layout:
    """Read a page with its body, marked in place or in the file with the suffix `.body`."""
    beside = path.with_suffix(".body")
    if beside.is_file():
        return Layout(path.name, path.read_bytes(), beside.read_text(encoding="utf-8"))
    page = path.read_text(encoding="utf-8")
    marked = path.suffix in {".html", ".xml"}
    bodies, others = (
        "\n".join(
            _plain(part) if marked else _QUOTED.sub("\n", part) for part in pattern.findall(page)
        )
        for pattern in (_BODY, _EITHER)
    )
    if not bodies.strip():
        raise ArticleError(f"{path}: has no body; mark it with ⟦ and ⟧, or put it in {beside.name}")
    return Layout(path.name, page.translate(_MARKS).encode("utf-8"), bodies, others)


def read_layouts(folder: Path) -> Iterator[Layout]:
    """Read every page of a folder, in the order of their names."""
    paths = [p for p in sorted(folder.glob("*")) if p.is_file() and p.suffix != ".body"]
    if not paths:
        raise ArticleError(f"{folder}: has no pages")
    return map(read_layout, paths)


def _plain(marked: str) -> str:
    return html.unescape(_TAG.sub(" ", _INLINE.sub("", marked)))


def measure(layout: Layout) -> Measure:
    """Read the page of a layout as a user's file is read, and compare that with its body."""
    try:
        kept = " ".join(
            sentence.model_text for article in _articles(layout) for sentence in split(article)
        )
    except ArticleError as error:
        return Measure(layout.name, _length(_tokens(layout.body)), 0, 0, 0, error=str(error))
    got, body, either = map(_tokens, (kept, layout.body, layout.either))
    in_got, in_body = _aligned(got, body)
    rest = [n for n, hit in enumerate(in_got) if not hit]
    free, _ = _aligned([got[n] for n in rest], either)
    junk = [n for n, hit in zip(rest, free, strict=True) if not hit]
    lost = [n for n, hit in enumerate(in_body) if not hit]
    total = _length(got)
    return Measure(
        layout.name,
        _length(body),
        _length(body) - _length(body[n] for n in lost),
        total,
        total - _length(got[n] for n in junk),
        _passages(body, lost),
        _passages(got, junk),
    )


def overall(measures: Iterable[Measure]) -> Measure:
    """Add up the characters of all layouts."""
    found = list(measures)
    return Measure(
        f"{len(found)} layouts",
        sum(m.body for m in found),
        sum(m.recalled for m in found),
        sum(m.kept for m in found),
        sum(m.wanted for m in found),
    )


def _articles(layout: Layout) -> list[Article]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, layout.name)
        path.write_bytes(layout.page)
        return [source.article() for source in sources([str(path)], columns=Columns())]


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(unicodedata.normalize("NFKC", text).translate(_ALIKE))


def _length(tokens: Iterable[str]) -> int:
    return sum(map(len, tokens))


def _aligned(a: Sequence[str], b: Sequence[str]) -> tuple[list[bool], list[bool]]:
    """Say of every token of both whether it stands in a run that is common to them, in order."""
    in_a, in_b = [False] * len(a), [False] * len(b)
    for i, j, size in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
        if _length(a[i : i + size]) >= _SHORTEST:
            in_a[i : i + size] = in_b[j : j + size] = [True] * size
    return in_a, in_b


def _passages(tokens: Sequence[str], numbers: Sequence[int]) -> tuple[str, ...]:
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return tuple(" ".join(tokens[n] for n in run) for run in runs)
