"""Finds the noun phrase that is the subject of a verb of saying, by commas and small words."""

from __future__ import annotations

from framing.cues import Cues
from framing.speakers import QUOTE, Mention, Words, mention_of

__all__ = [
    "STOPS", "before_appositive", "is_speaker", "phrase_after", "phrase_before", "sentence_subject",
    "subordinator",
]  # fmt: skip

_FAR = 80  # words between a participle and the subject of its sentence
STOPS = {",", ";", ":", "—", "–", "-", "(", ")", QUOTE, ".", "!", "?", "…", "|"}


def is_speaker(mention: Mention, cues: Cues) -> bool:
    """Tell whether a description's head is a person, a group of people or an institution."""
    head = mention.head.lower()
    return (
        head in cues.roles
        or head in cues.groups
        or head in cues.institutions
        or head.rsplit("-", 1)[-1] in cues.roles
    )


def sentence_subject(
    words: Words, i: int, j: int, cues: Cues, *, again: bool = True
) -> Mention | None:
    """Return the likely subject of a main clause: the first noun phrase of it."""
    k = max(i, j - _FAR)
    while k + 1 < j and words.low[k] in cues.never_names and words.raw[k + 1] == ",":
        k += 2
    if k < j and (words.low[k] in cues.prepositions or words.low[k] in cues.subordinators):
        while k < j and words.raw[k] != ",":
            k += 1
        k += 1
    end = k
    while (
        end < j
        and end - k < 14
        and words.raw[end] not in STOPS
        and words.low[end] not in cues.bounds
        and (words.low[end] not in cues.auxiliaries)
        and not (end > k and words.low[end].endswith("ed") and words.raw[end].islower())
    ):
        end += 1
        if words.low[end - 1] in cues.singular or words.low[end - 1] in cues.plural:
            break
    mention = mention_of(words, k, end, cues) if end > k else None
    vague = mention is None or (mention.kind == "description" and not is_speaker(mention, cues))
    if again and vague and end < j and words.raw[end] == ",":
        return sentence_subject(
            words, end + 1, j, cues, again=False
        )  # "Hours later, the mayor ..."
    return mention


def phrase_before(words: Words, end: int, cues: Cues) -> tuple[Mention | None, bool]:
    """Read the noun phrase that ends before word `end`; tell whether a clause precedes it."""
    low, raw = words.low, words.raw
    k = end
    while k > 0 and end - k < 24:
        word = low[k - 1]
        if raw[k - 1] in STOPS or word in cues.bounds:
            break
        if (
            word in cues.singular
            or word in cues.plural
            or word in cues.things
            or word in cues.first
        ):
            if k == end:
                k -= 1
            break
        if word == "and" and not (
            (k < len(raw) and raw[k][0].isupper() and k >= 2 and raw[k - 2][0].isupper())
            or (
                k < len(raw)
                and low[k] not in cues.determiners
                and k >= 2
                and raw[k - 2].islower()
                and end - k < 3
            )
        ):
            break
        k -= 1
    if k == end:
        return None, False
    # "A clause, the minister said": something with a verb stands before the comma.
    before = k > 2 and raw[k - 1] in {",", QUOTE, "—", "–"}
    return mention_of(words, k, end, cues), before


def subordinator(words: Words, j: int, cues: Cues) -> str:
    """Return the subordinating word of the clause that ends at word `j`, if it has one."""
    for k in range(j, max(-1, j - 24), -1):
        if words.raw[k] in STOPS:
            return ""
        if words.low[k] == "after" and words.low[k - 1 : k] in (["comes"], ["came"]):
            return ""  # "This comes after the ministry announced ..."
        if words.low[k] in cues.subordinators or words.low[k] in ("which", "whom"):
            return words.low[k]
    return ""


def before_appositive(words: Words, comma: int, cues: Cues) -> int | None:
    """Return where the subject ends whose appositive ends at `comma`."""
    raw = words.raw
    for k in range(comma - 1, max(-1, comma - 30), -1):
        if raw[k] == QUOTE:
            return None
        if raw[k] == ",":
            first = words.low[k + 1]
            if k and (
                raw[k - 1][0].isupper()
                or first in cues.determiners
                or first == "who"
                or first in cues.roles
            ):
                inner = raw[k + 1]
                if inner[0].islower() or inner[0].isdigit() or first in cues.determiners:
                    return k
                # "the head of the agency, Boris Petrov, said"
                if comma - k <= 6 and all(
                    r[0].isupper() or r in cues.particles for r in raw[k + 1 : comma]
                ):
                    return comma
                return k
            if comma - k <= 6 and _all_capital(raw, k + 1, comma):
                return comma
            return None
    return None


def _all_capital(raw: list[str], i: int, j: int) -> bool:
    return j - i >= 1 and all(r[0].isupper() for r in raw[i:j])


def phrase_after(words: Words, i: int, cues: Cues, *, closed: bool = False) -> Mention | None:
    """Read the noun phrase that follows an inverted verb: "said the minister".

    `closed` demands that nothing but a mark, a preposition or the end follows it.
    """
    n = len(words)
    if i < n and words.low[i] in ("à", "au", "aux", "auprès"):
        return _addressed(words, i, cues)
    k = i
    while k < n and k - i < 14 and words.raw[k] not in STOPS and words.low[k] not in cues.bounds:
        low = words.low[k]
        if k > i and words.raw[k - 1][0].isupper() and low in ("during", "in", "on", "at", "after"):
            break
        if k > i and low in cues.never_names and low not in cues.prepositions | cues.determiners:
            break
        k += 1
    if k == i or words.low[i] in cues.prepositions:
        return None
    mention = mention_of(words, i, k, cues)
    if closed and mention is not None:
        after = next((q for q in range(i, k) if words.start[q] >= mention.end), k)
        if words.low[i - 1] in ("told", "tell", "tells") or not (
            after >= n
            or words.raw[after] in STOPS
            or words.low[after] in cues.prepositions
            or words.low[after] in ("who", "which")
        ):
            return None
        if mention.kind == "description" and not is_speaker(mention, cues):
            return None
    return mention


def _addressed(words: Words, i: int, cues: Cues) -> Mention | None:
    """Read the subject behind the one addressed: "a déclaré à Sputnik Afrique le ministre X"."""
    n = len(words)
    k = i + 1
    while k < n and words.raw[k] not in STOPS and words.low[k] not in cues.determiners:
        k += 1
    end = k
    while end < n and end - k < 14 and words.raw[end] not in STOPS:
        end += 1
    if k < n and end > k:
        return mention_of(words, k, end, cues)
    # No article: the last two or more capitalised words are the name.
    run = k
    while run > i + 1 and words.raw[run - 1][0].isupper():
        run -= 1
    return mention_of(words, max(run, k - 2), k, cues) if k - run >= 3 else None
