"""Says whose words each sentence is: the article's own, quoted or reported, and who speaks.

Rules read punctuation and the words of `framing.cues`; they need no parser and no model, and run in
linear time. In English a small regression (`framing.weighing`) then weighs what they saw, in the
sentence and its neighbours, and may overrule a doubtful report. Where a model's network has a voice
head, a second one weighs its logits against the rules.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from framing.article import Article, Span
from framing.cues import CUES
from framing.quotation import Quotation, pair_quotations
from framing.reporting import Report, reports
from framing.sentences import Sentence
from framing.speakers import QUOTE, Mention, Speakers, Words, mention_of, words_of
from framing.stance import rejects
from framing.subjects import is_speaker
from framing.weighing import (
    FEWEST_SENTENCES,
    SURE,
    Mixture,
    Sight,
    doubtful,
    overruled,
    weigh,
)

__all__ = ["VOICES", "Attribution", "Voices", "attribute", "read_voices", "sights"]

VOICES = ("author", "quoted", "reported")

_WORD = re.compile(r"\w+")
_SHORTEST_REPORT = 5  # characters: "I say"; what is shorter names nobody and reports nothing
_NO_WORDS = Words([], [], [], [])
_NO_REPORTS: list[Report] = []
_CYRILLIC = re.compile(r"[А-Яа-яЁё]")
_ENGLISH_WORDS = re.compile(r"\b(?:the|of|and|to|in|is|that|for|with|on)\b", re.I)
_FRENCH_WORDS = re.compile(
    r"\b(?:le|la|les|des|est|dans|une|qui|que|pour|sur|avec|du|au|aux)\b", re.I
)
_ANSWERS = frozenset(["answer", "a", "réponse", "ответ"])
_MOST_LABELS = 20  # each costs one search of the text
_TOPICS = frozenset(
    "opinion analysis exclusive watch video photo photos update breaking live explainer factbox "
    "war geopolitics editorial report interview review comment news poll quiz timeline warning "
    "context summary note".split()
)
_LINK = re.compile(r"(?:https?://|pic\.twitter\.com/|www\.)\S+")
_SIGNATURE = re.compile(r"[—–-]\s?([^\W\d_][^@()\n]{1,60}?) \(@\w+\)")
_FIRST_PERSON = re.compile(
    r"\b(?:I|we|our|us|my|me|you|your|nous|notre|nos|je|мы|наш\w*|я)\b", re.I
)
_LABEL = re.compile(r"[^\w\"“«‘']*([^\W\d_][\w.’'-]*(?:\s+[^\W\d_][\w.’'-]*)*)\s?")
_DISTANCED = re.compile(
    r"\b(?:so-called|allegedly|supposedly|purportedly|"
    r"without (?:providing |offering |giving |any )*(?:evidence|proof)|"
    r"what (?:he|she|they|it) (?:called|calls|described as))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose words a sentence is; the spans are offsets into `article.text`.

    `cue` holds the attributing words ("said") wherever the sentence has some, also where the
    sentence's main claim remains the author's. `confidence` is a rough weight of the rule, not a
    calibrated probability.
    """

    voice: str
    speaker: str | None
    stance: str = "plain"
    confidence: float = 1.0
    cue: str | None = None
    cue_span: Span | None = None
    speaker_span: Span | None = None
    quote_span: Span | None = None


_OWN = Attribution("author", None, "plain", 0.9)


def attribute(sentences: Sequence[Sentence], article: Article) -> tuple[Attribution, ...]:
    """Return one `Attribution` a sentence, in order; `sentences` are those of `article`.

    The language is the article's, or told by its letters and small words; other languages than
    English, French and Russian are read by their quotation marks and the English words.
    """
    return read_voices(sentences, article).attributions


class Voices:
    """What the rules say of an article's sentences; `mixed` asks a model's network as well."""

    def __init__(self, reader: _Reader) -> None:
        found = reader.read()
        self._reader = reader
        self.attributions = tuple(reader.weighed(found) if reader.language == "en" else found)

    def mixed(
        self, voice_logits: Sequence[Sequence[float]], mixture: Mixture
    ) -> tuple[Attribution, ...]:
        """Return the attributions after weighing logits `(n, 3)`, in the order of VOICES.

        Only in English articles of five sentences or more, and never where the rules are sure: in
        speech that is marked from end to end; nor of speech without marks, such as a signed post.
        """
        asked = self.asked()
        if not any(asked):
            return self.attributions
        return tuple(self._reader.mixed(self.attributions, asked, voice_logits, mixture))

    def asked(self) -> tuple[bool, ...]:
        """Tell of every sentence whether `mixed` weighs it."""
        if self._reader.language != "en" or len(self.attributions) < FEWEST_SENTENCES:
            return (False,) * len(self.attributions)
        return tuple(
            found.confidence < SURE
            and not seen.turn
            and not (found.voice == "quoted" and found.quote_span is None)
            for seen, found in zip(self._reader.seen, self.attributions, strict=True)
        )


def read_voices(sentences: Sequence[Sentence], article: Article) -> Voices:
    """Read an article as `attribute` does, and keep what a model's logits may still change."""
    return Voices(_Reader(article.text, sentences, _language(article, sentences)))


def sights(sentences: Sequence[Sentence], article: Article) -> tuple[Sight, ...]:
    """Return what the rules see in each sentence, before anything is weighed."""
    reader = _Reader(article.text, sentences, _language(article, sentences))
    return tuple(reader.sights(reader.read()))


def _language(article: Article, sentences: Sequence[Sentence]) -> str:
    declared = (article.language or "").split("-")[0].lower()
    if declared in CUES:
        return declared
    sample = " ".join(s.text for s in sentences[:12])[:2000]
    letters = sum(map(str.isalpha, sample)) or 1
    if len(_CYRILLIC.findall(sample)) > letters / 2:
        return "ru"
    french = len(_FRENCH_WORDS.findall(sample))
    if french > 2 * len(_ENGLISH_WORDS.findall(sample)) and french * 12 > sample.count(" "):
        return "fr"
    return "en"


@dataclass(slots=True)
class _Turn:
    """A quotation while its speaker is still to be found: the sentences that wait for it."""

    waiting: list[int]
    speaker: str | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class _Seen:
    """The parts of a sentence that were read, kept for weighing."""

    words: Words
    reports: Sequence[Report]
    inner: int  # words in quotation marks
    outer: int
    turn: bool  # of a transcript or of a post
    speaker: str | None  # who speaks if the sentence proves to be a report or a quotation


@dataclass(frozen=True, slots=True)
class _BlockQuote:
    """Speech without marks that a colon introduced: its speaker, and the paragraph it is in."""

    speaker: str | None
    span: Span | None
    introduction: int  # block of the introducing sentence
    block: int  # block in which the speech begins, or -1 before it has begun
    lasting: bool = False  # a turn of a transcript lasts until the next one
    voice: str = "quoted"


def _label(text: str) -> re.Match[str] | None:
    """Match the name before a colon at the start of a sentence; group 1 is the name."""
    colon = text.find(":", 0, 80)
    if colon < 0 or not text[colon + 1 : colon + 2].isspace() or text[:colon].count(" ") > 7:
        return None
    return _LABEL.fullmatch(text, 0, colon)


def _is_transcript(sentences: Sequence[Sentence]) -> bool:
    """Tell an interview or a record of debate by labels that return."""
    labels: dict[str, int] = {}
    seen: set[str] = set()
    for sentence in sentences:
        match = _label(sentence.text)
        if match and sentence.text not in seen:
            labels[match[1]] = labels.get(match[1], 0) + 1
            seen.add(sentence.text)
    return len(labels) >= 2 and sum(n for n in labels.values() if n > 1) >= 3


class _Reader:
    """Reads an article's sentences from left to right."""

    def __init__(self, text: str, sentences: Sequence[Sentence], language: str) -> None:
        cues = CUES[language]
        self.language = language
        self.text = text
        self.sentences = sentences
        self.cues = cues
        self.quotes = pair_quotations(text, sentences)
        self.speakers = Speakers(cues)
        self.found: list[Attribution] = []
        self.turns: dict[int, _Turn] = {}  # start of a quotation -> its turn
        self.introduced: tuple[str | None, Span | None] | None = None
        self.block_quote: _BlockQuote | None = None
        self.transcript = _is_transcript(sentences)
        full = sum(s.text.rstrip()[-1:] in '.!?"”»' for s in sentences)
        self.labels: dict[str, bool] = {}  # head of a headline's label -> is it a speaker
        self.headlines = full * 4 <= len(sentences)  # nothing but headlines
        self.seen: list[_Seen] = []

    def read(self) -> list[Attribution]:
        first = 0
        for i, sentence in enumerate(self.sentences):
            while first < len(self.quotes) and self.quotes[first].end <= sentence.start:
                first += 1
            inside = []
            k = first
            while k < len(self.quotes) and self.quotes[k].start < sentence.end:
                inside.append(self.quotes[k])
                k += 1
            self.found.append(self.sentence(i, sentence, inside))
            self.signed(i, sentence)
        return self.found

    def signed(self, i: int, sentence: Sentence) -> None:
        """Give a post its author, who signs after it: "— Name (@handle) date"."""
        match = _SIGNATURE.search(sentence.text)
        if not match:
            return
        speaker = match[1].strip()
        at = sentence.start + match.start(1)
        span = (at, at + len(speaker))
        post = Attribution("quoted", speaker, "plain", 0.8, None, None, span)
        first = (
            i if len(_WORD.findall(_LINK.sub("", sentence.text[: match.start()]))) > 3 else i - 1
        )
        for k in range(first, max(-1, first - 4), -1):
            text = self.sentences[k].text.rstrip()
            if k != i and (text.endswith(":") or not self.is_unmarked(self.found[k])):
                break
            self.found[k] = post
            if k != first and self.sentences[k].block != self.sentences[first].block:
                break
            before = self.sentences[k - 1].text.rstrip() if k else ""
            if not any(
                self.sentences[m].text.rstrip().endswith(":") for m in range(max(0, k - 3), k)
            ) or before.endswith(":"):
                break

    @staticmethod
    def is_unmarked(found: Attribution) -> bool:
        return found.voice == "author" or (found.voice == "quoted" and found.quote_span is None)

    def sentence(self, i: int, sentence: Sentence, quotes: list[Quotation]) -> Attribution:
        text = self.text
        spoken: list[Span] = []
        for q in quotes:
            if (not q.opened or (not q.closed and q.start < sentence.start)) and self.is_stray(
                sentence
            ):
                continue
            a, b = max(q.start, sentence.start), min(q.end, sentence.end)
            if self.is_speech(sentence, q, a, b):
                spoken.append((a, b))
        if not spoken and sentence.end - sentence.start < _SHORTEST_REPORT:
            words, found, inner, outer = _NO_WORDS, _NO_REPORTS, 0, 1
        else:
            words = words_of(text, sentence.start, sentence.end, spoken, self.language)
            self.speakers.read(words)
            found = reports(words, self.cues)
            inner = sum(len(_WORD.findall(text, a, b)) for a, b in spoken)
            outer = len(_WORD.findall(sentence.text)) - inner
        best = max(found, key=lambda r: r.strength, default=None)
        if spoken:
            if self.block_quote and not self.block_quote.lasting:
                self.block_quote = None
            beside = [r for r in found if r.strength >= 0.4]
            attribution = self.quoting(i, quotes, spoken, beside, inner, outer)
        else:
            attribution = self.plain(sentence, words, best)
        turn = self.transcript or (self.block_quote is not None and self.block_quote.lasting)
        speaker = attribution.speaker
        if speaker is None and best and best.mention:
            speaker = self.speakers.fitting(best.mention)
        elif speaker is None and any(a.voice != "author" for a in self.found[-2:]):
            speaker = self.speakers.last
        self.seen.append(_Seen(words, found, inner, outer, turn, speaker))
        return attribution

    def sights(self, found: Sequence[Attribution]) -> list[Sight]:
        """Put what was seen into the form that is weighed; `found` is what the rules say."""
        result = []
        for sentence, seen, rule in zip(self.sentences, self.seen, found, strict=True):
            text = sentence.text.rstrip()
            best = max(seen.reports, key=lambda r: r.strength, default=None)
            low = seen.words.low
            mention = best.mention if best else None
            described = mention is not None and mention.kind == "description"
            result.append(
                Sight(
                    voice=rule.voice,
                    confidence=rule.confidence,
                    cue=rule.cue is not None,
                    verb=best.verb if best else "",
                    form=best.form if best else "",
                    kind=mention.kind if mention else "none",
                    head=mention.head.lower() if mention and described else "",
                    speaks=mention is not None and is_speaker(mention, self.cues),
                    strength=best.strength if best else 0.0,
                    place=best.index if best else 0,
                    before=low[best.index - 1] if best and best.index else "",
                    after=low[best.index + 1] if best and best.index + 1 < len(low) else "",
                    strong=sum(r.strength >= 0.4 for r in seen.reports),
                    inner=seen.inner,
                    outer=seen.outer,
                    headline=self.headline(sentence),
                    first_person=_FIRST_PERSON.search(text) is not None,
                    label=0 < text.find(":") < 80,
                    ending=text[-1:],
                    turn=seen.turn,
                )
            )
        return result

    def weighed(self, found: Sequence[Attribution]) -> list[Attribution]:
        """Let the regression overrule doubtful reports; it needs neighbours to go by."""
        result = list(found)
        asked = [
            i
            for i, rule in enumerate(found)
            if doubtful(rule.voice, rule.confidence) and not self.seen[i].turn
        ]
        if len(found) < FEWEST_SENTENCES or not asked:
            return result
        sights = self.sights(found)
        for i in asked:
            rule, chances = found[i], weigh(sights, i)
            if not overruled(rule.voice, rule.confidence, chances):
                continue
            voice = max(chances, key=chances.__getitem__)
            report = max(self.seen[i].reports, key=lambda r: r.strength, default=None)
            result[i] = replace(
                rule,
                voice=voice,
                speaker=None if voice == "author" else rule.speaker,
                stance=self.stance(self.sentences[i], report, voice),
                confidence=round(chances[voice], 3),
            )
        return result

    def mixed(
        self,
        found: Sequence[Attribution],
        asked: Sequence[bool],
        voice_logits: Sequence[Sequence[float]],
        mixture: Mixture,
    ) -> list[Attribution]:
        """Let a network's logits overrule the rules where they are asked."""
        result = list(found)
        # A page may repeat one sentence many thousand times.
        known: dict[tuple[str, tuple[float, ...]], tuple[str, float]] = {}
        for i, (rule, logits) in enumerate(zip(found, voice_logits, strict=True)):
            if not asked[i]:
                continue
            key = rule.voice, tuple(logits)
            if key not in known:
                known[key] = mixture.decide(*key)
            voice, chance = known[key]
            if voice == rule.voice:
                continue
            seen = self.seen[i]
            report = max(seen.reports, key=lambda r: r.strength, default=None)
            result[i] = replace(
                rule,
                voice=voice,
                speaker=None if voice == "author" else rule.speaker or seen.speaker,
                stance=self.stance(self.sentences[i], report, voice),
                confidence=round(chance, 3),
            )
        return result

    def is_stray(self, sentence: Sentence) -> bool:
        """Tell a closing mark too many: the sentence it ends attributes itself at its start."""
        words = words_of(self.text, sentence.start, sentence.end, [], self.language)
        return any(r.strength >= 0.8 and r.index < 8 for r in reports(words, self.cues))

    def is_speech(self, sentence: Sentence, q: Quotation, a: int, b: int) -> bool:
        """Tell speech from scare quotes, titles and names in quotation marks."""
        inner = self.text[a:b].strip("\"“”„«»‹›'‘’`「」『』 ")
        n = len(_WORD.findall(inner))
        if not n:
            return False
        if q.start < sentence.start or q.end > sentence.end:
            return True
        if n >= 5:
            return True
        before = self.text[max(sentence.start, a - 80) : a].rstrip()
        if not before and (inner[-1:] in ".,!?…" or self.text[b : b + 1] in ",.!?"):
            return True
        return before.endswith((":", ",")) and inner[:1].isupper()

    def quoting(
        self,
        i: int,
        quotes: list[Quotation],
        spoken: list[Span],
        beside: list[Report],
        inner: int,
        outer: int,
    ) -> Attribution:
        """Attribute a sentence with speech in marks: `inner` words in them, `outer` outside."""
        sentence = self.sentences[i]
        longest = max(spoken, key=lambda s: s[1] - s[0])
        report = max(beside, key=lambda r: r.strength, default=None)
        cue_words = 0
        speaker: str | None = None
        span: Span | None = None
        if report:
            cue_words = 3
            if report.mention:
                speaker = self.speakers.resolve(report.mention)
                span = (report.mention.start, report.mention.end)
        whole = outer <= 1
        utterance = self.utterance(sentence, longest)
        share = inner / max(1, inner + outer - cue_words)
        quoted = whole or (utterance and (share > 0.3 or report is not None)) or share > 0.6
        turn_start = next((q.start for q in quotes if q.start <= longest[0] < q.end), longest[0])
        turn = self.turns.setdefault(turn_start, _Turn([]))
        if quoted:
            if speaker is not None:
                turn.speaker = speaker
                for k in turn.waiting:
                    self.found[k] = replace(self.found[k], speaker=speaker)
                turn.waiting.clear()
            elif turn.speaker is not None:
                speaker = turn.speaker
            elif self.introduced is not None and self.introduced[1] is not None:
                speaker, span = self.introduced
                turn.waiting.append(i)
            else:
                turn.waiting.append(i)
                speaker = self.speakers.last
            confidence = 0.97 if whole else 0.9
            self.introduced = (speaker, span) if turn.speaker or span else None
            voice = "quoted"
        elif report and report.strength >= 0.5:
            voice, confidence = "reported", 0.85
            self.introduced = None
        else:
            voice, confidence, speaker = "author", 0.7, None
            self.introduced = None
        return Attribution(
            voice, speaker, self.stance(sentence, report, voice), confidence,
            report.verb if report else None, (report.start, report.end) if report else None,
            span, longest,
        )  # fmt: skip

    def utterance(self, sentence: Sentence, span: Span) -> bool:
        """Tell a quotation that is a sentence of its own from one that is part of another."""
        before = self.text[sentence.start : span[0]].rstrip()
        inner = self.text[span[0] : span[1]].strip("\"“”„«»‹›'‘’` ")
        if not before:
            return inner[-1:] in ".,!?…" or self.text[span[1] : span[1] + 1] in ",—–"
        return inner[:1].isupper() and (
            before[-1] in ":," or before.rsplit(None, 1)[-1].lower() in self.cues.strong
        )

    def plain(self, sentence: Sentence, words: Words, best: Report | None) -> Attribution:
        labelled = self.labelled(sentence, words)
        if labelled:
            return labelled
        self.introduced = None
        strong = best is not None and best.strength >= 0.55
        spoken = self.unmarked(sentence, strong)
        if spoken:
            return spoken
        speaker: str | None = None
        span: Span | None = None
        if best and best.mention and (strong or sentence.text.rstrip().endswith(":")):
            speaker = self.speakers.resolve(best.mention)
            span = (best.mention.start, best.mention.end)
        if sentence.text.rstrip().endswith(":") and best and best.strength >= 0.3:
            self.introduced = (speaker, span)
            self.block_quote = _BlockQuote(speaker, span, sentence.block, -1)
            if not best.form.endswith(":that"):  # it says nothing itself
                return self.author(sentence, best, 0.8)
        if best is None or not strong:
            tail = self.tail(sentence, words)
            return tail or self.author(sentence, best, 0.9)
        return Attribution(
            "reported", speaker, self.stance(sentence, best, "reported"), best.strength,
            best.verb, (best.start, best.end), span,
        )  # fmt: skip

    def author(self, sentence: Sentence, report: Report | None, confidence: float) -> Attribution:
        stance = self.stance(sentence, report, "author")
        if report is None and stance == "plain" and confidence == _OWN.confidence:
            return _OWN  # most sentences: made once
        mention = report.mention if report else None
        return Attribution(
            "author", None, stance, confidence,
            report.verb if report else None, (report.start, report.end) if report else None,
            (mention.start, mention.end) if mention else None,
        )  # fmt: skip

    def unmarked(self, sentence: Sentence, strong: bool) -> Attribution | None:
        """Read speech without quotation marks: after "she wrote:", and turns of a transcript."""
        quote = self.block_quote
        if quote is None:
            return None
        if quote.block < 0:
            self.block_quote = replace(quote, block=sentence.block)
        elif not quote.lasting and (
            sentence.block != quote.block
            or (
                quote.block == quote.introduction
                and (strong or not _FIRST_PERSON.search(sentence.text))
            )
        ):
            self.block_quote = None
            return None
        if quote.voice == "author" and strong:
            return None
        return Attribution(quote.voice, quote.speaker, "plain", 0.7, None, None, quote.span)

    def labelled(self, sentence: Sentence, words: Words) -> Attribution | None:
        """Read "Name: ..." as a headline, a turn of a transcript, or a post of a ministry."""
        match = _label(sentence.text)
        if not match:
            return None
        label = match[1].strip()
        at = sentence.start + match.start(1)
        span = (at, at + len(label))
        count = next((k for k, word in enumerate(words.raw) if word == ":"), 0)
        mention = mention_of(words, 0, count, self.cues)
        if mention is None or (
            mention.kind == "description"
            and not is_speaker(mention, self.cues)
            and not (self.transcript and label[0].isupper())
        ):
            return None
        if self.transcript:
            if label.lower() in _ANSWERS and self.speakers.seen_person:
                name: str | None = self.speakers.seen_person
            elif mention.kind == "description":
                name = label
            else:
                name = self.speakers.resolve(mention)
            self.block_quote = _BlockQuote(name, span, sentence.block, sentence.block, True)
            return Attribution("quoted", name, "plain", 0.8, None, None, span)
        if sentence.text[0] in "💬🎙🗣":
            # A post that is one person's statement is that person's own text, like a speech.
            name = self.speakers.resolve(mention)
            self.block_quote = _BlockQuote(
                name, span, sentence.block, sentence.block, True, "author"
            )
            return Attribution("author", name, "plain", 0.8, None, None, span)
        if self.headline(sentence) and (
            words.raw[count + 1 : count + 2] == [QUOTE] or self.is_labelling(mention)
        ):
            name = self.speakers.resolve(mention)
            return Attribution("reported", name, "plain", 0.75, ":", None, span)
        return None

    def is_labelling(self, mention: Mention) -> bool:
        """Tell the speaker beside a headline's colon from its topic ("Ukraine war: ...")."""
        if mention.kind == "description":
            return mention.head.lower() in self.cues.roles | self.cues.documents
        if mention.head.lower() in self.cues.places:
            return False
        if mention.text.rsplit(" ", 1)[-1].lower() in self.speakers.names and " " in mention.text:
            return not mention.head.isupper()
        if self.headlines:
            return mention.head.lower() not in _TOPICS
        if mention.head not in self.labels and len(self.labels) < _MOST_LABELS:
            self.labels[mention.head] = self.is_named(mention)
        return self.labels.get(mention.head, False)

    def is_named(self, mention: Mention) -> bool:
        """Tell whether the article uses a word as a name, or makes it speak."""
        named = re.compile(
            rf"([A-Z][\w'’-]+) {re.escape(mention.head)}\b(?!:)"
            rf"|\b{re.escape(mention.head)} (?:said|says|told|reported)\b"
            rf"|\b(?:says|said|writes|wrote|reports|told|according to) {re.escape(mention.head)}\b"
        )
        return any(
            not m[1] or m[1].lower() not in self.cues.places | self.cues.never_names
            for m in named.finditer(self.text[:50_000])
        )

    def headline(self, sentence: Sentence) -> bool:
        return sentence.kind in ("title", "heading") or (
            sentence.text.rstrip()[-1:] not in '.!?…:;,"”»' and len(sentence.text) < 160
        )

    def tail(self, sentence: Sentence, words: Words) -> Attribution | None:
        """Read the speaker after the dash or colon that ends a headline ("... – minister")."""
        if not self.headline(sentence):
            return None
        n = len(words)
        for k in range(n - 1, max(2, n - 8), -1):
            if words.raw[k] in "—–-:":
                break
        else:
            return None
        mention = mention_of(words, k + 1, n, self.cues)
        if mention is None or mention.end < words.end[n - 1] or words.raw[k - 1][-1].isdigit():
            return None
        if mention.kind == "description" and not is_speaker(mention, self.cues):
            return None
        if words.raw[k] == ":" and words.raw[k - 1] != QUOTE and not self.is_labelling(mention):
            return None
        name = self.speakers.resolve(mention)
        span = (mention.start, mention.end)
        return Attribution("reported", name, "plain", 0.85, words.raw[k], None, span)

    def stance(self, sentence: Sentence, report: Report | None, voice: str) -> str:
        if rejects(sentence.model_text):
            return "rejected"
        if voice == "author":
            return "plain"
        if (report and report.verb in self.cues.distancing) or _DISTANCED.search(sentence.text):
            return "distanced"
        if report and report.verb in self.cues.endorsing:
            return "endorsed"
        return "plain"
