"""Losses say what they are for: which mistakes cost most, and what they ask of the logits."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")

from training.losses import AnyFrameLoss

Y_TRUE = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])


def test_any_frame_will_do_for_a_framed_sentence() -> None:
    loss = AnyFrameLoss()
    own = loss(torch.tensor([[4.0, -4.0, -4.0], [-4.0, -4.0, -4.0]]), Y_TRUE)
    other = loss(torch.tensor([[-4.0, -4.0, 4.0], [-4.0, -4.0, -4.0]]), Y_TRUE)
    assert own.item() == pytest.approx(other.item())
    assert own < loss(torch.full((2, 3), -4.0), Y_TRUE) / 5


def test_a_frame_on_a_sentence_without_any_costs() -> None:
    loss = AnyFrameLoss()
    framed = [4.0, -4.0, -4.0]
    quiet = loss(torch.tensor([framed, [-4.0, -4.0, -4.0]]), Y_TRUE)
    loud = loss(torch.tensor([framed, [-4.0, 4.0, -4.0]]), Y_TRUE)
    assert quiet < loud / 5


def test_the_scale_and_shift_of_any_frame_are_learnt_along() -> None:
    loss = AnyFrameLoss()
    logits = torch.tensor([[9.0, 5.0, 5.0], [5.0, 5.0, 5.0]])  # far from calibrated
    optimizer = torch.optim.Adam(loss.parameters(), lr=0.1)
    before = loss(logits, Y_TRUE).item()
    for _ in range(300):
        optimizer.zero_grad()
        loss(logits, Y_TRUE).backward()
        optimizer.step()
    assert loss(logits, Y_TRUE).item() < before / 5
