"""Writes scored sentences as a Parquet table."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable
from typing import IO, Any

from framing.errors import missing_extra
from framing.results import ArticleScore, Provenance

__all__ = ["write_parquet"]

_ROWS_PER_GROUP = 20_000


def write_parquet(
    results: Iterable[ArticleScore], stream: IO[bytes], *, provenance: Provenance
) -> None:
    """Write one row a sentence, in order, to a binary stream; needs the extra `parquet`.

    Columns: `origin`, `title`, `date`, `source`, `language` of the article (text or null);
    `sentence`, `start`, `end` (int32; the number in the article, and character offsets into its
    text); `text`, `kind`, `voice`, `speaker`, `stance` (text; `speaker` may be null);
    `voice_confidence` (float32); `truncated` (bool); `frames` (list of frame ids over their
    thresholds, the most probable first); then a float32 column of calibrated probabilities for
    every frame of the codebook, named by its id, or `score_` and its id where that name is taken.
    The provenance stands as JSON in the metadata of the file's schema, under `framing`.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise missing_extra("parquet", "writing Parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, whole = pa.string(), pa.int32()
    fields = {
        **dict.fromkeys(("origin", "title", "date", "source", "language"), text),
        **dict.fromkeys(("sentence", "start", "end"), whole),
        **dict.fromkeys(("text", "kind", "voice", "speaker", "stance"), text),
        "voice_confidence": pa.float32(),
        "truncated": pa.bool_(),
        "frames": pa.list_(text),
    }
    named = {f: f"score_{f}" if f in fields else f for f in provenance.thresholds}
    fields.update(dict.fromkeys(named.values(), pa.float32()))
    signature = json.dumps(provenance.to_dict())
    schema = pa.schema(list(fields.items()), metadata={"framing": signature})
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        rows: list[dict[str, Any]] = []
        for result in results:
            rows.extend(_rows(result, named))
            if len(rows) >= _ROWS_PER_GROUP:
                writer.write_table(pa.Table.from_pylist(rows, schema))
                rows = []
        writer.write_table(pa.Table.from_pylist(rows, schema))


def _rows(result: ArticleScore, named: dict[str, str]) -> Iterable[dict[str, Any]]:
    article = {
        key: _utf8(getattr(result, key))
        for key in ("origin", "title", "date", "source", "language")
    }
    for number, sentence in enumerate(result.sentences):
        yield {
            **article,
            "sentence": number,
            "start": sentence.start,
            "end": sentence.end,
            "text": _utf8(sentence.text),
            "kind": sentence.kind,
            "voice": sentence.voice,
            "speaker": _utf8(sentence.speaker),
            "stance": sentence.stance,
            "voice_confidence": sentence.voice_confidence,
            "truncated": sentence.truncated,
            "frames": list(sentence.frames),
            **{column: sentence.scores[frame] for frame, column in named.items()},
        }


def _utf8(text: str | None) -> str | None:
    """Replace lone surrogates, which no Parquet text can hold, by as many question marks."""
    return None if text is None else text.encode("utf-8", "replace").decode()
