"""Who may be speaking: words of a sentence, mentions, and the best name so far."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from framing.cues import Cues
from framing.genders import gender_of_name, gender_of_role

__all__ = ["QUOTE", "Kind", "Mention", "Speakers", "Words", "mention_of", "names_in", "words_of"]

Kind: TypeAlias = Literal["name", "description", "pronoun", "plural", "thing", "first"]

QUOTE = "\x01"  # stands for a whole quotation in the list of words
_TOKEN = re.compile(
    r"(?:[^\W\d_]\.){2,}|\b(?:Mr|Mrs|Ms|Dr|Gen|Sen|Rep|Gov|Lt|Col|Prof|St|Jr|Sr|Maj|Capt|Sgt|Adm|Rev|Hon|M|Mme)\."
    r"|[A-Z]\.(?=\s?[A-Z])|\b[Nn]o\.(?=\s?\d)|\w+(?:[-'’.&]\w+)*|[^\w\s]"
)
# French joins "l'", "d'" and "qu'" to the next word, and "-t-il" to the verb before.
_ELISION = re.compile(
    r"\b(?:[ldjmtscn]|qu|jusqu|lorsqu|puisqu)['’](?=\w)|-(?:t-)?(?:ils?|elles?|on)\b"
    r"|[^\W\d_]+(?=-(?:t-)?(?:ils?|elles?|on)\b)|" + _TOKEN.pattern,
    re.I,
)
_LONGEST_PHRASE = 24
_RECENT = 5  # speakers among whom a pronoun looks for one of its gender
# Marks among the roles of a description: several people; one that the reader knows already.
_PLURAL = "\x02"
_DEFINITE = "\x03"
_ARTICLES = frozenset(["the", "a", "an", "le", "la", "les", "l'", "un", "une"])
_KNOWN = frozenset(["the", "le", "la", "l'", "les", "his", "her", "its", "ce", "cet", "cette"])
# Heads that say nothing of which institution is meant.
_GENERIC = frozenset(
    "agency report publication newspaper paper outlet group company organization organisation "
    "statement bloc body service broadcaster document magazine daily site website ministry "
    "department office firm party foundation institute".split()
)


@dataclass(slots=True)
class Words:
    """The words and marks outside quotations, each with its offsets into the article's text."""

    raw: list[str] = field(default_factory=list)
    low: list[str] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.raw)


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention of a speaker in the text: its span, its head word, and how it refers."""

    kind: Kind
    text: str
    head: str
    start: int
    end: int
    roles: frozenset[str] = frozenset()
    gender: str = ""


def words_of(
    text: str, start: int, end: int, quotes: list[tuple[int, int]], language: str = "en"
) -> Words:
    """Read the words of `text[start:end]`; each span of `quotes` becomes one word, `QUOTE`."""
    words = Words([], [], [], [])
    token = _ELISION if language == "fr" else _TOKEN
    at = start
    for a, b in quotes:
        _read(words, text, at, max(at, a), token)
        words.raw.append(QUOTE)
        words.low.append(QUOTE)
        words.start.append(a)
        words.end.append(b)
        at = max(at, b)
    _read(words, text, at, end, token)
    return words


def _read(words: Words, text: str, start: int, end: int, token: re.Pattern[str]) -> None:
    for match in token.finditer(text, start, end):
        raw = match[0]
        if raw in '"“”„«»‹›':
            continue
        words.raw.append(raw)
        low = raw.lower().replace("’", "'")
        words.low.append(low.lstrip("t-") if low[0] == "-" and len(low) > 2 else low)
        words.start.append(match.start())
        words.end.append(match.end())


def is_capital(words: Words, i: int, cues: Cues) -> bool:
    """Tell whether word `i` may be part of a name."""
    low = words.low[i]
    if not words.raw[i][0].isupper() or low in cues.strong:
        return False
    if low not in cues.never_names:
        return True
    # Theresa May
    return (
        low == "may"
        and i > 0
        and words.raw[i - 1][0].isupper()
        and (words.low[i - 1] not in cues.never_names)
    )


def names_in(
    words: Words, cues: Cues, start: int = 0, end: int | None = None
) -> list[tuple[int, int]]:
    """Return the runs of capitalised words between two words, as index ranges."""
    runs: list[tuple[int, int]] = []
    i, n = start, len(words) if end is None else end
    while i < n:
        if not is_capital(words, i, cues):
            i += 1
            continue
        j = i + 1
        while j < n:
            if is_capital(words, j, cues) and not words.raw[j - 1].endswith(("'s", "’s")):
                j += 1
            elif words.low[j] in cues.particles and j + 1 < n and is_capital(words, j + 1, cues):
                j += 2
            else:
                break
        runs.append((i, j))
        i = j
    return runs


def _bare(word: str) -> str:
    return word[:-2] if word.endswith(("'s", "’s")) else word


def person(words: Words, run: tuple[int, int], cues: Cues) -> tuple[int, int]:
    """Return the part of a run that is left without titles, offices and institutions before it."""
    i, j = run
    k = j
    # The name is what follows the last title, office, institution or "X's".
    for at in range(j - 1, i - 1, -1):
        low = words.low[at]
        if at < j - 1 and (
            low in cues.titles
            or low in cues.roles
            or low in cues.institutions
            or low in cues.places
            or ("-" in low and low.rsplit("-", 1)[-1] in cues.roles)
            or low.endswith("'s")
        ):
            break
        k = at
    return k, j


def is_office(words: Words, i: int, cues: Cues) -> bool:
    low = words.low[i]
    return low in cues.titles or low in cues.roles or low in cues.institutions or low in cues.groups


def mention_of(words: Words, i: int, j: int, cues: Cues) -> Mention | None:
    """Read the noun phrase of words `i` to `j` as a mention of a speaker."""
    while i < j and (
        not words.raw[i][0].isalnum()
        or words.low[i] in cues.bounds
        or words.low[i] in cues.skipped
        or words.low[i] == "and"
    ):
        i += 1
    while j > i and not words.raw[j - 1][-1].isalnum() and not words.raw[j - 1].endswith("."):
        j -= 1
    if i >= j:
        return None
    if j - i > _LONGEST_PHRASE:
        i = j - _LONGEST_PHRASE
    if j - i == 1 or words.low[j - 1] in cues.singular or words.low[j - 1] in cues.plural:
        low = words.low[j - 1]
        kind: Kind | None = None
        if low in cues.singular:
            kind = "pronoun"
        elif low in cues.plural:
            kind = "plural"
        elif low in cues.things:
            kind = "thing"
        elif low in cues.first:
            kind = "first"
        if kind is None and low in cues.objects:
            low = cues.objects[low]
            kind = "plural" if low in cues.plural else "pronoun"
        if kind:
            raw = words.raw[j - 1]
            gender = cues.singular.get(low, "")
            return Mention(
                kind, raw, low, words.start[j - 1], words.end[j - 1], frozenset(), gender
            )
    runs = names_in(words, cues, i, j)
    first_preposition = next((k for k in range(i + 1, j) if words.low[k] in cues.prepositions), j)
    if words.low[i] in cues.prepositions:
        first_preposition = i
    for a, b in reversed(runs):
        k, b = person(words, (a, b), cues)
        stripped = k > a or (a > i and is_office(words, a - 1, cues))
        inside = a > first_preposition and not stripped
        last = b - 1
        place = _bare(words.low[last]) in cues.places
        if is_office(words, last, cues) and not place:
            continue
        if place and k == last and words.low[last - 1 : last] == ["united"]:
            k -= 1
        if inside and not (words.low[i] in cues.prepositions and b == j):
            continue
        if b < j and words.raw[b - 1].endswith(("'s", "’s")):
            continue
        if (
            b < j
            and words.low[b] not in cues.prepositions
            and words.low[b] != "and"
            and words.raw[b].islower()
        ):
            # "Moscow officials": the name only describes the noun after it.
            continue
        name = " ".join(_bare(w) for w in words.raw[k:b])
        roles = _roles(words, max(i, a - 6), k, cues)
        gender = next((cues.titles[w] for w in words.low[max(i, a) : k] if cues.titles.get(w)), "")
        return Mention(
            "name", name, _bare(words.raw[b - 1]), words.start[k], words.end[b - 1], roles, gender
        )
    return _description(words, i, j, first_preposition, cues)


def _roles(words: Words, i: int, j: int, cues: Cues) -> frozenset[str]:
    return frozenset(
        cues.like.get(w, w)
        for w in words.low[i:j]
        if w[0].isalpha() and w not in cues.determiners and w not in cues.prepositions
    )


def _description(words: Words, i: int, j: int, preposition: int, cues: Cues) -> Mention | None:
    if preposition == i:
        # "In Kiev on Friday officials": what follows the last determiner, or the last word.
        k = next((k for k in range(j - 1, i, -1) if words.low[k] in cues.determiners), j - 1)
        i, preposition = k, j
    stop = preposition
    begin = i
    while begin < stop - 1 and words.low[begin] in _ARTICLES:
        begin += 1
    if begin >= stop:
        return None
    # "officials interviewed by ...": the head stands before the participle.
    known = cues.roles | cues.groups | cues.institutions if stop - begin > 1 else frozenset()
    if words.low[stop - 1] not in known and words.raw[stop - 1].endswith(("ed", "ing")):
        stop = next((k + 1 for k in range(stop - 2, begin - 1, -1) if words.low[k] in known), stop)
        j = min(j, stop)
    head = words.low[stop - 1]
    if not head[0].isalpha():
        return None
    text = " ".join(w for w in words.raw[begin : min(j, begin + 9)] if w[0].isalnum() or w in "&")
    plural = head in cues.groups or words.low[i] in ("they", "some", "many", "several")
    roles = frozenset(
        {cues.like.get(head, head)}
        | {w for w in words.low[begin : stop - 1] if w[0].isalpha()}
        | ({_PLURAL} if plural else set())
        | ({_DEFINITE} if words.low[i] in _KNOWN else set())
    )
    end = words.end[min(j, begin + 9) - 1]
    gender = gender_of_role([head])
    bare = _bare(words.raw[stop - 1])
    return Mention("description", text, bare, words.start[begin], end, roles, gender)


class Speakers:
    """The people and institutions of an article so far, and who spoke last."""

    def __init__(self, cues: Cues) -> None:
        self.cues = cues
        self.names: dict[str, str] = {}  # last word of a name, lower case -> the fullest form
        self.roles: dict[str, set[str]] = {}  # name -> words of the offices it was given
        self.gender: dict[str, str] = {}
        self.order: list[str] = []  # who spoke, the last one last
        self.last: str | None = None
        self.last_person: str | None = None
        self.last_plural: str | None = None
        self.last_thing: str | None = None
        self.seen_person: str | None = None  # the last person named, speaking or not

    def read(self, words: Words) -> None:
        """Learn the full names of a sentence, with the offices before and after them."""
        cues = self.cues
        for a, b in names_in(words, cues):
            k, b = person(words, (a, b), cues)
            if is_office(words, b - 1, cues) or _bare(words.low[b - 1]) in cues.places:
                continue
            before = a
            while (
                before > 0
                and a - before < 5
                and words.raw[before - 1].islower()
                and (words.low[before - 1] in cues.roles or words.low[before - 1] in cues.titles)
            ):
                before -= 1
            titled = k > a or before < a
            if b - k < 2 and not titled:
                surname = _bare(words.low[b - 1])
                if surname in self.names and self.is_person(self.names[surname]):
                    self.seen_person = self.names[surname]
                continue
            if b - k > 4:
                continue
            name = " ".join(_bare(w) for w in words.raw[k:b])
            roles = set(_roles(words, before, k, cues))
            # ", a senior fellow at ..." after the name
            if b + 1 < len(words) and words.raw[b] == ",":
                for w in words.low[b + 1 : b + 8]:
                    if w in (",", ".", QUOTE):
                        break
                    if w in cues.roles:
                        roles.add(cues.like.get(w, w))
                        break
            if b - k >= 2 or roles:
                gender = next((cues.titles[w] for w in words.low[a:k] if cues.titles.get(w)), "")
                name = self.add(name, roles, gender or gender_of_role(words.low[before:a]))
                if roles or b - k >= 2:
                    self.seen_person = name

    def is_person(self, name: str) -> bool:
        return " " in name or bool(self.roles.get(name))

    def add(self, name: str, roles: set[str] | frozenset[str], gender: str = "") -> str:
        """Note a name and return its fullest form known so far."""
        key = name.rsplit(" ", 1)[-1].lower()
        known = self.names.get(key)
        if known is None or (" " not in known and " " in name):
            self.names[key] = name
            if known:
                self.roles[name] = self.roles.get(known, set())
                self.gender.setdefault(name, self.gender.get(known, ""))
                for attribute in ("last", "last_person", "seen_person"):
                    if getattr(self, attribute) == known:
                        setattr(self, attribute, name)
        elif " " in name and name != known:
            if name.split()[0][0] != known.split()[0][0]:
                self.names[key] = name  # another person of that surname, now the nearer one
            else:
                name = known
        else:
            name = known
        self.roles.setdefault(name, set()).update(roles)
        if gender:
            self.gender[name] = gender
        elif name not in self.gender:
            self.gender[name] = gender_of_name(name)
        return name

    def resolve(self, mention: Mention) -> str | None:
        """Return the best name for a mention, and remember that it spoke."""
        name = self._name(mention)
        if name is None:
            return None
        self.last = name
        head = mention.head.lower()
        if mention.gender and mention.kind == "description" and not self.gender.get(name):
            self.gender[name] = mention.gender
        if mention.kind == "plural" or _PLURAL in mention.roles:
            self.last_plural = name
        elif (
            mention.kind == "thing"
            or head in self.cues.places
            or (mention.kind == "description" and head in self.cues.institutions)
        ):
            self.last_thing = name
        elif mention.kind != "description" or head in self.cues.roles:
            self.last_person = name
            if name in self.order:
                self.order.remove(name)
            self.order = [*self.order[-_RECENT:], name]
            if mention.kind == "name" and " " not in name and not self.roles.get(name):
                self.last_thing = name  # "Bloomberg": a person or an institution
        return name

    def fitting(self, mention: Mention) -> str | None:
        """Return the best name for a mention, without taking it for a speaker."""
        if mention.kind == "name":
            return self.names.get(mention.text.rsplit(" ", 1)[-1].lower(), mention.text)
        return self._name(mention)

    def _name(self, mention: Mention) -> str | None:
        if mention.kind == "name":
            if mention.head.lower() in self.cues.places:
                return mention.text
            if " " in mention.text or mention.roles:
                return self.add(mention.text, mention.roles, mention.gender)
            known = self.names.get(mention.text.lower())
            if known:
                return known
            return self.add(mention.text, frozenset())
        if mention.kind == "pronoun":
            recent = [self.last_person, self.seen_person, *reversed(self.order)]
            for name in recent:
                if name and self._fits(name, mention.gender):
                    return name
            return self.last_person or self.seen_person or self.last
        if mention.kind == "plural":
            return self.last_plural or self.last
        if mention.kind == "thing":
            return self.last_thing
        if mention.kind == "first":
            return None
        return self._described(mention)

    def _fits(self, name: str, gender: str) -> bool:
        known = self.gender.get(name, "")
        return not known or not gender or known == gender

    def _described(self, mention: Mention) -> str:
        head = mention.head.lower()
        definite = _DEFINITE in mention.roles
        if _PLURAL in mention.roles:
            return mention.text
        if head in self.cues.institutions:
            if definite and self.last_thing and " " not in mention.text:
                if head in self.last_thing.lower().split():
                    return self.last_thing
                if head in _GENERIC:
                    return self.last_thing
            return mention.text
        head = self.cues.like.get(head, head)
        if head not in self.cues.roles and head not in self.cues.like.values():
            return mention.text
        best: str | None = None
        score = 0.0
        for age, name in enumerate(reversed(self.roles)):
            roles = self.roles[name]
            if age > 200:
                break
            if head not in roles or not self._fits(name, mention.gender):
                continue
            value = 1 + len(mention.roles & roles) - age * 0.01 + (name == self.last_person)
            if value > score:
                best, score = name, value
        if best and (definite or score > 2.5):
            return best
        if definite and self.last_person and self._fits(self.last_person, mention.gender):
            return self.last_person
        return mention.text
