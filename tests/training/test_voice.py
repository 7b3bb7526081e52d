"""The voice mixture: fitted out of fold, shipped where it gains, refused where it cannot be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("sklearn", reason="the extra 'train' is not installed")

from framing.errors import ModelError
from framing.voice import VOICES
from framing.weighing import Mixture
from training.voice import VOICE_LOGITS, add_voice, fit_mixture

VERBS = ("condemned", "weighed", "greeted", "valued")


def run_folder(folder: Path, *, telling: bool) -> Path:
    """A run whose network knows which sentences report, or knows nothing."""
    rows, logits = [], []
    for article in range(24):
        for n in range(6):
            voice = VOICES[(article + n) % 3]
            opening = f"{VERBS[n % 4].title()} was the plan of year {article}"
            text = {
                "author": f"{opening}.",
                "quoted": f'"We go home now," {opening}.',
                "reported": f"{opening} again.",
            }[voice]
            rows.append(
                {"article_id": f"a{article}", "sentence_id": n, "text": text, "context": "",
                 "frames": [], "voice": voice, "speaker": None, "source": "made"}
            )  # fmt: skip
            logits.append([4.0 * (voice == v) if telling else 0.0 for v in VOICES])
    train = folder / "train.jsonl"
    train.write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "recipe.yaml").write_text(
        f"name: made\nbase: none\ntrain: [{train}]\ndev: [{train}]\n"
    )
    np.save(folder / VOICE_LOGITS, np.array(logits, np.float32))
    return folder


def knowing(texts: Sequence[str]) -> NDArray[np.float32]:
    """Say whose words the sentences of `run_folder` are."""
    voices = [2 if t.endswith("again.") else t.startswith('"') for t in texts]
    return np.array([[4.0 * (k == v) for k in range(3)] for v in voices], np.float32)


def misled(texts: Sequence[str]) -> NDArray[np.float32]:
    """Take the author's sentences for reports and the reports for the author's."""
    return knowing(texts)[:, [2, 1, 0]]


def test_a_network_that_knows_better_is_believed(tmp_path: Path) -> None:
    voice, figures = fit_mixture(run_folder(tmp_path, telling=True), knowing)
    assert figures["with_network"] > figures["rules"]
    mixture = Mixture.of(json.loads(json.dumps(voice)), "manifest")
    assert mixture.decide("author", [0.0, 0.0, 6.0])[0] == "reported"


def test_a_network_that_knows_nothing_is_left_out(tmp_path: Path) -> None:
    assert fit_mixture(run_folder(tmp_path, telling=False), knowing)[0] is None


def test_a_mixture_that_errs_on_dev_is_left_out(tmp_path: Path) -> None:
    mixture, figures = fit_mixture(run_folder(tmp_path, telling=True), misled)
    assert mixture is None
    assert figures["with_network"] > figures["rules"]


def test_a_run_without_voice_logits_has_no_mixture(tmp_path: Path) -> None:
    assert fit_mixture(tmp_path, knowing) == (None, {})


def test_logits_of_other_training_files_are_refused(tmp_path: Path) -> None:
    run = run_folder(tmp_path, telling=True)
    np.save(run / VOICE_LOGITS, np.zeros((3, 3), np.float32))
    with pytest.raises(ModelError, match="not those of the run"):
        fit_mixture(run, knowing)


def test_training_sentences_without_voices_have_no_mixture(tmp_path: Path) -> None:
    run = run_folder(tmp_path, telling=True)
    path = run / "train.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps({**row, "voice": None}) + "\n" for row in rows))
    assert fit_mixture(run, knowing) == (None, {})


def test_a_model_without_a_voice_head_gets_none(toy_model: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="gives no voice logits"):
        add_voice(run_folder(tmp_path, telling=True), toy_model)
