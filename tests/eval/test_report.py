"""The report is complete, valid JSON and a page that runs and fetches nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("jinja2", reason="the extra 'eval' is not installed")

from eval.figures import figures_block, read_report, with_figures
from eval.predictions import Predictions
from eval.report import build_report, write_report

ROOT = Path(__file__).resolve().parents[2]


def test_every_format_is_written(predictions: Predictions, tmp_path: Path) -> None:
    write_report(build_report(predictions), tmp_path, failures=["macro_f1 is below its floor"])
    assert {p.name for p in tmp_path.iterdir()} == {
        "report.json", "report.md", "report.xml", "report.html",
    }  # fmt: skip
    assert json.loads((tmp_path / "report.json").read_text())["schema"] == 1
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert suite.get("failures") == "1"
    assert "macro_f1 is below its floor" in (tmp_path / "report.md").read_text()


def test_every_frame_has_figures_with_an_interval(predictions: Predictions) -> None:
    frames = build_report(predictions)["frames"]
    assert list(frames) == list(predictions.frame_ids)
    for figures in frames.values():
        low, high = figures["f1_interval"]
        assert low <= figures["f1"] <= high


def test_the_page_escapes_what_articles_say(predictions: Predictions, tmp_path: Path) -> None:
    hostile = tuple(replace(r, text="<script>alert(1)</script>") for r in predictions.records)
    write_report(build_report(replace(predictions, records=hostile)), tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page


def test_figures_of_the_readme_and_the_card_come_from_the_report() -> None:
    report = read_report()
    for path in (ROOT / "README.md", ROOT / "models" / "influence-minilm" / "README.md"):
        text = path.read_text(encoding="utf-8")
        assert figures_block(report) in text
        assert with_figures(text, report) == text
