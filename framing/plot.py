"""Draw shares of frames: lines over time with bands, or bars with whiskers."""

from __future__ import annotations

import importlib.util
from collections import defaultdict
from pathlib import Path
from typing import Any

from framing.aggregate import TIMES, Share, Shares, first_day
from framing.errors import missing_extra

__all__ = ["plot"]

_PANELS = 6
_LINES = 5
_BARS = 15
# Okabe and Ito's colours, which the colour-blind tell apart, without their yellow.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")


def plot(shares: Shares, path: str | Path) -> None:
    """Draw shares into a PNG, SVG or PDF, by the file's suffix; needs the extra `plot`.

    A panel a frame, the six most often carried. With a key of time the shares of the five groups
    with most sentences run over it, with their intervals as bands; else the fifteen groups with
    most sentences are bars. Groups without a value for a key are left out.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise missing_extra("plot", "a plot")
    from matplotlib.figure import Figure

    rows = [row for row in shares.rows if None not in row.group]
    carried: dict[str, int] = defaultdict(int)
    for row in rows:
        carried[row.frame] += row.count
    frames = sorted(carried, key=lambda frame: -carried[frame])[:_PANELS]
    time = next((i for i, key in enumerate(shares.by) if key in TIMES), None)
    across = 1 if len(frames) < 2 else 2
    down = max(1, -(-len(frames) // across))
    figure: Any = Figure(figsize=(6.2 * across, 3.1 * down + 0.9), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False, sharex=True).flat
    for panel, frame in zip(panels, frames, strict=False):
        own = [row for row in rows if row.frame == frame]
        if time is None:
            _bars(panel, own)
        else:
            _lines(panel, own, time)
        panel.set_title(frame.replace("_", " "), loc="left", fontsize=11)
        panel.spines[["top", "right"]].set_visible(False)
    for panel in list(panels)[len(frames) :]:
        panel.set_visible(False)
    handles, labels = panels[0].get_legend_handles_labels()
    if len(labels) > 1:
        figure.legend(handles, labels, loc="outside upper left", ncols=len(labels), frameon=False)
    groups = {_name(row, without=time) for row in rows}
    most = _BARS if time is None else _LINES
    left = f", the {most} with most sentences of {len(groups)}" if len(groups) > most else ""
    note = f"Share of sentences, by {', '.join(shares.by)}{left}; 95 % intervals over articles."
    figure.supxlabel(f"{note}\n{shares.signature}", x=0.01, ha="left", fontsize=7, color="#555555")
    figure.savefig(path, dpi=150)


def _lines(panel: Any, rows: list[Share], time: int) -> None:
    lines: dict[str, list[Share]] = defaultdict(list)
    for row in rows:
        lines[_name(row, without=time)].append(row)
    largest = sorted(lines, key=lambda name: -sum(row.sentences for row in lines[name]))[:_LINES]
    for name, colour in zip(sorted(largest), _COLOURS, strict=False):
        points = sorted(lines[name], key=lambda row: str(row.group[time]))
        days = [first_day(str(row.group[time])) for row in points]
        panel.plot(
            days, [row.share for row in points], "o-", ms=3, lw=1.4, color=colour, label=name
        )
        nan = float("nan")
        low = [nan if row.low is None else row.low for row in points]
        high = [nan if row.high is None else row.high for row in points]
        panel.fill_between(days, low, high, color=colour, alpha=0.18, lw=0)
    panel.set_ylim(bottom=0)
    panel.yaxis.set_major_formatter("{x:.0%}")
    panel.tick_params(axis="x", rotation=30)


def _bars(panel: Any, rows: list[Share]) -> None:
    largest = sorted(rows, key=lambda row: -row.sentences)[:_BARS]
    shown = sorted(largest, key=lambda row: row.share)
    names = [_name(row) for row in shown]
    panel.barh(names, [row.share for row in shown], color=_COLOURS[0], height=0.65)
    for y, row in enumerate(shown):
        if row.low is not None and row.high is not None:
            panel.plot([row.low, row.high], [y, y], color="#333333", lw=1.2)
    panel.set_xlim(left=0)
    panel.xaxis.set_major_formatter("{x:.0%}")


def _name(row: Share, without: int | None = None) -> str:
    parts = [str(value) for i, value in enumerate(row.group) if i != without]
    # A dollar sign would begin a formula of the plotting library.
    return " · ".join(parts)[:40].replace("$", r"\$")
