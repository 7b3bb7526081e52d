"""How the weights move: the Trainer with its learning rates, and the checkpoints it leaves."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import SequentialSampler
from transformers import Trainer
from transformers.trainer_utils import get_last_checkpoint

from framing.errors import FramingError
from training.recipe import Recipe

__all__ = ["FrameTrainer", "LossError", "average_checkpoints", "last_checkpoint"]


class LossError(FramingError):
    """A loss is not finite: the run cannot go on from here."""


class FrameTrainer(Trainer):  # type: ignore[misc]
    """Trainer with layer-wise learning rates (Howard & Ruder 2018) and a stop at a broken loss."""

    optimizer: torch.optim.Optimizer | None

    def __init__(self, *, recipe: Recipe, **settings: Any) -> None:
        super().__init__(**settings)
        self.recipe = recipe
        # Our loss is a mean. A Trainer that believes it to be a sum over the labels of all
        # accumulated batches does not divide it by their number: four steps, four times the loss.
        self.model_accepts_loss_kwargs = False

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Give each layer its learning rate: lower towards the input, highest in the heads."""
        if self.optimizer is None:
            recipe, network = self.recipe, model or self.model
            depth = network.config.num_hidden_layers
            groups: dict[tuple[float, float], list[nn.Parameter]] = {}
            for name, weight in network.named_parameters():
                if not weight.requires_grad:
                    continue
                if not name.startswith("encoder."):
                    rate = recipe.head_learning_rate
                else:
                    parts = name.split(".")
                    layer = next((int(p) for p in parts if p.isdigit()), -1)
                    rate = recipe.learning_rate * recipe.layer_decay ** (depth - 1 - layer)
                decay = recipe.weight_decay if weight.ndim > 1 else 0.0
                groups.setdefault((rate, decay), []).append(weight)
            self.optimizer = torch.optim.AdamW(
                [{"params": p, "lr": r, "weight_decay": d} for (r, d), p in groups.items()],
                betas=(0.9, 0.98),
                fused=True,  # large encoders spend a quarter of a CPU step here otherwise
            )
        return self.optimizer

    def _get_eval_sampler(self, eval_dataset: Any) -> SequentialSampler:
        # With length grouping the Trainer would return predictions in another order than it got.
        return SequentialSampler(eval_dataset)

    def training_step(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """Run one step; a loss that is not finite ends the run instead of spoiling the weights."""
        loss: torch.Tensor = super().training_step(*args, **kwargs)
        if not torch.isfinite(loss):
            raise LossError(
                f"step {self.state.global_step}: the loss is {loss.item()}; lower learning_rate "
                "or set precision: fp32"
            )
        return loss

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        try:
            super()._save_checkpoint(model, trial)
        except (OSError, RuntimeError, SafetensorError) as error:  # torch says RuntimeError
            raise FramingError(
                f"{self.args.output_dir}: step {self.state.global_step}: the checkpoint cannot be "
                f"written ({' '.join(str(error).split()):.120}); make room and give the same "
                "command again: it continues from the last whole one"
            ) from error


def last_checkpoint(folder: Path) -> str | None:
    """Return the last whole checkpoint; one whose writing was cut short is removed."""
    for checkpoint in folder.glob("checkpoint-*"):
        try:  # the Trainer writes its state last
            json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            shutil.rmtree(checkpoint)
    return get_last_checkpoint(str(folder)) if folder.is_dir() else None


def average_checkpoints(folder: Path, count: int) -> dict[str, torch.Tensor]:
    """Return the mean of the last `count` checkpoints' weights."""
    kept = sorted(folder.glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1]))[-count:]
    states = [load_file(checkpoint / "model.safetensors") for checkpoint in kept]
    return {
        name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]
    }
