"""Says whose words each sentence is: the article's own, quoted, or reported, and the speaker's name.

Rules read punctuation and the words of `framing.cues`; they need no parser and no model, and run in
linear time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from framing.article import Article, Span
from framing.cues import CUES, Cues
from framing.quotation import Quotation, pair_quotations
from framing.reporting import Report, reports
from framing.sentences import Sentence
from framing.speakers import Speakers, Words, words_of

__all__ = ["VOICES", "Attribution", "attribute"]

VOICES = ("author", "quoted", "reported")

_WORD = re.compile(r"\w+")
_CYRILLIC = re.compile(r"[А-Яа-яЁё]")
_FRENCH_WORDS = re.compile(
    r"\b(?:le|la|les|des|est|dans|une|qui|que|pour|sur|avec|du|au|aux)\b", re.I
)
_DASHED = re.compile(r"\s[—–-]\s*((?:[\w.’'-]+\s*){1,6})$")
_LABEL = re.compile(r"^[^\w\"“«]*((?:[^\W\d_][\w.’'-]*\s?){1,6}):\s+(?=\S)")
_DISTANCED = re.compile(
    r"\b(?:so-called|allegedly|supposedly|purportedly|without (?:providing |offering |giving |any )*"
    r"(?:evidence|proof)|what (?:he|she|they|it) (?:called|calls|described as))\b",
    re.I,
)
_REJECTED = re.compile(
    r"\b(?:falsely|false claims?|false narratives?|false reports?|debunk\w*|no evidence (?:that|of|to|for)|"
    r"is (?:simply |completely )?(?:false|untrue|a lie)|are (?:false|untrue|lies)|baseless(?:ly)?|"
    r"unfounded claims?|conspiracy theor\w+|disinformation claims?|fact-?check\w*|misleadingly|lied|hoax)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Attribution:
    """Whose words a sentence is; the spans are offsets into `article.text`.

    `cue` holds the attributing words ("said") wherever the sentence has some, also where the
    sentence's main claim remains the author's. `confidence` is the rules' own precision.
    """

    voice: str
    speaker: str | None
    stance: str = "plain"
    confidence: float = 1.0
    cue: str | None = None
    cue_span: Span | None = None
    speaker_span: Span | None = None
    quote_span: Span | None = None


def attribute(sentences: Sequence[Sentence], article: Article) -> tuple[Attribution, ...]:
    """Return one `Attribution` a sentence, in order; `sentences` are those of `article`.

    The language is the article's, or told by its letters and small words; other languages than
    English, French and Russian are read by their quotation marks and the English words.
    """
    cues = CUES[_language(article, sentences)]
    return tuple(_Reader(article.text, sentences, cues).read())


def _language(article: Article, sentences: Sequence[Sentence]) -> str:
    declared = (article.language or "").split("-")[0].lower()
    if declared in CUES:
        return declared
    sample = " ".join(s.text for s in sentences[:12])[:2000]
    letters = sum(map(str.isalpha, sample)) or 1
    if len(_CYRILLIC.findall(sample)) > letters / 2:
        return "ru"
    if len(_FRENCH_WORDS.findall(sample)) > len(_WORD.findall(sample)) / 6:
        return "fr"
    return "en"


@dataclass(slots=True)
class _Turn:
    """A quotation while its speaker is still to be found: the sentences that wait for it."""

    waiting: list[int]
    speaker: str | None = None
    span: Span | None = None


class _Reader:
    """Reads an article's sentences from left to right."""

    def __init__(self, text: str, sentences: Sequence[Sentence], cues: Cues) -> None:
        self.text = text
        self.sentences = sentences
        self.cues = cues
        self.quotes = pair_quotations(text, sentences)
        self.speakers = Speakers(cues)
        self.found: list[Attribution] = []
        self.turns: dict[int, _Turn] = {}  # start of a quotation -> its turn
        self.introduced: tuple[str | None, Span | None] | None = None

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
        return self.found

    def sentence(self, i: int, sentence: Sentence, quotes: list[Quotation]) -> Attribution:
        text = self.text
        spoken: list[tuple[int, int]] = []
        for q in quotes:
            a, b = max(q.start, sentence.start), min(q.end, sentence.end)
            if self.is_speech(sentence, q, a, b):
                spoken.append((a, b))
        words = words_of(text, sentence.start, sentence.end, spoken)
        self.speakers.read(words)
        found = reports(words, self.cues)
        best = max(found, key=lambda r: r.strength, default=None)
        if spoken:
            beside = [r for r in found if r.strength >= 0.4]
            inner = sum(len(_WORD.findall(text, a, b)) for a, b in spoken)
            outer = len(_WORD.findall(sentence.text)) - inner
            return self.quoting(i, sentence, quotes, spoken, words, beside, best, inner, outer)
        return self.plain(i, sentence, words, best)

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
        before = self.text[sentence.start : a].rstrip()
        if not before and (inner[-1:] in ".,!?…" or self.text[b : b + 1] in ",.!?"):
            return True
        if before.endswith((":", ",")) and inner[:1].isupper():
            return True
        return False

    def quoting(
        self, i: int, sentence: Sentence, quotes: list[Quotation], spoken: list[tuple[int, int]],
        words: Words, beside: list[Report], best: Report | None, inner: int, outer: int,
    ) -> Attribution:  # fmt: skip
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
        turn = self.turns.get(turn_start)
        if turn is None:
            turn = self.turns[turn_start] = _Turn([])
        if quoted:
            if speaker is None and self.introduced is not None and not report:
                speaker, span = self.introduced
            if speaker:
                turn.speaker, turn.span = speaker, span
                for k in turn.waiting:
                    self.found[k] = replace(self.found[k], speaker=speaker)
                turn.waiting.clear()
            elif turn.speaker:
                speaker = turn.speaker
            else:
                turn.waiting.append(i)
                speaker = self.speakers.last
            confidence = 0.97 if whole else 0.9
            self.introduced = (speaker, span)
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

    def utterance(self, sentence: Sentence, span: tuple[int, int]) -> bool:
        """Tell a quotation that is a sentence of its own from one that is part of another."""
        before = self.text[sentence.start : span[0]].rstrip()
        inner = self.text[span[0] : span[1]].strip("\"“”„«»‹›'‘’` ")
        if not before:
            return inner[-1:] in ".,!?…" or self.text[span[1] : span[1] + 1] in ",—–"
        return before[-1] in ":," and inner[:1].isupper()

    def plain(self, i: int, sentence: Sentence, words: Words, best: Report | None) -> Attribution:
        self.introduced_by(sentence, words, best)
        if best is None or best.strength < 0.55:
            stance = self.stance(sentence, best, "author")
            return Attribution(
                "author", None, stance, 0.9, best.verb if best else None,
                (best.start, best.end) if best else None,
            )  # fmt: skip
        speaker = self.speakers.resolve(best.mention) if best.mention else None
        span = (best.mention.start, best.mention.end) if best.mention else None
        return Attribution(
            "reported", speaker, self.stance(sentence, best, "reported"), best.strength,
            best.verb, (best.start, best.end), span,
        )  # fmt: skip

    def introduced_by(self, sentence: Sentence, words: Words, best: Report | None) -> None:
        self.introduced = None
        if sentence.text.rstrip().endswith(":") and best and best.mention:
            speaker = self.speakers.resolve(best.mention)
            self.introduced = (speaker, (best.mention.start, best.mention.end))

    def stance(self, sentence: Sentence, report: Report | None, voice: str) -> str:
        if _REJECTED.search(sentence.text) and voice != "quoted":
            return "rejected"
        if voice == "author":
            return "plain"
        if (report and report.verb in self.cues.distancing) or _DISTANCED.search(sentence.text):
            return "distanced"
        if report and report.verb in self.cues.endorsing:
            return "endorsed"
        return "plain"
