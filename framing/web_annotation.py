"""Scored articles as W3C Web Annotations: JSON-LD that annotation tools and archives exchange.

An article is an `AnnotationPage` that brings its text along; each sentence that carries a frame is
an `Annotation` of that text, found by its position and, where the text has moved, by its words.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from framing.parquet import utf8
from framing.results import ArticleScore, SentenceScore

__all__ = ["annotation_page"]

_OURS = uuid.UUID("aa3fe1e8-962a-4db0-b803-6f38a38ce7bc")
_CONTEXT = ["http://www.w3.org/ns/anno.jsonld", {"framing": f"urn:uuid:{_OURS}#"}]
_AROUND = 32  # characters on either side by which a quotation is told from its like


def annotation_page(result: ArticleScore) -> dict[str, Any]:
    """Return the annotations of an article as plain JSON values, in order of the text.

    Positions count code points of the text under `framing:article`. Each frame is a `tagging` body
    with its probability; voice, speaker and stance stand in a `describing` body, in words and as
    `framing:` properties. The same result has the same ids.
    """
    told = json.dumps(result.to_dict())
    seed = sha256(told.encode()).hexdigest()
    text = utf8(result.text) or ""
    article = _urn(text)
    return {
        "@context": _CONTEXT,
        "id": _urn(f"{seed} page"),
        "type": "AnnotationPage",
        "framing:article": {
            "id": article,
            "type": "Text",
            "format": "text/plain",
            **_known(
                {
                    "language": utf8(result.language),
                    "framing:title": utf8(result.title),
                    "framing:date": utf8(result.date),
                    "framing:source": utf8(result.source),
                    "framing:origin": utf8(result.origin),
                    "via": _address(result.origin),
                }
            ),
            "value": text,
        },
        "framing:warnings": [utf8(warning) for warning in result.warnings],
        "framing:provenance": result.provenance.to_dict(),
        "items": [
            _annotation(result, sentence, text, article, f"{seed} {number}")
            for number, sentence in enumerate(result.sentences)
            if sentence.frames
        ],
    }


def _annotation(
    result: ArticleScore, sentence: SentenceScore, text: str, article: str, seed: str
) -> dict[str, Any]:
    start, end = sentence.start, sentence.end
    provenance = result.provenance
    return {
        "id": _urn(seed),
        "type": "Annotation",
        "motivation": "classifying",
        "generator": {
            "type": "Software",
            "name": f"framing {provenance.library_version}, {provenance.model} "
            f"{provenance.revision}, {provenance.codebook}",
        },
        "body": list(_bodies(sentence)),
        "target": {
            "source": article,
            "selector": [
                {"type": "TextPositionSelector", "start": start, "end": end},
                {
                    "type": "TextQuoteSelector",
                    "exact": text[start:end],
                    "prefix": text[max(0, start - _AROUND) : start],
                    "suffix": text[end : end + _AROUND],
                },
            ],
        },
    }


def _bodies(sentence: SentenceScore) -> Iterator[dict[str, Any]]:
    for frame in sentence.frames:
        yield {
            "type": "TextualBody",
            "purpose": "tagging",
            "value": frame,
            "framing:probability": round(sentence.scores[frame], 4),
        }
    speaker = utf8(sentence.speaker)
    words = f"{sentence.voice}: {speaker}" if speaker else sentence.voice
    if sentence.stance != "plain":
        words += f", {sentence.stance}"
    yield {
        "type": "TextualBody",
        "purpose": "describing",
        "format": "text/plain",
        "value": words,
        "framing:voice": sentence.voice,
        **_known({"framing:speaker": speaker}),
        "framing:voice_confidence": round(sentence.voice_confidence, 3),
        "framing:stance": sentence.stance,
        "framing:truncated": sentence.truncated,
    }


def _urn(name: str) -> str:
    return f"urn:uuid:{uuid.uuid5(_OURS, name)}"


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _address(origin: str | None) -> str | None:
    return utf8(origin) if origin and origin.startswith(("http://", "https://")) else None
