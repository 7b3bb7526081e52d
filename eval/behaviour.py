"""The behavioural suite (CheckList, Ribeiro et al. 2020): composed cases that say what must hold.

`behaviour/*.yaml` hold the tests. A case names the frames that a sentence must carry (`has`) or
must not (`lacks`), or two sentences whose labels must agree on some frames (`same`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from framing.errors import FramingError
from framing.scoring import Scorer

__all__ = ["Case", "Suite", "read_suites", "run_behaviour"]

FOLDER = Path(__file__).with_name("behaviour")
_KEYS = {"text", "has", "lacks", "same", "frames"}


@dataclass(frozen=True, slots=True)
class Case:
    """One expectation; `same` is a second sentence that must get the same labels in `frames`."""

    text: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    same: str | None = None
    frames: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """A named test with its cases; `debunk` marks those that measure debunk leakage."""

    name: str
    about: str
    cases: tuple[Case, ...]
    debunk: bool


def read_suites(frame_ids: tuple[str, ...], folder: Path = FOLDER) -> tuple[Suite, ...]:
    """Return the tests of the suite; a malformed file is a FramingError that names it."""
    suites = []
    for path in sorted(folder.glob("*.yaml")):
        for value in yaml.safe_load(path.read_text(encoding="utf-8")):
            cases = tuple(_case(case, frame_ids, path, value["name"]) for case in value["cases"])
            suites.append(Suite(value["name"], value["about"], cases, bool(value.get("debunk"))))
    return tuple(suites)


def _case(value: dict[str, Any], frame_ids: tuple[str, ...], path: Path, name: str) -> Case:
    where = f"{path.name}: {name}: {str(value.get('text'))[:60]!r}"
    if unknown := set(value) - _KEYS:
        raise FramingError(f"{where}: unknown key '{min(unknown)}'")
    named = [f for key in ("has", "lacks", "frames") for f in value.get(key, ()) if f != "any"]
    for frame in named:
        if frame not in frame_ids:
            raise FramingError(f"{where}: no frame '{frame}' in the codebook")
    if not any(key in value for key in ("has", "lacks", "same")):
        raise FramingError(f"{where}: expects nothing")
    return Case(
        value["text"],
        tuple(value.get("has", ())),
        tuple(value.get("lacks", ())),
        value.get("same"),
        tuple(value.get("frames", ())),
    )


def run_behaviour(scorer: Scorer, folder: Path = FOLDER) -> dict[str, Any]:
    """Return, for every test, cases, failure rate and examples, and the debunk leakage.

    A sentence fails when it lacks a frame of `has`, carries one of `lacks` ("any" stands for every
    frame), or when its labels differ from those of `same` on `frames` (all, where none is named).
    """
    suites = read_suites(scorer.codebook.frame_ids, folder)
    texts = [t for s in suites for c in s.cases for t in (c.text, c.same or c.text)]
    frame_ids = scorer.codebook.frame_ids
    limits = scorer.thresholds
    labels = [
        {f for f, value in zip(frame_ids, row, strict=True) if value >= limits[f]}
        for row in scorer.predict_proba(texts)
    ]
    tests: dict[str, Any] = {}
    leaked = debunks = at = 0
    for suite in suites:
        failed = []
        for case in suite.cases:
            mine, other = labels[at], labels[at + 1]
            at += 2
            if problem := _problem(case, mine, other):
                failed.append(f"{case.text} ({problem})")
        tests[suite.name] = {
            "about": suite.about,
            "cases": len(suite.cases),
            "failure_rate": len(failed) / max(len(suite.cases), 1),
            "examples": failed[:5],
        }
        if suite.debunk:
            debunks += len(suite.cases)
            leaked += len(failed)
    return {"tests": tests, "debunk_leakage": leaked / max(debunks, 1), "debunks": debunks}


def _problem(case: Case, mine: set[str], other: set[str]) -> str:
    missing = [f for f in case.has if f not in mine]
    if missing:
        return f"misses {', '.join(missing)}"
    extra = sorted(mine) if "any" in case.lacks else [f for f in case.lacks if f in mine]
    if extra:
        return f"flagged {', '.join(extra)}"
    moved = (mine ^ other) & (set(case.frames) or mine | other) if case.same else set()
    return f"moves {', '.join(sorted(moved))} against: {case.same}" if moved else ""
