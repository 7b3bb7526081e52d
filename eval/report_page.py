"""The report as one HTML page: no script, no request, light and dark, plots drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eval.figures import ends

__all__ = ["report_page"]

Points = Sequence[Sequence[float]]
_WIDTH, _HEIGHT, _MARGIN = 320, 220, 42


def report_page(report: dict[str, Any]) -> str:
    """Return the page for a report; every text in it is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(line=_line, ticks=_ticks, x=_x, y=_y, width=_WIDTH, height=_HEIGHT)
    environment.filters["marked"] = _marked
    environment.filters["f3"] = lambda value: "" if value is None else f"{value:.3f}"
    environment.filters["ends"] = ends
    environment.filters["label"] = lambda frame: str(frame).replace("_", " ")
    return environment.get_template("report.html.j2").render(report=report)


def _marked(text: str, words: list[list[int]]) -> list[tuple[str, bool]]:
    """Cut a text into pieces, each with whether it is one of the marked spans."""
    pieces, at = [], 0
    for start, end in sorted(words):
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [*pieces, (text[at:], False)]


def _x(value: float, top: float = 1) -> float:
    """Return the abscissa of a value between 0 and `top`."""
    return round(_MARGIN + (_WIDTH - _MARGIN - 8) * value / top, 1)


def _y(value: float, top: float = 1) -> float:
    return round(_HEIGHT - _MARGIN - (_HEIGHT - _MARGIN - 8) * value / top, 1)


def _line(points: Points) -> str:
    """Return the points of a polyline for values between 0 and 1."""
    return " ".join(f"{_x(a)},{_y(b)}" for a, b, *_ in points)


def _ticks() -> list[float]:
    return [0, 0.25, 0.5, 0.75, 1]
