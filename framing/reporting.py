"""Finds the words that attribute a sentence to a speaker, outside its quotations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from framing.cues import Cues
from framing.speakers import QUOTE, Kind, Mention, Words, mention_of
from framing.subjects import (
    STOPS,
    before_appositive,
    is_speaker,
    phrase_after,
    phrase_before,
    sentence_subject,
    subordinator,
)

__all__ = ["Report", "find_report"]


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
    openers = _openers(cues.according)
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
            for rest in openers.get(word, ()):
                if low[i + 1 : i + 1 + len(rest)] == rest:
                    report = _according(words, i, i + 1 + len(rest), cues)
                    break
        if report:
            found.append(report)
    return found


@cache
def _openers(phrases: tuple[str, ...]) -> dict[str, list[list[str]]]:
    """Return what may follow the first word of each phrase, by that word."""
    following: dict[str, list[list[str]]] = {}
    for first, *rest in map(str.split, phrases):
        following.setdefault(first, []).append(rest)
    return following


def _according(words: Words, i: int, j: int, cues: Cues) -> Report | None:
    n = len(words)
    k = j
    while (
        k < n
        and k - j < 16
        and words.raw[k] not in STOPS
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
        if words.raw[k] in STOPS:
            break
    return None


def _participle(words: Words, i: int, cues: Cues) -> Report | None:
    before = words.low[i - 1] if i else ""
    modifies = (
        before in cues.prepositions
        or before in cues.determiners
        or (before in cues.auxiliaries and before not in cues.skipped)
    )
    if modifies and before != "by" and before not in cues.passives:
        return None
    mention: Mention | None = None
    if (i and before in (",", QUOTE)) or before in cues.passives or before == "and" or i == 0:
        mention = sentence_subject(words, 0, i, cues)
    following = words.low[i + 1] if i + 1 < len(words) else ""
    content = (
        following in cues.that
        or following in (QUOTE, ":", ",")
        or following in cues.singular
        or following in cues.plural
        or following in cues.things
    )
    strength = 0.75 if content else 0.54
    if before in cues.passives and mention is not None and mention.kind != "first":
        strength = 0.65  # "has been accusing"
    return Report(words.low[i], words.start[i], words.end[i], mention, strength, "participle", i)


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
        if low[j] in cues.infinitive and low[j - 1 : j] != ["on"]:
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
        and not (low[j] == "as" and verb in cues.strong)
        and low[j] not in cues.groups
    ):
        return None
    after = low[i + 1] if i + 1 < n else ""
    object_ = _follow(words, i, cues)
    if verb in cues.doubtful and not _is_verb(words, i, j, cues):
        return None
    mention: Mention | None = None
    form = "subject"
    clause_before = False
    relative = False
    subordinate = ""
    if j >= 0:
        if low[j] in ("who", "which", "qui"):
            relative = True
            mention = phrase_before(words, j - (1 if j and raw[j - 1] == "," else 0), cues)[0]
        elif raw[j] == "," and raw[j - 1] == ")" and "(" in raw[max(0, j - 8) : j]:
            # "Senator Jane Roe (R-OH), said"
            k = j - 1
            while raw[k] != "(":
                k -= 1
            mention, clause_before = phrase_before(words, k, cues)
        elif raw[j] == "," and phrase_after(words, i + 1, cues, closed=True) is None:
            opening = before_appositive(words, j, cues)
            if opening is not None:
                mention, lead = phrase_before(words, opening, cues)
                clause_before = lead
        elif raw[j] == ")":
            k = j
            while k > 0 and raw[k] != "(" and j - k < 10:
                k -= 1
            mention, clause_before = phrase_before(words, k, cues)
        elif low[j] in ("and", "but", "et", "и"):
            # "resisted a ban and said ...": the subject stands at the start of the sentence.
            mention = sentence_subject(words, 0, j, cues)
        elif raw[j] != QUOTE:
            mention, clause_before = phrase_before(words, j + 1, cues)
            subordinate = subordinator(words, j, cues)
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
        right = phrase_after(words, i + 1, cues)
        # "citing delays": what is cited is a reason unless it can speak.
        reason = (
            verb == "citing"
            and right is not None
            and not (right.kind != "description" or is_speaker(right, cues))
        )
        if right is not None and right.kind != "first" and not reason:
            mention, form, clause_before = right, "inverted", True
    if mention is None:
        if passive and object_ in ("that", "quote") and verb in cues.strong:
            return Report(verb, words.start[i], words.end[i], None, 0.4, "passive", i)
        return None
    if mention.kind == "first":
        return None
    strength = _strength(verb, object_, form, mention, clause_before, cues)
    agent = _agent(words, i, cues) if passive else None
    if agent is not None and verb not in cues.attitudes | {"quoted", "cited"}:
        # "was denied by the ministry": who acts stands behind.
        return Report(verb, words.start[i], words.end[i], agent, 0.6, "passive:by", i)
    if passive:
        strength = _passive(verb, after)
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


def _passive(verb: str, after: str) -> float:
    """Return the strength of a passive: quoted as saying, told that; 0 for any other."""
    if verb in ("quoted", "cited") and after in ("as", "by"):
        return 0.85
    if verb in ("told", "said", "informed", "warned", "reported", "alleged", "claimed", "reminded"):
        return 0.45
    return 0.0


def _agent(words: Words, i: int, cues: Cues) -> Mention | None:
    """Read who acts in a passive: "was dismissed as absurd by the minister"."""
    for k in range(i + 1, min(len(words), i + 7)):
        if words.low[k] == "by":
            mention = phrase_after(words, k + 1, cues)
            speaks = mention is not None and (
                mention.kind not in ("description", "first") or is_speaker(mention, cues)
            )
            return mention if speaks else None
        if words.raw[k] in STOPS and words.raw[k] != QUOTE:
            return None
    return None


def _is_verb(words: Words, i: int, j: int, cues: Cues) -> bool:
    """Tell a verb from the noun or adjective that is spelt like it ("member states", "claims")."""
    low, raw = words.low, words.raw
    after = low[i + 1] if i + 1 < len(low) else ""
    if (
        after in ("that", QUOTE, "que", "что", "out")
        or after in cues.singular
        or after in cues.plural
    ):
        return True
    if j < 0:
        return False
    if low[j] in cues.singular or low[j] in cues.plural:
        return after not in ("of", "by", "from")
    if low[j] in cues.things and after in cues.determiners:
        return True
    if raw[j] in STOPS or raw[j].endswith(("'s", "’s", "s'")) or low[j] in ("united", "member"):
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
    """Return how surely such a phrase reports speech: weights set by hand after counts on news."""
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
