"""The measure of frames that nothing was trained for, on a toy encoder and composed sentences."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.few_shot import COUNTS, Row, few_shot, markdown
from framing.errors import FramingError
from framing.fewshot import Background
from tests.test_fewshot import BAG

FRAMES = ("denial", "sovereignty")


@pytest.fixture
def toy_scorer(toy_model: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The toy model, with a bag of words for its sentence encoder."""
    background = Background.of(BAG)
    monkeypatch.setattr("eval.few_shot.open_embedder", lambda folder, sha256: (BAG, background))
    return str(toy_model)


def write(path: Path, count: int) -> str:
    """Write `count` sentences of each of two frames, and as many without."""
    rows = []
    for i in range(count):
        rows += [
            (["denial"], f"The envoy said that boat {i} was never there at all."),
            (["sovereignty"], f"Village {i} alone decides whom it lets into the valley."),
            ([], f"Train {i} left for the coast at noon."),
        ]
    with path.open("w") as file:
        for i, (frames, text) in enumerate(rows):
            row = {"article_id": f"a{i}", "sentence_id": 0, "text": text, "frames": frames}
            file.write(json.dumps(row) + "\n")
    return str(path)


@pytest.fixture
def rows(toy_scorer: str, tmp_path: Path) -> list[Row]:
    data, train = write(tmp_path / "data", 8), write(tmp_path / "train", 40)
    return few_shot(toy_scorer, data, train, frames=FRAMES, draws=2)


def test_every_number_of_examples_is_measured_with_and_without_cues(rows: list[Row]) -> None:
    counts = [row.examples for row in rows[2:-1]]
    assert counts == [*COUNTS, *COUNTS]
    assert rows[-1].method == "trained for them"


def test_examples_make_frames_findable(rows: list[Row]) -> None:
    found = {row.examples: row for row in rows if row.method == "definition and rules"}
    assert found[32].average_precision > 0.9
    assert found[32].average_precision > found[0].average_precision


def test_what_gives_no_probabilities_has_no_calibration_error(rows: list[Row]) -> None:
    assert {row.method for row in rows if row.ece is None} == {
        "a cue matches",
        "cosine to the definition",
    }


def test_the_table_has_a_column_for_every_frame(rows: list[Row]) -> None:
    head, _, *body = markdown(rows, FRAMES).splitlines()
    assert head.endswith("| denial | sovereignty |")
    assert {line.count("|") for line in body} == {head.count("|")}


def test_too_few_examples_to_draw_from_are_named(toy_scorer: str, tmp_path: Path) -> None:
    data = write(tmp_path / "data", 5)
    with pytest.raises(FramingError, match="only 5 sentences carry 'denial', 32 are drawn"):
        few_shot(toy_scorer, data, data, frames=FRAMES)
