"""Score batches of rows inside whatever runs them: datasets, Ray Data, Spark.

>>> from framing.batch import BatchScorer
>>> scorer = BatchScorer()
>>> dataset.map(scorer, batched=True, remove_columns=dataset.column_names)   # datasets
>>> ray_dataset.map_batches(scorer, batch_size=256)                          # Ray Data
>>> frame.mapInPandas(scorer.each, scorer.spark_schema)                      # Spark
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from framing.errors import ArticleError, FramingError
from framing.parquet import sentence_schema, sentence_table
from framing.results import ArticleScore, Unscored
from framing.scoring import Scorer, load
from framing.sources import Source
from framing.tables import Columns, Row

__all__ = ["BatchScorer", "score_sources"]

_SPARK = {"string": "string", "int32": "int", "float": "float", "bool": "boolean"}


@dataclass(frozen=True)
class BatchScorer:
    """Turns a batch of articles into the sentences of a batch; a row in each, errors as rows.

    Called with a dict of columns, a pandas data frame, or a pyarrow table or record batch, it
    returns the same kind, with the columns that `framing score --format parquet` writes. Of the
    batch it reads `text` or `html`, `title`, `date`, `source`, `language`, and `id`, which must be
    there and becomes `origin`; `columns` gives them other names. It pickles as its few settings,
    and loads the model when it is first called in a process; `threads` is what a task may use, all
    cores up to eight where it is None. Needs the extra `parquet`.
    """

    model: str = "default"
    columns: Columns = field(default_factory=Columns)
    threads: int | None = None

    @property
    def schema(self) -> Any:
        """The Arrow schema of what it returns."""
        return sentence_schema(load(self.model, threads=self.threads).provenance)

    @property
    def spark_schema(self) -> str:
        """The same schema as Spark's `mapInPandas` and `mapInArrow` take it."""
        return ", ".join(
            f"`{f.name}` {_SPARK.get(str(f.type), 'array<string>')}" for f in self.schema
        )

    def __call__(self, batch: Any) -> Any:
        """Return the sentences of a batch; raises `ArticleError` without a column of ids."""
        scorer = load(self.model, threads=self.threads)
        outcomes = score_sources(scorer, self._sources(batch))
        table = sentence_table(outcomes, provenance=scorer.provenance)
        kind = _kind(batch)
        if kind == "pandas":
            return table.to_pandas(integer_object_nulls=True)
        if kind == "dict":
            return table.to_pydict()
        if kind == "RecordBatch":
            import pyarrow as pa

            return pa.RecordBatch.from_struct_array(table.to_struct_array().combine_chunks())
        return table

    def each(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Return the sentences of every batch; what Spark's `mapInPandas` and `mapInArrow` call."""
        return map(self, batches)

    def _sources(self, batch: Any) -> list[Source]:
        named = self.columns.named()
        kind = _kind(batch)
        header = list(batch.schema.names) if kind in ("Table", "RecordBatch") else list(batch)
        if named["id"] not in header:
            raise ArticleError(
                f"a batch has no column '{named['id']}', by which articles are told apart; "
                f"say which one names them: Columns(id=...). It has: {', '.join(map(str, header))}"
            )
        cells = {c: _values(batch[c], kind) for c in named.values() if c in header}
        rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
        found = []
        for row in rows:
            name = str(row[named["id"]])
            found.append(Source(name, Row(name, name, row), self.columns, 0, 1.0))
        return found


def _kind(batch: Any) -> str:
    """Return "dict", "pandas", "Table" or "RecordBatch", without importing what is not there."""
    module, name = type(batch).__module__.split(".")[0], type(batch).__name__
    if module == "pandas" and name == "DataFrame":
        return "pandas"
    if module == "pyarrow" and name in ("Table", "RecordBatch"):
        return name
    if hasattr(batch, "keys"):  # datasets hand over a mapping of their own
        return "dict"
    raise TypeError(
        f"a batch is a dict of columns, a pandas DataFrame, or a pyarrow Table or RecordBatch, "
        f"got {type(batch).__name__}"
    )


def _values(column: Any, kind: str) -> Sequence[Any]:
    if kind == "pandas":
        return list(column.astype(object).where(column.notna(), None))
    if kind in ("Table", "RecordBatch"):
        return list(column.to_pylist())
    return list(column.tolist() if hasattr(column, "tolist") else column)


# What is wrong with the model or the machine would be wrong with every article.
_NOT_ITS_FAULT = (FramingError, OSError, ImportError)


def score_sources(scorer: Scorer, sources: Sequence[Source]) -> list[ArticleScore | Unscored]:
    """Return the result of every article in its place; one that fails does not stop the others."""
    outcomes: list[ArticleScore | Unscored | None] = []
    articles = []
    for source in sources:
        try:
            articles.append(source.article())
            outcomes.append(None)
        except FramingError as error:
            outcomes.append(Unscored(source.origin, str(error)))
    try:
        scored: Iterator[ArticleScore | Unscored] = iter(list(scorer.score_many(articles)))
    except _NOT_ITS_FAULT:
        raise
    except Exception:  # noqa: BLE001 (one text in a million must not end the other scores)
        scored = (_alone(scorer, article) for article in articles)
    return [next(scored) if outcome is None else outcome for outcome in outcomes]


def _alone(scorer: Scorer, article: Any) -> ArticleScore | Unscored:
    try:
        return scorer.score(article)
    except _NOT_ITS_FAULT:
        raise
    except Exception as error:  # noqa: BLE001
        line = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return Unscored(article.origin, f"{article.origin}: cannot be scored: {line}")
