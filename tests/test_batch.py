"""Batches inside other engines: every kind in and out, and the same rows as on one machine."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pa = pytest.importorskip("pyarrow")
pd = pytest.importorskip("pandas")
import pyarrow.parquet as pq

from framing.batch import BatchScorer
from framing.corpus import Corpus
from framing.errors import ArticleError, MissingExtraError
from framing.tables import Columns
from tests.test_cli import framing

TEXT = "We were never there. “We choose,” said Ana Horvat. Blackmail!"
ROWS = [
    {"id": "a0", "title": "Bridge", "text": TEXT, "date": "2024-05-01", "source": "Wire"},
    {"id": "a1", "title": None, "text": "", "date": None, "source": None},
    {"id": "a2", "title": None, "text": "Blackmail!", "date": None, "source": "Wire"},
]


@pytest.fixture
def scorer(toy_model: Path) -> BatchScorer:
    return BatchScorer(str(toy_model))


def of(rows: list[dict[str, Any]], kind: str) -> Any:
    table = pa.Table.from_pylist(rows)
    return {
        "table": lambda: table,
        "record batch": lambda: table.to_batches()[0],
        "pandas": table.to_pandas,
        "dict of lists": table.to_pydict,
        "dict of arrays": lambda: {c: table[c].to_numpy() for c in table.column_names},
    }[kind]()


@pytest.mark.parametrize(
    "kind", ["table", "record batch", "pandas", "dict of lists", "dict of arrays"]
)
def test_every_kind_of_batch_gives_its_own_kind_with_the_same_rows(
    scorer: BatchScorer, kind: str
) -> None:
    batch = of(ROWS, kind)
    found = scorer(batch)
    assert type(found) is type(batch)
    if kind == "pandas":
        found = pa.Table.from_pandas(found, scorer.schema)
    elif isinstance(found, dict):
        found = pa.Table.from_pydict(found, scorer.schema)
    rows = found.to_pylist()
    assert [(row["origin"], row["sentence"]) for row in rows] == [
        ("a0", 0),
        ("a0", 1),
        ("a0", 2),
        ("a1", None),
        ("a2", 0),
    ]
    assert rows[3]["error"] == "a1: 'text' is empty"
    assert rows[0]["source"] == "Wire"
    assert rows == scorer(pa.Table.from_pylist(ROWS)).to_pylist()


def test_an_empty_batch_has_no_sentences(scorer: BatchScorer) -> None:
    empty = pa.Table.from_pylist(ROWS).slice(0, 0)
    assert scorer(empty).num_rows == 0
    assert scorer(empty.to_pandas()).shape[0] == 0


def test_it_pickles_as_its_settings_without_the_model(scorer: BatchScorer) -> None:
    scorer(pa.Table.from_pylist(ROWS))
    packed = pickle.dumps(scorer)
    assert len(packed) < 1000
    assert pickle.loads(packed) == scorer


def test_columns_have_other_names(toy_model: Path) -> None:
    scorer = BatchScorer(str(toy_model), Columns(id="url", text="body"))
    found = scorer({"url": [7], "body": ["We choose."]})
    assert (found["origin"], found["text"]) == (["7"], ["We choose."])


def test_a_batch_without_ids_says_which_columns_it_has(scorer: BatchScorer) -> None:
    with pytest.raises(ArticleError, match=r"no column 'id'.*Columns\(id=.*It has: url, text"):
        scorer({"url": ["x"], "text": ["We choose."]})


def test_what_is_no_batch_is_a_type_error(scorer: BatchScorer) -> None:
    with pytest.raises(TypeError, match="got list"):
        scorer(ROWS)


def test_datasets_map_a_batch(scorer: BatchScorer) -> None:
    datasets = pytest.importorskip("datasets")
    dataset = datasets.Dataset.from_list(ROWS)
    found = dataset.map(scorer, batched=True, remove_columns=dataset.column_names)
    assert found["origin"][:] == ["a0", "a0", "a0", "a1", "a2"]


@pytest.mark.parametrize("engine", ["ray", "spark"])
def test_without_its_extra_an_engine_says_what_to_install(
    toy_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: Any
) -> None:
    for module in ("ray", "pyspark", "pyspark.sql"):
        monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / "a.txt").write_text(TEXT)
    corpus = Corpus(
        paths=[str(tmp_path / "a.txt")],
        format="jsonl",
        columns=Columns(),
        model=str(toy_model),
        engine=engine,
    )
    with pytest.raises(MissingExtraError, match=rf"pip install 'framing\[{engine}\]'"):
        corpus.write(tmp_path / "out.jsonl", lambda piece: None)


@pytest.mark.parametrize(("engine", "threads"), [("local", None), ("ray", 1), ("spark", 1)])
def test_a_task_on_a_cluster_keeps_to_one_core(
    toy_model: Path, monkeypatch: pytest.MonkeyPatch, engine: Any, threads: int | None
) -> None:
    seen = []

    def run(scorer: Any, *_: Any) -> list[Any]:
        seen.append(scorer.threads)
        return []

    monkeypatch.setattr("framing.corpus._on_ray", lambda batches, scorer: run(scorer))
    monkeypatch.setattr("framing.corpus._on_spark", lambda batches, scorer: run(scorer))
    monkeypatch.setattr("framing.corpus._PieceScorer.__call__", run)
    corpus = Corpus(
        paths=["-"], format="jsonl", columns=Columns(), model=str(toy_model), engine=engine
    )
    monkeypatch.setattr("framing.corpus._batches", lambda found: [[]])
    list(corpus._pieces(corpus._rows(), skip=0))
    assert seen == [threads]


needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None, reason="ray is not installed: framing[ray]"
)
needs_spark = pytest.mark.skipif(
    importlib.util.find_spec("pyspark") is None, reason="pyspark is not installed: framing[spark]"
)


@pytest.fixture
def inputs(tmp_path: Path) -> list[Path]:
    """Two thousand articles in a table of lines, one of Parquet and a folder; some unreadable."""
    rows = [{"id": f"a{i}", "text": f"{TEXT} On day {i} we were there."} for i in range(1000)]
    rows[7]["text"] = ""
    lines = [json.dumps(row) for row in rows]
    lines[30] = "{nonsense"
    (tmp_path / "wire.jsonl").write_text("\n".join(lines))
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "wire.parquet")
    folder = tmp_path / "folder"
    folder.mkdir()
    for i in range(20):
        (folder / f"{i:02}.txt").write_text(f"{TEXT} It is number {i}.")
    (folder / "05.txt").write_bytes(b"%PDF-1.4")
    return [tmp_path / "wire.jsonl", tmp_path / "wire.parquet", folder]


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine", [pytest.param("ray", marks=needs_ray), pytest.param("spark", marks=needs_spark)]
)
@pytest.mark.parametrize("format", ["jsonl", "parquet"])
def test_a_cluster_writes_what_one_machine_writes(
    toy_model: Path, inputs: list[Path], tmp_path: Path, engine: str, format: str
) -> None:
    for name in ("local", engine):
        options = ["--model", toy_model, "-f", format, "-o", tmp_path / name, "--engine", name]
        for _ in range(3):  # Ray gives up where it does not start in thirty seconds
            done = framing("score", *inputs, *options, timeout=600)
            if b"cannot be reached or started" not in done.stderr:
                break
        assert done.returncode == 1, done.stderr.decode()
    here, there = (tmp_path / name for name in ("local", engine))
    if format == "parquet":
        assert pq.read_table(here).equals(pq.read_table(there))
        assert len(set(pq.read_table(here)["origin"].to_pylist())) == 1021  # of 2020, 999 twice
    else:
        assert here.read_bytes() == there.read_bytes()


ON_RAY = """
import json, logging, sys
import pyarrow.parquet as pq
import ray
from framing.batch import BatchScorer

ray.init(num_cpus=1, log_to_driver=False, logging_level=logging.ERROR)
rows = ray.data.from_arrow(pq.read_table(sys.argv[1]))
found = rows.map_batches(BatchScorer(sys.argv[2]), batch_size=64).to_pandas()
for name, column in found.items():
    found[name] = column.astype(object).where(column.notna(), None)
found["frames"] = [None if f is None else list(f) for f in found["frames"]]
json.dump(found.to_dict("records"), open(sys.argv[3], "w"), default=float)
"""
ON_SPARK = """
import json, os, sys
os.environ["PYSPARK_PYTHON"] = sys.executable
from pyspark.sql import SparkSession
from framing.batch import BatchScorer

spark = SparkSession.builder.master("local[2]").getOrCreate()
scorer = BatchScorer(sys.argv[2])
rows = spark.read.parquet("file://" + sys.argv[1]).repartition(3)
found = rows.mapInPandas(scorer.each, scorer.spark_schema).collect()
json.dump([row.asDict() for row in found], open(sys.argv[3], "w"))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(ON_RAY, marks=needs_ray, id="ray"),
        pytest.param(ON_SPARK, marks=needs_spark, id="spark"),
    ],
)
def test_ray_data_and_spark_call_the_batch_scorer_with_the_same_rows(
    toy_model: Path, inputs: list[Path], tmp_path: Path, script: str
) -> None:
    table = inputs[1]
    out = tmp_path / "rows.json"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, str(table), str(toy_model), str(out)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])},
    )
    local = BatchScorer(str(toy_model))(pq.read_table(table)).to_pylist()
    found = json.loads(out.read_text())

    def place(row: dict[str, Any]) -> tuple[int, int]:
        return int(row["origin"][1:]), int(row["sentence"] or 0)

    assert sorted(found, key=place) == sorted(local, key=place)
