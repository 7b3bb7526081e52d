"""Makes one gold record of several annotators' records, keeping who said what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from framing.data.agreement import annotations_of
from framing.data.records import Record
from framing.errors import RecordError, did_you_mean

__all__ = ["GOLD", "Disagreement", "adjudicate", "disagreements"]

GOLD = "gold"  # the annotator of adjudicated records
Method = Literal["majority", "experts", "soft"]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A sentence on whose frames or voice annotators differ."""

    records: tuple[Record, ...]  # one an annotator, in order of their names
    frames: tuple[str, ...]  # marked by some, not by all
    voices: tuple[str, ...]  # all that were given, if more than one

    def unlabelled(self) -> Record:
        """Return the sentence without labels, for a further annotator who shall see none."""
        return replace(
            self.records[0], frames=(), voice=None, speaker=None, annotator=None, note=None,
            suggested=None, soft=None,
        )  # fmt: skip


def adjudicate(
    records: Iterable[Record], *, method: Method = "majority", experts: Sequence[str] = ()
) -> list[Record]:
    """Return one record a sentence by annotator "gold"; its note keeps the trail of the decision.

    "majority" takes the frames that more than half of the sentence's annotators marked and the
    voice that most gave. "experts" takes the record of the first of `experts` who labelled the
    sentence, and the majority where none did. "soft" is the majority with each frame's share of
    annotators in `soft`. On a tie between voices, the first in `experts`, then in order of names,
    decides. Sentences stay in order of first appearance.
    """
    annotators, by_key = annotations_of(records)
    if method not in ("majority", "experts", "soft"):
        near = did_you_mean(method, ("majority", "experts", "soft"))
        raise RecordError(f"method is '{method}', not majority, experts or soft.{near}")
    if method == "experts" and not experts:
        raise RecordError(f"method 'experts' needs their order, of {', '.join(annotators)}")
    for name in experts:
        if name not in annotators:
            raise RecordError(f"no annotator '{name}'.{did_you_mean(name, annotators)}")
    order = (*experts, *(a for a in annotators if a not in experts))
    return [
        _gold([marks[a] for a in order if a in marks], method, experts) for marks in by_key.values()
    ]


def _gold(rows: Sequence[Record], method: Method, experts: Sequence[str]) -> Record:
    votes = Counter(f for r in rows for f in r.frames)
    voices = Counter(r.voice for r in rows if r.voice is not None)
    first = rows[0]
    if method == "experts" and first.annotator in experts:
        frames, voice, speaker = first.frames, first.voice, first.speaker
        how = f"by expert {first.annotator}"
    else:
        # A frame's place in the list follows the first annotator who marked it.
        frames = tuple(f for f in votes if 2 * votes[f] > len(rows))
        voice = max(voices, key=lambda v: voices[v]) if voices else None
        speakers = Counter(r.speaker for r in rows if r.voice == voice and r.speaker)
        speaker = max(speakers, key=lambda s: speakers[s]) if speakers else None
        how = "by majority"
    return replace(
        first,
        frames=frames,
        voice=voice,
        speaker=speaker,
        annotator=GOLD,
        note=f"{how}: "
        + "; ".join(_mark(r) for r in sorted(rows, key=lambda r: r.annotator or "")),
        suggested=None,
        soft={f: n / len(rows) for f, n in sorted(votes.items())} if method == "soft" else None,
    )


def _mark(r: Record) -> str:
    """Return what one annotator said, as it stands in the trail."""
    said = f"{r.annotator} [{', '.join(r.frames)}]"
    if r.voice:
        said += f" {r.voice}" + (f" ({r.speaker})" if r.speaker else "")
    if r.suggested is not None:
        said += " with suggestions"
    return said + (f" - {r.note}" if r.note else "")


def disagreements(records: Iterable[Record]) -> list[Disagreement]:
    """Return the sentences on which annotators differ, most differences first."""
    annotators, by_key = annotations_of(records)
    found = []
    for marks in by_key.values():
        rows = tuple(marks[a] for a in annotators if a in marks)
        votes: Mapping[str, int] = Counter(f for r in rows for f in r.frames)
        frames = tuple(f for f, n in votes.items() if n < len(rows))
        voices = tuple(dict.fromkeys(r.voice for r in rows if r.voice))
        if frames or len(voices) > 1:
            found.append(Disagreement(rows, frames, voices if len(voices) > 1 else ()))
    return sorted(found, key=lambda d: -(2 * len(d.frames) + len(d.voices)))
