"""Label Studio: JSON tasks with annotations, and the labelling configuration to open them with.

A task is one sentence with its context above it; with `articles` it is one whole article, in which
each sentence is a region with labels of its own. Annotators are the task's annotations. What Label
Studio has no place for (annotator's name, suggestions) travels in a hidden field, `origin`.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from os import PathLike
from typing import Any
from xml.sax.saxutils import quoteattr

from framing.codebook import Codebook
from framing.data.exchange.files import (
    Articles,
    article_text,
    carried,
    fail,
    known_values,
    read_json,
    write_whole,
)
from framing.data.records import Record, to_json

__all__ = ["project_configuration", "read_labelstudio", "write_labelstudio"]

_ORIGIN = ("annotator", "suggested", "soft")  # values of an annotation, not of its sentence
_BLANK = ("annotator", "soft")  # what a sentence to label has not
_REGION = "sentence"


def project_configuration(codebook: Codebook, *, articles: bool = False) -> str:
    """Return the labelling configuration (XML) to paste under Settings, Labeling Interface, Code.

    With `articles` it is for tasks that are whole articles, written with `articles=`.
    """
    per_region = ' perRegion="true"' if articles else ""
    hints = {
        f.id: f"{f.name}: a sentence carries it when it {f.definition}" for f in codebook.frames
    }
    lines = ["<View>"]
    if articles:
        lines += [
            '  <Labels name="region" toName="text">',
            f'    <Label value="{_REGION}" background="#3b6ea5"/>',
            "  </Labels>",
        ]
    else:
        lines += [
            '  <View style="color: #666">',
            '    <Text name="context" value="$context"/>',
            "  </View>",
        ]
    lines += [
        '  <Text name="text" value="$text"/>',
        f'  <Choices name="frames" toName="text" choice="multiple" showInline="true"{per_region}>',
        *(f"    <Choice value={quoteattr(i)} hint={quoteattr(h)}/>" for i, h in hints.items()),
        "  </Choices>",
        f'  <Choices name="voice" toName="text" choice="single" showInline="true"{per_region}>',
        *(
            f"    <Choice value={quoteattr(value)} hint={quoteattr(meaning)}/>"
            for value, meaning in codebook.voices.items()
        ),
        "  </Choices>",
        f'  <TextArea name="speaker" toName="text" placeholder="speaker" maxSubmissions="1"'
        f' editable="true"{per_region}/>',
        f'  <TextArea name="note" toName="text" placeholder="note" rows="2" editable="true"'
        f"{per_region}/>",
        '  <View style="display: none">',
        f'    <TextArea name="origin" toName="text"{per_region}/>',
        "  </View>",
        "</View>",
    ]
    return "\n".join(lines) + "\n"


def write_labelstudio(
    path: str | PathLike[str],
    records: Iterable[Record],
    *,
    articles: Articles | None = None,
    to_label: bool = False,
) -> int:
    """Write records as Label Studio tasks (JSON), to import there, and return how many records.

    `articles` maps ids to texts: then a task is an article and each sentence a region of it, which
    needs `start` and `end`. `to_label` leaves the labels out, so that people start afresh; frames
    that a record has as `suggested` are then shown as predictions.
    """
    found = list(records)
    tasks = (
        _sentence_tasks(found, to_label)
        if articles is None
        else _article_tasks(found, articles, to_label)
    )
    write_whole(path, _array(tasks))
    return len(found)


def _array(values: Iterable[object]) -> Iterator[bytes]:
    separator = "["
    for value in values:
        yield f"{separator}\n{to_json(value)}".encode()
        separator = ","
    yield b"[]\n" if separator == "[" else b"\n]\n"


def _sentence_tasks(records: Iterable[Record], to_label: bool) -> Iterator[dict[str, Any]]:
    """Yield a task for each sentence; annotators who saw the same data share it."""
    groups: dict[str, list[Record]] = {}
    for r in records:
        shared = carried(r, *(_BLANK if to_label else _ORIGIN))
        groups.setdefault(to_json(shared), []).append(r)
    for key, group in groups.items():
        data = {"context": "", **json.loads(key)}
        if to_label:
            yield {"data": data, **_predictions([_results(r, suggested=True) for r in group[:1]])}
        else:
            yield {"data": data, "annotations": [{"result": _results(r)} for r in group]}


def _article_tasks(
    records: Iterable[Record], articles: Articles, to_label: bool
) -> Iterator[dict[str, Any]]:
    """Yield a task for each article; its data list the sentences, each with its region's id."""
    groups: dict[str, list[Record]] = {}
    for r in records:
        groups.setdefault(r.article_id, []).append(r)
    for article_id, group in groups.items():
        sentences: dict[str, int] = {}
        results: dict[str | None, list[dict[str, Any]]] = {}
        utf16: _Utf16 | None = None
        for r in group:
            text, start, end = article_text(articles, r)
            utf16 = utf16 or _Utf16(text)
            shared = to_json(carried(r, *(_BLANK if to_label else _ORIGIN), "article_id", "text"))
            known = len(sentences)
            number = sentences.setdefault(shared, known)
            if to_label and number < known:
                continue
            region = {
                "start": utf16.units(start),
                "end": utf16.units(end),
                "text": r.text,
            }
            results.setdefault(None if to_label else r.annotator, []).extend(
                _results(r, region=region, region_id=f"s{number}", suggested=to_label)
            )
        rows = [{**json.loads(shared), "region": f"s{i}"} for shared, i in sentences.items()]
        data = {"article_id": article_id, "text": text, "sentences": rows}
        if to_label:
            yield {"data": data, **_predictions(results.values())}
        else:
            yield {"data": data, "annotations": [{"result": r} for r in results.values()]}


def _predictions(results: Iterable[Sequence[Mapping[str, Any]]]) -> dict[str, Any]:
    shown = [{"model_version": "suggested", "result": r} for r in results if r]
    return {"predictions": shown} if shown else {}


def _results(
    r: Record,
    *,
    region: Mapping[str, Any] | None = None,
    region_id: str = "",
    suggested: bool = False,
) -> list[dict[str, Any]]:
    """Return one sentence's results; with `suggested` only what a model proposed for it."""
    found: list[dict[str, Any]] = []

    def add(name: str, kind: str, value: dict[str, Any]) -> None:
        item = {"from_name": name, "to_name": "text", "type": kind}
        item["id"] = region_id or name
        found.append({**item, "value": {**(region or {}), **value}})

    if region is not None:
        add("region", "labels", {"labels": [_REGION]})
    frames = (r.suggested or ()) if suggested else r.frames
    if frames:
        add("frames", "choices", {"choices": list(frames)})
    if suggested:
        return found
    if r.voice is not None:
        add("voice", "choices", {"choices": [r.voice]})
    for name in ("speaker", "note"):
        value = getattr(r, name)
        if value is not None:
            add(name, "textarea", {"text": [value]})
    row = r.to_dict()
    origin = {name: row[name] for name in _ORIGIN if row.get(name) is not None}
    add("origin", "textarea", {"text": [to_json(origin)]})
    return found


class _Utf16:
    """Turns character offsets of a text into UTF-16 units, which browsers count, and back."""

    def __init__(self, text: str) -> None:
        self._units = (
            range(len(text) + 1)
            if not text or max(text) <= "\uffff"
            else [0, *accumulate(1 + (c > "\uffff") for c in text)]
        )

    def units(self, characters: int) -> int:
        return self._units[characters]

    def characters(self, units: int) -> int:
        return bisect_left(self._units, units)


def read_labelstudio(
    path: str | PathLike[str],
    *,
    accounts: Mapping[int, str] | None = None,
    codebook: Codebook | None = None,
) -> Iterator[Record]:
    """Read the records of a Label Studio export (JSON), one for each annotation of a sentence.

    Tasks that nobody has annotated, cancelled annotations and drafts are no labels: they are left
    out. An annotation made in Label Studio is by the account that completed it, of which exports
    give the number, unless `accounts` names it. Regions that people drew are new sentences,
    numbered after the last. Raises `RecordError`.
    """
    tasks = read_json(path)
    if not isinstance(tasks, list):
        raise fail(str(path), "is no list of tasks; export as JSON, not as JSON-MIN or CSV")
    for number, task in enumerate(tasks, 1):
        where = f"{path}: task {task.get('id', number) if isinstance(task, dict) else number}"
        try:
            rows = list(_task_rows(task, accounts or {}, where))
        except (AttributeError, KeyError, TypeError, IndexError) as error:
            raise fail(where, f"is not as Label Studio exports it ({error})") from None
        for row in rows:
            yield Record.from_dict(row, codebook=codebook, where=where)


def _task_rows(
    task: Mapping[str, Any], accounts: Mapping[int, str], where: str
) -> Iterator[dict[str, Any]]:
    data = task.get("data")
    if not isinstance(data, dict) or "article_id" not in data or "text" not in data:
        raise fail(where, "has no data with article_id and text, as write_labelstudio makes it")
    if "annotations" not in task:
        raise fail(where, "has no annotations; export as JSON, not as JSON-MIN")
    for annotation in task["annotations"]:
        if annotation.get("was_cancelled"):
            continue
        results = annotation.get("result") or []
        rows = (
            _article_rows(data, results, where)
            if "sentences" in data
            else [{**_labels(results, where), **known_values(data)}]
        )
        for row in rows:
            origin = row.pop("origin", None) or {"annotator": _account(annotation, accounts)}
            yield {**row, **origin}


def _account(annotation: Mapping[str, Any], accounts: Mapping[int, str]) -> str | None:
    """Return who completed an annotation: the name given, an e-mail address, or a number."""
    by = annotation.get("completed_by")
    number = by.get("id") if isinstance(by, Mapping) else by
    if isinstance(number, int) and number in accounts:
        return accounts[number]
    name = by.get("email", number) if isinstance(by, Mapping) else by
    return None if name is None else str(name)


def _labels(results: Iterable[Mapping[str, Any]], where: str) -> dict[str, Any]:
    """Return the values that one sentence's results set."""
    row: dict[str, Any] = {"frames": []}
    for result in results:
        name, value = result.get("from_name"), result.get("value") or {}
        if name == "frames":
            row["frames"] += value.get("choices", [])
        elif name == "voice":
            row["voice"] = next(iter(value.get("choices", [])), None)
        elif name in ("speaker", "note"):
            # A field that holds several texts was filled in several times.
            texts = value.get("text", [])
            row[name] = texts if isinstance(texts, str) else "\n".join(texts)
        elif name == "origin":
            row["origin"] = _origin(value.get("text"), where)
    return row


def _origin(text: object, where: str) -> dict[str, Any]:
    try:
        origin = json.loads(text[0] if isinstance(text, list) else str(text))
        return {name: origin[name] for name in _ORIGIN if name in origin} | {
            "annotator": origin.get("annotator")
        }
    except (ValueError, AttributeError, LookupError, TypeError):
        raise fail(where, "the hidden field 'origin' was changed; it must be JSON") from None


def _article_rows(
    data: Mapping[str, Any], results: Iterable[Mapping[str, Any]], where: str
) -> Iterator[dict[str, Any]]:
    """Yield a row for each region of an article, in the order of the results."""
    regions: dict[str, list[Mapping[str, Any]]] = {}
    for result in results:
        regions.setdefault(str(result.get("id")), []).append(result)
    known = {s["region"]: s for s in data["sentences"]}
    by_place = {(s.get("start"), s.get("end")): s for s in data["sentences"]}
    following = 1 + max((s["sentence_id"] for s in data["sentences"]), default=-1)
    text = data["text"]
    utf16 = _Utf16(text)
    for region_id, found in regions.items():
        place = next((v for r in found if "start" in (v := r.get("value") or {})), None)
        if place is None or not isinstance(place["start"], int):
            raise fail(where, f"the results '{region_id}' mark no region of the text")
        start, end = utf16.characters(place["start"]), utf16.characters(place["end"])
        sentence = known.get(region_id)
        if sentence is None or (start, end) != (sentence["start"], sentence["end"]):
            # A region that a person drew, or moved.
            sentence = by_place.get((start, end), sentence)
        if sentence is None:
            sentence = {"sentence_id": following}
            following += 1
        row = {**_labels(found, where), **known_values(sentence)}
        row["article_id"] = data["article_id"]
        yield {**row, "start": start, "end": end, "text": text[start:end]}
