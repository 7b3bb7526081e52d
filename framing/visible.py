"""Cuts a page into its visible lines, and gives back to an extraction what it lost between them.

An extractor leaves out what looks unlike a paragraph: a table of prose, a text beside tags, the
points above a live blog, the headings of a list. And where it finds no article, it pours the page
into one paragraph. Both are mended from the lines as a browser would break them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from framing.lines import is_body

__all__ = ["VisibleLine", "visible_lines", "with_lost"]

_SILENT = frozenset(
    "script style noscript template head svg math object iframe canvas video audio select option "
    "textarea datalist title".split()
)
_ASIDE = frozenset("nav footer aside form button menu dialog figcaption caption address".split())
_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rt s "
    "samp small span strike strong sub sup time tt u var wbr amp-link".split()
)
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6 th dt".split())
_ROLES = frozenset("navigation banner contentinfo complementary search dialog menu form".split())
_ASIDE_NAME = re.compile(
    r"(?:^|[\s_-])(?:comments?|disqus|responses?|respond|repl(?:y|ies)|related|recommend\w*|promo\w*|"
    r"shar(?:e|ing)\w*|social\w*|newsletter|subscri\w*|sidebar|teasers?|cookies?|consent|gdpr|cmp|"
    r"captions?|credits?|breadcrumbs?|menu|nav\w*|footer|masthead|widget|adverts?|ads?|ad|sponsor\w*|"
    r"pop-?up|modal|tags|pag(?:er|ination)|toolbar|wm-ipp\w*|skip\w*|sr-only|screen-reader\w*|"
    r"paywall|login|signup|sign-up|trending|popular|most-\w+|author\w*|byline|bio|meta|more-\w+|"
    r"up-?next|read-more\w*|cards?|hidden|footnotes?)(?:$|[\s_-])",
    re.I,
)
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_WORD = re.compile(r"[^\W_]+")
_SHINGLE = 5
_MOST_LINES = 50_000


@dataclass(frozen=True, slots=True)
class VisibleLine:
    """A line as a browser breaks it; `links` is the share of it that is linked.

    `aside` says that it stands in a menu, form, caption or the like, `homes` which elements hold
    it, outermost first.
    """

    text: str
    kind: str  # "paragraph", "heading" or "quote"
    aside: bool
    links: float
    homes: tuple[int, ...]
    article: int  # the innermost <article> of these, 0 where there is none
    main: int  # the same for <main>


class _Homes:
    """The numbers of the block elements that are open."""

    def __init__(self) -> None:
        self.count = 0
        self.all: list[int] = []
        self.articles = [0]
        self.mains = [0]

    def open(self, node: Any) -> None:
        self.count += 1
        self.all.append(self.count)
        for kind in self._kinds(node):
            kind.append(self.count)

    def close(self, node: Any) -> None:
        self.all.pop()
        for kind in self._kinds(node):
            kind.pop()

    def inner(self) -> tuple[int, int]:
        return self.articles[-1], self.mains[-1]

    def _kinds(self, node: Any) -> Iterator[list[int]]:
        if node.tag == "article":
            yield self.articles
        if node.tag == "main" or node.get("role") == "main":
            yield self.mains


class _Collector:
    """Gathers the pieces of text between two line breaks."""

    def __init__(self) -> None:
        self.lines: list[VisibleLine] = []
        self.pieces: list[str] = []
        self.linked = 0

    def add(self, text: str | None, *, link: bool, exact: bool) -> None:
        if not text:
            return
        if exact and "\n" in text:  # in <pre> an empty line parts paragraphs
            self.pieces.append(text)
        else:
            self.pieces.append(" " + text if text[0].isspace() else text)
        if link:
            self.linked += len(text.strip())

    def end(self, kind: str, aside: bool, homes: _Homes) -> None:
        whole = "".join(self.pieces)
        linked, self.pieces, self.linked = self.linked, [], 0
        for part in re.split(r"\n[ \t]*\n", whole):
            text = " ".join(part.split())
            if text and len(self.lines) < _MOST_LINES:
                links = min(1.0, linked / len(text))
                self.lines.append(
                    VisibleLine(text, kind, aside, links, tuple(homes.all), *homes.inner())
                )


def visible_lines(root: Any) -> list[VisibleLine]:
    """Return the visible lines of a parsed page (an lxml tree), in order."""
    from lxml import etree

    found = _Collector()
    silent: Any = None  # the element whose text is not shown, while within it
    asides = links = quotes = pres = 0
    heading = ""
    homes = _Homes()
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            if silent is not None:
                continue
            block = tag not in _INLINE
            if tag in _SILENT or _is_hidden(node):
                silent = node
                continue
            if block:
                found.end(heading or _kind(quotes), asides > 0, homes)
                homes.open(node)
            asides += _is_aside(node, tag)
            links += tag == "a"
            quotes += tag == "blockquote"
            pres += tag == "pre"
            if tag in _HEADINGS:
                heading = "heading"
            found.add(node.text, link=links > 0, exact=pres > 0)
            continue
        if event == "end":
            if silent is None:
                if tag not in _INLINE:
                    found.end(heading or _kind(quotes), asides > 0, homes)
                    homes.close(node)
                asides -= _is_aside(node, tag)
                links -= tag == "a"
                quotes -= tag == "blockquote"
                pres -= tag == "pre"
                if tag in _HEADINGS:
                    heading = ""
            elif node is silent:
                silent = None
            else:
                continue
        if silent is None:
            found.add(node.tail, link=links > 0, exact=pres > 0)
    found.end(_kind(quotes), asides > 0, homes)
    return found.lines


def _kind(quotes: int) -> str:
    return "quote" if quotes else "paragraph"


def _is_hidden(node: Any) -> bool:
    return (
        node.get("hidden") is not None
        or node.get("aria-hidden") == "true"
        or _HIDDEN.search(node.get("style") or "") is not None
    )


def _is_aside(node: Any, tag: str) -> bool:
    if tag in {"html", "body", "main"}:
        return False
    if tag in _ASIDE or node.get("role") in _ROLES:
        return True
    name = f"{(node.get('class') or '')[:300]} {(node.get('id') or '')[:100]}"
    return len(name) > 1 and _ASIDE_NAME.search(name) is not None


def with_lost(
    blocks: Sequence[tuple[str, str]], lines: Sequence[VisibleLine]
) -> list[tuple[str, str]]:
    """Return the blocks (kind and text) of an extraction with the lines of the body it lost.

    Lost is a line that reads like a paragraph, or is a heading above one, if it stands among the
    lines that were extracted and not aside. Where the extraction is one block that holds many
    lines, the lines themselves are returned instead, those that stand aside left out.
    """
    home: dict[int, int] = {}  # shingle -> the first block that holds it
    for number, (_, text) in enumerate(blocks):
        for gram in _shingles(text):
            home.setdefault(gram, number)
    short = {_key(text) for _, text in blocks}
    at = [_home(line, home, short) for line in lines]
    if len(blocks) <= 1:
        poured = sum(n is not None and n >= 0 for n in at)
        if poured > 1 or not blocks:
            return [(line.kind, line.text) for line in lines if not line.aside]
    where = _region(lines, at)
    read = {line.article for line, n in zip(lines, at, strict=True) if n is not None and n >= 0}
    lost: dict[int, list[tuple[str, str]]] = {}
    last = -1  # the block after which a lost line is put
    pending: list[tuple[str, str]] = []  # headings, kept only if a paragraph follows
    for i, line in enumerate(lines):
        n = at[i]
        if n is not None:
            if n >= 0:
                last = n
                lost.setdefault(n - 1, []).extend(pending)
            if n >= 0 or not (line.aside or line.links > 0.4):
                pending = []
            continue
        if i not in where or line.aside or line.links > 0.4:
            continue
        if line.article and line.article not in read:
            continue  # another article of the page
        if line.kind == "heading":
            pending = [(line.kind, line.text)]
        elif is_body(line.text):
            lost.setdefault(last, []).extend([*pending, (line.kind, line.text)])
            pending = []
    mended = list(lost.get(-1, []))
    for number, block in enumerate(blocks):
        mended += [block, *lost.get(number, [])]
    return mended


def _home(line: VisibleLine, home: dict[int, int], short: set[str]) -> int | None:
    """Return the block that holds a line, -1 where it is too short to tell, None if it is lost."""
    grams = _shingles(line.text)
    if not grams:
        key = _key(line.text)
        return -1 if key in short or line.kind != "heading" else None
    held = [home[gram] for gram in grams if gram in home]
    if 10 * len(held) < 8 * len(grams):
        return None
    return Counter(held).most_common(1)[0][0]


def _region(lines: Sequence[VisibleLine], at: Sequence[int | None]) -> Container[int]:
    """Return the numbers of the lines in the smallest element that holds the extracted body."""
    body = [i for i, n in enumerate(at) if n is not None and n >= 0 and is_body(lines[i].text)]
    if len(body) < 2:
        return ()
    mains = {lines[i].main for i in body}
    if len(mains) == 1 and 0 not in mains:
        return {i for i, line in enumerate(lines) if line.main in mains}
    common = lines[body[0]].homes
    for i in body[1:]:
        same = zip(common, lines[i].homes, strict=False)
        common = tuple(a for a, b in takewhile(lambda pair: pair[0] == pair[1], same))
    if len(common) <= 2:  # nothing but <html> and <body> holds it all
        return range(body[0], body[-1] + 1)
    return {i for i, line in enumerate(lines) if line.homes[: len(common)] == common}


def _shingles(text: str) -> list[int]:
    words = _WORD.findall(text.lower())
    return [hash(tuple(words[i : i + _SHINGLE])) for i in range(len(words) - _SHINGLE + 1)]


def _key(text: str) -> str:
    return "".join(_WORD.findall(text.lower()))
