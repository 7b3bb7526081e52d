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
_SUITE_KEYS = {"name", "about", "debunk", "cases"}
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
    suites: list[Suite] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            values = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise FramingError(f"{path.name}: not readable as YAML: {_line(error)}") from None
        if not isinstance(values, list) or not values:
            raise FramingError(f"{path.name}: expected a list of tests, '- name: ...'")
        for value in values:
            suite = _suite(value, frame_ids, path)
            if suite.name in {s.name for s in suites}:
                raise FramingError(f"{path.name}: {suite.name}: a second test of that name")
            suites.append(suite)
    if not suites:
        raise FramingError(f"no behavioural tests: {folder} holds no .yaml file")
    return tuple(suites)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _suite(value: Any, frame_ids: tuple[str, ...], path: Path) -> Suite:
    if not isinstance(value, dict):
        raise FramingError(f"{path.name}: a test is a mapping with name, about and cases")
    name = value.get("name")
    if not isinstance(name, str):
        raise FramingError(f"{path.name}: a test without a name")
    if unknown := set(value) - _SUITE_KEYS:
        raise FramingError(f"{path.name}: {name}: unknown key '{min(unknown, key=str)}'")
    if not isinstance(value.get("about"), str):
        raise FramingError(f"{path.name}: {name}: 'about' is missing: say what must hold")
    if not isinstance(value.get("debunk", False), bool):
        raise FramingError(f"{path.name}: {name}: 'debunk' is true or false")
    cases = value.get("cases")
    if not isinstance(cases, list) or not cases:
        raise FramingError(f"{path.name}: {name}: 'cases' must be a list with at least one case")
    return Suite(
        name,
        value["about"],
        tuple(_case(case, frame_ids, f"{path.name}: {name}") for case in cases),
        value.get("debunk", False),
    )


def _case(value: Any, frame_ids: tuple[str, ...], where: str) -> Case:
    if not isinstance(value, dict) or not isinstance(value.get("text"), str):
        raise FramingError(f"{where}: a case needs a 'text'; got {str(value)[:60]!r}")
    where = f"{where}: {value['text'][:60]!r}"
    if unknown := set(value) - _KEYS:
        raise FramingError(f"{where}: unknown key '{min(unknown, key=str)}'")
    for key in ("has", "lacks", "frames"):
        named = value.get(key, [])
        if not isinstance(named, list):
            raise FramingError(f"{where}: '{key}' must be a list of frames, got {named!r}")
        for frame in named:
            if frame not in frame_ids and not (key == "lacks" and frame == "any"):
                raise FramingError(f"{where}: no frame '{frame}' in the codebook")
    if not isinstance(value.get("same", ""), str):
        raise FramingError(f"{where}: 'same' must be the other sentence, got {value['same']!r}")
    if "frames" in value and "same" not in value:
        raise FramingError(f"{where}: 'frames' needs 'same'")
    if not any(value.get(key) for key in ("has", "lacks", "same")):
        raise FramingError(f"{where}: expects nothing; give has, lacks or same")
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
    # One by one: quantised weights score a sentence a little differently in other company, and
    # a case's result must not hang on which cases stand beside it.
    labels = [
        {f for f, carried in zip(frame_ids, row, strict=True) if carried}
        for text in texts
        for row in scorer.predict([text])
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
            "examples": failed,
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
