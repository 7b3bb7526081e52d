"""Turns physical lines into paragraphs: finds hard wrapping, joins wrapped lines, keeps offsets."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import NamedTuple

__all__ = ["Line", "ends_sentence", "is_body", "join_wrapped", "physical_lines"]

_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")
_PAGE_NUMBER = re.compile(
    r"[-–—\[(|•·\s]*(?:page|p\.|seite|стр\.?)?\s*\d{1,4}(?:\s*(?:of|/|von|из)\s*\d{1,4})?[-–—\])|•·\s]*",
    re.I,
)
_BULLET = re.compile(r"(?:[•·▪●◦‣*➡▶👉✅❗—–-]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s")
_TERMINAL = re.compile(r"[.!?…:;。！？؟।][\"'”’»›)\]*]*$")
_URL = re.compile(r"(?:https?://|www\.)\S+$")
_BREAK_HYPHEN = re.compile(r"[^\W\d_]-$")
_SHORTEST_WRAPPED, _WIDEST_WRAPPED = 30, 140


class Line(NamedTuple):
    """One line or joined paragraph without its outer blanks; `gap` says a blank line precedes."""

    start: int
    end: int
    text: str
    gap: bool = True
    indent: int = 0
    page: bool = False  # a form feed, page number or running header stands before it


def ends_sentence(text: str) -> bool:
    """Say whether `text` ends like a sentence: a full stop or its kin, then closing marks."""
    return _TERMINAL.search(text[-12:]) is not None


def is_body(text: str) -> bool:
    """Say whether a line reads like a paragraph: long enough, mostly lower case, with an end."""
    if len(text) < 60 or not ends_sentence(text):
        return False
    words = text[:4000].split()
    low = sum(not word[0].isupper() and word[0].isalpha() for word in words)
    # Scripts without spaces have few words but many letters.
    return (len(words) >= 9 and 2 * low >= len(words)) or (len(words) < 9 and len(text) > 100)


def physical_lines(text: str) -> list[Line]:
    """Cut `text` at every kind of line end; blank lines are kept as the `gap` of the next line."""
    lines: list[Line] = []
    last = 0
    for match in _LINE.finditer(text):
        raw = match[0]
        body = raw.strip(" \t\xa0\u200b\ufeff\x00\u3000")
        if not body.strip("> \t"):  # the empty line of a quoted message too
            continue
        between = text[last : match.start()]
        indent = raw.index(body)
        start = match.start() + indent
        breaks = between.count("\n") or between.count("\r") or len(between.strip(" \t"))
        lines.append(
            Line(start, start + len(body), body, not lines or breaks > 1, indent, "\x0c" in between)
        )
        last = start + len(body)
    return lines


def join_wrapped(lines: list[Line], text: str) -> tuple[list[Line], list[tuple[int, int, str]]]:
    """Join the lines that a fixed width broke; returns paragraphs and dropped page furniture."""
    width = _wrap_width(lines)
    dropped: list[tuple[int, int, str]] = []
    if width:
        lines, dropped = _without_page_furniture(lines)
    joined: list[Line] = []
    tail = Line(0, 0, "")  # the physical line that ended the paragraph so far
    for line in lines:
        if joined and _continues(tail, line, width):
            first = joined[-1]
            joined[-1] = Line(
                first.start, line.end, text[first.start : line.end], first.gap, first.indent
            )
        else:
            joined.append(line)
        tail = line
    return joined, dropped


def _starts_low(text: str) -> bool:
    """Say whether the first letter cannot open a sentence in a script with two cases."""
    return text[:1].islower()


def _continues(tail: Line, line: Line, width: int) -> bool:
    if _BREAK_HYPHEN.search(tail.text) and _starts_low(line.text) and len(tail.text) > 25:
        return True
    if _BULLET.match(line.text) or _URL.match(line.text):
        return False
    closed = ends_sentence(tail.text)
    if " " not in tail.text and not width:
        return False  # a URL or a tag
    if not closed and _starts_low(line.text) and len(tail.text) >= 40:
        # A gap is bridged only in mid-sentence: a page turned, or a picture stood there.
        return not line.gap or line.page or tail.text[-1].islower() or tail.text[-1] == ","
    if line.page and width and not closed and _is_full(tail, line, width):
        return True
    if line.gap or not width:
        return False
    if closed and line.indent > tail.indent:
        return False
    return _is_full(tail, line, width)


def _is_full(line: Line, following: Line, width: int) -> bool:
    """Say whether the next word would not have fitted: then the break was made by the width."""
    word = following.text.split(None, 1)[0]
    return len(line.text) + line.indent + 1 + len(word) > width


def _wrap_width(lines: list[Line]) -> int:
    """Return the width at which the text was wrapped, or 0 where a line is a paragraph."""
    pairs = [(a, b) for a, b in pairwise(lines) if not b.gap]
    if len(pairs) < 2:
        return 0
    lengths = sorted(len(a.text) + a.indent for a, _ in pairs)
    width = lengths[min(len(lengths) - 1, int(len(lengths) * 0.95))]
    if not _SHORTEST_WRAPPED <= width <= _WIDEST_WRAPPED or lengths[-1] > 1.3 * width:
        return 0
    soft = [(a, b) for a, b in pairs if _is_full(a, b, width) and not ends_sentence(a.text)]
    low = sum(not b.text[:1].isupper() and b.text[:1].isalpha() for _, b in soft)
    full = sum(_is_full(a, b, width) for a, b in pairs)
    enough = len(soft) >= 2 and 2 * full >= len(pairs) and 5 * low >= 2 * len(soft)
    return width if enough else 0


def _without_page_furniture(
    lines: list[Line],
) -> tuple[list[Line], list[tuple[int, int, str]]]:
    """Take page numbers and running headers out of wrapped text before its lines are joined."""
    shape = Counter(re.sub(r"\d+", "0", line.text) for line in lines if len(line.text) < 90)
    kept: list[Line] = []
    dropped: list[tuple[int, int, str]] = []
    turned = False
    for line in lines:
        number = _PAGE_NUMBER.fullmatch(line.text)
        repeated = shape[re.sub(r"\d+", "0", line.text)] >= 3 and not ends_sentence(line.text)
        if number or repeated:
            dropped.append((line.start, line.end, "page number" if number else "running header"))
            turned = True
            continue
        kept.append(
            Line(line.start, line.end, line.text, line.gap, line.indent, line.page or turned)
        )
        turned = False
    return kept, dropped
