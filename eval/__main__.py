"""`python -m eval report|gate|compare|benchmark|...`: judge a model and the readers.

Exit status: 0 done or passed; 1 the gate failed; 2 wrong usage or data that cannot be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eval.gate import BASELINE, check, compare, read_baseline, update
from eval.predictions import predict
from framing.errors import FramingError

_BENCHMARKS = ("semeval2025-narratives", "semeval2023-frames", "ptc-sentences", "polnear")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m eval", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="write report.json, .md, .xml and .html")
    gate = commands.add_parser("gate", help="fail where a model is worse than the baseline")
    versus = commands.add_parser("compare", help="two models on the same sentences")
    for part in (report, gate):
        part.add_argument("--model", default="default", help="a shipped model or a model folder")
    for part in (report, gate, versus):
        part.add_argument(
            "--data", action="append", required=True, help="a labelled file, or corpus:test"
        )
    report.add_argument("--output", type=Path, default=Path("report"), help="folder to write to")
    report.add_argument("--train", action="append", default=[], help="data for the baselines")
    report.add_argument("--previous", metavar="MODEL", help="an older model, for comparison")
    report.add_argument("--quick", action="store_true", help="leave out baselines and attacks")
    for part in (report, gate):
        part.add_argument("--baseline", type=Path, default=BASELINE)
    gate.add_argument("--update", action="store_true", help="raise the floors to this model")
    gate.add_argument("--allow-regression", metavar="REASON")
    versus.add_argument("models", nargs=2, metavar="MODEL")
    versus.add_argument("--json", action="store_true")
    benchmark = commands.add_parser("benchmark", help="a public benchmark by its own measure")
    benchmark.add_argument("name", choices=_BENCHMARKS, metavar="|".join(_BENCHMARKS))
    benchmark.add_argument("path", type=Path, metavar="PATH", help="folder of the training part")
    benchmark.add_argument(
        "--dev", type=Path, metavar="PATH", help="score this part; learn from all of the other"
    )
    benchmark.add_argument("--model", default="default", help="a shipped model or a model folder")
    benchmark.add_argument("--json", action="store_true")
    setfit = commands.add_parser("setfit", help="fit the baseline SetFit, and keep its scores")
    setfit.add_argument("--model", default="default", help="whose codebook names the frames")
    setfit.add_argument("--data", required=True, help="the labelled file to score")
    setfit.add_argument("--train", action="append", required=True, help="data to draw from")
    setfit.add_argument("--base", help="folder of the encoder, or PACKAGE/FOLDER")
    few_shot = commands.add_parser("few-shot", help="frames that nothing was trained for")
    few_shot.add_argument("--model", default="default", help="a shipped model or a model folder")
    few_shot.add_argument("--data", required=True, help="the labelled file to measure on")
    few_shot.add_argument("--train", required=True, help="the labelled file to draw examples from")
    few_shot.add_argument("--frames", nargs="+", metavar="FRAME", help="frames to hold out in turn")
    few_shot.add_argument("--json", action="store_true")
    few_shot.add_argument("--draws", type=int, default=5, help="how often examples are drawn")
    figures = commands.add_parser("figures", help="put a report's figures into README and card")
    figures.add_argument("report", type=Path, help="report.json of the released model")
    figures.add_argument("texts", nargs="+", type=Path)
    tables = commands.add_parser("tables", help="put what eval/reports keeps into the docs")
    tables.add_argument("texts", nargs="*", type=Path, help="default: the docs that hold figures")
    extraction = commands.add_parser("extraction", help="how much of pages' bodies is read")
    extraction.add_argument(
        "folder", nargs="?", type=Path, help="pages with their bodies; default: eval/layouts"
    )
    extraction.add_argument("--passages", action="store_true", help="show what was lost and kept")
    speed = commands.add_parser("speed", help="where the time of scoring goes")
    speed.add_argument("--model", default="default", help="a shipped model or a model folder")
    speed.add_argument("--json", action="store_true")
    _voice_parser(commands)
    return parser


def _voice_parser(commands: Any) -> None:
    voice = commands.add_parser("voice", help="compare ways to tell whose words a sentence is")
    voice.add_argument("--data", type=Path, required=True, help="labelled sentences to fit on")
    voice.add_argument("--test", type=Path, help="labelled sentences that were kept apart")
    voice.add_argument("--model", default="default", help="whose voice head to measure on --test")
    voice.add_argument("--write", type=Path, help="write the fitted weights to this file")


def _voice(chosen: argparse.Namespace) -> int:
    from eval.voice_ways import compare_ways
    from framing.scoring import load

    scorer = load(chosen.model) if chosen.test else None
    found = compare_ways(chosen.data, chosen.test, write=chosen.write, scorer=scorer)
    for name, row in found.items():
        difference = row["difference"]
        low, high = difference["interval"]
        print(f"{name}: {row['sentences']:,} sentences of {row['articles']:,} articles")
        for way, figures in row.items():
            if isinstance(figures, dict) and "accuracy_interval" in figures:
                print(
                    f"    {way:16} accuracy {figures['accuracy']:.3f}, "
                    f"macro-F1 {figures['macro_f1']:.3f}"
                )
        print(
            f"    {difference['of']} against {difference['against']}: "
            f"{difference['accuracy']:+.3f} [{low:+.3f}, {high:+.3f}]"
        )
    return 0


def _report(chosen: argparse.Namespace) -> int:
    from eval.report import build_report, markdown, write_report

    for place in chosen.data:
        predictions = predict(chosen.model, place)
        baselines = left_out = behaviour = robustness = scorer = None
        if not chosen.quick:
            from eval.baselines import encoder_of, run_baselines
            from eval.behaviour import run_behaviour
            from eval.robustness import run_attacks
            from framing.scoring import load

            scorer = load(chosen.model)
            baselines, left_out = run_baselines(
                predictions,
                scorer.codebook,
                chosen.train,
                encoder=encoder_of(scorer.artefact),
                previous=predict(chosen.previous, place) if chosen.previous else None,
            )
            behaviour = run_behaviour(scorer)
            robustness = run_attacks(scorer, predictions)
        report = build_report(
            predictions,
            baselines=baselines,
            left_out=left_out,
            behaviour=behaviour,
            robustness=robustness,
            scorer=scorer,
        )
        baseline = read_baseline(chosen.baseline)
        held = baseline["data"].get(predictions.data)
        same = held is not None and held["data_digest"] == predictions.data_digest
        failures = check(predictions, baseline) if same else None
        folder = chosen.output if len(chosen.data) == 1 else chosen.output / predictions.data
        for path in write_report(report, folder, failures=failures):
            print(path, file=sys.stderr)
        print(markdown(report, failures))
    return 0


def _gate(chosen: argparse.Namespace) -> int:
    status = 0
    for place in chosen.data:
        predictions = predict(chosen.model, place)
        baseline = read_baseline(chosen.baseline)
        if chosen.update or chosen.allow_regression:
            value = update(predictions, baseline, allow_regression=chosen.allow_regression)
            scratch = chosen.baseline.with_suffix(".tmp")
            scratch.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
            scratch.replace(chosen.baseline)
            print(f"{predictions.data}: baseline is now {predictions.model}")
            continue
        failures = check(predictions, baseline)
        for failure in failures:
            print(f"{predictions.data}: {failure}")
        if not failures:
            print(f"{predictions.data}: passed ({predictions.model})")
        status = status or bool(failures)
    return int(status)


def _compare(chosen: argparse.Namespace) -> int:
    for place in chosen.data:
        a, b = (predict(model, place) for model in chosen.models)
        rows = compare(a, b)
        if chosen.json:
            print(json.dumps(rows, indent=1))
            continue
        print(f"{place}: F1 of {b.model} against {a.model}")
        for name, row in rows.items():
            sure = "*" if row["p"] < 0.05 else " "
            print(
                f"{name:24} {row['difference']:+.3f} "
                f"[{row['low']:+.3f}, {row['high']:+.3f}] p={row['p']:.3f}{sure}"
            )
    return 0


def _benchmark(chosen: argparse.Namespace) -> int:
    from eval.benchmark import run_benchmark, table

    result = run_benchmark(chosen.name, chosen.path, dev=chosen.dev, model=chosen.model)
    print(json.dumps(result, indent=1) if chosen.json else table(result))
    return 0


def _setfit(chosen: argparse.Namespace) -> int:
    from eval.setfit_scores import BASE, fit, keep
    from framing.scoring import load

    codebook = load(chosen.model).codebook
    scores = fit(chosen.data, chosen.train, codebook, base=chosen.base or BASE)
    keep(Path(chosen.data).name, scores)
    print(f"{chosen.data}: learnt from {scores.sentences} sentences in {scores.seconds} s of CPU")
    return 0


def _few_shot(chosen: argparse.Namespace) -> int:
    from eval.few_shot import FRAMES, few_shot, kept, markdown

    frames, draws = chosen.frames or FRAMES, max(chosen.draws, 1)
    rows = few_shot(chosen.model, chosen.data, chosen.train, frames=frames, draws=draws)
    if chosen.json:
        print(json.dumps(kept(rows, chosen.model, chosen.data, frames, draws), indent=1))
    else:
        print(markdown(rows, frames))
    return 0


def _speed(chosen: argparse.Namespace) -> int:
    from eval.speed import markdown, speed

    found = speed(chosen.model)
    print(json.dumps(found, indent=1) if chosen.json else markdown(found))
    return 0


def _figures(chosen: argparse.Namespace) -> int:
    from eval.figures import REPORTS, read_report, with_figures

    report = read_report(chosen.report)
    REPORTS.mkdir(exist_ok=True)
    # These quote sentences that may not be redistributed; figures alone are kept.
    figures = {**report, "errors": [], "articles_shown": []}
    kept = REPORTS / f"{report['signature']['model'].split()[0]}.json"
    kept.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for path in chosen.texts:
        path.write_text(with_figures(path.read_text(encoding="utf-8"), report), encoding="utf-8")
    return 0


def _tables(chosen: argparse.Namespace) -> int:
    from eval.figures import DOCS, with_kept

    for path in chosen.texts or DOCS:
        path.write_text(with_kept(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


def _extraction(chosen: argparse.Namespace) -> int:
    from eval.extraction import LAYOUTS, measure, overall, read_layouts

    measures = []
    for layout in read_layouts(chosen.folder or LAYOUTS):
        measures.append(one := measure(layout))
        print(f"{one.name:34} recall {one.recall:.3f}  precision {one.precision:.3f}")
        if one.error:
            print(f"    {one.error}")
        if chosen.passages:
            for mark, passages in (("-", one.lost), ("+", one.junk)):
                for passage in passages:
                    print(f"    {mark} {passage[:200]}")
    total = overall(measures)
    print(f"{total.name:34} recall {total.recall:.3f}  precision {total.precision:.3f}")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    chosen = _parser().parse_args(arguments)
    run = {
        "report": _report,
        "voice": _voice,
        "gate": _gate,
        "compare": _compare,
        "benchmark": _benchmark,
        "few-shot": _few_shot,
        "speed": _speed,
        "setfit": _setfit,
        "figures": _figures,
        "tables": _tables,
        "extraction": _extraction,
    }
    try:
        return run[chosen.command](chosen)
    except (FramingError, OSError) as error:
        print(f"eval: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    raise SystemExit(main())
