"""PyTorch, for GPUs: runs the 16-bit weights in a model folder's `torch/`.

On a GPU it computes in bfloat16 with large batches sorted by length; on a CPU, in 32 bits, it is
the reference that the 8-bit engine is compared with.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from transformers import AutoModel

from framing.errors import ModelError
from framing.model.artefact import Artefact
from framing.model.engine import WindowedEngine

__all__ = ["TorchEngine", "gpu_is_available"]


def gpu_is_available() -> bool:
    """Tell whether torch finds a GPU."""
    return bool(torch.cuda.is_available())


class TorchEngine(WindowedEngine):
    """Runs an artefact's encoder and heads on `device` ("auto", "cpu", "cuda", "cuda:N")."""

    def __init__(self, artefact: Artefact, *, device: str = "auto") -> None:
        if device == "auto":
            device = "cuda" if gpu_is_available() else "cpu"
        elif device.startswith("cuda") and not gpu_is_available():
            raise ModelError(f"device '{device}': torch sees no GPU; use device 'cpu'")
        self._device = torch.device(device)
        # A GPU is idle below some ten thousand tokens; a CPU loses its cache above a few thousand.
        self.token_budget = 16_384 if self._device.type == "cuda" else 2_048
        super().__init__(artefact)

    def _load(self) -> None:
        folder = self._artefact.torch_folder
        if not folder.is_dir():
            raise ModelError(
                f"{folder}: no torch weights; they lie in the source repository, beside model.onnx"
            )
        self._dtype = torch.bfloat16 if self._device.type == "cuda" else torch.float32
        self._encoder: Any = (
            AutoModel.from_pretrained(
                folder, trust_remote_code=False, use_safetensors=True, dtype=self._dtype
            )
            .to(self._device)
            .eval()
        )
        heads = load_file(folder / "heads.safetensors", device=str(self._device))
        self._heads = {name: value.float() for name, value in heads.items()}

    def _run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.inference_mode():
            tokens = torch.from_numpy(ids).to(self._device)
            real = torch.from_numpy(mask).to(self._device)
            states = self._encoder(input_ids=tokens, attention_mask=real).last_hidden_state.float()
            # The label-wise attention that training.network trains.
            real = real.unsqueeze(-1)
            mean = (states * real).sum(1) / real.sum(1)
            heads = self._heads
            score = states @ heads["frames.attention.weight"].T + heads["frames.attention.bias"]
            share = score.masked_fill(real == 0, -1e4).softmax(1)
            pooled = share.transpose(1, 2) @ states + mean.unsqueeze(1)
            logits = (pooled * heads["frames.weight"]).sum(-1) + heads["frames.bias"]
            if "frames.lean" in heads:  # the last logit, for any frame, leans on the others
                logits = logits[:, :-1] + logits[:, -1:] * heads["frames.lean"]
            if "voice.weight" in heads:
                voice_logits = mean @ heads["voice.weight"].T + heads["voice.bias"]
                logits = torch.cat([logits, voice_logits], 1)
            return np.asarray(logits.cpu().numpy(), np.float32)
