"""Losses for multi-label frames, where most sentences carry nothing and some frames are rare."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

__all__ = [
    "AnyFrameLoss",
    "AsymmetricLoss",
    "FocalLoss",
    "WeightedBCE",
    "effective_number_weights",
    "make_loss",
]


def effective_number_weights(positives: Tensor, total: int, beta: float) -> Tensor:
    """Return the weight of each frame's positives, `(n_frames,)`, from the effective number.

    Class-balanced weighting (Cui et al. 2019), as the ratio of the negatives' effective number to
    the positives', square-rooted: the plain ratio over-fires on frames with few examples. A frame
    without positives gets weight 1.
    """
    if beta == 0:
        return torch.ones_like(positives, dtype=torch.float32)

    def effective(count: Tensor) -> Tensor:
        return (1 - beta**count) / (1 - beta)

    ratio = effective(total - positives) / effective(positives.clamp(min=1))
    return torch.where(positives > 0, ratio.sqrt(), torch.ones_like(ratio)).float()


class WeightedBCE(nn.Module):
    """Binary cross-entropy with one positive weight a frame, averaged over all cells."""

    weight: Tensor

    def __init__(self, weight: Tensor, smoothing: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("weight", weight, persistent=False)
        self.smoothing = smoothing

    def forward(self, logits: Tensor, y_true: Tensor) -> Tensor:
        """Return the mean loss of logits and 0/1 targets, both `(n, n_frames)`."""
        target = y_true * (1 - 2 * self.smoothing) + self.smoothing
        return binary_cross_entropy_with_logits(logits, target, pos_weight=self.weight)


class FocalLoss(nn.Module):
    """Focal loss (Lin et al. 2017): easy cells count less; `weight` raises the positives."""

    weight: Tensor

    def __init__(self, weight: Tensor, gamma: float = 2.0) -> None:
        super().__init__()
        self.register_buffer("weight", weight, persistent=False)
        self.gamma = gamma

    def forward(self, logits: Tensor, y_true: Tensor) -> Tensor:
        """Return the mean loss of logits and 0/1 targets, both `(n, n_frames)`."""
        plain = binary_cross_entropy_with_logits(
            logits, y_true, pos_weight=self.weight, reduction="none"
        )
        missed = torch.where(y_true > 0.5, torch.sigmoid(-logits), torch.sigmoid(logits))
        return (missed**self.gamma * plain).mean() * 4


class AsymmetricLoss(nn.Module):
    """Asymmetric loss (Ridnik et al. 2021): negatives are focused harder and clipped."""

    def __init__(self, gamma_negative: float = 3.0, gamma_positive: float = 0.0) -> None:
        super().__init__()
        self.gamma_negative = gamma_negative
        self.gamma_positive = gamma_positive
        self.clip = 0.05

    def forward(self, logits: Tensor, y_true: Tensor) -> Tensor:
        """Return the mean loss of logits and 0/1 targets, both `(n, n_frames)`."""
        p = torch.sigmoid(logits.float())
        shifted = (p - self.clip).clamp(min=0)
        positive = y_true * (1 - p) ** self.gamma_positive * torch.log(p.clamp(min=1e-8))
        negative = (
            (1 - y_true) * shifted**self.gamma_negative * torch.log((1 - shifted).clamp(min=1e-8))
        )
        return -(positive + negative).mean() * 4


class AnyFrameLoss(nn.Module):
    """Binary cross-entropy on whether a sentence carries any frame, read from the frames' logits.

    Their log-sum-exp, a smooth maximum, goes through a scale and a shift that are learnt along: the
    losses above leave the frames' logits uncalibrated. No output is added to the network.
    """

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.shift = nn.Parameter(torch.zeros(()))

    def forward(self, logits: Tensor, y_true: Tensor) -> Tensor:
        """Return the mean loss of logits and 0/1 targets, both `(n, n_frames)`."""
        any_frame = self.scale * logits.logsumexp(1) + self.shift
        return binary_cross_entropy_with_logits(any_frame, y_true.amax(1))


def make_loss(name: str, weight: Tensor, *, smoothing: float) -> nn.Module:
    """Return the loss module that a recipe names."""
    if name == "bce":
        return WeightedBCE(weight, smoothing)
    if name == "focal":
        return FocalLoss(weight)
    if name == "asymmetric":
        return AsymmetricLoss()
    raise ValueError(f"no loss '{name}'")
