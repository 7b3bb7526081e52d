"""Measure how fast this machine scores: `framing bench`.

Sentences per second, latency, cold start and memory of every engine at hand, and, where torch and
the 16-bit weights are, of the transformers pipeline on the same weights in the same run.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.model.artefact import find_model, read_artefact
from framing.model.engine import ENGINES

if TYPE_CHECKING:
    from framing.scoring import Scorer

__all__ = ["Measurement", "as_json", "as_table", "bench", "bench_sentences"]

_FEWEST_TURNS = 3
_PAUSE = 0.3  # seconds: threads of OpenMP turn on the spot for .2 s after their work
# VmHWM, not getrusage: that counts what the parent held when it forked.
_COLD = """
import sys
import framing
framing.load(sys.argv[1], device=sys.argv[2], engine=sys.argv[3]).score(sys.stdin.read())
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
"""


@dataclass(frozen=True, slots=True)
class Measurement:
    """One engine on one machine; rates in sentences, times in milliseconds or seconds, MiB."""

    engine: str
    per_second: float  # wall clock, as many threads as the engine likes
    per_cpu_second: float
    sentence_p50_ms: float | None = None  # one sentence at a time
    sentence_p99_ms: float | None = None
    article_p50_ms: float | None = None  # an article of 30 sentences, read, split and attributed
    cold_start_s: float | None = None  # a new process until its first article is scored
    peak_mib: float | None = None  # of that process


def bench_sentences(count: int) -> list[str]:
    """Return sentences of news length, taken from the shipped corpus."""
    from framing.data import load_corpus

    texts = [r.text for r in load_corpus().records]
    return (texts * (count // len(texts) + 1))[:count]


def bench(
    model: str = "default", *, count: int = 300, seconds: float = 5.0, device: str = "auto"
) -> Iterator[Measurement]:
    """Yield a measurement for each engine at hand, the transformers pipeline last, twice.

    All score the same `count` sentences in turns, for `seconds` each, so that a machine whose speed
    changes from one second to the next is the same to all; medians of the turns are given.
    """
    import framing

    texts = bench_sentences(count)
    article = "\n\n".join(" ".join(texts[i : i + 5]) for i in range(0, 30, 5))
    artefact = read_artefact(find_model(model))
    with_torch = bool(find_spec("torch") and find_spec("transformers"))
    with_torch = with_torch and artefact.torch_folder.is_dir()
    places = {
        engine: "cpu" if engine == "onnx" else device
        for engine in ENGINES
        if engine != "torch" or with_torch
    }
    scorers = {e: framing.load(model, device=place, engine=e) for e, place in places.items()}
    ways: dict[str, Callable[[list[str]], object]] = {
        engine: scorer.predict_proba for engine, scorer in scorers.items()
    }
    if with_torch:
        classify = _pipeline(artefact.torch_folder, len(artefact.codebook.frames))
        ways["transformers pipeline, as it comes"] = classify
        ways["transformers pipeline, sorted, batches of 32"] = lambda texts: classify(
            sorted(texts, key=len), batch_size=32
        )
    rates = _rates(ways, texts, seconds)
    for engine, scorer in scorers.items():
        single = _times(partial(_one, scorer, texts), seconds / 2)
        whole = _times(partial(_whole, scorer, article), seconds / 2)
        cold, peak = _cold_start(model, places[engine], engine, article)
        yield Measurement(
            engine,
            *rates.pop(engine),
            float(np.median(single)),
            float(np.percentile(single, 99)),
            float(np.median(whole)),
            cold,
            peak,
        )
    for name, rate in rates.items():
        yield Measurement(name, *rate)


def _one(scorer: Scorer, texts: list[str], turn: int) -> object:
    return scorer.predict_proba([texts[turn % len(texts)]])


def _whole(scorer: Scorer, article: str, _: int) -> object:
    return scorer.score(article)


def _rates(
    ways: Mapping[str, Callable[[list[str]], object]], texts: list[str], seconds: float
) -> dict[str, tuple[float, float]]:
    """Return each way's sentences per second and per CPU second, medians over turns.

    Each takes its turns until all of them have had `seconds` on average, and at least three.
    """
    walls: dict[str, list[float]] = {name: [] for name in ways}
    cpus: dict[str, list[float]] = {name: [] for name in ways}
    for run in ways.values():
        run(texts[:64])  # warms up
    end = time.perf_counter() + seconds * len(ways)
    while min(map(len, walls.values())) < _FEWEST_TURNS or time.perf_counter() < end:
        for name, run in ways.items():
            time.sleep(_PAUSE)
            wall, cpu = time.perf_counter(), time.process_time()
            run(texts)
            walls[name].append(time.perf_counter() - wall)
            cpus[name].append(time.process_time() - cpu)
    return {
        name: (len(texts) / median(walls[name]), len(texts) / median(cpus[name])) for name in ways
    }


def _times(run: Callable[[int], object], seconds: float) -> Sequence[float]:
    """Return how many milliseconds each call took."""
    run(0)
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        run(len(times))
        times.append(1000 * (time.perf_counter() - start))
    return times


def _cold_start(model: str, device: str, engine: str, article: str) -> tuple[float, float]:
    """Return seconds and peak MiB of a new process that scores one article; the best of three."""
    found = []
    for _ in range(3):
        start = time.perf_counter()
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-c", _COLD, model, device, engine],
            input=article,
            capture_output=True,
            text=True,
            check=True,
        )
        found.append((time.perf_counter() - start, float(done.stdout.split()[-1]) / 1024))
    return min(seconds for seconds, _ in found), min(mib for _, mib in found)


def _pipeline(folder: Any, n_frames: int) -> Any:
    """Return the transformers pipeline of the same encoder, with a plain head of as many labels."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    network = AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=n_frames, problem_type="multi_label_classification"
    ).float()
    return pipeline(
        "text-classification",
        model=network,
        tokenizer=AutoTokenizer.from_pretrained(folder),
        top_k=None,
        device="cpu",
    )


def as_table(found: Sequence[Measurement]) -> str:
    """Return measurements as an aligned text table, with the ratio to the pipeline's rate."""
    base = next((m.per_cpu_second for m in found if "as it comes" in m.engine), None)
    head = ("engine", "sent/s", "sent/CPU s", "ratio", "p50 ms", "p99 ms", "article ms", "cold s",
            "peak MiB")  # fmt: skip
    rows = [
        (
            m.engine,
            f"{m.per_second:,.0f}",
            f"{m.per_cpu_second:,.0f}",
            "" if base is None else f"{m.per_cpu_second / base:.1f}",
            *(
                "" if value is None else f"{value:.{digits}f}"
                for value, digits in (
                    (m.sentence_p50_ms, 1),
                    (m.sentence_p99_ms, 1),
                    (m.article_p50_ms, 0),
                    (m.cold_start_s, 2),
                    (m.peak_mib, 0),
                )
            ),
        )
        for m in found
    ]
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, *rows)
    )


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "processor": platform.processor() or platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }


def as_json(found: Sequence[Measurement]) -> str:
    """Return machine and measurements as JSON."""
    return json.dumps({"machine": machine(), "engines": [asdict(m) for m in found]}, indent=1)
