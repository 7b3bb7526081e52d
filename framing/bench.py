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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from framing.model.artefact import find_model, read_artefact
from framing.model.engine import ENGINES

if TYPE_CHECKING:
    from framing.scoring import Scorer

__all__ = ["Measurement", "as_json", "as_table", "bench", "bench_sentences"]

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
    model: str = "default", *, count: int = 1000, seconds: float = 5.0, device: str = "auto"
) -> Iterator[Measurement]:
    """Yield a measurement for each engine at hand, the transformers pipeline last, twice.

    `count` sentences are scored again and again for `seconds`; medians of runs are given.
    """
    import framing

    texts = bench_sentences(count)
    article = "\n\n".join(" ".join(texts[i : i + 5]) for i in range(0, 30, 5))
    artefact = read_artefact(find_model(model))
    with_torch = bool(find_spec("torch") and find_spec("transformers"))
    with_torch = with_torch and artefact.torch_folder.is_dir()
    for engine in ENGINES:
        if engine == "torch" and not with_torch:
            continue
        place = "cpu" if engine == "onnx" else device
        scorer = framing.load(model, device=place, engine=engine)
        rate, cpu_rate = _rate(scorer.predict_proba, texts, seconds)
        single = _times(partial(_one, scorer, texts), seconds / 2)
        whole = _times(partial(_whole, scorer, article), seconds / 2)
        cold, peak = _cold_start(model, place, engine, article)
        yield Measurement(
            engine,
            rate,
            cpu_rate,
            float(np.median(single)),
            float(np.percentile(single, 99)),
            float(np.median(whole)),
            cold,
            peak,
        )
    if with_torch:
        classify = _pipeline(artefact.torch_folder, len(artefact.codebook.frames))
        few = texts[: max(count // 4, 1)]
        rate, cpu_rate = _rate(classify, few, seconds)
        yield Measurement("transformers pipeline, as it comes", rate, cpu_rate)
        ordered = sorted(few, key=len)
        rate, cpu_rate = _rate(partial(classify, batch_size=32), ordered, seconds)
        yield Measurement("transformers pipeline, sorted, batches of 32", rate, cpu_rate)


def _one(scorer: Scorer, texts: list[str], turn: int) -> object:
    return scorer.predict_proba([texts[turn % len(texts)]])


def _whole(scorer: Scorer, article: str, _: int) -> object:
    return scorer.score(article)


def _rate(
    run: Callable[[list[str]], object], texts: list[str], seconds: float
) -> tuple[float, float]:
    """Return sentences per second and per CPU second, medians over runs after one to warm up."""
    run(texts[:64])
    walls: list[float] = []
    cpus: list[float] = []
    end = time.perf_counter() + seconds
    while not walls or time.perf_counter() < end:
        wall, cpu = time.perf_counter(), time.process_time()
        run(texts)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return len(texts) / float(np.median(walls)), len(texts) / float(np.median(cpus))


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
