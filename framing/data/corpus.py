"""The shipped corpus, or a folder of the same shape: articles, gold labels, every annotator's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framing.codebook import Codebook, FrozenMap
from framing.data.records import SPLITS, Record, digest, read_jsonl, read_lines
from framing.errors import RecordError, did_you_mean, missing_extra

if TYPE_CHECKING:
    from datasets import DatasetDict

__all__ = ["Corpus", "load_corpus"]

FOLDER = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Corpus:
    """Labelled articles: `records` are gold, one a sentence; `articles` maps ids to their data."""

    codebook: Codebook
    articles: Mapping[str, Mapping[str, Any]]  # article_id -> title, text, register, domain ...
    records: tuple[Record, ...]
    marks: tuple[Record, ...]  # the annotators' own records

    @property
    def annotators(self) -> tuple[str, ...]:
        """The annotators whose records are kept, by name."""
        return tuple(sorted({r.annotator for r in self.marks if r.annotator}))

    def annotations(self, annotator: str) -> tuple[Record, ...]:
        """Return one annotator's records, as they were before adjudication."""
        if annotator not in self.annotators:
            raise RecordError(
                f"no annotator '{annotator}' in the corpus, which has "
                f"{', '.join(self.annotators) or 'none'}.{did_you_mean(annotator, self.annotators)}"
            )
        return tuple(r for r in self.marks if r.annotator == annotator)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 (hex) of the gold records, whatever their order; reports name it."""
        return digest(self.records)

    def to_datasets(self) -> DatasetDict:
        """Return a `datasets.DatasetDict` by split with typed features (extra `train`).

        `frames` is a list of `ClassLabel` in the order of the codebook, `voice` a `ClassLabel`.
        Records without a split stand under "train".
        """
        try:
            from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value
        except ImportError:
            raise missing_extra("train", "a datasets.DatasetDict") from None
        text, number = Value("string"), Value("int32")
        names = (
            "article_id", "sentence_id", "text", "start", "end", "context", "frames", "voice",
            "speaker", "annotator", "codebook", "source", "licence", "note", "kind", "language",
        )  # fmt: skip
        features = Features(
            {
                **dict.fromkeys(names, text),
                **dict.fromkeys(("sentence_id", "start", "end"), number),
                "frames": Sequence(ClassLabel(names=list(self.codebook.frame_ids))),
                "voice": ClassLabel(names=list(self.codebook.voices)),
            }
        )
        splits = {}
        for split in SPLITS:
            rows = [r for r in self.records if (r.split or "train") == split]
            if rows:
                columns = {
                    name: [list(v) if isinstance(v := getattr(r, name), tuple) else v for r in rows]
                    for name in names
                }
                splits[split] = Dataset.from_dict(columns, features=features)
        return DatasetDict(splits)


def load_corpus(path: str | PathLike[str] | None = None) -> Corpus:
    """Load the shipped corpus, or a folder of articles.jsonl, gold.jsonl and annotations.jsonl.

    Every sentence must stand in its article at its place, and follow one codebook. Raises
    `RecordError` with file and line.
    """
    folder = FOLDER if path is None else Path(path)
    if not folder.is_dir():
        raise RecordError(f"{folder}: no such folder; a corpus is a folder with gold.jsonl")
    articles: dict[str, Mapping[str, Any]] = {}
    for where, row in read_lines(folder / "articles.jsonl"):
        article_id = row.get("article_id")
        if not isinstance(article_id, str) or not isinstance(row.get("text"), str):
            raise RecordError(f"{where}: an article needs the texts 'article_id' and 'text'")
        if article_id in articles:
            raise RecordError(f"{where}: article '{article_id}' is already above")
        articles[article_id] = FrozenMap(row)
    gold = _placed(folder / "gold.jsonl", articles)
    if not gold:
        raise RecordError(f"{folder / 'gold.jsonl'}: holds no record")
    names = {r.codebook for r in gold}
    if len(names) > 1 or None in names:
        shown = ", ".join(sorted(str(name) for name in names))
        raise RecordError(f"{folder / 'gold.jsonl'}: records must name one codebook, not {shown}")
    own = folder / "codebook.yaml"
    codebook = Codebook.load(own if own.is_file() else str(gold[0].codebook))
    marks = folder / "annotations.jsonl"
    return Corpus(
        codebook, articles, tuple(gold), tuple(_placed(marks, articles)) if marks.is_file() else ()
    )


def _placed(path: Path, articles: Mapping[str, Mapping[str, Any]]) -> list[Record]:
    """Return a file's records, each checked against its article and given the article's split."""
    records = []
    for r in read_jsonl(path):
        where = f"{path}: sentence {r.sentence_id} of article '{r.article_id}'"
        article = articles.get(r.article_id)
        if article is None:
            raise RecordError(f"{where}: no such article.{did_you_mean(r.article_id, articles)}")
        if r.start is not None and article["text"][r.start : r.end] != r.text:
            raise RecordError(f"{where}: its text does not stand at {r.start}:{r.end}")
        split = article.get("split")
        if r.split is None and split is not None:
            r = replace(r, split=split)
        elif split is not None and r.split != split:
            raise RecordError(f"{where}: is in {r.split}, its article in {split}")
        records.append(r)
    return records
