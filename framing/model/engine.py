"""What every engine shares: sentences become windows of tokens, windows become batches.

Sentences are sorted by length and packed under a token budget, so that little is spent on padding.
A sentence longer than the window is read in overlapping windows, joined by their maximum. Which
weights run on what, `open_engine` decides; one module an engine holds the rest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from framing.errors import ModelError, missing_extra
from framing.model.artefact import Artefact
from framing.voice import VOICES

__all__ = [
    "ENGINES",
    "Engine",
    "GradientEngine",
    "Prediction",
    "WindowedEngine",
    "open_engine",
    "padded",
]

ENGINES = ("onnx", "torch")
_PROBE = "we ?\u6865\U0001f600"
_MAX_WINDOWS = 64  # a "sentence" of more windows is marked truncated


@dataclass(frozen=True, slots=True)
class Prediction:
    """Logits `(n, n_frames)` and, for each sentence, whether its end was left unread.

    `voice_logits` `(n, 3)`, in the order of `framing.voice.VOICES`, come from weights that give
    them; `truncated` tells which sentences were not read to their end.
    """

    logits: NDArray[np.float32]
    truncated: NDArray[np.bool_]
    voice_logits: NDArray[np.float32] | None = None


class Engine(Protocol):
    """What a scorer needs of whatever runs the weights."""

    def predict(self, texts: Sequence[str]) -> Prediction:
        """Return the logits of every text."""
        ...


@runtime_checkable
class GradientEngine(Engine, Protocol):
    """An engine that can follow a logit back to the tokens it comes from."""

    def attributions(
        self, text: str, columns: Sequence[int]
    ) -> tuple[list[tuple[int, int]], NDArray[np.float64]]:
        """Return the spans of a text's tokens, and what each adds to the logits of `columns`."""
        ...


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the weights give for the windows of some texts.

    `rows[i]` is the number of text `i` among the distinct ones, `owners[j]` the distinct text that
    `values[j]` comes from.
    """

    rows: NDArray[np.int64]
    n_distinct: int
    owners: NDArray[np.int64]
    values: NDArray[np.float32]
    truncated: NDArray[np.bool_]


class WindowedEngine:
    """Tokenises, packs and joins; a subclass loads its weights and runs one batch.

    Safe to share between threads and to use after a fork: a forked child loads its own.
    """

    token_budget = 512  # padded tokens a batch
    _width: int  # columns that the weights give

    def __init__(self, artefact: Artefact) -> None:
        self._artefact = artefact
        self._owner = -1
        self._open()

    def _load(self) -> None:
        """Load the weights for this process."""
        raise NotImplementedError

    def _run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the logits of padded token ids `(n, length)`: of frames, perhaps of voices too."""
        raise NotImplementedError

    def _run_all(
        self, batches: Sequence[list[int]], windows: Sequence[list[int]]
    ) -> list[NDArray[np.float32]]:
        """Return every batch's logits, in order."""
        return [self._run(*padded([windows[r] for r in rows])) for rows in batches]

    def _check(self, probe: NDArray[np.float32]) -> None:
        """Raise ModelError unless the logits of one sentence look as they must."""
        n_frames = len(self._artefact.codebook.frames)
        if probe.shape not in ((1, n_frames), (1, n_frames + len(VOICES))):
            raise ModelError(
                f"{self._artefact.weights}: gives {probe.shape[-1]} logits for {n_frames} frames"
            )
        self._width = probe.shape[1]

    def _open(self) -> None:
        # Keeps the tokenizer's own threads away, process-wide: they do not survive forks.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        from tokenizers import Tokenizer

        artefact = self._artefact
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(artefact.tokenizer))
            self._tokenizer.encode(_PROBE)  # damaged ones fail only at words they do not know
            self._load()
            self._tokenizer.no_padding()
            self._tokenizer.no_truncation()
            special = self._tokenizer.encode("", add_special_tokens=True).ids
            if len(special) != 2:
                raise ModelError(f"{artefact.tokenizer}: expected two special tokens a sentence")
            self._start, self._end = special
            self._owner = os.getpid()
            probe = self._run(*padded([[self._start, self._end]]))
        except ModelError:
            raise
        except Exception as error:  # the libraries raise bare types of their own
            raise ModelError(
                f"{artefact.folder}: cannot be loaded: {' '.join(str(error).split())[:200]}"
            ) from error
        self._check(probe)
        if not np.isfinite(probe).all():
            raise ModelError(f"{artefact.weights}: gives values that are not finite")

    def predict(self, texts: Sequence[str]) -> Prediction:
        """Return the logits of every text; windows of a long one are joined by their maximum."""
        n_frames = len(self._artefact.codebook.frames)
        if not texts:
            return Prediction(np.zeros((0, n_frames), np.float32), np.zeros(0, np.bool_))
        read = self._read(texts)
        logits = np.full((read.n_distinct, self._width), -np.inf, np.float32)
        np.maximum.at(logits, read.owners, read.values)
        logits = logits[read.rows]
        if not np.isfinite(logits).all():
            raise ModelError(f"{self._artefact.weights}: gave values that are not finite")
        voice_logits = logits[:, n_frames:] if self._width > n_frames else None
        return Prediction(logits[:, :n_frames], read.truncated, voice_logits)

    def _read(self, texts: Sequence[str]) -> _Reading:
        """Run the windows of the texts; equal texts, and equal windows, are run once."""
        if os.getpid() != self._owner:
            self._open()
        distinct: dict[str, int] = {}
        rows = [distinct.setdefault(text, len(distinct)) for text in texts]
        windows: dict[tuple[int, ...], int] = {}
        owners: list[int] = []
        numbers: list[int] = []
        truncated = np.zeros(len(distinct), np.bool_)
        encodings = self._tokenizer.encode_batch_fast(list(distinct), add_special_tokens=False)
        for i, encoding in enumerate(encodings):
            cut, whole = self._windows(encoding.ids)
            numbers += [windows.setdefault(tuple(window), len(windows)) for window in cut]
            owners += [i] * len(cut)
            truncated[i] = not whole
        ids = [list(window) for window in windows]
        batches = list(_pack([len(w) for w in ids], self.token_budget))
        parts = self._run_all(batches, ids)
        values = np.empty((len(ids), parts[0].shape[1]), np.float32)
        for batch, part in zip(batches, parts, strict=True):
            values[batch] = part
        return _Reading(
            np.array(rows), len(distinct), np.array(owners), values[numbers], truncated[rows]
        )

    def _windows(self, ids: list[int]) -> tuple[list[list[int]], bool]:
        """Return the windows of a sentence with special tokens, and whether they hold all of it."""
        room = self._artefact.max_tokens - 2
        starts = (
            range(0, max(len(ids) - room, 0) + room // 2, room // 2) if len(ids) > room else [0]
        )
        cut = [[self._start, *ids[s : s + room], self._end] for s in starts][:_MAX_WINDOWS]
        return cut, len(starts) <= _MAX_WINDOWS


def open_engine(
    artefact: Artefact, *, device: str = "auto", engine: str = "auto", threads: int | None = None
) -> Engine:
    """Return the engine that suits weights and machine.

    `device` is "auto", "cpu", "cuda" or "cuda:N"; `engine` is "auto" or one of ENGINES. By itself
    it is ONNX Runtime on the CPU, and torch where a GPU, torch and the folder's torch weights are.
    `threads` are those of ONNX Runtime, None for one a core, up to eight.
    Raises ValueError for an unknown name, ModelError for what this machine or folder cannot do.
    """
    if device not in ("auto", "cpu") and device.partition(":")[0] != "cuda":
        raise ValueError(f"device is 'auto', 'cpu', 'cuda' or 'cuda:N', got {device!r}")
    if engine not in ("auto", *ENGINES):
        raise ValueError(f"engine is 'auto', {', '.join(map(repr, ENGINES))}, got {engine!r}")
    if engine == "onnx" and device.startswith("cuda"):
        raise ModelError(f"engine 'onnx' runs on the CPU: use engine 'torch' for {device}")
    if engine == "auto":
        use_gpu = device.startswith("cuda") or (device == "auto" and _has_gpu(artefact))
        engine = "torch" if use_gpu else "onnx"
    if engine == "torch":
        try:
            from framing.model.torch_engine import TorchEngine
        except ImportError as error:
            raise missing_extra("torch", "the torch engine") from error
        return TorchEngine(artefact, device=device)
    from framing.model.onnx_engine import OnnxEngine

    return OnnxEngine(artefact, threads=threads)


def _has_gpu(artefact: Artefact) -> bool:
    """Tell whether torch would find a GPU; it is imported only where a device file is."""
    from importlib.util import find_spec

    if not (artefact.torch_folder.is_dir() and Path("/dev/nvidia0").exists()):
        return False
    if find_spec("torch") is None or find_spec("transformers") is None:
        return False
    from framing.model.torch_engine import gpu_is_available

    return gpu_is_available()


def padded(rows: Sequence[list[int]]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return token ids and mask, `(n, length)`, of rows of unequal length."""
    ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
    mask = np.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return ids, mask


def _pack(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield batches of indices, shortest first, whose padded size keeps to the token budget."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[row] * (len(batch) + 1) > budget:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
