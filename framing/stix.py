"""Scored articles as a STIX 2.1 bundle, for threat-intelligence platforms.

An article is a `report`; its text an `artifact`; each sentence that carries a frame a `note` about
the text. Frames stand as labels and external references, DISARM techniques beside them where the
codebook's crosswalk names some. Probabilities, voice and provenance are properties of an extension,
whose JSON Schema the bundle brings along. Ids are UUIDv5: the same article, scored by the same
model and library, has the same ids, so importing it again adds nothing.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from base64 import b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TextIO

from framing.codebook import Codebook, Frame
from framing.errors import FramingError
from framing.parquet import utf8
from framing.results import ArticleScore

__all__ = ["EXTENSION_SCHEMA", "write_stix"]

_OURS = uuid.UUID("f33525c5-5354-4d38-8ae3-d0576f83fff1")
_OBSERVABLES = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")  # STIX 2.1, section 2.9
_SINCE = "2026-11-25T00:00:00.000Z"  # of this version of the extension and its author

_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}


def _shape(required: dict[str, Any], optional: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


EXTENSION_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "What the framing library adds to a report or note",
    "oneOf": [
        {
            "title": "of a report: the article, its frames in sum, and what scored it",
            **_shape(
                {
                    "extension_type": {"const": "property-extension"},
                    "article_ref": {"type": "string", "pattern": "^artifact--"},
                    "sentences": _COUNT,
                    "model": _TEXT,
                    "revision": _TEXT,
                    "sha256": _TEXT,
                    "codebook": _TEXT,
                    "codebook_digest": _TEXT,
                    "library_version": _TEXT,
                    "thresholds": {"type": "object", "additionalProperties": _SHARE},
                },
                {
                    "origin": _TEXT,
                    "source": _TEXT,
                    "date": _TEXT,
                    "language": _TEXT,
                    "warnings": {"type": "array", "items": _TEXT},
                    "frames": {
                        "type": "object",
                        "description": "by frame; shares are of all sentences, by whose words",
                        "additionalProperties": _shape(
                            {
                                "count": _COUNT,
                                **dict.fromkeys(
                                    ("share", "maximum", "author", "quoted", "reported"), _SHARE
                                ),
                            },
                            {},
                        ),
                    },
                },
            ),
        },
        {
            "title": "of a note: one sentence that carries a frame",
            **_shape(
                {
                    "extension_type": {"const": "property-extension"},
                    "article_ref": {"type": "string", "pattern": "^artifact--"},
                    "sentence": {**_COUNT, "description": "its number in the article, from 0"},
                    "start": {**_COUNT, "description": "in code points of the article's text"},
                    "end": {**_COUNT, "description": "after the last code point"},
                    "probabilities": {
                        "type": "object",
                        "description": "of the frames carried, calibrated",
                        "additionalProperties": _SHARE,
                    },
                    "voice": {"enum": ["author", "quoted", "reported"]},
                    "voice_confidence": _SHARE,
                    "stance": {"enum": ["plain", "distanced", "rejected", "endorsed"]},
                    "kind": _TEXT,
                    "truncated": {"type": "boolean"},
                },
                {"speaker": _TEXT},
            ),
        },
    ],
}


def write_stix(
    results: Iterable[ArticleScore],
    stream: TextIO,
    *,
    codebook: Codebook,
    created: datetime | None = None,
) -> None:
    """Write one bundle of several articles, as they come; an article that recurs is written once.

    `created` is the time on its reports and notes: by default that of `SOURCE_DATE_EPOCH`, where it
    is set, else now. Raises `FramingError` where that variable is no number of seconds.
    """
    stamp = _stamp(created or _now())
    digest = sha256()
    known: set[str] = set()
    stream.write('{"type": "bundle", "objects": [')
    for thing in _objects(results, codebook, stamp):
        if thing["id"] in known:
            continue
        stream.write((",\n" if known else "\n") + json.dumps(thing, ensure_ascii=False))
        known.add(thing["id"])
        digest.update(thing["id"].encode())
    stream.write(f'\n], "id": "bundle--{uuid.uuid5(_OURS, digest.hexdigest())}"}}\n')


def _now() -> datetime:
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if not given:
        return datetime.now(UTC)
    try:
        return datetime.fromtimestamp(int(given), UTC)
    except (ValueError, OverflowError, OSError):
        raise FramingError(
            f"SOURCE_DATE_EPOCH: expected seconds since 1970, got {given[:40]!r}"
        ) from None


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _objects(
    results: Iterable[ArticleScore], codebook: Codebook, stamp: str
) -> Iterator[dict[str, Any]]:
    yield _AUTHOR
    yield _EXTENSION
    for result in results:
        text = _text(utf8(result.text) or "")
        named = [text, *_page(result.origin)]
        # All that is said of the article: another result has other ids.
        told = json.dumps([text["id"], result.to_dict(text=False)])
        seed = sha256(told.encode()).hexdigest()
        notes = [
            _note(result, number, codebook, text["id"], seed, stamp)
            for number, sentence in enumerate(result.sentences)
            if sentence.frames
        ]
        yield from named
        yield from notes
        yield _report(result, [*named, *notes], seed, stamp)


def _text(text: str) -> dict[str, Any]:
    raw = text.encode()
    content = {
        "hashes": {"SHA-256": sha256(raw).hexdigest()},
        "payload_bin": b64encode(raw).decode(),
    }
    return {**_observable("artifact", content), "mime_type": "text/plain"}


def _page(origin: str | None) -> list[dict[str, Any]]:
    if not origin or not origin.startswith(("http://", "https://")):
        return []
    return [_observable("url", {"value": utf8(origin)})]


def _observable(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    """Return an observable, with the id that every producer gives to this content."""
    name = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    identity = f"{kind}--{uuid.uuid5(_OBSERVABLES, name)}"
    return {"type": kind, "spec_version": "2.1", "id": identity, **content}


def _object(kind: str, seed: str, stamp: str, **values: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--{uuid.uuid5(_OURS, f'{kind} {seed}')}",
        "created": stamp,
        "modified": stamp,
        **_known(values),
    }


def _known(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what has no value: STIX has neither null nor empty lists."""
    return {key: value for key, value in values.items() if value not in (None, "", [], {})}


_AUTHOR = _object(
    "identity",
    "framing",
    _SINCE,
    name="framing",
    description="A library that scores news articles sentence by sentence for framing.",
    identity_class="system",
)
_EXTENSION = _object(
    "extension-definition",
    "framing 1",
    _SINCE,
    created_by_ref=_AUTHOR["id"],
    name="framing",
    description="The frames of news sentences with their probabilities, whose words a sentence is, "
    "and what scored it. Offsets count code points of the text of the artifact in article_ref.",
    schema=json.dumps(EXTENSION_SCHEMA),
    version="1.0.0",
    extension_types=["property-extension"],
)


def _extension(**values: Any) -> dict[str, Any]:
    return {_EXTENSION["id"]: {"extension_type": "property-extension", **_known(values)}}


def _note(
    result: ArticleScore, number: int, codebook: Codebook, text: str, seed: str, stamp: str
) -> dict[str, Any]:
    sentence = result.sentences[number]
    frames = [codebook.frame(frame) for frame in sentence.frames]
    speaker = utf8(sentence.speaker)
    voice = f"{sentence.voice}: {speaker}" if speaker else sentence.voice
    return _object(
        "note",
        f"{seed} {number}",
        stamp,
        created_by_ref=_AUTHOR["id"],
        abstract=f"{', '.join(frame.name for frame in frames)} ({voice})",
        content=utf8(sentence.text),
        object_refs=[text],
        labels=list(sentence.frames),
        confidence=round(100 * max(sentence.scores[frame] for frame in sentence.frames)),
        lang=_language(result.language),
        external_references=list(_references(frames, codebook)),
        extensions=_extension(
            article_ref=text,
            sentence=number,
            start=sentence.start,
            end=sentence.end,
            probabilities={frame: round(sentence.scores[frame], 4) for frame in sentence.frames},
            voice=sentence.voice,
            speaker=speaker,
            voice_confidence=round(sentence.voice_confidence, 3),
            stance=sentence.stance,
            kind=sentence.kind,
            truncated=sentence.truncated,
        ),
    )


def _references(frames: Iterable[Frame], codebook: Codebook) -> Iterator[dict[str, str]]:
    """Yield the frames as the codebook names them, then the DISARM techniques that they name."""
    techniques: dict[str, list[str]] = {}
    for frame in frames:
        yield {
            "source_name": codebook.id,
            "external_id": frame.id,
            "description": f"A sentence carries it when it {frame.definition}.",
        }
        for technique in frame.crosswalk.get("disarm", ()):
            techniques.setdefault(technique, []).append(frame.name)
    for technique, names in techniques.items():
        yield {
            "source_name": "DISARM",
            "external_id": technique,
            "description": f"Related by {codebook.id} to: {'; '.join(names)}.",
        }


def _report(
    result: ArticleScore, parts: list[dict[str, Any]], seed: str, stamp: str
) -> dict[str, Any]:
    provenance = result.provenance.to_dict()
    carried = {frame: sums for frame, sums in result.to_dict()["frames"].items() if sums["count"]}
    return _object(
        "report",
        seed,
        stamp,
        created_by_ref=_AUTHOR["id"],
        name=utf8(result.title or result.origin) or "Untitled article",
        description=_summary(result),
        published=_published(result.date) or stamp,
        object_refs=[part["id"] for part in parts],
        labels=list(carried),
        extensions=_extension(
            article_ref=parts[0]["id"],
            origin=utf8(result.origin),
            source=utf8(result.source),
            date=utf8(result.date),
            language=utf8(result.language),
            warnings=[utf8(warning) for warning in result.warnings],
            sentences=len(result.sentences),
            frames=carried,
            **provenance,
        ),
    )


def _summary(result: ArticleScore) -> str:
    counts = [(sums.count, frame) for frame, sums in result.frames.items() if sums.count]
    found = "; ".join(f"{frame} in {count}" for count, frame in sorted(counts, reverse=True))
    return f"{len(result.sentences)} sentences: {found or 'none carries a frame'}."


def _language(code: str | None) -> str | None:
    """Return a language as STIX takes it (RFC 5646); an article may declare anything."""
    return code if code and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", code) else None


def _published(date: str | None) -> str | None:
    """Return an article's ISO date as a STIX time; None where it is not one."""
    try:
        time = datetime.fromisoformat(date or "")
    except ValueError:
        return None
    return _stamp(time if time.tzinfo else time.replace(tzinfo=UTC))
