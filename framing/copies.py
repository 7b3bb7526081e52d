"""Finds the second copy of an article within one text, and drops only what stands elsewhere."""

from __future__ import annotations

import re
from itertools import pairwise

from framing.lines import Line, is_body

__all__ = ["drop_copies", "without"]

_GLUE = re.compile(
    r"(?<=[a-z\d)\]][.!?])[\"”’]{0,2}(?=[\"“‘]?[A-Z][a-z' ])|(?<=[.!?][\"”])[\"“]?(?=[A-Z])"
)
_STOP = re.compile(r"(?<=[.!?])[\"”’)]*\s+|" + _GLUE.pattern)
_WORD = re.compile(r"[^\W_]+")
_SHINGLE = 5


def _shingles(text: str) -> list[int]:
    words = _WORD.findall(text.lower())
    return [hash(tuple(words[i : i + _SHINGLE])) for i in range(len(words) - _SHINGLE + 1)]


def drop_copies(
    lines: list[Line], reasons: list[str | None], *, page: bool
) -> dict[int, list[tuple[int, int]]]:
    """Mark the weaker of two copies; returns the parts to drop of lines that keep others.

    A line goes only while every sentence of it stands in lines that stay, so nothing is lost.
    Weaker means: glued sentences first, then copies that stand alone, then later ones.
    """
    grams = {
        n: _shingles(line.text)
        for n, line in enumerate(lines)
        if reasons[n] in (None, "photo caption") and (is_body(line.text) or len(line.text) > 1000)
    }
    kept: dict[int, int] = {}
    shown: set[int] = set()
    for n, line_grams in grams.items():
        if reasons[n] is None:
            for gram in set(line_grams):
                kept[gram] = kept.get(gram, 0) + 1
        else:
            shown.update(line_grams)
    total = double = 0
    doubtful: list[int] = []
    for n, line_grams in grams.items():
        if reasons[n] is not None or not line_grams:
            continue
        if shown and sum(g in shown for g in line_grams) >= 0.9 * len(line_grams):
            reasons[n] = "photo caption"
            continue
        again = sum(kept[g] > 1 for g in line_grams)
        total += len(line_grams)
        double += again
        # Speeches and lists repeat themselves with small changes; a copy of a page does not.
        if 2 * again >= len(line_grams) if page else again == len(line_grams):
            doubtful.append(n)
    # Without a page around it, only an article that stands there twice nearly whole is a copy.
    twice = 10 * double >= 8 * total or (len(doubtful) >= 4 and 2 * double >= total)
    if not doubtful or not (page or twice):
        return {}
    company = _company(lines, grams)
    glue = {n: len(_GLUE.findall(lines[n].text)) for n in doubtful}
    doubtful.sort(key=lambda n: (glue[n] < 2, company[n], -n))
    pieces: dict[int, list[tuple[int, int]]] = {}
    for n in doubtful:
        spans, rest = _covered(lines[n], kept)
        if not spans:
            continue
        if rest:
            pieces[n] = spans
        else:
            reasons[n] = "second copy"
        gone = grams[n] if not rest else []
        for start, end in spans if rest else []:
            gone = gone + _shingles(lines[n].text[start - lines[n].start : end - lines[n].start])
        for gram in set(gone):
            kept[gram] -= 1
    return pieces


def _company(lines: list[Line], grams: dict[int, list[int]]) -> dict[int, int]:
    """Count, for every line, the body lines of the run it stands in (three others may part it)."""
    runs: dict[int, int] = {}
    run: list[int] = []
    for n in [*(n for n in grams if is_body(lines[n].text)), len(lines) + 9]:
        if run and n - run[-1] > 4:
            runs.update(dict.fromkeys(run, len(run)))
            run = []
        run.append(n)
    return {n: runs.get(n, 0) for n in grams}


def _covered(line: Line, kept: dict[int, int]) -> tuple[list[tuple[int, int]], bool]:
    """Return the parts of a line that stand elsewhere too, and whether other parts remain."""
    cuts = [0, *(m.end() for m in _STOP.finditer(line.text)), len(line.text)]
    spans: list[tuple[int, int]] = []
    rest = False
    for start, end in pairwise(cuts):
        grams = _shingles(line.text[start:end])
        again = sum(kept.get(gram, 0) > 1 for gram in grams)
        # Fewer words than a shingle prove nothing: such a piece goes with the one before it.
        if (again >= 0.75 * len(grams)) if grams else (not rest):
            if spans and spans[-1][1] == line.start + start:
                spans[-1] = (spans[-1][0], line.start + end)
            else:
                spans.append((line.start + start, line.start + end))
        else:
            rest = True
    return spans, rest


def without(line: Line, gone: list[tuple[int, int, str]]) -> list[Line]:
    """Return what is left of a line when the spans `gone`, which are in order, are taken out."""
    left: list[Line] = []
    at = line.start
    for start, end in [*((start, end) for start, end, _ in gone), (line.end, line.end)]:
        raw = line.text[at - line.start : start - line.start]
        body = raw.strip()
        if body:
            begin = at + raw.index(body)
            left.append(Line(begin, begin + len(body), body))
        at = end
    return left
