"""Makes the copy of a sentence that models read: line breaks joined, disguises undone."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold"]

_ALWAYS = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]"
)
# Joiners shape Persian, Indic scripts and emoji; beside a Latin letter they only hide it.
_JOINER = re.compile("(?<=[A-Za-z])[\u200c\u200d]+|[\u200c\u200d]+(?=[A-Za-z])")
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MOJIBAKE = re.compile(r"[ÂÃâÐÑØÙ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_BREAK = re.compile(r"(\w+)(-|\u2010|\u00ad)[ \t\r]*\n\s*([^\W\d_]+)")
_QUOTE_MARK = re.compile(r"\n[ \t]*>[> \t]*")  # of a quoted message, at the start of its lines
_TOKEN = re.compile(r"\w+")
_LATIN = re.compile(r"[A-Za-z]")
_FOREIGN = re.compile(r"[\u0370-\u03ff\u0400-\u052f\u0531-\u0587]")
_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮԚԜаеорсухѕіјһԁԛԝӏ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεοιρυνκχ",
    "ABESIJKMHOPCTYXYQWaeopcyxsijhdqwl" + "ABEZHIKMNOPTYXaeoipuvkx",
)
_LONGEST = 20_000
# What follows the hyphen of an English compound, and what precedes it.
_TAILS = re.compile(
    r"(?:backed|based|born|bound|building|called|century|changing|class|day|driven|economic|ever|"
    r"flung|free|funded|general|held|imposed|in|language|led|level|like|linked|long|looking|made|"
    r"makers?|making|military|minister|month|off|old|oriented|out|owned|party|political|president|"
    r"profile|quality|range|ranking|related|ridden|rich|run|sanctioned|scale|speaking|sponsored|"
    r"stricken|style|supported|term|time|torn|up|war|wide|wing|winning|years?)"
)
_HEADS = re.compile(
    r"(?:air|all|anti|by|co|counter|cross|ex|far|first|full|half|hard|high|ill|left|long|low|mass|mid|near|new|"
    r"never|non|off|oil|old|on|one|pro|quasi|right|second|self|semi|short|so|third|two|three|ultra|tax|too|top|two|up|vice|war|well)",
    re.I,
)


def fold(raw: str, whole: str = "") -> str:
    """Return the text of a sentence as a model should read it; `whole` helps to mend words."""
    text = raw
    if "\n" in text or "\r" in text:
        text = _QUOTE_MARK.sub("\n", text.replace("\r\n", "\n").replace("\r", "\n"))
        text = _BREAK.sub(lambda m: _mended(m, whole), text)
    if text.isascii():
        return " ".join(_CONTROL.sub(" ", text).split())
    text = _SURROGATE.sub("\ufffd", text)
    if len(text) <= _LONGEST and _MOJIBAKE.search(text):
        text = _repaired(text)
    text = unicodedata.normalize("NFKC", _ALWAYS.sub("", text))
    text = _JOINER.sub("", _MARKS.sub("", text))
    if _FOREIGN.search(text) and _LATIN.search(text):
        text = _TOKEN.sub(_unmasked, text)
    return " ".join(_CONTROL.sub(" ", text).split())


def _mended(match: re.Match[str], whole: str) -> str:
    """Join a word that a line end broke; keep the hyphen where the word has one of its own."""
    head, mark, tail = match.groups()
    kept = f"{head}-{tail}"
    if mark == "\u00ad":
        return head + tail
    if not tail[0].islower() or head[-1].isdigit():
        return kept
    lower = whole.lower() if len(whole) < 200_000 else whole[:200_000].lower()
    if kept.lower() in lower:
        return kept
    if re.search(rf"\b{re.escape((head + tail).lower())}\b", lower):
        return head + tail
    if len(head) <= 3 and head.islower() and not _HEADS.fullmatch(head):
        return head + tail
    if _TAILS.fullmatch(tail) or _HEADS.fullmatch(head):
        return kept
    # A text that breaks words does it often; one hyphen at a line end belongs to its word.
    return head + tail if len(re.findall(r"[a-z]-[ \t\r]*\n\s*[a-z]", lower)) >= 3 else kept


def _repaired(text: str) -> str:
    from ftfy import fix_encoding  # 60 ms to import, and seldom needed

    return str(fix_encoding(text))


def _unmasked(match: re.Match[str]) -> str:
    token = match[0]
    return token.translate(_LOOKALIKES) if _LATIN.search(token) else token
