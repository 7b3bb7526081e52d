"""Figures in the docs come from kept JSON, and a block that cannot be filled is named."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")

from eval.benchmark import PUBLISHED
from eval.figures import DOCS, with_kept
from framing.bench import Measurement
from framing.errors import FramingError

NAMES = ("semeval2025-narratives", "semeval2023-frames", "ptc-sentences", "polnear")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        result: dict[str, Any] = {
            "part": "cross-validated",
            "documents": 20,
            "rows": 1200,
            "measures": {"f1": {"value": 0.61, "low": 0.5, "high": 0.7}},
            "baselines": {"text alone": {"f1": 0.4}, "every sentence": {"f1": 0.3}},
            "published": [],
            "signature": {"model": "m r1 abc", "data_digest": "d" * 12, "framing": "0.1.0"},
        }
        (tmp_path / f"{name}.json").write_text(json.dumps(result))
    return tmp_path


def block(name: str, content: str = "") -> str:
    return f"before\n<!-- figures {name}:begin -->\n{content}<!-- figures {name}:end -->\nafter\n"


@pytest.mark.parametrize("path", DOCS, ids=lambda p: str(p.name))
def test_figures_of_the_docs_come_from_kept_reports(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    try:
        filled = with_kept(text)
    except FramingError as error:
        pytest.skip(str(error))
    assert filled == text


def test_the_published_figures_of_the_docs_are_those_of_the_benchmarks() -> None:
    text = DOCS[0].read_text(encoding="utf-8")
    begin, end = (f"<!-- figures published:{which} -->\n" for which in ("begin", "end"))
    own = begin + text.partition(begin)[2].partition(end)[0] + end
    assert with_kept(own) == own


def test_a_benchmark_stands_beside_simple_systems(folder: Path) -> None:
    text = with_kept(block("benchmarks", "old\n"), folder)
    assert "| F1 | 0.610 | 0.500 to 0.700 | 0.400 | 0.300 |" in text
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")


def test_a_published_figure_says_whether_it_was_checked() -> None:
    head, _, *rows = with_kept(block("published")).splitlines()[2:-2]
    assert head.endswith("| source | checked |")
    assert len(rows) == sum(map(len, PUBLISHED.values()))
    assert all(row.rsplit("|", 2)[1].strip() for row in rows)


def test_filling_twice_changes_nothing(folder: Path) -> None:
    once = with_kept(block("benchmarks"), folder)
    assert with_kept(once, folder) == once


def test_a_tier_stands_beside_the_default(tmp_path: Path) -> None:
    for name, f1, rate in (("influence-minilm", 0.5, 600.0), ("influence-fast", 0.45, 3000.0)):
        report: dict[str, Any] = {
            "overall": {"macro_f1": f1, "mean_average_precision": f1, "any_frame_f1": f1},
            "intervals": {"macro_f1": [0.4, 0.6]},
            "sentences": 1000,
            "articles": 50,
            "signature": {"model": f"{name} r1 a", "thresholds": "t", "data_digest": "d" * 9,
                          "framing": "0"},
        }  # fmt: skip
        (tmp_path / f"{name}.json").write_text(json.dumps(report))
        bench = {"engines": [{"engine": "onnx", "per_cpu_second": rate}]}
        (tmp_path / f"bench-{name}.json").write_text(json.dumps(bench))
    text = with_kept(block("tiers"), tmp_path)
    assert "| `fast` | 0.450 | 0.400 to 0.600 | 90% | 0.450 | 0.450 | 3,000 | 5.0 |" in text


def test_engines_stand_beside_the_pipeline(tmp_path: Path) -> None:
    rows = [
        asdict(Measurement("onnx", 1000, 600, 1.5, 2.0, 50, 0.4, 140)),
        asdict(Measurement("transformers pipeline, as it comes", 100, 60)),
    ]
    found = {"machine": {"cores": 2, "processor": "x", "python": "3"}, "engines": rows}
    (tmp_path / "bench-influence-minilm.json").write_text(json.dumps(found))
    text = with_kept(block("bench"), tmp_path)
    assert "| onnx | 1,000 | 600 | 10.0 | 1.5 ms | 2.0 ms | 50 ms | 0.40 s | 140 MiB |" in text


def test_an_unknown_block_is_named(folder: Path) -> None:
    with pytest.raises(FramingError, match="no figures are called 'weather'"):
        with_kept(block("weather"), folder)


def test_figures_that_are_not_kept_are_named(tmp_path: Path) -> None:
    with pytest.raises(FramingError, match=r"semeval2025-narratives\.json: no figures are kept"):
        with_kept(block("benchmarks"), tmp_path)


def test_a_text_without_a_block_is_refused() -> None:
    with pytest.raises(FramingError, match="block to fill"):
        with_kept("no figures here")
