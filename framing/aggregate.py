"""How often frames are carried, by outlet, speaker, day and more, from files of results.

>>> from framing.aggregate import aggregate
>>> table = aggregate(["scores.parquet"], by=("outlet", "month"))
>>> for row in table.rows:
...     print(row.group, row.frame, row.share, row.low, row.high)
"""

from __future__ import annotations

import csv
import importlib.util
import json
import zlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from framing.article import printable
from framing.errors import ArticleError, FramingError, did_you_mean, missing_extra
from framing.results import Provenance
from framing.rows import csv_cell

__all__ = ["KEYS", "TIMES", "Share", "Shares", "aggregate", "first_day"]

TIMES = ("day", "week", "month", "year")
KEYS = ("outlet", "speaker", "voice", "language", *TIMES)

_FEWEST = 5  # articles, under which resampling says nothing
_RESAMPLES = 1000
_NUMBERS_AT_ONCE = 4_000_000

_Group: TypeAlias = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """One frame in one group: the share of the group's sentences that carry it."""

    group: _Group
    frame: str
    articles: int  # those that have sentences in this group
    sentences: int
    count: int  # of sentences that carry the frame
    share: float
    low: float | None  # 95 % interval; None for fewer than five articles
    high: float | None


@dataclass(frozen=True)
class Shares:
    """The shares of every group and frame, with what they were computed from."""

    by: tuple[str, ...]
    rows: tuple[Share, ...]  # groups in order, those without a value last; frames as the codebook
    articles: int
    unscored: int  # rows of articles that could not be read
    provenance: Provenance

    @property
    def signature(self) -> str:
        """What every figure of the table depends on."""
        p = self.provenance
        return (
            f"{p.model} r{p.revision} {p.sha256[:12]}, {p.codebook} {p.codebook_digest[:12]}, "
            f"framing {p.library_version}"
        )

    def write_csv(self, stream: IO[str]) -> None:
        """Write one row a group and frame; cells are safe from being read as formulas."""
        writer = csv.writer(stream)
        numbers = ("articles", "sentences", "count", "share", "low", "high")
        writer.writerow([*self.by, "frame", *numbers, "signature"])
        for row in self.rows:
            bounds = ("" if bound is None else f"{bound:.4f}" for bound in (row.low, row.high))
            writer.writerow(
                [
                    *map(csv_cell, row.group),
                    row.frame,
                    row.articles,
                    row.sentences,
                    row.count,
                    f"{row.share:.4f}",
                    *bounds,
                    self.signature,
                ]
            )


def aggregate(
    results: Iterable[str | Path], *, by: Sequence[str], frames: Sequence[str] = (), seed: int = 0
) -> Shares:
    """Sum result files up: for every group and frame, the share of sentences that carry it.

    `results` are files that `framing score` wrote as Parquet or as JSON Lines with a row an
    article. `by` names keys: "outlet" (the article's source), "speaker", "voice", "language",
    "day", "week", "month", "year". Sentences without a speaker count towards none. A group of
    articles without a date or a source is kept, with None. `frames` keeps only those.

    An interval is the 95 % percentile bootstrap over the articles of a group, which are drawn
    whole, since sentences of one article are alike. It speaks of other articles like these, not of
    the model's errors. The same files, in any order, give the same shares, and with the same seed
    the same intervals up to resampling. Memory holds some eighty bytes an article and group.

    Raises ValueError for an unknown key, `ArticleError` for files that are no results, or are of
    different models, and for an unknown frame.
    """
    by = tuple(by)
    for key in by:
        if key not in KEYS:
            raise ValueError(f"no key '{key}' to aggregate by.{did_you_mean(key, KEYS)}")
    reader = _Reader()
    counts: dict[_Group, array[int]] = {}
    for article in reader.articles(results):
        for group, row in _grouped(article, by, reader.frame_ids).items():
            counts.setdefault(group, array("I")).extend(row)
    provenance = reader.provenance
    if provenance is None:
        raise ArticleError("no scored article in these files")
    for frame in frames:
        if frame not in reader.frame_ids:
            raise ArticleError(
                f"no frame '{frame}' in {provenance.codebook}."
                f"{did_you_mean(frame, reader.frame_ids)}"
            )
    rows = []
    for group in sorted(counts, key=lambda g: [(value is None, value or "") for value in g]):
        table = np.array(counts[group], np.float64).reshape(-1, 1 + len(reader.frame_ids))
        low, high = _interval(table, seed=zlib.crc32(repr((seed, group)).encode()))
        sums = table.sum(axis=0)
        for k, frame in enumerate(reader.frame_ids):
            if frames and frame not in frames:
                continue
            rows.append(
                Share(
                    group,
                    frame,
                    articles=len(table),
                    sentences=int(sums[0]),
                    count=int(sums[k + 1]),
                    share=float(sums[k + 1] / sums[0]),
                    low=None if low is None else float(low[k]),
                    high=None if high is None else float(high[k]),
                )
            )
    return Shares(by, tuple(rows), reader.read, reader.unscored, provenance)


def _interval(
    table: NDArray[np.float64], *, seed: int
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return bounds for every frame; rows of the table are articles, column 0 their sentences."""
    n = len(table)
    if n < _FEWEST:
        return None, None
    rng = np.random.default_rng(seed)
    at_once = max(1, _NUMBERS_AT_ONCE // n)
    shares = []
    for first in range(0, _RESAMPLES, at_once):
        size = min(at_once, _RESAMPLES - first)
        drawn = rng.multinomial(n, np.full(n, 1 / n), size=size) @ table
        shares.append(drawn[:, 1:] / drawn[:, :1])
    low, high = np.percentile(np.concatenate(shares), [2.5, 97.5], axis=0)
    return low, high


class _Sentence(NamedTuple):
    voice: str
    speaker: str | None
    frames: Sequence[str]


class _Scored(NamedTuple):
    source: str | None
    date: str | None
    language: str | None
    sentences: list[_Sentence]


def _grouped(
    article: _Scored, by: tuple[str, ...], frame_ids: tuple[str, ...]
) -> dict[_Group, list[int]]:
    """Return sentences and carriers of every frame, for each group that the article adds to."""
    known = {
        "outlet": article.source,
        "language": article.language,
        **dict(zip(TIMES, _times(article.date), strict=True)),
    }
    found: dict[_Group, list[int]] = {}
    for sentence in article.sentences:
        if "speaker" in by and sentence.speaker is None:
            continue
        own = {"speaker": sentence.speaker, "voice": sentence.voice}
        group = tuple(own[key] if key in own else known[key] for key in by)
        row = found.setdefault(group, [0] * (1 + len(frame_ids)))
        row[0] += 1
        for frame in sentence.frames:
            row[1 + frame_ids.index(frame)] += 1
    return found


def _times(day: str | None) -> tuple[str | None, ...]:
    """Return day, ISO week, month and year of an ISO date."""
    try:
        found = date.fromisoformat((day or "")[:10])
    except ValueError:
        return (None,) * len(TIMES)
    week = found.isocalendar()
    iso = found.isoformat()
    return iso, f"{week.year:04}-W{week.week:02}", iso[:7], iso[:4]


def first_day(value: str) -> date:
    """Return the day on which a day, week, month or year begins."""
    if "-W" in value:
        year, week = value.split("-W")
        return date.fromisocalendar(int(year), int(week), 1)
    return date.fromisoformat(f"{value}-01-01"[:10])


class _Reader:
    """Reads scored articles from files, and sees to it that all are of one model."""

    def __init__(self) -> None:
        self.provenance: Provenance | None = None
        self.frame_ids: tuple[str, ...] = ()
        self.read = 0
        self.unscored = 0

    def articles(self, paths: Iterable[str | Path]) -> Iterator[_Scored]:
        for path in paths:
            name = printable(str(path))
            try:
                parquet = Path(path).suffix.lower() == ".parquet"
                for article in (self._parquet if parquet else self._lines)(Path(path), name):
                    self.read += 1
                    yield article
            except OSError as error:
                why = error.strerror or printable(" ".join(str(error).split())[:200])
                raise ArticleError(f"{name}: cannot be read: {why}") from error

    def _check(self, told: dict[str, Any], name: str) -> None:
        provenance = Provenance(**told)
        if self.provenance is None:
            self.provenance, self.frame_ids = provenance, tuple(provenance.thresholds)
        elif provenance != self.provenance:
            ours, theirs = self.provenance, provenance
            raise ArticleError(
                f"{name}: is of model {theirs.model} {theirs.revision} {theirs.sha256[:12]} "
                f"(framing {theirs.library_version}), the results before it of {ours.model} "
                f"{ours.revision} {ours.sha256[:12]} (framing {ours.library_version}): "
                "aggregate them apart, or score them again"
            )

    def _sentence(self, row: dict[str, Any]) -> _Sentence:
        """Return a sentence; raises TypeError where it cannot be one of this model."""
        if not set(row["frames"]) <= set(self.frame_ids):
            raise TypeError("a frame is not in the codebook")
        return _Sentence(row["voice"], row["speaker"], row["frames"])

    def _lines(self, path: Path, name: str) -> Iterator[_Scored]:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                where = f"{name}:{number}"
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError) as error:
                    raise ArticleError(f"{where}: {_NO_RESULT} (--format jsonl)") from error
                if isinstance(row, dict) and "error" in row:
                    self.unscored += 1
                    continue
                try:
                    self._check(row["provenance"], where)
                    yield _Scored(
                        row["source"],
                        row["date"],
                        row["language"],
                        [self._sentence(s) for s in row["sentences"]],
                    )
                except (KeyError, TypeError) as error:
                    raise ArticleError(f"{where}: {_NO_RESULT} (--format jsonl)") from error

    def _parquet(self, path: Path, name: str) -> Iterator[_Scored]:
        if importlib.util.find_spec("pyarrow") is None:
            raise missing_extra("parquet", f"{name}: reading Parquet")
        import pyarrow as pa
        import pyarrow.parquet as pq

        wanted = ["source", "date", "language", "sentence", "voice", "speaker", "frames", "error"]
        try:
            with pq.ParquetFile(path) as file:
                told = (file.schema_arrow.metadata or {}).get(b"framing")
                if told is None or not {*wanted} <= {*file.schema_arrow.names}:
                    raise ArticleError(f"{name}: {_NO_RESULT} (--format parquet)")
                self._check(json.loads(told), name)
                article: _Scored | None = None
                for batch in file.iter_batches(columns=wanted, use_threads=False):
                    for row in batch.to_pylist():
                        if row["sentence"] in (None, 0) and article is not None:
                            yield article
                            article = None
                        if row["error"] is not None:
                            self.unscored += 1
                            continue
                        if article is None:
                            article = _Scored(row["source"], row["date"], row["language"], [])
                        if row["sentence"] is not None:
                            article.sentences.append(self._sentence(row))
                if article is not None:
                    yield article
        except FramingError:
            raise
        except (pa.ArrowException, TypeError, ValueError) as error:
            line = printable(" ".join(str(error).split())[:200])
            raise ArticleError(f"{name}: is no whole Parquet table: {line}") from error


_NO_RESULT = "is no result of framing score"
