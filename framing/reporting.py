"""Finds the words that attribute a sentence to a speaker, outside its quotations."""

from __future__ import annotations

from dataclasses import dataclass

from framing.cues import Cues
from framing.speakers import QUOTE, Kind, Mention, Words, mention_of

__all__ = ["Report", "find_report"]

_FAR = 80  # words between a participle and the subject of its sentence
_STOPS = {",", ";", ":", "—", "–", "-", "(", ")", QUOTE, ".", "!", "?", "…", "|"}


@dataclass(frozen=True, slots=True)
class Report:
    """An attributing phrase: its verb, its speaker, and how surely it reports speech."""

    verb: str
    start: int
    end: int
    mention: Mention | None
    strength: float
    form: str
    index: int


def find_report(words: Words, cues: Cues) -> Report | None:
    """Return the phrase that most surely tells whose words a sentence is, or None."""
    best: Report | None = None
    for report in reports(words, cues):
        if best is None or report.strength > best.strength + 1e-9:
            best = report
    return best


def reports(words: Words, cues: Cues) -> list[Report]:
    """Return every attributing phrase of a sentence from left to right."""
    found: list[Report] = []
    low = words.low
    for i, word in enumerate(low):
        report: Report | None = None
        if (
            word in cues.strong
            or word in cues.clausal
            or word in cues.acts
            or word in cues.attitudes
        ):
            report = _verb(words, i, cues)
        elif word in cues.participles:
            report = _participle(words, i, cues)
        elif word == "in" and cues.opinions and (report := _opinion(words, i, cues)):
            pass
        else:
            for phrase in cues.according:
                first, *rest = phrase.split()
                if word == first and low[i + 1 : i + 1 + len(rest)] == rest:
                    report = _according(words, i, i + 1 + len(rest), cues)
                    break
        if report:
            found.append(report)
    return found


def _according(words: Words, i: int, j: int, cues: Cues) -> Report | None:
    n = len(words)
    k = j
    while (
        k < n
        and k - j < 16
        and words.raw[k] not in _STOPS
        and not (
            k > j
            and (
                words.low[k] in cues.bounds
                or words.low[k] in cues.first
                or words.low[k] in cues.singular
            )
        )
    ):
        k += 1
    mention = mention_of(words, j, k, cues)
    if mention is None:
        return None
    if mention.kind == "description" and mention.head.lower() in (
        "plan",
        "schedule",
        "law",
        "constitution",
        "rules",
        "nature",
    ):
        return None
    return Report(
        " ".join(words.low[i:j]), words.start[i], words.end[j - 1], mention, 0.86, "according", i
    )


def pronoun(words: Words, j: int, cues: Cues) -> Mention:
    """Read "him", "their" and their like as the pronoun of a subject."""
    subject = cues.objects[words.low[j]]
    kind: Kind = "plural" if subject in cues.plural else "pronoun"
    gender = cues.singular.get(subject, "")
    return Mention(kind, words.raw[j], subject, words.start[j], words.end[j], frozenset(), gender)


def _opinion(words: Words, i: int, cues: Cues) -> Report | None:
    """Read "in his opinion" and "in the minister's words"."""
    for k in range(i + 1, min(len(words), i + 8)):
        if words.low[k] in cues.opinions and k > i + 1:
            mention: Mention | None = None
            if words.low[k - 1] in cues.objects:
                mention = pronoun(words, k - 1, cues)
            elif words.low[k - 1].endswith("'s"):
                mention = mention_of(words, i + 1, k, cues)
            if mention is None:
                return None
            return Report(words.low[k], words.start[i], words.end[k], mention, 0.8, "according", i)
        if words.raw[k] in _STOPS:
            break
    return None


def _participle(words: Words, i: int, cues: Cues) -> Report | None:
    before = words.low[i - 1] if i else ""
    if (
        before in cues.prepositions
        or before in cues.determiners
        or before in cues.auxiliaries - cues.skipped
    ):
        if before not in ("by",) and before not in cues.passives:
            return None
    mention: Mention | None = None
    if (i and before in (",", QUOTE)) or before in cues.passives or before == "and" or i == 0:
        mention = _sentence_subject(words, 0, i, cues)
    following = words.low[i + 1] if i + 1 < len(words) else ""
    content = following in cues.that or following in (QUOTE, ":", ",")
    strength = 0.8 if content else 0.6
    if before in cues.passives and mention is not None and mention.kind != "first":
        strength = 0.7  # "has been accusing"
    return Report(
        words.low[i], words.start[i], words.end[i], mention, strength - 0.05, "participle", i
    )


def _sentence_subject(
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
        and words.raw[end] not in _STOPS
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
        return _sentence_subject(
            words, end + 1, j, cues, again=False
        )  # "Hours later, the mayor ..."
    return mention


def _verb(words: Words, i: int, cues: Cues) -> Report | None:
    low, raw, n = words.low, words.raw, len(words)
    verb = low[i]
    passive = negated = modal = False
    j = i - 1
    while j >= 0 and (
        low[j] in cues.auxiliaries
        or (low[j].endswith(("ly", "ement")) and raw[j].islower())
        or low[j] in ("not", "n't", "to")
        or low[j]
        in ("may", "might", "must", "should", "can", "cannot", "went", "going", "goes", "on")
    ):
        if low[j] in cues.infinitive:
            if low[j - 1 : j] != ["on"]:
                return None
        if low[j] in cues.passives and j == i - 1 and low[j] not in ("'s",):
            passive = True
        if low[j] in ("not", "never", "n't", "cannot") or low[j].endswith("n't"):
            negated = True
        if low[j] in ("could", "would", "may", "might", "must", "should", "can"):
            modal = True
        j -= 1
    if (
        j >= 0
        and (low[j] in cues.determiners or low[j] in cues.prepositions or low[j] == "as")
        and j == i - 1
    ):
        if not (low[j] == "as" and verb in cues.strong) and low[j] not in cues.groups:
            return None
    after = low[i + 1] if i + 1 < n else ""
    object_ = _follow(words, i, cues)
    if verb in cues.doubtful and not _is_verb(words, i, j, object_, cues):
        return None
    mention: Mention | None = None
    form = "subject"
    clause_before = False
    relative = False
    subordinate = ""
    if j >= 0:
        if low[j] in ("who", "which", "qui"):
            relative = True
            mention = _noun_before(words, j - (1 if j and raw[j - 1] == "," else 0), cues)
        elif raw[j] == "," and raw[j - 1] == ")" and "(" in raw[max(0, j - 8) : j]:
            # "Senator Jane Roe (R-OH), said"
            k = j - 1
            while raw[k] != "(":
                k -= 1
            mention, clause_before = _left(words, k, cues)
        elif raw[j] == "," and _right(words, i + 1, cues, closed=True) is None:
            opening = _appositive(words, j, cues)
            if opening is not None:
                mention, lead = _left(words, opening, cues)
                clause_before = lead
        elif raw[j] == ")":
            k = j
            while k > 0 and raw[k] != "(" and j - k < 10:
                k -= 1
            mention, clause_before = _left(words, k, cues)
        elif low[j] in ("and", "but", "et", "и"):
            # "resisted a ban and said ...": the subject stands at the start of the sentence.
            mention = _sentence_subject(words, 0, j, cues)
        elif raw[j] != QUOTE:
            mention, clause_before = _left(words, j + 1, cues)
            subordinate = _subordinator(words, j, cues)
    inverted = (
        mention is None
        and (
            j < 0
            or raw[j] in (",", QUOTE, "—", "–", "-", "!", "?", "’", "'", "as")
            or low[j] in ("as", "comme", "как")
        )
        and verb not in ("told", "tell", "tells", "informed", "assured")
    )
    if inverted and object_ != "that":
        right = _right(words, i + 1, cues)
        if right is not None and right.kind != "first":
            mention, form, clause_before = right, "inverted", True
    if mention is None:
        if passive and object_ in ("that", "quote") and verb in cues.strong:
            return Report(verb, words.start[i], words.end[i], None, 0.4, "passive", i)
        return None
    if mention.kind == "first":
        return None
    strength = _strength(verb, object_, form, mention, clause_before, cues)
    if passive:
        strength = _passive(verb, after, object_)
        if (
            mention.kind == "thing"
            and object_ == "that"
            and (verb in cues.strong or verb == "reported")
        ):
            return Report(verb, words.start[i], words.end[i], None, 0.7, "passive:that", i)
        if not strength:
            return None
    if mention.kind == "thing" and strength > 0.3 and not cues.things:
        strength -= 0.3
    if relative:
        strength = min(strength, 0.45)
        form = "relative"
    if negated and verb not in ("denies", "denied"):
        strength *= 0.6
    if modal:
        strength *= 0.5
    if subordinate and form == "subject":
        strength *= 0.5
    return Report(verb, words.start[i], words.end[i], mention, strength, form + ":" + object_, i)


def _passive(verb: str, after: str, object_: str) -> float:
    """Return the strength of a passive: quoted as saying, told that; 0 for any other."""
    if verb in ("quoted", "cited") and after in ("as", "by"):
        return 0.85
    if verb in ("told", "said", "informed", "warned", "reported", "alleged", "claimed", "reminded"):
        return 0.45 if object_ in ("that", "to") or after == "to" else 0.3
    return 0.0


def _is_verb(words: Words, i: int, j: int, object_: str, cues: Cues) -> bool:
    """Tell a verb from the noun or adjective that is spelt like it ("member states", "claims")."""
    low, raw = words.low, words.raw
    after = low[i + 1] if i + 1 < len(low) else ""
    if after in ("that", QUOTE, "que", "что") or after in cues.singular or after in cues.plural:
        return True
    if j < 0:
        return False
    if low[j] in cues.singular or low[j] in cues.plural:
        return after not in ("of", "by", "from")
    if low[j] in cues.things and after in cues.determiners:
        return True
    if raw[j] in _STOPS or raw[j].endswith(("'s", "’s", "s'")) or low[j] in ("united", "member"):
        return False
    if after in (
        "of",
        "by",
        "from",
        "about",
        "in",
        "on",
        "against",
        "for",
        "and",
        "or",
        "were",
        "are",
    ):
        return False
    if j < i - 1 and low[i - 1] in ("has", "have", "had", "also"):
        return True
    return (
        raw[j][0].isupper()
        or low[j] in cues.roles
        or low[j] in cues.groups
        or (low[j] in cues.institutions and (after in cues.determiners or after == ":"))
    )


def _strength(
    verb: str, object_: str, form: str, mention: Mention, clause_before: bool, cues: Cues
) -> float:
    """Return how often such a phrase reports speech, as counted on labelled news."""
    vague = mention.kind == "description" and not is_speaker(mention, cues)
    if form == "inverted":
        return (0.93 if verb in cues.strong else 0.75) - 0.2 * vague
    clause = object_ in ("that", "quote", "colon")
    if verb in cues.strong:
        if clause_before and object_ in ("end", "comma"):
            return 0.88
        if clause:
            return 0.8 if vague else 0.92
        if object_ in ("to", "about"):
            return 0.3 if vague else 0.7
        return 0.4 if vague else 0.88
    if verb in cues.clausal or verb in cues.acts:
        if clause_before and object_ in ("end", "comma") and verb in cues.clausal:
            return 0.4 if vague else 0.85
        if clause:
            return 0.45 if vague else 0.8
        if verb in cues.named:
            return 0.35 if vague else 0.65
        return 0.2 if vague else 0.4
    if mention.head.lower() in cues.documents and (clause or verb in ("found", "shows", "showed")):
        return 0.6
    return 0.5 if clause and not vague else 0.3


def is_speaker(mention: Mention, cues: Cues) -> bool:
    """Tell whether a description's head is a person, a group of people or an institution."""
    head = mention.head.lower()
    return (
        head in cues.roles
        or head in cues.groups
        or head in cues.institutions
        or head.rsplit("-", 1)[-1] in cues.roles
    )


def _follow(words: Words, i: int, cues: Cues) -> str:
    """Name what follows a verb: its clause, quotation, colon, the sentence's end, a noun."""
    low, n = words.low, len(words)
    k = i + 1
    # "told reporters on Friday that"
    for k in range(i + 1, min(n, i + 9)):
        if low[k] in ("that", "que", "что", "qu'il", "qu'elle", "qu'un", "qu'ils"):
            return "that"
        if low[k] == QUOTE:
            return "quote"
        if low[k] == ":":
            return "colon"
        if low[k] in (".", "!", "?", ";"):
            break
    if i + 1 >= n or low[i + 1] in (".", "!", "?", ";", "…"):
        return "end"
    after = low[i + 1]
    if after in cues.that:
        return "that"
    if after == ",":
        return "comma"
    if after == "to":
        return "to"
    if after in ("about", "of", "for", "with"):
        return "about"
    if after in cues.prepositions or after[:1].isupper():
        return "end"
    if (
        after in cues.singular
        or after in cues.plural
        or after in cues.things
        or after in ("there", "i", "we")
    ):
        return "that"
    if after in cues.never_names and words.raw[i + 1][0].isupper():
        return "end"
    return "noun"


def _left(words: Words, end: int, cues: Cues) -> tuple[Mention | None, bool]:
    """Read the noun phrase that ends before word `end`; tell whether a clause precedes it."""
    low, raw = words.low, words.raw
    k = end
    while k > 0 and end - k < 24:
        word = low[k - 1]
        if raw[k - 1] in _STOPS or word in cues.bounds:
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


def _noun_before(words: Words, end: int, cues: Cues) -> Mention | None:
    return _left(words, end, cues)[0]


def _subordinator(words: Words, j: int, cues: Cues) -> str:
    """Return the subordinating word of the clause that ends at word `j`, if it has one."""
    for k in range(j, max(-1, j - 24), -1):
        if words.raw[k] in _STOPS:
            return ""
        if words.low[k] in cues.subordinators or words.low[k] in ("which", "whom"):
            return words.low[k]
    return ""


def _appositive(words: Words, comma: int, cues: Cues) -> int | None:
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
            if comma - k <= 6 and inner_is_name(raw, k + 1, comma):
                return comma
            return None
    return None


def inner_is_name(raw: list[str], i: int, j: int) -> bool:
    return j - i >= 1 and all(r[0].isupper() for r in raw[i:j])


def _addressed(words: Words, i: int, cues: Cues) -> Mention | None:
    """Read the subject behind the one addressed: "a déclaré à Sputnik Afrique le ministre X"."""
    n = len(words)
    k = i + 1
    while k < n and words.raw[k] not in _STOPS and words.low[k] not in cues.determiners:
        k += 1
    end = k
    while end < n and end - k < 14 and words.raw[end] not in _STOPS:
        end += 1
    if k < n and end > k:
        return mention_of(words, k, end, cues)
    # No article: the last two or more capitalised words are the name.
    run = k
    while run > i + 1 and words.raw[run - 1][0].isupper():
        run -= 1
    return mention_of(words, max(run, k - 2), k, cues) if k - run >= 3 else None


def _right(words: Words, i: int, cues: Cues, *, closed: bool = False) -> Mention | None:
    """Read the noun phrase that follows an inverted verb: "said the minister".

    `closed` demands that nothing but a mark, a preposition or the end follows it.
    """
    n = len(words)
    if i < n and words.low[i] in ("à", "au", "aux", "auprès", "tass", "риа"):
        return _addressed(words, i, cues)
    k = i
    while k < n and k - i < 14 and words.raw[k] not in _STOPS and words.low[k] not in cues.bounds:
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
            or words.raw[after] in _STOPS
            or words.low[after] in cues.prepositions
            or words.low[after] in ("who", "which")
        ):
            return None
        if mention.kind == "description" and not is_speaker(mention, cues):
            return None
    return mention
