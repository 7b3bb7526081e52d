"""A recipe with mistakes is refused with all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pydantic", reason="the extra 'train' is not installed")

from training.recipe import RecipeError, load_recipe

GOOD = "name: a\nbase: b\ntrain: c.jsonl\ndev: d.jsonl\n"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    file = tmp_path / "recipe.yaml"
    file.write_text(GOOD)
    return file


def test_every_shipped_recipe_is_valid() -> None:
    shipped = sorted((Path(__file__).parents[2] / "training" / "recipes").glob("*.yaml"))
    assert shipped
    for file in shipped:
        load_recipe(file)


def test_the_command_line_overrides_a_key(recipe: Path) -> None:
    assert load_recipe(recipe, {"epochs": "7"}).epochs == 7


def test_one_e_minus_five_is_a_number(recipe: Path) -> None:
    assert load_recipe(recipe, {"learning_rate": "1e-5"}).learning_rate == 1e-5


def test_all_mistakes_are_reported_at_once(recipe: Path) -> None:
    recipe.write_text(GOOD + "epochs: many\nlearning_rat: 1e-5\nbatch_size: 0\n")
    with pytest.raises(RecipeError) as error:
        load_recipe(recipe)
    message = str(error.value)
    assert "no key 'learning_rat'. Did you mean 'learning_rate'?" in message
    assert "epochs" in message
    assert "batch_size" in message


def test_a_missing_key_is_named(recipe: Path) -> None:
    recipe.write_text("name: a\ntrain: c.jsonl\n")
    with pytest.raises(RecipeError, match="key 'base' is missing"):
        load_recipe(recipe)


def test_thresholds_need_a_source(recipe: Path) -> None:
    with pytest.raises(RecipeError, match="dev data to choose thresholds"):
        load_recipe(recipe, {"folds": "0", "dev": "[]"})


def test_a_second_stage_changes_what_it_names_and_keeps_the_rest(recipe: Path) -> None:
    stages = load_recipe(
        recipe, {"batch_size": "8", "targets": "t", "second_stage": "{epochs: 1}"}
    ).stages()
    assert [(s.epochs, s.batch_size, s.targets) for s in stages] == [(3, 8, "t"), (1, 8, "t")]
    assert stages[1].learning_rate < stages[0].learning_rate


def test_a_mistake_in_a_second_stage_is_named(recipe: Path) -> None:
    with pytest.raises(
        RecipeError, match=r"no key 'second_stage.epoch'. Did you mean 'second_stage.epochs'"
    ):
        load_recipe(recipe, {"second_stage": "{epoch: 1}"})
