"""What an operator sees: structured logs and Prometheus metrics, neither with article text."""

from __future__ import annotations

import json
import logging
import os
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from framing.results import ArticleScore

__all__ = ["LOG_CONFIG", "JsonLines", "Metrics", "log_event", "where"]

_log = logging.getLogger("framing.serve")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class JsonLines(logging.Formatter):
    """Writes each record as one line of JSON: time, level, event and the record's own fields."""

    def format(self, record: logging.LogRecord) -> str:
        known: dict[str, Any] = getattr(record, "fields", {})
        line = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
            + f".{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "event": record.getMessage()[:500],
            **known,
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = where(record.exc_info[1])
        return json.dumps(line)


LOG_CONFIG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "framing.serve.watch.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "loggers": {
        "framing.serve": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}


def log_event(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Write a log line; fields are numbers and names of ours, never what a client sent."""
    _log.log(level, event, extra={"fields": fields})


def where(error: BaseException) -> str:
    """Return an error's type and place; its message is left out, because it may quote a text."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(f.filename).name}:{f.lineno}" for f in frames[-3:]]
    return f"{type(error).__name__} at {' > '.join(places) or 'unknown place'}"


class Metrics:
    """The counters of one process; with several workers any one of them reports the sum."""

    def __init__(self) -> None:
        self.registry = r = CollectorRegistry()
        self.requests = Counter(
            "framing_requests", "Requests answered.", ["route", "status"], registry=r
        )
        self.seconds = Histogram(
            "framing_request_seconds",
            "Time from request to answer.",
            ["route"],
            buckets=_SECONDS,
            registry=r,
        )
        self.documents = Counter("framing_documents", "Articles scored.", registry=r)
        self.sentences = Counter("framing_sentences", "Sentences scored.", registry=r)
        self.batch_documents = Histogram(
            "framing_batch_documents",
            "Articles that shared a pass through the model.",
            buckets=(1, 2, 4, 8, 16, 32, 64, 128),
            registry=r,
        )
        self.scoring_seconds = Histogram(
            "framing_scoring_seconds",
            "Time of a pass through the model.",
            buckets=_SECONDS,
            registry=r,
        )
        self.in_progress = Gauge(
            "framing_requests_in_progress",
            "Requests in progress.",
            registry=r,
            multiprocess_mode="livesum",
        )
        self.waiting = Gauge(
            "framing_documents_waiting",
            "Articles accepted and not yet answered.",
            registry=r,
            multiprocess_mode="livesum",
        )
        self.ready = Gauge(
            "framing_workers_ready",
            "Workers whose models are loaded.",
            registry=r,
            multiprocess_mode="livesum",
        )

    def observe_pass(self, results: Sequence[ArticleScore], seconds: float) -> None:
        """Count one pass through the model."""
        self.documents.inc(len(results))
        self.sentences.inc(sum(len(result.sentences) for result in results))
        self.batch_documents.observe(len(results))
        self.scoring_seconds.observe(seconds)

    def render(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
        if folder is None:
            return generate_latest(self.registry)
        for file in Path(folder).glob("gauge_live*_*.db"):
            worker = int(file.stem.rpartition("_")[2])
            if not Path(f"/proc/{worker}").exists():
                # Else its last gauges would be summed for ever.
                mark_process_dead(worker)  # type: ignore[no-untyped-call]
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)
