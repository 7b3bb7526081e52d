"""`framing bench`: every engine at hand is measured, in figures that a table and JSON can carry."""

from __future__ import annotations

import json

import pytest

from framing import bench
from framing.bench import Measurement
from framing.cli import main


def test_the_table_gives_each_rate_as_a_multiple_of_the_pipelines() -> None:
    rows = [
        Measurement("onnx", 900, 500, 2.0, 3.0, 40.0, 0.5, 140.0),
        Measurement("transformers pipeline, as it comes", 100, 50),
    ]
    table = bench.as_table(rows).splitlines()
    assert table[1].split() == ["onnx", "900", "500", "10.0", "2.0", "3.0", "40", "0.50", "140"]
    assert table[2].split()[-1] == "1.0"


def test_the_sentences_are_as_many_as_were_asked_for() -> None:
    assert len(bench.bench_sentences(20_000)) == 20_000


@pytest.mark.slow
def test_the_command_measures_the_shipped_engine(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "ENGINES", ("onnx",))
    monkeypatch.setattr(bench, "find_spec", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--count", "60", "--seconds", "0.2", "--json"])
    assert ended.value.code == 0
    (found,) = json.loads(capsys.readouterr().out)["engines"]
    assert found["engine"] == "onnx"
    assert found["per_second"] > 10
    assert 0 < found["sentence_p50_ms"] <= found["sentence_p99_ms"]
    assert found["peak_mib"] > 20
