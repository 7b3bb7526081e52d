"""Pairs quotation marks over a whole article: every style, nested, unclosed, over paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from framing.sentences import Sentence

__all__ = ["Quotation", "pair_quotations"]

_MARK = re.compile("[\"“”„‟«»‹›「」『』＂]|(?<!\\w)''|''(?!\\w)|``")
_SINGLE_OPEN = re.compile(r"(?:(?<=[\s(\[—–:\"“«])|^)['‘](?=[^\W_])")
_SINGLE_CLOSE = re.compile(r"(?<=[^\s(])['’](?![^\W_])")
_OPENERS = "“„«‹「『"
_CLOSERS = "”»›」』"
_BEFORE_OPENER = "([{—–-/:;‘'“«„"
# A quotation without a closing mark ends here at the latest, so that one slip of the pen does
# not turn the rest of an article into speech.
_LONGEST_UNCLOSED = 12
# Within a paragraph a quotation may lack its closing mark for so many sentences until the next one
# begins a sentence: where paragraphs were lost, that is one quotation which goes on.
_LONGEST_RUN = 6


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation with its marks, as a span of `article.text`.

    `closed` is False where the closing mark is missing, `opened` where the opening one is.
    `continues` says that it goes on with the quotation before it in a new paragraph.
    """

    start: int
    end: int
    opened: bool = True
    closed: bool = True
    continues: bool = False


def pair_quotations(text: str, sentences: Sequence[Sentence]) -> list[Quotation]:
    """Return the outermost quotations of an article's sentences, in order, not overlapping."""
    found: list[Quotation] = []
    pairing = _Pairing(text, sentences, found)
    for i, sentence in enumerate(sentences):
        pairing.sentence(i, sentence)
    pairing.finish()
    if not any(q.closed and q.opened for q in found):
        found.extend(_single(sentences))
    else:
        found.extend(_single_outside(sentences, found))
    found.sort(key=lambda q: q.start)
    return found


class _Pairing:
    """The state of reading one article's double marks from left to right."""

    def __init__(self, text: str, sentences: Sequence[Sentence], found: list[Quotation]) -> None:
        self.text = text
        self.sentences = sentences
        self.found = found
        self.start = -1  # of the open quotation, or -1
        self.style = ""
        self.since = 0  # index of the sentence in which it was opened
        self.depth = 0
        self.continues = False

    def sentence(self, i: int, sentence: Sentence) -> None:
        first = i == 0 or self.sentences[i - 1].block != sentence.block
        if self.start >= 0 and i - self.since > _LONGEST_UNCLOSED:
            self.abandon(i)
        for match in _MARK.finditer(sentence.text):
            at = sentence.start + match.start()
            mark = match[0]
            opens = self.opens(sentence, match.start(), match.end(), mark)
            if opens:
                leading = match.start() < 8 and not sentence.text[: match.start()].strip(" \t\n>•-")
                self.open(i, at, mark, leading and (first or i - self.since <= _LONGEST_RUN))
            else:
                self.close(i, at + len(mark), mark)

    def opens(self, sentence: Sentence, start: int, end: int, mark: str) -> bool:
        text = sentence.text
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        left = before.isspace() or before in _BEFORE_OPENER
        right = after.isspace() or not (after.isalnum() or after in "“‘'[(«„$€£#@…./-–—¿¡<")
        if mark in "“”" and self.start >= 0 and self.style == "„":
            return False
        if mark in _CLOSERS:
            # »so« and ”so” open with what closes elsewhere.
            return left and not right and self.start < 0
        if mark in _OPENERS:
            reversed_guillemet = self.style == "»" and mark == "«"
            return not (self.start >= 0 and reversed_guillemet)
        if mark == "``":
            return True
        if before.isdigit() and self.start < 0 and not left:
            return False
        if left and not right:
            return True
        if right and not left:
            return False
        return self.start < 0

    def open(self, i: int, at: int, mark: str, leading: bool) -> None:
        if self.start < 0:
            self.begin(i, at, mark, False)
        elif leading:
            end = self.sentences[i - 1].end if i > self.since else at
            self.found.append(Quotation(self.start, end, True, False, self.continues))
            self.begin(i, at, mark, True)
        elif i == self.since or mark != self.style:
            if mark != '"':
                self.depth += 1
        else:
            self.abandon(i)
            self.begin(i, at, mark, False)

    def begin(self, i: int, at: int, mark: str, continues: bool) -> None:
        self.start, self.style, self.since = at, mark, i
        self.depth, self.continues = 0, continues

    def close(self, i: int, end: int, mark: str) -> None:
        if self.start < 0:
            if mark == '"' and self.text[end - 2 : end - 1].isdigit():
                return
            start = self.sentences[i].start
            if self.found and self.found[-1].end > start:
                return
            self.found.append(Quotation(start, end, False, True))
        elif self.depth:
            self.depth -= 1
        else:
            self.found.append(Quotation(self.start, end, True, True, self.continues))
            self.start = -1
            self.style = ""

    def abandon(self, i: int) -> None:
        """End an open quotation that never closes with its own sentence, or its paragraph."""
        last = self.since
        block = self.sentences[last].block
        alone = last + 1 >= len(self.sentences) or self.sentences[last + 1].block != block
        if not alone and self.continues:
            while last + 1 < i and self.sentences[last + 1].block == block:
                last += 1
        self.found.append(
            Quotation(self.start, self.sentences[last].end, True, False, self.continues)
        )
        self.start = -1
        self.style = ""

    def finish(self) -> None:
        if self.start >= 0:
            self.abandon(len(self.sentences))


def _single(sentences: Sequence[Sentence]) -> list[Quotation]:
    """Pair single marks over the paragraphs of an article that has no double ones."""
    found: list[Quotation] = []
    start = -1
    block = -1
    since = 0
    for i, sentence in enumerate(sentences):
        if sentence.block != block or i - since > _LONGEST_UNCLOSED:
            start = -1
        block = sentence.block
        at = 0
        while True:
            if start < 0:
                match = _SINGLE_OPEN.search(sentence.text, at)
                if not match:
                    break
                start, since = sentence.start + match.start(), i
            else:
                match = _SINGLE_CLOSE.search(sentence.text, at)
                if not match:
                    break
                found.append(Quotation(start, sentence.start + match.end()))
                start = -1
            at = match.end()
    return found


def _single_outside(sentences: Sequence[Sentence], double: Sequence[Quotation]) -> list[Quotation]:
    """Pair single marks within sentences, outside the double ones."""
    found: list[Quotation] = []
    spans = iter(sorted((q.start, q.end) for q in double))
    span = next(spans, None)
    for sentence in sentences:
        while span and span[1] <= sentence.start:
            span = next(spans, None)
        if span and span[0] < sentence.end:
            continue
        at = 0
        while match := _SINGLE_OPEN.search(sentence.text, at):
            end = _SINGLE_CLOSE.search(sentence.text, match.end())
            if not end:
                break
            found.append(Quotation(sentence.start + match.start(), sentence.start + end.end()))
            at = end.end()
    return found
