"""What is fuzzed: each target takes any bytes and may end in a value or an error of ours, only."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from framing.article import Article
from framing.codebook import Codebook
from framing.data.records import read_jsonl
from framing.decode import decode
from framing.errors import FramingError
from framing.model.artefact import read_artefact
from framing.sentences import split
from framing.serve.bodies import KEYS, BatchBody, CompareBody, ScoreBody
from framing.serve.problems import from_validation
from framing.tables import Columns, read_table
from framing.voice import attribute

__all__ = ["TARGETS", "refused"]

_FOLDER = Path(tempfile.mkdtemp(prefix="framing-fuzz-"))


def article(raw: bytes) -> None:
    """Read a file's bytes, split and attribute them: spans are exact, in order, apart."""
    read = Article.from_text(decode(raw, name="input"))
    sentences = split(read)
    end = 0
    for sentence in sentences:
        if read.text[sentence.start : sentence.end] != sentence.text or sentence.start < end:
            raise AssertionError(f"spans are not exact at {sentence.start}")
        end = sentence.end
    if len(attribute(sentences, read)) != len(sentences):
        raise AssertionError("a sentence has no voice")


def records(raw: bytes) -> None:
    """Read labelled records."""
    file = _FOLDER / "records.jsonl"
    file.write_bytes(raw)
    list(read_jsonl(file))


def manifest(raw: bytes) -> None:
    """Read a model folder whose manifest is these bytes."""
    (_FOLDER / "manifest.json").write_bytes(raw)
    read_artefact(_FOLDER)


def codebook(raw: bytes) -> None:
    """Read a codebook."""
    file = _FOLDER / "codebook.yaml"
    file.write_bytes(raw)
    Codebook.load(file)


def rows(raw: bytes) -> None:
    """Read a table of articles, as JSON Lines and as CSV."""
    for name in ("rows.jsonl", "rows.csv"):
        file = _FOLDER / name
        file.write_bytes(raw)
        try:
            list(read_table(file, columns=Columns(), bad=lambda _: None))
        except FramingError as error:
            refused(error)


def body(raw: bytes) -> None:
    """Read a request's body: a model of it, or a problem under 2 KB that can be written."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return
    for kind in (ScoreBody, BatchBody, CompareBody):
        try:
            kind.model_validate(value)
        except ValidationError as error:
            answer = from_validation(error.errors(), KEYS).response("0" * 32)
            if len(answer.body) > 2000:
                raise AssertionError(f"a problem of {len(answer.body)} bytes") from error


TARGETS: dict[str, Callable[[bytes], None]] = {
    f.__name__: f for f in (article, records, manifest, codebook, rows, body)
}


def refused(error: FramingError) -> None:
    """Check that an error of ours is one line."""
    if "\n" in str(error) or len(str(error)) > 2000:
        raise AssertionError(f"not one clear line: {error!r}")
