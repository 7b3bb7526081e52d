"""The evaluation report: figures with intervals as JSON, Markdown, JUnit XML and one HTML page."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Interval, f1_intervals, map_interval
from eval.figures import ends
from eval.metrics import (
    coverage_curve,
    macro_f1,
    per_frame,
    rank_correlation,
    summary,
)
from eval.predictions import Predictions
from framing.scoring import Scorer

__all__ = ["build_report", "write_report"]

SCHEMA = 1
_FEWEST = 20  # sentences a group needs to get figures of its own


def build_report(
    predictions: Predictions,
    *,
    baselines: dict[str, dict[str, Any]] | None = None,
    left_out: dict[str, str] | None = None,
    behaviour: dict[str, Any] | None = None,
    robustness: dict[str, Any] | None = None,
    scorer: Scorer | None = None,
) -> dict[str, Any]:
    """Return the whole report as plain JSON values; parts that were not run are null.

    With the `scorer` that predicted, the errors show the words that speak for the frame.
    """
    p = predictions
    y_true, y_score, y_pred = p.y_true, p.y_score, p.y_pred
    intervals = f1_intervals(y_true, y_pred, p.article_ids, p.frame_ids)
    ap = map_interval(y_true, y_score, p.article_ids)
    frames = per_frame(y_true, y_score, y_pred, p.frame_ids)
    for frame in p.frame_ids:
        frames[frame]["f1_interval"] = [intervals[frame].low, intervals[frame].high]
        frames[frame]["threshold"] = float(p.thresholds[p.frame_ids.index(frame)])
    return {
        "schema": SCHEMA,
        "signature": p.signature(),
        "labels": "made by a language model under the codebook; no person has checked them",
        "sentences": len(p.records),
        "articles": len(set(p.article_ids)),
        "framed_sentences": int(y_true.any(1).sum()),
        "overall": {
            **summary(y_true, y_score, y_pred),
            "rank_correlation": _finite(rank_correlation(y_true, y_pred, p.article_ids)),
        },
        "intervals": {
            **_spans(intervals),
            "mean_average_precision": [ap.low, ap.high],
        },
        "frames": frames,
        "voices": _by(p, [r.voice or "unknown" for r in p.records]),
        "sources": _by(p, [r.source or "unknown" for r in p.records]),
        "confusion": _confusion(p),
        "reliability": _reliability(y_true, y_score),
        "coverage": coverage_curve(y_true, y_score, y_pred, p.thresholds),
        "threshold_curve": _threshold_curve(y_true, y_score),
        "precision_recall": _precision_recall(p),
        "heat_map": _heat_map(p),
        "errors": _errors(p, scorer),
        "articles_shown": _articles_shown(p),
        "baselines": baselines,
        "baselines_left_out": left_out or {},
        "behaviour": behaviour,
        "robustness": robustness,
    }


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _by(p: Predictions, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the headline figures of each group of sentences that is large enough.

    A group without any frame has no intervals.
    """
    names, articles = np.array(keys), np.array(p.article_ids)
    found = {}
    for name, n in Counter(keys).most_common():
        rows = names == name
        if n < _FEWEST:
            continue
        y_true, y_pred = p.y_true[rows], p.y_pred[rows]
        framed = int(y_true.any(1).sum())
        figures = summary(y_true, p.y_score[rows], y_pred)
        intervals = f1_intervals(y_true, y_pred, articles[rows], p.frame_ids) if framed else {}
        found[name] = {"sentences": n, "framed": framed, **figures, "intervals": _spans(intervals)}
    return found


def _spans(intervals: Mapping[str, Interval]) -> dict[str, list[float]]:
    """Return the ends of the intervals of the three F1 of all frames together."""
    overall = ("macro_f1", "micro_f1", "any_frame_f1")
    return {name: [intervals[name].low, intervals[name].high] for name in overall if intervals}


def _confusion(p: Predictions) -> list[dict[str, Any]]:
    """Return, for missed frames, what was predicted instead; the most frequent pairs first."""
    pairs: Counter[tuple[str, str]] = Counter()
    for true, pred in zip(p.y_true, p.y_pred, strict=True):
        instead = np.flatnonzero(pred & ~true)
        for missed in np.flatnonzero(true & ~pred):
            if not len(instead):
                pairs[p.frame_ids[missed], "nothing"] += 1
            for k in instead:
                pairs[p.frame_ids[missed], p.frame_ids[k]] += 1
    for pred, true in zip(p.y_pred, p.y_true, strict=True):
        if pred.any() and not true.any():
            for k in np.flatnonzero(pred):
                pairs["nothing", p.frame_ids[k]] += 1
    return [
        {"gold": gold, "predicted": pred, "count": n} for (gold, pred), n in pairs.most_common(40)
    ]


def _reliability(
    y_true: NDArray[np.bool_], y_score: NDArray[np.float32], bins: int = 10
) -> list[dict[str, float]]:
    cell = np.minimum((y_score * bins).astype(int), bins - 1).ravel()
    found = []
    for k in range(bins):
        rows = cell == k
        if rows.any():
            found.append(
                {
                    "probability": float(y_score.ravel()[rows].mean()),
                    "share": float(y_true.ravel()[rows].mean()),
                    "cells": int(rows.sum()),
                }
            )
    return found


def _threshold_curve(
    y_true: NDArray[np.bool_], y_score: NDArray[np.float32]
) -> list[tuple[float, float]]:
    """Return macro-F1 over one threshold for all frames."""
    return [
        (float(t), macro_f1(y_true, y_score >= t)) for t in np.round(np.linspace(0.04, 0.96, 47), 3)
    ]


def _precision_recall(p: Predictions, points: int = 40) -> dict[str, list[tuple[float, float]]]:
    curves = {}
    for k, frame in enumerate(p.frame_ids):
        truth = p.y_true[:, k]
        if not truth.any():
            continue
        order = np.argsort(-p.y_score[:, k], kind="stable")
        hits = np.cumsum(truth[order])
        at = np.unique(np.linspace(0, len(order) - 1, 400).astype(int))
        at = at[np.unique(np.searchsorted(hits[at] / hits[-1], np.linspace(0, 1, points)))[:-1]]
        curves[frame] = [
            (round(float(hits[i] / hits[-1]), 4), round(float(hits[i] / (i + 1)), 4)) for i in at
        ]
    return curves


def _heat_map(p: Predictions) -> dict[str, dict[str, Any]]:
    """Return F1 of every frame in every source that is large enough, with the support."""
    sources = np.array([r.source or "unknown" for r in p.records])
    found: dict[str, dict[str, Any]] = {}
    for source, n in Counter(sources.tolist()).most_common():
        if n < _FEWEST:
            continue
        rows = sources == source
        values = per_frame(p.y_true[rows], p.y_score[rows], p.y_pred[rows], p.frame_ids)
        found[source] = {f: [round(v["f1"], 3), v["support"]] for f, v in values.items()}
    return found


def _errors(p: Predictions, scorer: Scorer | None, most: int = 40) -> list[dict[str, Any]]:
    """Return the sentences on which the model is most surely wrong.

    `words` are the spans of up to five words that speak most for the frame, the strongest first.
    """
    gap = np.where(p.y_true, p.thresholds - p.y_score, p.y_score - p.thresholds)
    gap[p.y_true == p.y_pred] = -1
    rows = []
    for cell in np.argsort(-gap, axis=None)[:most]:
        i, k = np.unravel_index(cell, gap.shape)
        if gap[i, k] <= 0:
            break
        record = p.records[int(i)]
        rows.append(
            {
                "kind": "missed" if p.y_true[i, k] else "false alarm",
                "frame": p.frame_ids[int(k)],
                "probability": round(float(p.y_score[i, k]), 3),
                "gold": list(record.frames),
                "voice": record.voice,
                "source": record.source,
                "text": record.text,
                "words": _telling(record.text, p.frame_ids[int(k)], scorer),
            }
        )
    return rows


def _telling(text: str, frame: str, scorer: Scorer | None, most: int = 5) -> list[list[int]]:
    if scorer is None:
        return []
    words = sorted(scorer.explain(text, frame=frame), key=lambda word: -word[3])[:most]
    return [[start, end] for _, start, end, weight in words if weight > 0]


def _articles_shown(p: Predictions, fewest: int = 5, most: int = 60) -> list[dict[str, Any]]:
    """Return two whole articles, sentence by sentence: annotator and model side by side.

    One has the most sentences with a frame, the other the largest share of sentences that the model
    gets wrong, of those with `fewest` to `most` sentences; the first by id where two are alike.
    """
    rows: dict[str, list[int]] = {}
    for i, article in enumerate(p.article_ids):
        rows.setdefault(article, []).append(i)
    fitting = {a: at for a, at in sorted(rows.items()) if fewest <= len(at) <= most}
    if not fitting:
        return []
    wrong = (p.y_true != p.y_pred).any(1)
    densest = max(fitting, key=lambda a: p.y_true[fitting[a]].any(1).sum())
    worst = max(fitting, key=lambda a: wrong[fitting[a]].mean())
    chosen = {densest: "most sentences with a frame"}
    chosen.setdefault(worst, "largest share of sentences that the model gets wrong")
    return [
        {
            "article_id": article,
            "why": why,
            "sentences": [_side_by_side(p, i) for i in fitting[article]],
        }
        for article, why in chosen.items()
    ]


def _side_by_side(p: Predictions, i: int) -> dict[str, Any]:
    """Return a sentence with its frames, each as right, missed or wrong, and its probability."""
    said = {(True, True): "right", (True, False): "missed", (False, True): "wrong"}
    return {
        "text": p.records[i].text,
        "voice": p.records[i].voice,
        "frames": [
            {
                "frame": frame,
                "verdict": said[bool(p.y_true[i, k]), bool(p.y_pred[i, k])],
                "probability": round(float(p.y_score[i, k]), 3),
            }
            for k, frame in enumerate(p.frame_ids)
            if p.y_true[i, k] or p.y_pred[i, k]
        ],
    }


def write_report(
    report: dict[str, Any], folder: Path, *, failures: Sequence[str] | None = None
) -> list[Path]:
    """Write report.json, report.md, report.xml (JUnit) and report.html; returns their paths."""
    from eval.report_page import report_page

    folder.mkdir(parents=True, exist_ok=True)
    written = {
        "report.json": json.dumps(report, indent=1, allow_nan=False) + "\n",
        "report.md": markdown(report, failures),
        "report.xml": _junit(report, failures or ()),
        "report.html": report_page(report),
    }
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in written]


def markdown(report: dict[str, Any], failures: Sequence[str] | None = None) -> str:
    """Return the report in Markdown, short enough for a job summary."""
    overall, intervals = report["overall"], report["intervals"]
    s = report["signature"]
    lines = [f"# Evaluation of {s['model']}", ""]
    if failures is not None:
        lines += [f"- gate: {failure}" for failure in failures] or ["The gate passes."]
        lines.append("")
    lines += [
        f"{report['sentences']:,} sentences of {report['articles']} articles ({s['data']}), "
        f"{report['framed_sentences']:,} with a frame. Labels {report['labels']}. Intervals: 95 %, "
        "articles resampled.",
        "",
        "| measure | value | interval |",
        "|---|---:|---|",
    ]
    for name, value in overall.items():
        if value is not None:
            lines.append(f"| {name} | {value:.3f} | {ends(intervals.get(name))} |")
    lines += [
        "",
        "| frame | support | precision | recall | F1 | interval | average precision | ECE |",
        "|---|---:|---:|---:|---:|---|---:|---:|",
    ]
    for frame, v in report["frames"].items():
        ap = "" if v["average_precision"] is None else f"{v['average_precision']:.3f}"
        lines.append(
            f"| {frame} | {v['support']} | {v['precision']:.3f} | {v['recall']:.3f} | "
            f"{v['f1']:.3f} | {ends(v['f1_interval'])} | {ap} | {v['ece']:.3f} |"
        )
    for title, key in (("source", "sources"), ("voice", "voices")):
        lines += [
            "",
            f"| {title} | sentences | macro-F1 | interval | micro-F1 | interval | any-frame F1 | "
            "interval | ECE |",
            "|---|---:|---:|---|---:|---|---:|---|---:|",
        ]
        lines += [
            f"| {name} | {v['sentences']} | "
            + "".join(
                f"{v[f1]:.3f} | {ends(v['intervals'].get(f1))} | "
                for f1 in ("macro_f1", "micro_f1", "any_frame_f1")
            )
            + f"{v['ece']:.3f} |"
            for name, v in report[key].items()
        ]
    if report["baselines"]:
        lines += [
            "",
            "| baseline | macro-F1 | the model above it | interval | mean average precision | "
            "any-frame F1 |",
            "|---|---:|---:|---|---:|---:|",
        ]
        lines += [
            f"| {name} | {v['macro_f1']:.3f} | {v['model_above']['macro_f1']:+.3f} | "
            f"{ends(v['model_above']['interval'])} | {v['mean_average_precision']:.3f} | "
            f"{v['any_frame_f1']:.3f} |"
            for name, v in report["baselines"].items()
        ]
    if report["baselines_left_out"]:
        lines.append("")
        lines += [
            f"- left out: {name}: {why}" for name, why in report["baselines_left_out"].items()
        ]
    if report["behaviour"]:
        lines += ["", "| behavioural test | cases | failed |", "|---|---:|---:|"]
        lines += [
            f"| {name} | {v['cases']} | {v['failure_rate']:.0%} |"
            for name, v in report["behaviour"]["tests"].items()
        ]
        lines += ["", f"Debunk leakage: {report['behaviour']['debunk_leakage']:.1%}."]
        lines += ["", "<details><summary>Cases that failed</summary>", ""]
        for name, v in report["behaviour"]["tests"].items():
            lines += [f"- {name}: {_plain(example)}" for example in v["examples"]]
        lines += ["", "</details>"]
    if report["robustness"]:
        lines += ["", "| attack | macro-F1 | drop | labels flipped |", "|---|---:|---:|---:|"]
        lines += [
            f"| {name} | {v['macro_f1']:.3f} | {v['drop']:+.3f} | {v['flipped']:.2%} |"
            for name, v in report["robustness"].items()
        ]
    signature = ", ".join(f"{key} {value}" for key, value in s.items())
    return "\n".join([*lines, "", f"Signature: {signature}.", ""])


def _plain(text: str) -> str:
    """Return text that Markdown shows as it is."""
    return re.sub(r"([\\`*_<>#|\[\]&])", r"\\\1", text)


def _junit(report: dict[str, Any], failures: Sequence[str]) -> str:
    """Return JUnit XML: the gate, and every behavioural test with its failure rate."""
    suite = ElementTree.Element("testsuite", name="framing.eval")
    case = ElementTree.SubElement(suite, "testcase", classname="gate", name="no regression")
    for failure in failures:
        ElementTree.SubElement(case, "failure", message=failure)
    for name, v in ((report["behaviour"] or {}).get("tests") or {}).items():
        case = ElementTree.SubElement(suite, "testcase", classname="behaviour", name=name)
        said = (f"failure rate {v['failure_rate']:.3f}", *v["examples"])
        ElementTree.SubElement(case, "system-out").text = "\n".join(said)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(failures)))
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
