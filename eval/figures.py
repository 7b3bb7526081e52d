"""Puts figures into README, model card and docs, so that none is typed by hand.

A text keeps the report's figures between `<!-- figures:begin -->` and `<!-- figures:end -->`, and
those of other commands, whose JSON `reports` keeps, between `<!-- figures NAME:begin -->` and
`<!-- figures NAME:end -->`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from framing.errors import FramingError

__all__ = ["DOCS", "REPORT", "REPORTS", "ends", "figures_block", "with_figures", "with_kept"]

REPORTS = Path(__file__).with_name("reports")
REPORT = REPORTS / "influence-minilm.json"
# The texts with figures of other commands than `report`.
DOCS = tuple(
    Path(__file__).parents[1] / "docs" / f"{name}.md"
    for name in ("benchmarks", "own-frames", "speed")
)
_TIERS = {"default": "influence-minilm", "fast": "influence-fast"}
_BLOCK = re.compile(r"(<!-- figures:begin -->\n).*?(<!-- figures:end -->)", re.S)
_NAMED = re.compile(r"(<!-- figures ([\w-]+):begin -->\n).*?(<!-- figures \2:end -->)", re.S)
_BENCHMARKS = {
    "semeval2025-narratives": "SemEval-2025 task 10, narratives, English",
    "semeval2023-frames": "SemEval-2023 task 3, frames, English",
    "ptc-sentences": "PTC, lines",
    "polnear": "PolNeAR",
}
_BENCHMARK_MEASURES = {
    "coarse_samples_f1": "coarse F1, samples",
    "fine_samples_f1": "fine F1, samples",
    "coarse_with_narrative": "coarse F1, samples, articles with a narrative",
    "fine_with_narrative": "fine F1, samples, articles with a narrative",
    "coarse_macro_f1": "coarse macro-F1",
    "fine_macro_f1": "fine macro-F1",
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "f1": "F1",
    "precision": "precision",
    "recall": "recall",
    "direct_source_accuracy": "source of direct quotations, accuracy",
    "indirect_source_accuracy": "source of other contents, accuracy",
    "sentence_f1": "sentences with an attribution, F1",
    "source_f1": "spans of sources, F1",
}
_MEASURES = (
    ("macro_f1", "macro-F1 over the frames"),
    ("mean_average_precision", "mean average precision"),
    ("micro_f1", "micro-F1"),
    ("any_frame_f1", "any-frame F1"),
    ("alpha", "agreement with the annotator (alpha)"),
    ("ece", "expected calibration error"),
)


def ends(interval: Sequence[float] | None) -> str:
    """Return the ends of an interval as text, nothing for none."""
    return f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else ""


def figures_block(report: dict[str, Any]) -> str:
    """Return the table of headline figures with intervals, sources and signature, in Markdown."""
    overall, intervals, s = report["overall"], report["intervals"], report["signature"]
    lines = ["| measure | value | 95 % interval |", "|---|---:|---|"]
    for name, title in _MEASURES:
        lines.append(f"| {title} | {overall[name]:.3f} | {ends(intervals.get(name))} |")
    for name, v in (report["baselines"] or {}).items():
        lines.append(f"| baseline: {name}, macro-F1 | {v['macro_f1']:.3f} | |")
    lines += [
        "",
        "| source | sentences | macro-F1 | 95 % interval | any-frame F1 | 95 % interval |",
        "|---|---:|---:|---|---:|---|",
    ]
    lines += [
        f"| {name} | {v['sentences']:,} | {v['macro_f1']:.3f} | "
        f"{ends(v['intervals'].get('macro_f1'))} | {v['any_frame_f1']:.3f} | "
        f"{ends(v['intervals'].get('any_frame_f1'))} |"
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


def _kept(name: str, folder: Path) -> Any:
    path = folder / f"{name}.json"
    if not path.is_file():
        raise FramingError(
            f"{path}: no figures are kept there; see docs/benchmarks.md for commands"
        )
    return json.loads(path.read_text(encoding="utf-8"))


def _benchmarks(folder: Path) -> str:
    """Return the table of public benchmarks, beside simple systems on the same documents."""
    lines = [
        "| benchmark | measure | this project | 95 % interval | text alone | simplest |",
        "|---|---|---:|---|---:|---:|",
    ]
    models: dict[str, None] = {}
    for name, title in _BENCHMARKS.items():
        result = _kept(name, folder)
        s = result["signature"]
        models[f"{s['model']}, framing {s['framing']}"] = None
        rows = f", {result['rows']:,} rows" if result["rows"] != result["documents"] else ""
        what = (
            f"{title} ({result['part']}, {result['documents']:,} documents{rows}, "
            f"digest {s['data_digest'][:8]})"
        )
        simple = list(result["baselines"].values())
        for measure, m in result["measures"].items():
            others = [f"{b[measure]:.3f}" if measure in b else "" for b in simple] or ["", ""]
            lines.append(
                f"| {what} | {_BENCHMARK_MEASURES[measure]} | {m['value']:.3f} | "
                f"{ends((m['low'], m['high']))} | {' | '.join(others)} |"
            )
            what = ""
    return "\n".join([*lines, "", f"Model {'; '.join(models)}."]) + "\n"


def _short(value: float) -> str:
    """Return a published figure with the two or three digits it was given with."""
    return f"{value:.3f}".removesuffix("0")


def _published(folder: Path) -> str:  # noqa: ARG001
    """Return the table of what others published, with sources and how far they were checked."""
    from eval.benchmark import PUBLISHED

    lines = [
        "| benchmark | measure | figure | system | on | source | checked |",
        "|---|---|---:|---|---|---|---|",
    ]
    lines += [
        f"| {title} | {_BENCHMARK_MEASURES[p.measure]} | {_short(p.value)} | {p.system} | "
        f"{p.part} | {p.source} | {p.checked} |"
        for name, title in _BENCHMARKS.items()
        for p in PUBLISHED[name]
    ]
    return "\n".join(lines) + "\n"


def _few_shot(name: str, *, frames: bool) -> Callable[[Path], str]:
    def block(folder: Path) -> str:
        from eval.few_shot import Row, markdown

        kept = _kept(name, folder)
        rows = [Row(**{**row, "by_frame": tuple(row["by_frame"])}) for row in kept["rows"]]
        s = kept["signature"]
        said = (
            f"{len(kept['frames'])} frames, each taken as new; means over frames and {s['draws']} "
            f"draws on {s['sentences']:,} sentences (digest {s['data_digest'][:8]}). "
            f"Model {s['model']}, framing {s['framing']}."
        )
        return f"{markdown(rows, kept['frames'] if frames else ())}\n\n{said}\n"

    return block


def _tiers(folder: Path) -> str:
    """Return the table of tiers: what each costs and how good it is, against the default."""
    lines = [
        "| tier | macro-F1 | 95 % interval | of the default | mean average precision "
        "| any-frame F1 | sentences a processor second | times the default |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    first: tuple[float, float] | None = None
    said = []
    for tier, name in _TIERS.items():
        report, bench = _kept(name, folder), _kept(f"bench-{name}", folder)
        f1, rate = report["overall"]["macro_f1"], bench["engines"][0]["per_cpu_second"]
        first = first or (f1, rate)
        lines.append(
            f"| `{tier}` | {f1:.3f} | {ends(report['intervals']['macro_f1'])} | "
            f"{f1 / first[0]:.0%} | "
            f"{report['overall']['mean_average_precision']:.3f} | "
            f"{report['overall']['any_frame_f1']:.3f} | {rate:,.0f} | {rate / first[1]:.1f} |"
        )
        s = report["signature"]
        said.append(f"{s['model']}, thresholds {s['thresholds']}")
    return "\n".join(
        [
            *lines,
            "",
            f"{report['sentences']:,} sentences of {report['articles']} articles, digest "
            f"{s['data_digest'][:8]}; models {'; '.join(said)}; framing {s['framing']}.",
        ]
    ) + "\n"  # fmt: skip


def _bench(folder: Path) -> str:
    """Return what `framing bench` measured, with the ratio to the transformers pipeline."""
    found = _kept(f"bench-{_TIERS['default']}", folder)
    lines = [
        "| engine | sentences a second | a processor second | times the pipeline "
        "| one sentence, p50 | p99 | article of 30, p50 | cold start | peak memory |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    rows = found["engines"]
    base = next(m["per_cpu_second"] for m in rows if "as it comes" in m["engine"])
    units = (
        ("sentence_p50_ms", "{:.1f} ms"),
        ("sentence_p99_ms", "{:.1f} ms"),
        ("article_p50_ms", "{:.0f} ms"),
        ("cold_start_s", "{:.2f} s"),
        ("peak_mib", "{:.0f} MiB"),
    )
    for m in rows:
        cells = ["" if m[key] is None else unit.format(m[key]) for key, unit in units]
        lines.append(
            f"| {m['engine']} | {m['per_second']:,.0f} | {m['per_cpu_second']:,.0f} | "
            f"{m['per_cpu_second'] / base:.1f} | {' | '.join(cells)} |"
        )
    at = found["machine"]
    said = f"{at['cores']} cores, {at['processor']}, Python {at['python']}."
    return "\n".join([*lines, "", said]) + "\n"


def _profile(folder: Path) -> str:
    from eval.speed import markdown

    return markdown(_kept("speed", folder)) + "\n"


_BLOCKS: Mapping[str, Callable[[Path], str]] = {
    "benchmarks": _benchmarks,
    "published": _published,
    "few-shot": _few_shot("few-shot", frames=True),
    "few-shot-all": _few_shot("few-shot-all", frames=False),
    "tiers": _tiers,
    "bench": _bench,
    "profile": _profile,
}


def with_kept(text: str, folder: Path = REPORTS) -> str:
    """Return `text` with every named block filled from the JSON that `folder` keeps."""
    names: Sequence[str] = [m[2] for m in _NAMED.finditer(text)]
    if not names:
        raise FramingError("no <!-- figures NAME:begin --> block to fill")
    for name in names:
        if name not in _BLOCKS:
            raise FramingError(f"no figures are called '{name}'; there are {', '.join(_BLOCKS)}")
    return _NAMED.sub(lambda m: m[1] + _BLOCKS[m[2]](folder) + m[3], text)
