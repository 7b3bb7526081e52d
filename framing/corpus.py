"""Score a corpus of any size, in pieces: on this machine, on Ray or on Spark, with the same rows.

This process reads the rows and writes the results, in order; what a worker gets and gives is one
piece. So a cluster needs no shared file system, and memory holds a few pieces.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from io import BytesIO
from itertools import chain
from pathlib import Path
from platform import node
from stat import S_ISREG
from typing import IO, Any, Literal, TypeAlias

from framing.batch import score_sources
from framing.codebook import Codebook
from framing.data import Record
from framing.errors import FramingError, ModelError, missing_extra
from framing.fetch import is_url
from framing.journal import Journal, Mark
from framing.results import Unscored
from framing.rows import RowFormat, Rows
from framing.scoring import Scorer, load
from framing.sources import Source, sources
from framing.tables import Columns

__all__ = ["Corpus", "Engine", "Piece"]

Engine: TypeAlias = Literal["local", "ray", "spark"]

# One or two seconds of work: what `kill -9` costs, and enough to hide what a task costs on Spark.
_ARTICLES_A_PIECE = 512
_BYTES_A_PIECE = 250_000


@dataclass(frozen=True, slots=True)
class Piece:
    """The rows of some articles that follow one another."""

    data: bytes
    articles: int
    sentences: int
    errors: tuple[str, ...]  # of the articles that could not be read
    file: int  # how far the corpus is read when it ends: which file,
    done: float  # and what share of that


@dataclass(frozen=True)
class _PieceScorer:
    """What a worker does; pickles as its few settings, and loads the model when first called."""

    model: str
    rows: Rows
    codebook: Codebook | None = None
    examples: tuple[Record, ...] = ()
    threads: int | None = None

    @cached_property
    def _scorer(self) -> Scorer:
        return load(
            self.model, codebook=self.codebook, examples=self.examples, threads=self.threads
        )

    def __call__(self, batch: Sequence[Source]) -> Piece:
        scorer = self._scorer
        if scorer.provenance != self.rows.provenance:
            here, there = scorer.provenance, self.rows.provenance
            raise ModelError(
                f"machine '{node()}' has model {here.model} {here.revision} with framing "
                f"{here.library_version}, the run needs {there.model} {there.revision} with "
                f"framing {there.library_version}: install the same on every machine"
            )
        outcomes = score_sources(scorer, batch)
        errors = tuple(o.error for o in outcomes if isinstance(o, Unscored))
        return Piece(
            self.rows.piece(outcomes),
            len(outcomes),
            sum(len(o.sentences) for o in outcomes if not isinstance(o, Unscored)),
            errors,
            batch[-1].file,
            batch[-1].done,
        )


@dataclass(frozen=True, kw_only=True)
class Corpus:
    """Files and tables of articles, and how their rows are to be written."""

    paths: Sequence[str]
    format: RowFormat
    columns: Columns
    model: str = "default"
    codebook: Codebook | None = None  # of the user's own, with sentences that show its frames
    examples: tuple[Record, ...] = ()
    sentences: bool = False
    engine: Engine = "local"
    fetch: bool = False
    follow: bool = False

    def write(self, output: Path, told: Callable[[Piece], None]) -> Mark:
        """Write all rows to a file, whole or not at all; `told` hears of every piece.

        An unfinished run of the same corpus, model and options is taken up where it was cut.
        Nothing is written where no article could be read. Raises `ArticleError` where the file
        cannot be written.
        """
        rows = self._rows()
        with Journal(output, run=self._run(rows)) as journal:
            if not journal.mark.bytes:
                journal.commit(rows.header())
            for piece in self._pieces(rows, skip=journal.mark.articles):
                journal.commit(
                    piece.data,
                    articles=piece.articles,
                    failed=len(piece.errors),
                    sentences=piece.sentences,
                )
                told(piece)
            if journal.mark.failed and journal.mark.failed == journal.mark.articles:
                journal.drop()
            elif self.format == "parquet":
                journal.finish(lambda pieces, whole: rows.finish([pieces], whole))
            else:
                journal.finish()
            return journal.mark

    def stream(self, stream: IO[bytes], told: Callable[[Piece], None]) -> Mark:
        """Write all rows to a stream as they come."""
        rows = self._rows()
        mark = Mark()

        def pieces() -> Iterator[bytes]:
            nonlocal mark
            for piece in self._pieces(rows, skip=0):
                mark = Mark(
                    mark.articles + piece.articles,
                    mark.failed + len(piece.errors),
                    mark.sentences + piece.sentences,
                )
                yield piece.data
                told(piece)

        if self.format == "parquet":
            rows.finish(map(BytesIO, pieces()), stream)
        else:
            for data in chain([rows.header()], pieces()):
                stream.write(data)
                stream.flush()
        return mark

    def _rows(self) -> Rows:
        scorer = load(self.model, codebook=self.codebook, examples=self.examples)
        return Rows(self.format, scorer.provenance, self.sentences)

    def _pieces(self, rows: Rows, *, skip: int) -> Iterator[Piece]:
        # A worker may have another working folder.
        model = str(Path(self.model).resolve()) if Path(self.model).is_dir() else self.model
        # A cluster gives each core a task of its own.
        threads = None if self.engine == "local" else 1
        scorer = _PieceScorer(model, rows, self.codebook, self.examples, threads)
        found = sources(
            self.paths, columns=self.columns, skip=skip, fetch=self.fetch, follow=self.follow
        )
        batches = _batches(found)
        if self.engine == "ray":
            return _on_ray(batches, scorer)
        if self.engine == "spark":
            return _on_spark(batches, scorer)
        return map(scorer, batches)

    @property
    def resumable(self) -> bool:
        """Whether a later run can read the same again: no standard input, no pipe, no web."""
        if self.follow or any(map(is_url, self.paths)):
            return False
        return "-" not in self.paths and all(f is None or S_ISREG(f.st_mode) for f in self._files())

    def _files(self) -> Iterator[os.stat_result | None]:
        for path in self.paths:
            try:
                yield Path(path).stat()
            except OSError:
                yield None

    def _run(self, rows: Rows) -> str | None:
        """Return what tells this run from others; None where it cannot be taken up."""
        if not self.resumable:
            return None
        told = (rows.format, rows.sentences, rows.provenance.to_dict(), asdict(self.columns))
        digest = hashlib.sha256(json.dumps(told).encode())
        for path, found in zip(self.paths, self._files(), strict=True):
            state = found and (found.st_size, found.st_mtime_ns)
            digest.update(json.dumps((path, state)).encode())
        return digest.hexdigest()


def _batches(found: Iterable[Source]) -> Iterator[list[Source]]:
    batch: list[Source] = []
    size = 0
    for source in found:
        batch.append(source)
        size += source.size
        if len(batch) >= _ARTICLES_A_PIECE or size >= _BYTES_A_PIECE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


_Outcome: TypeAlias = Piece | FramingError


def _outcome(scorer: _PieceScorer, batch: list[Source]) -> _Outcome:
    """Do a worker's task; its errors come back as values, for engines wrap what is raised."""
    try:
        return scorer(batch)
    except FramingError as error:
        return error


def _on_ray(batches: Iterable[list[Source]], scorer: _PieceScorer) -> Iterator[Piece]:
    try:
        import ray
    except ImportError as error:
        raise missing_extra("ray", "--engine ray") from error
    try:
        if not ray.is_initialized():
            ray.init(log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:
        raise FramingError(f"Ray cannot be reached or started: {_line(error)}") from error
    # A worker keeps its process, and with it the model, from one task to the next.
    task: Any = ray.remote(_outcome)
    resources: Any = ray.cluster_resources
    workers = int(resources().get("CPU", 1))
    return _in_order(batches, lambda batch: task.remote(scorer, batch).future(), 2 * workers)


def _on_spark(batches: Iterable[list[Source]], scorer: _PieceScorer) -> Iterator[Piece]:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise missing_extra("spark", "--engine spark") from error
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else whatever python3 is
    builder = SparkSession.builder.appName("framing")
    try:
        session = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
        context = session.sparkContext
    except Exception as error:
        raise FramingError(
            f"Spark cannot be started (is Java 17 there?): {_line(error)}"
        ) from error
    context.setLogLevel("ERROR")

    def score(batch: list[Source]) -> _Outcome:
        rows = context.parallelize([batch], 1)
        outcomes: list[_Outcome] = rows.map(partial(_outcome, scorer)).collect()
        return outcomes[0]

    workers = context.defaultParallelism
    with ThreadPoolExecutor(workers) as pool:
        yield from _in_order(batches, lambda batch: pool.submit(score, batch), 2 * workers)


def _in_order(
    batches: Iterable[list[Source]],
    submit: Callable[[list[Source]], Future[_Outcome]],
    ahead: int,
) -> Iterator[Piece]:
    """Yield the piece of every batch in order, with so many under way at once."""
    waiting: deque[Future[_Outcome]] = deque()
    for batch in batches:
        waiting.append(submit(batch))
        if len(waiting) >= ahead:
            yield _result(waiting.popleft())
    while waiting:
        yield _result(waiting.popleft())


def _result(future: Future[_Outcome]) -> Piece:
    try:
        outcome = future.result()
    except Exception as error:  # a worker that died, an engine that stopped
        raise FramingError(f"a task failed on the cluster: {_line(error)}") from error
    if isinstance(outcome, FramingError):
        raise outcome
    return outcome


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]
