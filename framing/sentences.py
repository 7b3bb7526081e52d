"""Splits an article into sentences with exact character spans.

`sentencex` knows the abbreviations of many languages but does not cut inside quotations or glued
sentences and is quadratic in long paragraphs. So it sees pieces of at most 4,000 characters in
which quotation marks are blanked, and its cuts are one vote beside the rules here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from framing.article import Article
from framing.fold import fold

__all__ = ["Sentence", "model_text", "split"]

_PIECE = 20_000
_VOTED = 4_000  # of it, what sentencex is given at once
_UPPER = "A-ZÀ-ÖØ-ÞĀ-ŽΑ-ΩА-ЯЁЄІЇҐ"
_CLOSE = "\"'”’»)\\]›"
_START = "\"'“‘«„(\\["
_QUOTES = str.maketrans(dict.fromkeys('"“”«»„‟‹›', " "))
_WIDE_BLANK = re.compile(r"[^\S\x00-\x7f]")
_SINGLE = re.compile(r"(?<![^\W_])['‘’](?=\w)|(?<=[.!?,…])['’](?!\w)")
_END = re.compile(rf"[.!?…؟।]+[{_CLOSE}]*(?=(\s+)\S)")
_GLUED = re.compile(
    rf"(?<=[^\W_][^\W\d_{_UPPER}])[.!?…]+[{_CLOSE}]*"
    rf"(?=[{_START}]*[{_UPPER}](?:[a-zß-öø-ÿа-яё]|['’]|\s))"
    rf"|(?<=[\d%)\]])[.!?]+[\"”’»]*(?=[\"“«]*[{_UPPER}][a-zа-яё]+\s)"
    rf"|(?<=[.!?…])[\"”»]+(?=[\"“«]*[{_UPPER}])"
    r"|[。！？]+[」』”’）]*"
)
_HOST = re.compile(r"(?:com|net|org|info|ru|ua|tv|io|co|eu|js|gov|edu|fr|de|uk)\b", re.I)
_NEVER = re.compile(
    r"(?:^|[\s(\[\"“'‘«/—–-])(?:Mr|Mrs|Ms|Mx|Dr|Drs|Prof|Gen|Lt|Col|Sgt|Capt|Cpl|Cmdr|Adm|Maj|Brig|Gov|Sens?|"
    r"Reps?|Rev|Hon|Pres|St|Ste|Amb|Fr|Supt|Mme|Mlle|Mgr|Msgr|Messrs|Ven|Insp|Dep|Asst|Atty|Pvt|Pfc|"
    r"e\.g|i\.e|eg|ie|vs|v|cf|ca|approx|Figs?|Eqs?|Vols?|pp|viz|esp|op\.\s?cit|им|ул|гг?|т\.\s?е)\.$",
)
_BEFORE_NUMBER = re.compile(
    r"(?:^|[\s(\[\"“«])(?:No|Nos|Nr|no|nos|Art|Arts|art|Sec|Ch|Ref|para|paras|p|pp|ed|Op|Res|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|№)\.$"
)
_WEAK = re.compile(
    r"(?:^|[\s(\[\"“«$€£\d-])(?:(?:[^\W\d_]\.){2,}|[Gg]ov['’]?t\.|(?:Inc|Ltd|Co|Corp|Bros|Jr|Sr|Dept|Int['’]?l|Nat['’]?l|Assn|Univ|"
    r"Ave|Blvd|Mt|Ft|etc|al|bn|mn|mln|bln|tn|trn|km|kg|sq|cu|ft|lb|oz|hr|hrs|min|[ap]\.m|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\.)$"
)
_STARTER = re.compile(
    r"[\"“‘'«(\[\s—–-]*(?:The|This|That|These|Those|There|Then|They|He|She|It|We|You|I|A|An|And|But|Or|So|"
    r"In|On|At|As|By|For|From|With|After|Before|When|While|Where|What|Who|Why|How|If|Although|Though|"
    r"However|Meanwhile|Moreover|Also|Yet|Now|Not|No|Our|His|Her|Its|Their|My|Your|One|Some|Many|"
    r"Most|All|Both|Since|Because|During|Despite|Under|Last|Asked|According|Earlier|Later|Only|"
    r"Such|Even|Here|To|Of|Is|Are|Was|Will|Let|Let['’]s|It['’]s|That['’]s|Once|Until)\b"
)
_INITIAL = re.compile(rf"(?:^|[\s(\[\"“‘«.-])[{_UPPER}]\.$")
_NUMBERED = re.compile(r"\s*[(\[]?(?:\d{1,3}|[ivxIVX]{1,5}|[A-Za-z])[.)]\s*$")
_LISTED = re.compile(r"(?:[:,;]|\b(?:and|or))\s+[(\[]?\d{1,2}\.$")
_SPEECH = re.compile(
    rf"\s*(?:[Tt]he\s|[Mm]r\.?\s)?(?:[{_UPPER}][\w.'’-]*\s){{1,4}}"
    r"(?:said|says|asked|asks|told|added|replied|wrote|tweeted|shouted|cried|wondered|declared|stated|exclaimed)\b"
)
_SHORT = re.compile(r"(?:^|[^\w])\w{1,4}\.$")
_BULLET = re.compile(rf"(?<=\S )[•▪●◦‣❗❓💬👉📍📝✅🔹🔸🎙🔻📌⚡🟠]\ufe0f? (?=[\"“«]?[{_UPPER}])")
_MARK = re.compile(r"\S")
# What a stretch of text must hold for a sentence to end within it.
_CUTTING = re.compile(r"[^\w\s,;:)\]}'’–—-]|_")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ALNUM = re.compile(r"[^\W_]")
_OWN_MARKS = ".!?…؟।,;:-–—)]}'’"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: `text` is `article.text[start:end]`, `model_text` the copy for the model.

    In `model_text` line breaks are joined, broken words mended, spaces folded and disguised
    characters undone. `block` indexes `article.blocks`, `kind` is that block's kind.
    """

    index: int
    start: int
    end: int
    text: str
    model_text: str
    block: int
    kind: str


def model_text(text: str) -> str:
    """Return a sentence as models read it: on one line, mended, disguised characters undone."""
    return fold(text, text)


def split(article: Article) -> tuple[Sentence, ...]:
    """Split an article into sentences; `article.text[s.start:s.end] == s.text` always holds.

    Nothing visible of a block is lost between its sentences. A title is one sentence.
    """
    sentences: list[Sentence] = []
    folded: dict[str, str] = {}  # a page repeats its lines
    text = article.text
    holes = [(d.start, d.end) for d in article.dropped]
    at = 0
    for number, block in enumerate(article.blocks):
        while at < len(holes) and holes[at][1] <= block.start:
            at += 1
        inner = []
        for hole in holes[at:]:
            if hole[0] >= block.end:
                break
            inner.append(hole)
        view = _view(text, block.start, block.end, inner)
        cuts = [0, len(view)] if block.kind == "title" else _cuts(view, article.language)
        for first, second in pairwise(cuts):
            start, end = _trim(view, first, second)
            if start >= end:
                continue
            start, end = start + block.start, end + block.start
            raw = text[start:end]
            told = raw
            for a, b in reversed(inner):
                if start <= a and b <= end:
                    told = told[: a - start] + " " + told[b - start :]
            if told not in folded:
                folded[told] = fold(told, text)
            sentences.append(
                Sentence(len(sentences), start, end, raw, folded[told], number, block.kind)
            )
    return tuple(sentences)


def _view(text: str, start: int, end: int, holes: list[tuple[int, int]]) -> str:
    """Return a copy of a block of the same length that is safe to split."""
    view = _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text[start:end]))
    for a, b in holes:
        a, b = max(a, start), min(b, end)
        if b > a:
            view = view[: a - start] + " " * (b - a) + view[b - start :]
    return view


def _trim(view: str, start: int, end: int) -> tuple[int, int]:
    part = view[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _cuts(view: str, language: str | None) -> list[int]:
    """Return the offsets at which the sentences of a block begin, and its end."""
    if len(view) <= _PIECE and not _CUTTING.search(view):
        return [0, len(view)]
    cuts = [0]
    for start, end in _pieces(view):
        piece = view[start:end]
        # sentencex 1.0.32 may cut a wide blank in the middle of its bytes, and panics.
        masked = _WIDE_BLANK.sub(" ", _SINGLE.sub(" ", piece.translate(_QUOTES)))
        votes = _votes(masked, language)
        places = {_between(piece, m) for m in _GLUED.finditer(piece)}
        last = 0
        for match in _END.finditer(piece):
            place, begin = match.span(1)
            voted = (_MARK.search(masked, begin) or match).start() in votes
            if _is_end(piece[max(0, place - 60) : place], piece[begin : begin + 80], voted):
                places.add(place)
        # Full stops of other scripts are the splitter's business alone.
        for vote in votes:
            before = (
                masked[:vote].rstrip()[-1:]
                if vote < 200
                else masked[vote - 200 : vote].rstrip()[-1:]
            )
            if before and not before.isalnum() and before not in _OWN_MARKS:
                places.add(vote)
        places.update(match.start() for match in _BULLET.finditer(piece))
        for place in sorted(places):
            if last < place < len(piece) and not _NUMBERED.fullmatch(piece, last, place):
                cuts.append(start + place)
                last = place
        if end < len(view) and cuts[-1] < end:
            cuts.append(end)
    return _worded(view, [*cuts, len(view)])


def _worded(view: str, cuts: list[int]) -> list[int]:
    """Give stretches without a letter or digit (a lone emoji, "***") to their neighbour."""
    kept = [0]
    worded = False
    for start, end in pairwise(cuts):
        if _ALNUM.search(view, start, end):
            if worded:
                kept.append(start)
            worded = True
    return [*kept, len(view)]


def _pieces(view: str, longest: int = _PIECE) -> Iterator[tuple[int, int]]:
    """Cut a long block where a sentence seems to end, else at a blank, else anywhere."""
    start = 0
    while len(view) - start > longest:
        window = view[start + longest // 2 : start + longest]
        stop = max(window.rfind(". "), window.rfind("? "), window.rfind("! "))
        cut = stop + 1 if stop >= 0 else window.rfind(" ")
        end = start + longest // 2 + cut if cut > 0 else start + longest
        yield start, end
        start = end
    yield start, len(view)


def _votes(masked: str, language: str | None) -> set[int]:
    """Return where sentencex lets sentences begin, moved to the first visible character."""
    from sentencex import get_sentence_boundaries

    votes: set[int] = set()
    # A page may declare anything as its language, even half of a surrogate pair.
    known = language if language and language.isascii() else "en"
    for start, end in _pieces(masked, _VOTED):
        for cut in get_sentence_boundaries(known, masked[start:end]):
            at = start + int(cut["start_index"])
            # Where this cut the piece itself, a blank after a full stop is a vote.
            if (at > start or masked[at - 1 : at] in set(".?!")) and (
                match := _MARK.search(masked, at)
            ):
                votes.add(match.start())
    return votes


def _is_end(left: str, right: str, voted: bool) -> bool:
    """Decide about a full stop or its kin between `left` (which it ends) and `right`."""
    alnum = _ALNUM.search(right)
    first = alnum[0] if alnum else ""
    if first.islower() and not re.match(r"[^\w]*[a-z][A-Z]", right):
        return False
    bare = left.rstrip("\"'”’»)]›")
    closed = len(bare) < len(left)
    if bare.endswith(("...", "…")):
        if right[0] == "(" or re.search(r"[^.!?…\s]\s*[\[(](?:\.\.\.|…)$", bare):
            return False
    elif bare.endswith("."):
        at = _last_two_words(bare)  # none of the patterns takes more
        if _NEVER.search(bare, at) or (first.isdigit() and _BEFORE_NUMBER.search(bare, at)):
            return False
        if _LISTED.search(bare, at):
            return False
        if _STARTER.match(right):
            return True
        if _INITIAL.search(bare, at) or _WEAK.search(bare, at):
            return False
        # A short word that the splitter takes for an abbreviation of the language is one.
        return voted or closed or not _SHORT.search(bare, at)
    elif closed and left[-1] not in ")]" and _SPEECH.match(right):
        return False
    return True


def _last_two_words(text: str) -> int:
    """Return the offset of the blank before them, or 0."""
    end = len(text[: max(text.rfind(" "), 0)].rstrip())
    return max(text.rfind(" ", 0, end), 0)


def _between(piece: str, match: re.Match[str]) -> int:
    """Return where a sentence begins that is glued to the one before, or 0 where none does."""
    end = match.end()
    if match[0][0] in "。！？":
        return end
    head = match.start() + 1
    token = piece[max(piece.rfind(" ", 0, head), head - 100) + 1 : head]
    following = piece[end : end + 60].lstrip("\"'“‘«„([")
    if "://" in token or "@" in token or token.startswith("www."):
        return 0
    if _NEVER.search(" " + token) or (_HOST.match(following) and token[:1].isupper()):
        return 0
    if following[1:2].isspace() and following[0] not in "IAЯАВИОСУК":
        return 0  # Ph.D student
    marks = match[0]
    quotes = len(marks) - len(marks.rstrip('"'))
    if not quotes:
        return end
    if quotes > 1:
        return end - quotes + 1
    # One straight mark: it opens the next sentence if the mark after it closes a quotation.
    after = piece.find('"', end)
    closes = piece[after - 1] in ".,!?…" or not piece[after + 1 : after + 2].isalnum()
    return end - 1 if after > end and closes and not piece[after - 1].isspace() else end
