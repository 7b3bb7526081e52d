"""Puts the figures of a report into README and model card, so that no figure is typed by hand.

A text keeps its figures between `<!-- figures:begin -->` and `<!-- figures:end -->`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from framing.errors import FramingError

__all__ = ["REPORT", "figures_block", "with_figures"]

REPORT = Path(__file__).with_name("reports") / "influence-minilm.json"
_BLOCK = re.compile(r"(<!-- figures:begin -->\n).*?(<!-- figures:end -->)", re.S)
_MEASURES = (
    ("macro_f1", "macro-F1 over the frames"),
    ("mean_average_precision", "mean average precision"),
    ("micro_f1", "micro-F1"),
    ("any_frame_f1", "any-frame F1"),
    ("alpha", "agreement with the annotator (alpha)"),
    ("ece", "expected calibration error"),
)


def figures_block(report: dict[str, Any]) -> str:
    """Return the table of headline figures with intervals, sources and signature, in Markdown."""
    overall, intervals, s = report["overall"], report["intervals"], report["signature"]
    lines = ["| measure | value | 95 % interval |", "|---|---:|---|"]
    for name, title in _MEASURES:
        span = intervals.get(name)
        interval = f"{span[0]:.3f} to {span[1]:.3f}" if span else ""
        lines.append(f"| {title} | {overall[name]:.3f} | {interval} |")
    for name, v in (report["baselines"] or {}).items():
        lines.append(f"| baseline: {name}, macro-F1 | {v['macro_f1']:.3f} | |")
    lines += ["", "| source | sentences | macro-F1 | any-frame F1 |", "|---|---:|---:|---:|"]
    lines += [
        f"| {name} | {v['sentences']:,} | {v['macro_f1']:.3f} | {v['any_frame_f1']:.3f} |"
        for name, v in report["sources"].items()
    ]
    lines += [
        "",
        f"Measured on {report['sentences']:,} sentences of {report['articles']} articles that the "
        "weights did not see. Signature: "
        + ", ".join(f"{key} {str(value)[:40]}" for key, value in s.items())
        + ".",
    ]
    return "\n".join(lines) + "\n"


def with_figures(text: str, report: dict[str, Any]) -> str:
    """Return `text` with the block of figures replaced by those of `report`."""
    if not _BLOCK.search(text):
        raise FramingError("no <!-- figures:begin --> block to fill")
    return _BLOCK.sub(lambda m: m[1] + figures_block(report) + m[2], text)


def read_report(path: Path = REPORT) -> dict[str, Any]:
    """Return the released model's report."""
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value
