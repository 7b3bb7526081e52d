"""The report is complete, valid JSON and a page that runs and fetches nothing."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import cast
from xml.etree import ElementTree

import pytest

pytest.importorskip("jinja2", reason="the extra 'eval' is not installed")

from eval.baselines import run_baselines
from eval.figures import figures_block, read_report, with_figures
from eval.predictions import Predictions
from eval.report import build_report, write_report
from eval.report_page import report_page
from framing.codebook import Codebook
from framing.scoring import Scorer

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


def test_every_source_has_figures_with_an_interval_unless_nothing_is_framed_there(
    predictions: Predictions,
) -> None:
    half = len(predictions.records) // 2
    records = [
        replace(r, source="told" if i < half else "plain", frames=r.frames if i < half else ())
        for i, r in enumerate(predictions.records)
    ]
    y_true = predictions.y_true.copy()
    y_true[half:] = False
    report = build_report(replace(predictions, records=tuple(records), y_true=y_true))
    told = report["sources"]["told"]
    for f1 in ("macro_f1", "micro_f1", "any_frame_f1"):
        low, high = told["intervals"][f1]
        assert low <= told[f1] <= high
    assert report["sources"]["plain"]["intervals"] == {}
    assert "NaN" not in json.dumps(report)
    assert " to " in report_page(report).split("By source")[1].split("</tr>")[1]


def test_the_page_escapes_what_articles_say(predictions: Predictions, tmp_path: Path) -> None:
    hostile = tuple(replace(r, text="<script>alert(1)</script>") for r in predictions.records)
    write_report(build_report(replace(predictions, records=hostile)), tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page


class LastWord:
    """Explains every frame by the last word."""

    def explain(self, text: str, *, frame: str) -> list[tuple[str, int, int, float]]:
        start = text.rfind(" ") + 1
        return [(text[:start], 0, start, -1.0), (text[start:], start, len(text), 1.0)]


def test_the_words_that_speak_for_a_wrong_frame_are_marked(
    predictions: Predictions, tmp_path: Path
) -> None:
    report = build_report(predictions, scorer=cast("Scorer", LastWord()))
    error = report["errors"][0]
    start, end = error["words"][0]
    write_report(report, tmp_path)
    assert f"<mark>{error['text'][start:end]}</mark>" in (tmp_path / "report.html").read_text()


def test_two_articles_are_shown_whole_with_what_both_said(predictions: Predictions) -> None:
    shown = build_report(predictions)["articles_shown"]
    sizes = Counter(predictions.article_ids)
    assert 1 <= len(shown) <= 2
    for article in shown:
        assert len(article["sentences"]) == sizes[article["article_id"]]
    verdicts = {f["verdict"] for a in shown for s in a["sentences"] for f in s["frames"]}
    assert verdicts
    assert verdicts <= {"right", "missed", "wrong"}
    page = report_page(build_report(predictions))
    said = {"right": "both say it", "missed": "the annotator alone", "wrong": "the model alone"}
    assert all(f'title="{said[verdict]}"' in page for verdict in verdicts)


BEHAVIOUR = {
    "tests": {
        "negation": {
            "about": "what is negated is not advanced",
            "cases": 4,
            "failure_rate": 0.5,
            "examples": ["It is no *plot*. (flagged hostile_plot)", "<b>No</b>. (flagged denial)"],
        }
    },
    "debunk_leakage": 0.25,
    "debunks": 4,
}


def test_every_case_that_failed_is_listed(predictions: Predictions, tmp_path: Path) -> None:
    write_report(build_report(predictions, behaviour=BEHAVIOUR), tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert "2 failed" in page
    assert "It is no *plot*. (flagged hostile_plot)" in page
    assert "&lt;b&gt;No&lt;/b&gt;" in page
    summary = (tmp_path / "report.md").read_text()
    assert r"- negation: It is no \*plot\*. (flagged hostile\_plot)" in summary
    assert "<b>" not in summary
    case = ElementTree.parse(tmp_path / "report.xml").getroot().find(".//testcase[2]/system-out")
    assert case is not None
    assert "It is no *plot*." in (case.text or "")


def test_a_baseline_stands_with_the_difference_to_the_model(
    predictions: Predictions, tmp_path: Path
) -> None:
    found, _ = run_baselines(predictions, Codebook.load("influence-1"), [])
    left_out = {"SetFit": "its scores are for <other> data"}
    report = build_report(predictions, baselines=found, left_out=left_out)
    write_report(report, tmp_path)
    page = (tmp_path / "report.html").read_text()
    assert f"{report['overall']['macro_f1']:+.3f}" in page
    assert "Left out: SetFit: its scores are for &lt;other&gt; data." in page
    assert "- left out: SetFit: " in (tmp_path / "report.md").read_text()


def test_figures_of_the_readme_and_the_card_come_from_the_report() -> None:
    report = read_report()
    for path in (ROOT / "README.md", ROOT / "models" / "influence-minilm" / "README.md"):
        text = path.read_text(encoding="utf-8")
        assert figures_block(report) in text
        assert with_figures(text, report) == text
