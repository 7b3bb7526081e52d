"""Search better values for a recipe: `python -m training.search --recipe FILE --trials 20`.

Every trial trains one network with other values and measures its mean average precision on the
recipe's dev data, after each epoch too: a trial that then lags behind the median of those before it
is stopped (Optuna's tree of Parzen estimators, Bergstra et al. 2011). The trials are kept in
`OUTPUT/NAME-search/trials.log`; the same command continues them. Which values won is printed as
options of `training.finetune`; dev figures of the best of many trials are too good to report.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from accelerate import PartialState
from transformers import TrainerCallback

from eval.metrics import mean_average_precision
from framing.codebook import Codebook
from framing.errors import FramingError
from training.examples import read_examples, refuse_shared_articles, y_true_of
from training.finetune import predict, train_network
from training.recipe import RecipeError, load_recipe, parse_yaml
from training.trainer import LossError

__all__ = ["SPACE", "search"]

# A list of choices, or two numbers as the ends of a range; a range over a decade is searched in
# equal ratios.
SPACE: Mapping[str, list[Any]] = {
    "learning_rate": [3e-5, 3e-4],
    "layer_decay": [0.7, 1.0],
    "epochs": [2, 6],
    "loss": ["bce", "asymmetric", "focal"],
}


class _Report(TrainerCallback):  # type: ignore[misc]
    """Tell a trial its dev score after every epoch; a trial without prospects ends there."""

    def __init__(self, trial: Any) -> None:
        self.trial = trial
        self.epochs = 0

    def on_evaluate(self, *_: Any, metrics: Mapping[str, float], **__: Any) -> None:
        import optuna

        self.epochs += 1
        self.trial.report(metrics["eval_mean_average_precision"], self.epochs)
        if self.trial.should_prune():
            raise optuna.TrialPruned


def search(
    path: Path,
    trials: int,
    space: Mapping[str, list[Any]] = SPACE,
    overrides: Mapping[str, str] | None = None,
) -> tuple[dict[str, Any], float]:
    """Return the values that gave the best dev mean average precision of `trials`, and it.

    A trial reads the labelled sentences alone. Raises FramingError when the recipe has no dev data,
    when Optuna is not installed, and when the folder holds trials of another recipe or space.
    """
    try:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend
    except ImportError as error:
        raise FramingError("a search needs Optuna: pip install 'framing[train,search]'") from error
    fixed = {**(overrides or {}), "folds": "0"}
    recipe = load_recipe(path, fixed)  # a recipe without dev data is refused here
    for key, values in space.items():
        if len(values) < 2:
            raise RecipeError(f"space: {key} has {len(values)} values; a search needs two or more")
        for value in values:
            load_recipe(path, {**fixed, key: str(value)})
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    codebook = Codebook.load(recipe.codebook)
    train, _ = read_examples(recipe.train, codebook)
    dev, _ = read_examples(recipe.dev, codebook)
    refuse_shared_articles(train, dev)
    folder = Path(recipe.output) / f"{recipe.name}-search"
    folder.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        study_name=recipe.name,
        storage=JournalStorage(JournalFileBackend(str(folder / "trials.log"))),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
        direction="maximize",
        load_if_exists=True,
    )
    settled = json.dumps([recipe.model_dump(), dict(space)])
    if study.user_attrs.get("settled", settled) != settled:
        raise FramingError(f"{folder} holds trials of another recipe or space; remove the folder")
    study.set_user_attr("settled", settled)
    done = sum(trial.state.is_finished() for trial in study.get_trials(deepcopy=False))
    # A search that goes on must not draw again what it drew at its beginning.
    study.sampler = optuna.samplers.TPESampler(seed=recipe.seed + done)

    def run(trial: Any) -> float:
        chosen = {key: _suggest(trial, key, values) for key, values in space.items()}
        tried = load_recipe(path, {**fixed, **chosen})
        scratch = folder / f"trial-{trial.number}"
        try:
            _, trainer = train_network(tried, codebook, train, dev, scratch, [_Report(trial)])
            logits, _ = predict(trainer, dev, codebook, tried)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        score = float(mean_average_precision(y_true_of(dev, codebook), logits))
        print(f"trial {trial.number}: {score:.4f} with {_options(chosen)}", file=sys.stderr)
        return score

    study.optimize(run, n_trials=max(trials - done, 0), catch=LossError)
    try:
        return study.best_params, study.best_value
    except ValueError as error:
        raise FramingError(f"{folder}: none of {trials} trials came to its end") from error


def _suggest(trial: Any, key: str, values: list[Any]) -> str:
    """Return one of the values, or one between two numbers, as the text of an override."""
    # `type`, for true and false are integers too.
    if len(values) != 2 or not {type(v) for v in values} <= {int, float}:
        return str(trial.suggest_categorical(key, values))
    low, high = sorted(values)
    if isinstance(low, int) and isinstance(high, int):
        return str(trial.suggest_int(key, low, high))
    return str(trial.suggest_float(key, low, high, log=low > 0 and high >= 10 * low))


def _options(chosen: Mapping[str, Any]) -> str:
    return " ".join(f"--{key} {value}" for key, value in chosen.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 done, 2 wrong usage or unreadable input."""
    parser = argparse.ArgumentParser(prog="python -m training.search", allow_abbrev=False)
    parser.add_argument("--recipe", required=True, type=Path, help="YAML file to start from")
    parser.add_argument("--trials", type=int, default=20, help="in all, with those of before")
    parser.add_argument(
        "--space", help="YAML: key to choices or to two ends, {epochs: [2, 6], loss: [bce, focal]}"
    )
    chosen = parser.parse_args(arguments)
    try:
        space = parse_yaml(chosen.space) if chosen.space else SPACE
        if not (isinstance(space, dict) and all(isinstance(v, list) for v in space.values())):
            raise RecipeError(f"--space {chosen.space}: expected keys with lists of values")
        state = PartialState(cpu=not torch.cuda.is_available())
        values, score = search(chosen.recipe, chosen.trials, space)
    except (FramingError, yaml.YAMLError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same command continues with the next trial", file=sys.stderr)
        return 130
    print(f"dev mean average precision {score:.4f}: {_options(values)}")
    state.destroy_process_group()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
