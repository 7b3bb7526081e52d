"""PyTorch, for GPUs: runs the 16-bit weights in a model folder's `torch/`.

On a GPU it computes in bfloat16 with large batches sorted by length; on a CPU, in 32 bits, it is
the reference that the 8-bit engine is compared with. It alone can follow a logit back to the words.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from transformers import AutoModel
from transformers.utils import logging

from framing.errors import ModelError
from framing.model.artefact import Artefact
from framing.model.engine import WindowedEngine, padded

__all__ = ["TorchEngine", "gpu_is_available"]

_STEPS = 32  # along the path that gradients are integrated over


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
        shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()
        self._encoder: Any = (
            AutoModel.from_pretrained(
                folder, trust_remote_code=False, use_safetensors=True, dtype=self._dtype
            )
            .to(self._device)
            .eval()
            .requires_grad_(False)
        )
        if shown:
            logging.enable_progress_bar()
        heads = load_file(folder / "heads.safetensors", device=str(self._device))
        self._heads = {name: value.float() for name, value in heads.items()}

    def _run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.inference_mode():
            tokens = torch.from_numpy(ids).to(self._device)
            real = torch.from_numpy(mask).to(self._device)
            states = self._encoder(input_ids=tokens, attention_mask=real).last_hidden_state
            return np.asarray(self._logits(states, real).cpu().numpy(), np.float32)

    def _logits(self, states: torch.Tensor, real: torch.Tensor) -> torch.Tensor:
        """Return the logits of encoded tokens: the label-wise attention of training.network."""
        states, real = states.float(), real.unsqueeze(-1)
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
        return logits

    def attributions(
        self, text: str, columns: Sequence[int]
    ) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
        """Return the spans of a text's tokens, and what each adds to the logits of `columns`.

        Integrated gradients (Sundararajan, Taly and Yan, 2017) from a text of nothing but padding,
        so that a column sums up to the logit less that of such a text. Of a text longer than the
        window, a logit comes from the window that gives the highest one.
        """
        if os.getpid() != self._owner:
            self._open()
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        windows, _ = self._windows(encoding.ids)
        logits = np.concatenate([self._run(*padded([window])) for window in windows])
        step = (self._artefact.max_tokens - 2) // 2
        values = np.zeros((len(encoding.ids), len(columns)))
        for k, window in enumerate(windows):
            own = [n for n, column in enumerate(columns) if logits[:, column].argmax() == k]
            if own and len(window) > 2:
                found = self._integrated(window, [columns[n] for n in own])
                values[k * step : k * step + len(window) - 2, own] = found
        return list(encoding.offsets), values

    def _integrated(self, window: list[int], columns: Sequence[int]) -> NDArray[np.float64]:
        """Return `(n_tokens, n_columns)` for one window, without its special tokens."""
        embed = self._encoder.get_input_embeddings()
        ids = torch.tensor([window], device=self._device)
        blank = torch.full_like(ids, self._encoder.config.pad_token_id or 0)
        blank[0, 0], blank[0, -1] = ids[0, 0], ids[0, -1]
        with torch.no_grad():
            end, begin = embed(ids).float(), embed(blank).float()
        total = torch.zeros(len(columns), len(window), end.shape[-1], device=self._device)
        middles = (torch.arange(_STEPS, device=self._device) + 0.5) / _STEPS
        for some in torch.split(middles, max(1, self.token_budget // len(window))):
            points = (begin + some[:, None, None] * (end - begin)).requires_grad_()
            real = torch.ones(points.shape[:2], dtype=torch.long, device=self._device)
            states = self._encoder(
                inputs_embeds=points.to(self._dtype), attention_mask=real
            ).last_hidden_state
            sums = self._logits(states, real).sum(0)
            for n, column in enumerate(columns):
                (slope,) = torch.autograd.grad(sums[column], points, retain_graph=True)
                total[n] += slope.sum(0)
        worth = (total / _STEPS * (end - begin)).sum(-1)
        return np.asarray(worth[:, 1:-1].T.cpu().numpy(), np.float64)
