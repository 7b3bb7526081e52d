"""What scoring returns: every sentence with its probabilities and voice, and the article's sums."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from framing.article import Dropped
from framing.errors import missing_extra
from framing.voice import VOICES

if TYPE_CHECKING:
    import pandas as pd

    from framing.explain import Evidence

__all__ = [
    "ArticleScore",
    "FrameSummary",
    "Provenance",
    "SentenceScore",
    "SpeakerSummary",
    "Unscored",
]


@dataclass(frozen=True, slots=True)
class SentenceScore:
    """One sentence: where it stands, whose words it is, and its probability for every frame."""

    text: str
    start: int
    end: int
    scores: Mapping[str, float]  # frame_id -> calibrated probability, all frames of the codebook
    # Those at or over their thresholds, the most probable first; where the stance is "rejected",
    # only those that the codebook keeps then.
    frames: tuple[str, ...]
    voice: str  # "author", "quoted" or "reported"
    speaker: str | None  # for quoted and reported sentences, as best known from the article
    stance: str  # "plain", "distanced", "rejected" or "endorsed": the text towards what it reports
    voice_confidence: float
    truncated: bool  # True when the model could not read the sentence to its end
    kind: str  # "title", "paragraph", "quote", "heading" or "caption"

    def to_dict(self) -> dict[str, Any]:
        """Return the sentence as plain JSON values."""
        return {
            "text": self.text,
            "start": self.start,
            "end": self.end,
            "frames": list(self.frames),
            "voice": self.voice,
            "speaker": self.speaker,
            "stance": self.stance,
            "voice_confidence": round(self.voice_confidence, 3),
            "kind": self.kind,
            "truncated": self.truncated,
            "scores": {frame: round(p, 4) for frame, p in self.scores.items()},
        }


@dataclass(frozen=True, slots=True)
class FrameSummary:
    """One frame over an article; shares are of all its sentences."""

    count: int
    share: float
    maximum: float  # the highest probability of any sentence
    author: float  # share of sentences that carry the frame in the article's own voice
    quoted: float
    reported: float


@dataclass(frozen=True, slots=True)
class SpeakerSummary:
    """What one speaker is quoted or reported to say; `sentences` are indices into the article's."""

    speaker: str
    sentences: tuple[int, ...]
    frames: Mapping[str, tuple[int, ...]]  # frame_id -> indices of sentences that carry it


@dataclass(frozen=True, slots=True)
class Provenance:
    """What produced a result: enough to obtain it again."""

    model: str
    revision: str
    sha256: str
    codebook: str
    codebook_digest: str
    thresholds: Mapping[str, float]
    library_version: str

    def to_dict(self) -> dict[str, Any]:
        """Return the provenance as plain JSON values."""
        return {
            "model": self.model,
            "revision": self.revision,
            "sha256": self.sha256,
            "codebook": self.codebook,
            "codebook_digest": self.codebook_digest,
            "thresholds": {f: round(t, 4) for f, t in self.thresholds.items()},
            "library_version": self.library_version,
        }


@dataclass(frozen=True, slots=True)
class Unscored:
    """An article that could not be read or scored, and why; takes its place among results."""

    origin: str | None
    error: str


@dataclass(frozen=True)
class ArticleScore:
    """A scored article; `text[s.start:s.end] == s.text` for each of its sentences."""

    text: str
    title: str | None
    date: str | None
    source: str | None
    language: str | None
    origin: str | None
    sentences: tuple[SentenceScore, ...]
    dropped: tuple[Dropped, ...]  # page furniture that is not part of the article, with reasons
    warnings: tuple[str, ...]
    provenance: Provenance

    @cached_property
    def frames(self) -> Mapping[str, FrameSummary]:
        """Each frame of the codebook, in its order, summed over the article."""
        return {frame: self._summary(frame) for frame in self.provenance.thresholds}

    def _summary(self, frame: str) -> FrameSummary:
        total = max(len(self.sentences), 1)
        carriers = [s.voice for s in self.sentences if frame in s.frames]
        return FrameSummary(
            count=len(carriers),
            share=len(carriers) / total,
            maximum=max((s.scores[frame] for s in self.sentences), default=0.0),
            **{voice: carriers.count(voice) / total for voice in VOICES},
        )

    @cached_property
    def speakers(self) -> tuple[SpeakerSummary, ...]:
        """The speakers in order of appearance, with the frames that each advances."""
        said: dict[str, list[int]] = {}
        for i, sentence in enumerate(self.sentences):
            if sentence.speaker:
                said.setdefault(sentence.speaker, []).append(i)
        return tuple(
            SpeakerSummary(
                speaker,
                tuple(rows),
                {
                    frame: tuple(i for i in rows if frame in self.sentences[i].frames)
                    for frame in self.provenance.thresholds
                    if any(frame in self.sentences[i].frames for i in rows)
                },
            )
            for speaker, rows in said.items()
        )

    def to_dict(self, *, text: bool = True) -> dict[str, Any]:
        """Return the result as plain JSON values; `text=False` leaves the article's text out."""
        return {
            "title": self.title,
            "date": self.date,
            "source": self.source,
            "language": self.language,
            "origin": self.origin,
            **({"text": self.text} if text else {}),
            "sentences": [sentence.to_dict() for sentence in self.sentences],
            "frames": {
                frame: {
                    "count": f.count,
                    "share": round(f.share, 4),
                    "maximum": round(f.maximum, 4),
                    "author": round(f.author, 4),
                    "quoted": round(f.quoted, 4),
                    "reported": round(f.reported, 4),
                }
                for frame, f in self.frames.items()
            },
            "speakers": [
                {
                    "speaker": s.speaker,
                    "sentences": list(s.sentences),
                    "frames": {frame: list(rows) for frame, rows in s.frames.items()},
                }
                for s in self.speakers
            ],
            "dropped": [{"start": d.start, "end": d.end, "reason": d.reason} for d in self.dropped],
            "warnings": list(self.warnings),
            "provenance": self.provenance.to_dict(),
        }

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the result as JSON text; lone surrogates are escaped, so it is always UTF-8."""
        value = self.to_dict()
        written = json.dumps(value, ensure_ascii=False, indent=indent)
        if any("\ud800" <= c <= "\udfff" for c in written):
            written = json.dumps(value, indent=indent)
        return written

    def to_dataframe(self) -> pd.DataFrame:
        """Return one row a sentence, with a column of probabilities for every frame (pandas)."""
        try:
            import pandas as pd
        except ImportError as error:
            raise missing_extra("eval", "to_dataframe()") from error
        rows = []
        for i, sentence in enumerate(self.sentences):
            row = sentence.to_dict()
            scores = row.pop("scores")
            rows.append({"sentence": i, **row, **scores})
        return pd.DataFrame(rows)

    def to_html(self, *, evidence: Evidence | None = None) -> str:
        """Return a self-contained page that shows the article tinted by frame and voice.

        With `evidence=scorer.evidence(result)` the words that carry each frame are underlined.
        """
        from framing.page import article_page

        return article_page(self, evidence=evidence)
