"""The behavioural suite: its size and balance, strict reading, and honest counting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from eval.behaviour import Suite, read_suites, run_behaviour
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.scoring import Scorer
from framing.sentences import model_text

FRAME_IDS = Codebook.load("influence-1").frame_ids


class FakeScorer:
    """Gives each text the frames it is told to."""

    def __init__(self, frames: Mapping[str, Sequence[str]]) -> None:
        self.frames = frames
        self.codebook = SimpleNamespace(frame_ids=FRAME_IDS)

    def predict(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        return np.array([[f in self.frames.get(t, ()) for f in FRAME_IDS] for t in texts], bool)


def run(tmp_path: Path, text: str, frames: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    return run_behaviour(cast(Scorer, FakeScorer(frames)), tmp_path)


@pytest.fixture(scope="module")
def suites() -> tuple[Suite, ...]:
    return read_suites(FRAME_IDS)


def test_the_suite_has_25_tests_and_600_cases(suites: tuple[Suite, ...]) -> None:
    assert len(suites) >= 25
    assert sum(len(s.cases) for s in suites) >= 600


def test_every_test_has_ten_cases_or_more(suites: tuple[Suite, ...]) -> None:
    assert [s.name for s in suites if len(s.cases) < 10] == []


@pytest.mark.parametrize(
    "name",
    ["negation", "irony", "two frames at once", "hypotheticals", "rhetorical questions"],
)
def test_what_models_find_hard_has_forty_cases(name: str, suites: tuple[Suite, ...]) -> None:
    assert next(len(s.cases) for s in suites if s.name == name) >= 40


def test_no_text_occurs_twice(suites: tuple[Suite, ...]) -> None:
    texts = [t for s in suites for c in s.cases for t in (c.text, c.same) if t]
    assert [t for t, n in Counter(texts).items() if n > 1] == []


def test_every_frame_has_eight_minimum_functionality_cases(suites: tuple[Suite, ...]) -> None:
    named = {s.name.replace(" ", "_"): s for s in suites}
    for frame in FRAME_IDS:
        plain = [c for c in named[frame].cases if c.has == (frame,) and not c.same]
        assert len(plain) >= 8, frame


def test_debunks_are_marked_and_only_say_what_must_not_be_found(suites: tuple[Suite, ...]) -> None:
    debunks = [c for s in suites if s.debunk for c in s.cases]
    assert len(debunks) >= 40
    assert all(c.lacks and not c.has and not c.same for c in debunks)


def test_every_frame_has_a_case_that_must_not_carry_it(suites: tuple[Suite, ...]) -> None:
    assert set(FRAME_IDS) - {f for s in suites for c in s.cases for f in c.lacks} == set()


def test_invisible_and_look_alike_characters_fold_to_the_plain_sentence(
    suites: tuple[Suite, ...],
) -> None:
    for suite in suites:
        if suite.name in {"zero-width characters", "look-alike characters"}:
            for case in suite.cases:
                assert case.same
                assert case.text != case.same
                assert model_text(case.text) == model_text(case.same)


def test_a_missing_frame_and_a_forbidden_one_fail(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        """
- name: plain
  about: one right, one missed, one flagged, one not clean
  cases:
    - {text: a, has: [denial]}
    - {text: b, has: [denial]}
    - {text: c, lacks: [sovereignty]}
    - {text: d, lacks: [any]}
""",
        {"a": ["denial", "victimhood"], "c": ["sovereignty"], "d": ["demonisation", "denial"]},
    )
    test = report["tests"]["plain"]
    assert test["cases"] == 4
    assert test["failure_rate"] == 0.75
    assert test["examples"] == [
        "b (misses denial)",
        "c (flagged sovereignty)",
        "d (flagged demonisation, denial)",
    ]


def test_a_forbidden_frame_leaves_others_free(tmp_path: Path) -> None:
    text = "[{name: n, about: x, cases: [{text: a, lacks: [hostile_plot]}]}]"
    assert run(tmp_path, text, {"a": ["denial"]})["tests"]["n"]["failure_rate"] == 0


def test_labels_that_move_fail_on_the_named_frames_only(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        """
- name: swap
  about: denial must not move; the first pair moves elsewhere, the second moves it
  cases:
    - {text: a, same: b, frames: [denial]}
    - {text: c, same: d, frames: [denial]}
- name: form
  about: nothing may move
  cases:
    - {text: e, same: f}
    - {text: g, same: h}
""",
        {"a": ["denial"], "b": ["denial", "victimhood"], "c": ["denial"], "e": ["victimhood"]},
    )
    assert report["tests"]["swap"]["examples"] == ["c (moves denial against: d)"]
    assert report["tests"]["form"]["examples"] == ["e (moves victimhood against: f)"]


def test_debunk_leakage_counts_the_failures_of_debunking_tests_only(tmp_path: Path) -> None:
    report = run(
        tmp_path,
        """
- name: debunks
  about: the refuted frame does not leak
  debunk: true
  cases:
    - {text: a, lacks: [hostile_plot]}
    - {text: b, lacks: [hostile_plot]}
    - {text: c, lacks: [denial]}
    - {text: d, lacks: [denial]}
- name: plain
  about: fails, but is no debunk
  cases: [{text: e, has: [denial]}]
""",
        {"a": ["hostile_plot"], "b": ["denial"]},
    )
    assert report["debunks"] == 4
    assert report["debunk_leakage"] == 0.25
    assert report["tests"]["plain"]["failure_rate"] == 1


def test_a_case_is_scored_without_the_company_of_others(tmp_path: Path) -> None:
    class Moody(FakeScorer):
        def predict(self, texts: Sequence[str]) -> NDArray[np.bool_]:
            return np.full((len(texts), len(FRAME_IDS)), len(texts) > 1)

    text = "[{name: n, about: x, cases: [{text: a, lacks: [any]}, {text: b, same: c}]}]"
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    report = run_behaviour(cast(Scorer, Moody({})), tmp_path)
    assert report["tests"]["n"]["failure_rate"] == 0


def test_every_failure_is_listed(tmp_path: Path) -> None:
    cases = ", ".join(f"{{text: t{i}, has: [denial]}}" for i in range(9))
    report = run(tmp_path, f"[{{name: n, about: x, cases: [{cases}]}}]", {})
    assert report["tests"]["n"]["failure_rate"] == 1
    assert len(report["tests"]["n"]["examples"]) == 9


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[{name: n", "not readable as YAML"),
        ("", "expected a list of tests"),
        ("name: n", "expected a list of tests"),
        ("[n]", "a test is a mapping"),
        ("[{about: x}]", "a test without a name"),
        ("[{name: n, cases: [{text: t, has: [denial]}]}]", "n: 'about' is missing"),
        ("[{name: n, about: x}]", "n: 'cases' must be a list"),
        ("[{name: n, about: x, cases: []}]", "n: 'cases' must be a list"),
        ("[{name: n, about: x, why: y, cases: [{text: t}]}]", "n: unknown key 'why'"),
        ("[{name: n, about: x, debunk: often, cases: [{text: t}]}]", "'debunk' is true or false"),
        ("[{name: n, about: x, cases: [t]}]", "n: a case needs a 'text'; got 't'"),
        ("[{name: n, about: x, cases: [{text: 7}]}]", "a case needs a 'text'"),
        ("[{name: n, about: x, cases: [{text: t}]}]", "'t': expects nothing"),
        ("[{name: n, about: x, cases: [{text: t, has: []}]}]", "'t': expects nothing"),
        ("[{name: n, about: x, cases: [{text: t, hass: [denial]}]}]", "unknown key 'hass'"),
        ("[{name: n, about: x, cases: [{text: t, has: denial}]}]", "'has' must be a list"),
        ("[{name: n, about: x, cases: [{text: t, has: [denials]}]}]", "no frame 'denials'"),
        ("[{name: n, about: x, cases: [{text: t, has: [any]}]}]", "no frame 'any'"),
        ("[{name: n, about: x, cases: [{text: t, same: [u]}]}]", "'same' must be the other"),
        (
            "[{name: n, about: x, cases: [{text: t, has: [denial], frames: [denial]}]}]",
            "'frames' needs 'same'",
        ),
        (
            "[{name: n, about: x, cases: [{text: t, has: [denial]}]},"
            " {name: n, about: x, cases: [{text: u, has: [denial]}]}]",
            "n: a second test of that name",
        ),
    ],
)
def test_a_malformed_file_is_refused_by_name(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "broken.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FramingError) as caught:
        read_suites(FRAME_IDS, tmp_path)
    assert str(caught.value).startswith("broken.yaml: ")
    assert problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_in_another_encoding_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes("- name: caf\u00e9".encode("latin-1"))
    with pytest.raises(FramingError, match=r"^latin\.yaml: not readable"):
        read_suites(FRAME_IDS, tmp_path)


def test_a_folder_without_tests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FramingError, match="no behavioural tests"):
        read_suites(FRAME_IDS, tmp_path)
