"""What a benchmark run says: measures with intervals, simple baselines, published figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import Interval, interval_of

__all__ = ["SEED", "Outcome", "Published", "intervals", "table"]

SEED = 13
RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Published:
    """A figure of others: not on the same documents unless `part` says so.

    `checked` says where the figure itself was read; a figure known only at second hand says so.
    """

    measure: str
    value: float
    system: str
    part: str
    source: str
    checked: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A benchmark's result; `documents` are what intervals are resampled over."""

    part: str
    documents: int
    rows: int  # what is labelled: documents, sentences or quotations
    data_digest: str
    measures: Mapping[str, Interval]  # the official ones first
    baselines: Mapping[str, Mapping[str, float]]
    published: Sequence[Published]
    note: str


def intervals(
    measures: Mapping[str, Callable[[NDArray[np.int64]], float]], ids: Sequence[str]
) -> dict[str, Interval]:
    """Return every measure (a function of row numbers) with its interval, by document."""
    return {
        name: interval_of(measure, ids, resamples=RESAMPLES, seed=SEED)
        for name, measure in measures.items()
    }


def table(result: Mapping[str, Any]) -> str:
    """Return a result (plain values, as in the JSON) as a table for people to read."""
    lines = [
        f"{result['benchmark']}: {result['part']}, {result['documents']:,} documents"
        + (f", {result['rows']:,} rows" if result["rows"] != result["documents"] else ""),
        f"model {result['signature']['model']}, data {result['signature']['data_digest']}",
        "",
        f"{'measure':24} {'value':>6}  {'95 % interval':14}",
    ]
    for name, m in result["measures"].items():
        lines.append(f"{name:24} {m['value']:6.3f}  {m['low']:.3f} to {m['high']:.3f}")
    if result["baselines"]:
        lines += ["", "for comparison, on the same documents:"]
        for system, values in result["baselines"].items():
            figures = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
            lines.append(f"  {system}: {figures}")
    lines += ["", "published:"]
    for p in result["published"]:
        lines.append(
            f"  {p['measure']} {p['value']:.3f}  {p['system']} ({p['part']}; {p['source']}; "
            f"{p['checked']})"
        )
    return "\n".join([*lines, "", result["note"]])
