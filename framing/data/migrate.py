"""Moves labels from a codebook to its next version, and says what a person must decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from framing.codebook import Codebook, Replaces
from framing.data.records import Record
from framing.errors import RecordError, did_you_mean

__all__ = ["Decision", "Migration", "migrate"]


@dataclass(frozen=True, slots=True)
class Decision:
    """A label that no rule can move: `frame` became some of `choices`, a person says which."""

    record: Record  # as it was
    frame: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Migration:
    """Records under the new codebook, and what is left to do."""

    records: tuple[Record, ...]
    decisions: tuple[Decision, ...]
    changed: int  # records whose frames changed by a rule
    removed: Mapping[str, int]  # frame without a successor -> labels that were dropped


def migrate(records: Iterable[Record], codebook: Codebook) -> Migration:
    """Apply what `codebook` replaces to records of its predecessor; records of its own stay.

    Renamed and merged frames are moved, removed ones are dropped. A frame that was split is taken
    out and listed under `decisions` with the frames it became; the record's note says so too.
    Records that name no codebook count as the predecessor's. Raises `RecordError` for a record of
    another codebook, or with a frame that neither codebook can know.
    """
    rules = codebook.replaces
    if rules is None:
        raise RecordError(f"codebook {codebook.id} names no older one under 'replaces'")
    moved = {**rules.renamed, **{old: new for new, olds in rules.merged.items() for old in olds}}
    known = {*moved, *rules.split, *rules.removed, *codebook.frame_ids}
    done: list[Record] = []
    decisions: list[Decision] = []
    removed = dict.fromkeys(rules.removed, 0)
    changed = 0
    for r in records:
        if r.codebook == codebook.id:
            done.append(r)
            continue
        where = f"sentence {r.sentence_id} of article '{r.article_id}'"
        if r.codebook not in (None, rules.codebook):
            raise RecordError(
                f"{where} follows codebook '{r.codebook}'; {codebook.id} replaces "
                f"{rules.codebook}. Migrate one version at a time"
            )
        for frame in r.frames:
            if frame not in known:
                near = did_you_mean(frame, sorted(known))
                raise RecordError(f"{where} has a frame '{frame}' unknown to {codebook.id}.{near}")
        frames = _moved(r.frames, moved, rules)
        open_frames = [f for f in r.frames if f in rules.split]
        decisions += [Decision(r, f, tuple(rules.split[f])) for f in open_frames]
        for frame in r.frames:
            if frame in removed:
                removed[frame] += 1
        changed += frames != r.frames
        done.append(
            replace(
                r,
                frames=frames,
                codebook=codebook.id,
                note=_note(r.note, open_frames, rules),
                suggested=None if r.suggested is None else _moved(r.suggested, moved, rules),
                soft=None if r.soft is None else _moved_soft(r.soft, moved, rules),
            )
        )
    return Migration(tuple(done), tuple(decisions), changed, removed)


def _moved(frames: Sequence[str], moved: Mapping[str, str], rules: Replaces) -> tuple[str, ...]:
    gone = {*rules.split, *rules.removed}
    return tuple(dict.fromkeys(moved.get(f, f) for f in frames if f not in gone))


def _moved_soft(
    soft: Mapping[str, float], moved: Mapping[str, str], rules: Replaces
) -> dict[str, float]:
    """Return the shares moved; of merged frames the largest: their annotators may be the same."""
    shares: dict[str, float] = {}
    for frame, share in soft.items():
        for new in _moved((frame,), moved, rules):
            shares[new] = max(share, shares.get(new, 0))
    return shares


def _note(note: str | None, open_frames: Sequence[str], rules: Replaces) -> str | None:
    if not open_frames:
        return note
    said = "; ".join(
        f"was '{f}' in {rules.codebook}, decide: {' or '.join(rules.split[f])}" for f in open_frames
    )
    return f"{note}; {said}" if note else said
