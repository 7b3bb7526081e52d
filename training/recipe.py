"""The recipe of a fine-tuning run: strict YAML, every key of which the command line may set."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from framing.errors import FramingError, did_you_mean

__all__ = ["Recipe", "RecipeError", "SecondStage", "load_recipe", "parse_yaml"]


Count = Annotated[int, Field(ge=1)]
Whole = Annotated[int, Field(ge=0)]
Rate = Annotated[float, Field(gt=0, lt=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Part = Annotated[float, Field(ge=0, lt=1)]  # never all of it
Weight = Annotated[float, Field(ge=0)]


class RecipeError(FramingError, ValueError):
    """A recipe has mistakes; the message lists all of them."""


class SecondStage(BaseModel):
    """What changes when the network goes on with labelled sentences alone, after all epochs."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    epochs: Count = 2
    learning_rate: Rate = 4e-5
    head_learning_rate: Rate = 3e-4
    targets: str = ""  # another teacher's logits; "" = those of the first stage
    teacher_weight: Share = 0.6
    any_frame_weight: Weight = 0.0
    average_last: Count = 1


class Recipe(BaseModel):
    """Everything that decides the outcome of a run; two runs of one recipe on one machine agree."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    about: str = (
        ""  # hardware, minutes, and the dev figures that the recipe gave, or "not run here"
    )
    base: str  # a local folder or a hub id
    layers: Whole = 0  # lowest layers of the base to begin with; 0 = all
    neurons: Whole = 0  # strongest of each feed-forward to keep; 0 = all
    codebook: str = "influence-1"
    train: list[str] = Field(min_length=1)  # JSON Lines files, or "corpus" for the shipped corpus
    dev: list[str] = []
    targets: str = ""  # a teacher's logits, written by training.distil; "" = labels alone
    unlabelled: list[str] = []  # articles of which training.distil chooses sentences
    output: str = "runs"

    max_tokens: int = Field(default=128, ge=16, le=4096)
    context_probability: Share = 0.0
    epochs: Count = 3
    max_steps: int = Field(default=-1, ge=-1)
    batch_size: Count = 32
    gradient_accumulation: Count = 1
    learning_rate: Rate = 1.5e-4
    head_learning_rate: Rate = 1e-3
    layer_decay: float = Field(default=0.9, gt=0, le=1)
    weight_decay: Weight = 0.01
    warmup_ratio: Part = 0.1
    freeze_embeddings: bool = False
    freeze_layers: Whole = 0  # lowest layers that keep their weights
    dropout: Part = 0.1
    loss: Literal["bce", "asymmetric", "focal"] = "bce"
    any_frame_weight: Weight = 0.0  # of the loss on: is any frame carried?
    class_balance: Part = 0.999  # beta of the effective number
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5)
    voice_weight: Weight = 0.2
    teacher_weight: Share = 0.5  # the labels weigh the rest
    average_last: Count = 1  # epochs' weights that are averaged at the end
    early_stopping: Whole = 0  # epochs without a better dev score; 0 = never
    second_stage: SecondStage | None = None
    precision: Literal["fp32", "bf16"] = "fp32"
    folds: Whole = 3  # out-of-fold predictions for thresholds; 0 = use dev
    # Places of `train` that calibration and thresholds leave out: composed articles are denser in
    # frames than news is, and probabilities must hold for news.
    calibrate_without: list[str] = []
    threshold_prior: Whole = 60  # positives that the global threshold weighs
    seed: int = 13
    threads: Whole = 0  # 0 = as the machine suggests
    report_to: list[Literal["tensorboard", "mlflow", "wandb"]] = ["tensorboard"]

    def stages(self) -> list[Recipe]:
        """Return the recipe of each stage of training, in turn."""
        first = self.model_copy(update={"second_stage": None})
        if self.second_stage is None:
            return [first]
        changes = self.second_stage.model_dump()
        changes["targets"] = changes["targets"] or self.targets
        # Its epochs are few and end where it ends.
        changes |= {"unlabelled": [], "early_stopping": 0, "max_steps": -1}
        return [first, first.model_copy(update=changes)]

    @model_validator(mode="after")
    def _thresholds_have_a_source(self) -> Recipe:
        if self.folds == 1:
            raise ValueError("folds: 1 leaves nothing out; use 0 or at least 2")
        if self.folds == 0 and not self.dev:
            raise ValueError("folds: 0 needs dev data to choose thresholds on")
        if self.early_stopping and not self.dev:
            raise ValueError("early_stopping needs dev data")
        if self.unlabelled and not self.targets:
            raise ValueError("unlabelled sentences need the targets of a teacher")
        return self


class _Loader(yaml.SafeLoader):
    """Safe YAML that reads 1e-5 as a number, as YAML 1.2 does and PyYAML does not."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$"),
    list("-+0123456789."),
)


def parse_yaml(text: str) -> Any:
    """Return the value that YAML text stands for."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader


def load_recipe(path: str | Path, overrides: dict[str, str] | None = None) -> Recipe:
    """Read a recipe, set `overrides` (key -> YAML text); all mistakes come in one RecipeError."""
    try:
        values: Any = parse_yaml(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise RecipeError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise RecipeError(f"{path}: expected keys and values, got {type(values).__name__}")
    for key, text in (overrides or {}).items():
        values[key] = parse_yaml(text)
    for key in ("train", "dev", "unlabelled"):
        if isinstance(values.get(key), str):
            values[key] = [values[key]]
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        lines = []
        known = [*Recipe.model_fields, *(f"second_stage.{k}" for k in SecondStage.model_fields)]
        for fault in error.errors():
            key = ".".join(str(part) for part in fault["loc"])
            if fault["type"] == "extra_forbidden":
                lines.append(f"{path}: no key '{key}'.{did_you_mean(key, known)}")
            elif fault["type"] == "missing":
                lines.append(f"{path}: key '{key}' is missing")
            else:
                lines.append(f"{path}: {key}: {fault['msg']}, got {fault['input']!r:.80}")
        raise RecipeError("\n".join(lines)) from error
