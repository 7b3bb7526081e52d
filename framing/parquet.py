"""Scored sentences as an Arrow table and as a Parquet file."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Iterator
from typing import IO, Any

from framing.errors import missing_extra
from framing.results import ArticleScore, Provenance, Unscored

__all__ = ["ARTICLE_COLUMNS", "score_columns", "sentence_schema", "sentence_table", "write_tables"]

_ROWS_PER_GROUP = 20_000
ARTICLE_COLUMNS = ("origin", "title", "date", "source", "language")
_COLUMNS = {
    **dict.fromkeys(ARTICLE_COLUMNS, "string"),
    **dict.fromkeys(("sentence", "start", "end"), "int32"),
    **dict.fromkeys(("text", "kind", "voice", "speaker", "stance"), "string"),
    "voice_confidence": "float32",
    "truncated": "bool",
    "frames": "list",
    "error": "string",
}


def sentence_schema(provenance: Provenance) -> Any:
    """Return the Arrow schema of scored sentences; needs the extra `parquet`.

    Columns: `origin`, `title`, `date`, `source`, `language` of the article (text or null);
    `sentence`, `start`, `end` (int32; the number in the article, and character offsets into its
    text); `text`, `kind`, `voice`, `speaker`, `stance` (text; `speaker` may be null);
    `voice_confidence` (float32); `truncated` (bool); `frames` (list of frame ids over their
    thresholds, the most probable first); `error` (text); then a float32 column of calibrated
    probabilities for every frame of the codebook, named by its id, or `score_` and its id where
    that name is taken. The provenance stands as JSON in the schema's metadata, under `framing`.

    An article without sentences is one row in which `sentence` and all that follows is null; one
    that could not be read is such a row with the reason as `error`, which else is null.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise missing_extra("parquet", "a table of sentences")
    import pyarrow as pa

    fields = {
        column: pa.list_(pa.string()) if kind == "list" else pa.type_for_alias(kind)
        for column, kind in _COLUMNS.items()
    }
    fields.update(dict.fromkeys(score_columns(provenance).values(), pa.float32()))
    signature = json.dumps(provenance.to_dict())
    return pa.schema(list(fields.items()), metadata={"framing": signature})


def score_columns(provenance: Provenance) -> dict[str, str]:
    """Return the column of every frame's probabilities, in codebook order."""
    return {f: f"score_{f}" if f in _COLUMNS else f for f in provenance.thresholds}


def sentence_table(outcomes: Iterable[ArticleScore | Unscored], *, provenance: Provenance) -> Any:
    """Return an Arrow table of one row a sentence, in order, as `sentence_schema` describes."""
    import pyarrow as pa

    schema = sentence_schema(provenance)
    scores = score_columns(provenance)
    rows = [row for outcome in outcomes for row in _rows(outcome, scores)]
    return pa.Table.from_pylist(rows, schema)


def write_tables(tables: Iterable[Any], stream: IO[bytes], *, provenance: Provenance) -> None:
    """Write Arrow tables of sentences as one Parquet file; memory holds a row group."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = sentence_schema(provenance)
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        group: list[Any] = []
        for table in tables:
            group.append(table)
            if sum(t.num_rows for t in group) >= _ROWS_PER_GROUP:
                writer.write_table(pa.concat_tables(group))
                group = []
        writer.write_table(pa.concat_tables([schema.empty_table(), *group]))


def _rows(outcome: ArticleScore | Unscored, scores: dict[str, str]) -> Iterator[dict[str, Any]]:
    if isinstance(outcome, Unscored):
        yield {"origin": utf8(outcome.origin), "error": utf8(outcome.error)}
        return
    article = {key: utf8(getattr(outcome, key)) for key in ARTICLE_COLUMNS}
    if not outcome.sentences:
        yield article
    for number, sentence in enumerate(outcome.sentences):
        yield {
            **article,
            "sentence": number,
            "start": sentence.start,
            "end": sentence.end,
            "text": utf8(sentence.text),
            "kind": sentence.kind,
            "voice": sentence.voice,
            "speaker": utf8(sentence.speaker),
            "stance": sentence.stance,
            "voice_confidence": sentence.voice_confidence,
            "truncated": sentence.truncated,
            "frames": list(sentence.frames),
            **{column: sentence.scores[frame] for frame, column in scores.items()},
        }


def utf8(text: str | None) -> str | None:
    """Replace lone surrogates, which no file of text can hold, by as many question marks."""
    return None if text is None else text.encode("utf-8", "replace").decode()
