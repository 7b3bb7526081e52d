"""Finds what is not the article in the text of a page: menus, credits, teasers, second copies.

No library does this for text whose markup is gone. Two strengths of evidence are kept apart:
patterns that hold a whole line (a URL, a copyright line, a photo credit) count anywhere, while
short lines are dropped for their place only on a flattened page, outside the body. What is not
recognised stays: a menu line left in costs less than a sentence lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from framing.copies import drop_copies, without
from framing.lines import Line, ends_sentence, is_body
from framing.wording import BYLINE, PORTRAIT, TICKER, credit_start, named

__all__ = ["Verdict", "judge"]

_WORD = re.compile(r"[^\W_]+")


@dataclass(slots=True)
class Verdict:
    """What `judge` decided: dropped spans with their reason, and the line that is the title."""

    dropped: list[tuple[int, int, str]] = field(default_factory=list)
    kept: list[Line] = field(default_factory=list)
    page: bool = False
    title: Line | None = None


def judge(lines: list[Line], *, title: str | None = None) -> Verdict:
    """Sort the lines of a page into body and furniture; `title` helps to find its line."""
    # A page repeats its lines: each is judged once.
    by_text = {text: named(text) for text in {line.text for line in lines}}
    reasons = [by_text[line.text] for line in lines]
    credits: dict[int, tuple[int, int]] = {}
    for n, line in enumerate(lines):
        at = credit_start(line.text) if reasons[n] is None else None
        if at == 0:
            reasons[n] = "photo caption"
        elif at is not None:
            credits[n] = (line.start + at, line.end)
    long = [is_body(line.text) for line in lines]
    tickers = [n for n, line in enumerate(lines) if TICKER.fullmatch(line.text)]
    clear = sum(reason is not None for reason in reasons) + len(tickers)
    page = clear >= 4 and any(long) and 5 * (len(long) - sum(long)) >= 2 * len(lines)
    verdict = Verdict(page=page)
    copied = drop_copies(lines, reasons, page=page)
    core = [n for n, body in enumerate(long) if body and reasons[n] is None]
    first, last = (core[0], core[-1]) if core else (len(lines), -1)
    if not page:
        for n in range(first, last):  # a bare date amid the body heads a part of a chronology
            if reasons[n] == "timestamp" and ":" not in lines[n].text:
                reasons[n] = None
    heading = _find_title(lines, reasons, first, title, page=page)
    for n in range(len(lines)):
        if reasons[n] is None and n != heading:
            reasons[n] = _by_place(lines, reasons, n, first, last, page=page)
    if heading is not None:
        _drop_repeats(lines, reasons, heading)
        verdict.title = lines[heading]
    _drop_tail(lines, reasons, last)
    for n, line in enumerate(lines):
        reason = reasons[n]
        if reason is not None:
            verdict.dropped.append((line.start, line.end, reason))
        elif n in copied or n in credits:
            gone = [(start, end, "second copy") for start, end in copied.get(n, [])]
            if n in credits:
                gone = [*(g for g in gone if g[1] <= credits[n][0]), (*credits[n], "photo credit")]
            verdict.kept.extend(without(line, gone))
            verdict.dropped.extend(gone)
        else:
            verdict.kept.append(line)
    return verdict


def _plain(text: str) -> str:
    return " ".join(text.split())


def _is_headline(text: str, fewest: int = 4) -> bool:
    words = text.split()
    if not fewest <= len(words) <= 35 or len(text) > 240 or text[-1:] in ".,;:-–—":
        return False
    return not text[0].islower() and any(char.isalpha() for char in text)


def _key(text: str) -> str:
    return "".join(_WORD.findall(text.lower()))


def _find_title(
    lines: list[Line], reasons: list[str | None], first: int, title: str | None, *, page: bool
) -> int | None:
    """Return the number of the line that is the headline, the copy nearest to the body."""
    if first >= len(lines) and title is None:
        return None
    if title is not None:
        wanted = _key(title)
        same = [n for n in range(min(first, len(lines))) if _key(lines[n].text) == wanted]
        if same:
            return same[-1]
    before = range(first if first < len(lines) else 0)
    free = [n for n in before if reasons[n] is None and not BYLINE.fullmatch(lines[n].text)]
    signed = [n for n in free if n + 1 < first and BYLINE.fullmatch(_plain(lines[n + 1].text))]
    if signed and _is_headline(lines[signed[-1]].text, 2):
        return signed[-1]
    if not page:
        free = [n for n in free if not PORTRAIT.search(lines[n].text)]
        return free[0] if free and _is_headline(lines[free[0]].text, 2) else None
    heads = [n for n in free if _is_headline(lines[n].text)]
    keys = [_key(lines[n].text) for n in heads]
    again = [n for n, key in zip(heads, keys, strict=True) if keys.count(key) > 1]
    if again:
        return again[-1]
    best = None
    for n in reversed(heads):
        if best is not None and best - n > 2:
            break
        best = n
    return best


def _by_place(
    lines: list[Line], reasons: list[str | None], n: int, first: int, last: int, *, page: bool
) -> str | None:
    """Judge an unrecognised line by where it stands and what stands beside it."""
    text = _plain(lines[n].text[:1000])
    if last < 0:
        return None
    if n < first and n > 0 and len(text) <= 110 and BYLINE.fullmatch(text):
        return "byline"
    if TICKER.fullmatch(text) and _ticker_run(lines, n) >= 3:
        return "newsfeed"
    beside = {reasons[m] for m in (n - 1, n + 1) if 0 <= m < len(lines)}
    closed = ends_sentence(text)
    if "photo credit" in beside and len(text) < 400 and PORTRAIT.search(text):
        return "photo caption"
    if not page or is_body(text):
        return None
    words = text.split()
    if first < n < last:
        if "timestamp" in beside and not closed and _is_headline(text):
            return "read-more teaser"
        if re.fullmatch(r"[\d.,\s]+[km]?", text, re.I):
            return "counter"
        return "menu" if len(words) <= 3 and not closed and _short_run(lines, n) >= 3 else None
    if closed and len(words) >= 3 and not text[0].islower():
        return None
    if n < first and len(words) >= 6 and _is_headline(text, 6) and first - n <= 3:
        return None  # a second headline between the title and the lead
    if n == last + 1 and len(words) >= 6 and not words[0][0].isalnum():
        return None  # a list that ends the body
    if re.fullmatch(r"[\d.,\s]+", text):
        return "counter"
    if len(words) <= 3 and text == text.lower():
        return "tags"
    scripts = {_script(char) for char in text if char.isalpha()}
    return "language list" if len(scripts) > 1 else "menu"


def _script(char: str) -> int:
    """Return a coarse script number: 0 for Latin, else the block of 256 or 1024 code points."""
    code = ord(char)
    return 0 if code < 0x250 or 0x1E00 <= code < 0x1F00 else 1 + (code >> 8)


def _ticker_run(lines: list[Line], n: int) -> int:
    """Count the neighbouring lines that are a time and a headline without a full stop."""
    total = 0
    for step in (-1, 1):
        m = n if step == 1 else n - 1
        while 0 <= m < len(lines) and total < 6:
            text = lines[m].text
            if not TICKER.fullmatch(text) or text[-1] in ".…":
                break
            total += 1
            m += step
    return total


def _short_run(lines: list[Line], n: int) -> int:
    total = 0
    for step in (-1, 1):
        m = n if step == 1 else n - 1
        while 0 <= m < len(lines) and total < 6:
            text = lines[m].text
            if len(text.split()) > 3 or ends_sentence(text):
                break
            total += 1
            m += step
    return total


def _drop_repeats(lines: list[Line], reasons: list[str | None], heading: int) -> None:
    wanted = _key(lines[heading].text)
    for n, line in enumerate(lines):
        if n != heading and reasons[n] in (None, "menu") and len(line.text) < 400:
            key = _key(line.text)
            if key == wanted:
                reasons[n] = "second copy"


def _drop_tail(lines: list[Line], reasons: list[str | None], last: int) -> None:
    """Drop the one short line above closing credits with a source note: it names the outlet."""
    n = len(lines) - 1
    closing: set[str] = set()
    while n > max(last, 0) and (reason := reasons[n]) is not None:
        closing.add(reason)
        n -= 1
    text = lines[n].text if lines else ""
    if (
        n > max(last, 0)
        and "source note" in closing
        and len(text) <= 60
        and not ends_sentence(text)
    ):
        reasons[n] = "source note"
