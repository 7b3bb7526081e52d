"""doccano: JSON Lines of a text classification project, its label types and its settings.

One row is one annotator's labels of one sentence. Frames are labels, and so is the voice
(`voice:quoted`). doccano shows what stands beside them as metadata, and passes it through data
frames that turn numbers into others and fill gaps: so the values themselves travel as the text of
one column, `record`, and the other columns are only there to be seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any

from framing.codebook import Codebook
from framing.data.exchange.files import carried, fail, known_values, write_whole
from framing.data.records import Record, read_lines, to_json

__all__ = ["project_configuration", "project_settings", "read_doccano", "write_doccano"]

_VOICE = "voice:"  # no frame id holds a colon
_SHOWN = ("article_id", "sentence_id", "context", "speaker", "note")
_GROUP_COLOURS = ("#2f6db3", "#b3402f", "#8a6d1f", "#3d7a4a", "#6b4c9a", "#55606b")
_VOICE_COLOUR = "#222222"


def project_configuration(codebook: Codebook) -> str:
    """Return the label types (JSON) to import under Labels, Actions, Import Labels.

    `project_settings` tells how the project itself is to be made.
    """
    colours = {g: _GROUP_COLOURS[i % len(_GROUP_COLOURS)] for i, g in enumerate(codebook.groups)}
    labels = [(frame.id, colours[frame.group]) for frame in codebook.frames]
    labels += [(_VOICE + voice, _VOICE_COLOUR) for voice in codebook.voices]
    keys = "1234567890abcdefghijklmnopqrstuvwxyz"  # doccano has shortcuts for as many labels
    rows = [
        {
            "text": text,
            "suffix_key": keys[i] if i < len(keys) else None,
            "background_color": colour,
            "text_color": "#ffffff",
        }
        for i, (text, colour) in enumerate(labels)
    ]
    return to_json(rows, indent=1) + "\n"


def project_settings(codebook: Codebook) -> str:
    """Return the project's settings (JSON), to fill in on its page or to send to /v1/projects."""
    guideline = "\n".join(
        [
            codebook.description,
            "",
            *(
                f"- **{f.id}**: a sentence carries it when it {f.definition}"
                for f in codebook.frames
            ),
            *(f"- **{_VOICE}{voice}**: {meaning}" for voice, meaning in codebook.voices.items()),
        ]
    )
    settings = {
        "name": codebook.id,
        "description": codebook.name,
        "guideline": guideline,
        "project_type": "DocumentClassification",
        "resourcetype": "TextClassificationProject",
        "single_class_classification": False,  # a sentence may carry several frames
        "collaborative_annotation": False,  # each annotator for themselves
        "random_order": False,
    }
    return to_json(settings, indent=1) + "\n"


def write_doccano(
    path: str | PathLike[str], records: Iterable[Record], *, to_label: bool = False
) -> int:
    """Write records as doccano rows (JSONL), to import there, and return how many.

    `to_label` leaves the labels out, so that people start afresh; then export approved rows only,
    since doccano does not tell a sentence without a frame from one that nobody has seen.
    """
    found = list(records)
    write_whole(path, (f"{to_json(_row(r, to_label))}\n".encode() for r in found))
    return len(found)


def _row(r: Record, to_label: bool) -> dict[str, object]:
    row = carried(r, "text", *(("annotator", "soft") if to_label else ()))
    labels: list[str] = []
    if not to_label:
        labels = [*r.frames, *([] if r.voice is None else [_VOICE + r.voice])]
        beside = {"speaker": r.speaker, "note": r.note}
        row |= {name: value for name, value in beside.items() if value is not None}
        row["frames"] = list(r.frames)  # for their order: doccano sorts labels
    shown = {name: str(row.get(name, "")) for name in _SHOWN}
    return {"text": r.text, "label": labels, **shown, "record": to_json(row)}


def read_doccano(
    path: str | PathLike[str], *, annotator: str | None = None, codebook: Codebook | None = None
) -> Iterator[Record]:
    """Read the records of a doccano export (JSONL), unzipped.

    doccano exports one file for each annotator, under the account's name: give it as `annotator`,
    else the records are by those whom the rows name. Comments are added to the note. Raises
    `RecordError` with file and line.
    """
    for where, row in read_lines(path):
        labels = row.get("label", row.get("labels"))
        if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
            raise fail(where, "has no 'label' with a list of texts; export the project as JSONL")
        voices = [label.removeprefix(_VOICE) for label in labels if label.startswith(_VOICE)]
        if len(voices) > 1:
            raise fail(where, f"has the voices {', '.join(voices)}; a sentence has one")
        rest = _record(row, where)
        order = {frame: i for i, frame in enumerate(rest.get("frames", ()))}
        frames = [label for label in labels if not label.startswith(_VOICE)]
        values = {
            **known_values(rest),
            "text": row.get("text"),
            "frames": sorted(frames, key=lambda frame: order.get(frame, len(order))),
            "voice": voices[0] if voices else None,
        }
        if annotator is not None:
            values["annotator"] = annotator
        if comments := [c for c in row.get("Comments") or () if isinstance(c, str)]:
            values["note"] = "\n".join([n for n in (values.get("note"),) if n] + comments)
        yield Record.from_dict(values, codebook=codebook, where=where)


def _record(row: dict[str, Any], where: str) -> dict[str, Any]:
    """Return what travelled along with a row."""
    try:
        found = json.loads(row["record"])
        if isinstance(found, dict):
            return found
    except (KeyError, TypeError, ValueError):
        pass
    raise fail(where, "has no 'record' with the values that write_doccano sent along")
