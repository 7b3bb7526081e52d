"""A search for better values of a recipe: what it tries, keeps, and refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the extra 'train' is not installed")
pytest.importorskip("optuna", reason="the extra 'search' is not installed")

from framing.errors import FramingError
from training.losses import AsymmetricLoss
from training.recipe import load_recipe
from training.search import main, search

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

SPACE = {"learning_rate": [1e-4, 1e-2], "loss": ["bce", "asymmetric"]}


def trials(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What was said of each trial that came to its end."""
    return [line for line in capsys.readouterr().err.splitlines() if line.startswith("trial ")]


def test_the_best_trial_s_values_are_options_of_a_recipe(tiny_recipe: Path) -> None:
    values, score = search(tiny_recipe, 3, SPACE)
    assert set(values) == set(SPACE)
    assert 1e-4 <= values["learning_rate"] <= 1e-2
    assert 0 <= score <= 1
    load_recipe(tiny_recipe, {key: str(value) for key, value in values.items()})


def test_the_same_command_continues_the_trials(
    tiny_recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    search(tiny_recipe, 2, SPACE)
    before = [line.split(" with ")[1] for line in trials(capsys)]
    search(tiny_recipe, 3, SPACE)
    (third,) = trials(capsys)
    assert third.startswith("trial 2:")
    assert third.split(" with ")[1] not in before
    assert [p.name for p in (tiny_recipe.parent / "runs" / "tiny-search").iterdir()] == [
        "trials.log"
    ]


def test_a_trial_that_lags_behind_is_stopped(
    tiny_recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    search(tiny_recipe, 12, {"learning_rate": [1e-12, 1e-2]}, {"epochs": "6"})
    assert 4 <= len(trials(capsys)) < 12


def test_trials_of_another_space_are_not_continued(tiny_recipe: Path) -> None:
    search(tiny_recipe, 1, SPACE)
    with pytest.raises(FramingError, match="another recipe or space; remove the folder"):
        search(tiny_recipe, 2, {"loss": ["bce", "focal"]})


def test_a_trial_whose_loss_breaks_does_not_end_the_search(
    tiny_recipe: Path, broken_loss: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([AsymmetricLoss(), broken_loss, AsymmetricLoss()])
    monkeypatch.setattr("training.finetune.make_loss", lambda *_, **__: next(losses))
    assert search(tiny_recipe, 3, SPACE)[1] > 0
    assert next(losses, None) is None


def test_a_value_that_no_recipe_takes_is_named_before_the_first_trial(
    tiny_recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--recipe", str(tiny_recipe), "--space", "{epochs: [0, 3]}"]
    assert main(options) == 2
    assert "epochs: Input should be greater than or equal to 1" in capsys.readouterr().err
    assert not (tiny_recipe.parent / "runs").exists()


def test_true_and_false_are_choices_and_a_range_may_be_given_from_its_upper_end(
    tiny_recipe: Path,
) -> None:
    space = {"freeze_embeddings": [True, False], "learning_rate": [1e-2, 1e-4]}
    values, _ = search(tiny_recipe, 2, space)
    assert isinstance(values["freeze_embeddings"], bool)
    assert 1e-4 <= values["learning_rate"] <= 1e-2


def test_articles_that_are_in_train_and_dev_are_refused(tiny_recipe: Path) -> None:
    with pytest.raises(FramingError, match="share 12 articles"):
        search(tiny_recipe, 1, SPACE, {"dev": str(tiny_recipe.parent / "train.jsonl")})


def test_a_recipe_without_dev_data_is_refused(tiny_recipe: Path) -> None:
    with pytest.raises(FramingError, match="needs dev data"):
        search(tiny_recipe, 1, SPACE, {"dev": "[]"})


def test_without_optuna_the_line_to_type_is_given(tiny_recipe: Path) -> None:
    code = (
        "import sys\nsys.modules['optuna'] = None\n"
        "from training.search import main\n"
        f"sys.exit(main(['--recipe', {str(tiny_recipe)!r}]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install 'framing[train,search]'" in done.stderr
