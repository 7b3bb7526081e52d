"""Figures in the docs come from kept JSON, and a block that cannot be filled is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")

from eval.benchmark import PUBLISHED
from eval.figures import DOCS, with_kept
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


def test_an_unknown_block_is_named(folder: Path) -> None:
    with pytest.raises(FramingError, match="no figures are called 'weather'"):
        with_kept(block("weather"), folder)


def test_figures_that_are_not_kept_are_named(tmp_path: Path) -> None:
    with pytest.raises(FramingError, match=r"semeval2025-narratives\.json: no figures are kept"):
        with_kept(block("benchmarks"), tmp_path)


def test_a_text_without_a_block_is_refused() -> None:
    with pytest.raises(FramingError, match="block to fill"):
        with_kept("no figures here")
