"""Prodigy: JSON Lines of tasks for the `choice` interface, and the recipe that shows them.

One task is one annotator's labels of one sentence: frames and the voice (`voice:quoted`) are its
options, speaker and note are text fields, the context stands above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any

from framing.codebook import Codebook
from framing.data.exchange.files import carried, fail, known_values, write_whole
from framing.data.records import Record, read_lines, to_json

__all__ = ["project_configuration", "read_prodigy", "write_prodigy"]

_VOICE = "voice:"  # no frame id holds a colon
_SHOWN = ("article_id", "sentence_id", "source")  # in the card's corner

_RECIPE = '''"""Labels sentences with the frames of {id}; start it with

    prodigy {id} DATASET TASKS.jsonl -F THIS_FILE.py
"""

import prodigy
from prodigy.components.stream import get_stream

OPTIONS = [
{options}
]


@prodigy.recipe("{id}", dataset=("Where answers go", "positional"), tasks=("Tasks", "positional"))
def label(dataset, tasks):
    stream = get_stream(tasks, rehash=True, dedup=False)
    stream.apply(lambda found: ({{**task, "options": OPTIONS}} for task in found))
    return {{
        "dataset": dataset,
        "stream": stream,
        "view_id": "blocks",
        "config": {{
            "choice_style": "multiple",
            "choice_auto_accept": False,
            "blocks": [
                {{"view_id": "html", "html_template": "<small>{{{{context}}}}</small>"}},
                {{"view_id": "choice"}},
                {{"view_id": "text_input", "field_id": "speaker", "field_label": "speaker"}},
                {{"view_id": "text_input", "field_id": "note", "field_label": "note"}},
            ],
        }},
    }}
'''


def project_configuration(codebook: Codebook) -> str:
    """Return a recipe (Python) to save as a file and give to `prodigy` with -F."""
    options = [{"id": f.id, "text": f.name} for f in codebook.frames]
    options += [{"id": _VOICE + v, "text": f"Voice: {v}"} for v in codebook.voices]
    return _RECIPE.format(
        id=codebook.id,
        options="\n".join(f"    {to_json(option)}," for option in options),
    )


def write_prodigy(
    path: str | PathLike[str], records: Iterable[Record], *, to_label: bool = False
) -> int:
    """Write records as answered tasks (JSONL), for `prodigy db-in`, and return how many.

    `to_label` leaves answers and labels out, for the recipe; what was `suggested` is preselected.
    """
    found = list(records)
    write_whole(path, (f"{to_json(_task(r, to_label))}\n".encode() for r in found))
    return len(found)


def _task(r: Record, to_label: bool) -> dict[str, Any]:
    rest = carried(r, "text", "context", "annotator", *_SHOWN)
    task: dict[str, Any] = {
        "text": r.text,
        "context": r.context,
        "meta": {name: v for name in _SHOWN if (v := getattr(r, name)) is not None},
        "record": rest,
    }
    if to_label:
        return {**task, "accept": list(r.suggested)} if r.suggested else task
    task["accept"] = [*r.frames, *([] if r.voice is None else [_VOICE + r.voice])]
    task["options"] = [{"id": choice, "text": choice} for choice in task["accept"]]
    for name in ("speaker", "note"):
        if (value := getattr(r, name)) is not None:
            task[name] = value
    task |= {"answer": "accept", "_view_id": "blocks"}
    if r.annotator is not None:
        task |= {"_annotator_id": r.annotator, "_session_id": r.annotator}
    return task


def read_prodigy(
    path: str | PathLike[str], *, codebook: Codebook | None = None
) -> Iterator[Record]:
    """Read the records of a Prodigy dataset (JSONL, from `prodigy db-out`).

    Tasks without an answer, ignored or rejected, are no labels: they are left out. The annotator
    is the task's `_annotator_id`, else its `_session_id`. Raises `RecordError` with file and line.
    """
    for where, task in read_lines(path):
        if task.get("answer") != "accept":
            continue
        choices, meta, rest = task.get("accept", []), task.get("meta"), task.get("record", {})
        if not isinstance(meta, dict) or "article_id" not in meta or not isinstance(rest, dict):
            raise fail(where, "has no meta with article_id, as write_prodigy makes it")
        if not isinstance(choices, list) or not all(isinstance(c, str) for c in choices):
            raise fail(where, "accept is no list of texts; the interface must be 'choice'")
        voices = [c.removeprefix(_VOICE) for c in choices if c.startswith(_VOICE)]
        if len(voices) > 1:
            raise fail(where, f"has the voices {', '.join(voices)}; a sentence has one")
        values: dict[str, Any] = {
            **known_values({**rest, **meta}),
            "text": task.get("text"),
            "context": task.get("context", ""),
            "frames": [c for c in choices if not c.startswith(_VOICE)],
            "voice": voices[0] if voices else None,
            "annotator": task.get("_annotator_id", task.get("_session_id")),
        }
        values |= {name: task[name] for name in ("speaker", "note") if name in task}
        yield Record.from_dict(values, codebook=codebook, where=where)
