"""Run the weights: sentences in, logits out, by ONNX Runtime on the CPU.

Sentences are sorted by length and packed under a token budget, so that little is spent on padding.
Each batch runs on one thread and several batches run at once: measured faster per CPU second than
one batch over several threads. A sentence longer than the window is read in overlapping windows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from framing.errors import ModelError
from framing.model.artefact import Artefact

__all__ = ["Engine", "OnnxEngine", "Prediction"]

_TOKEN_BUDGET = 512  # padded tokens a batch: best of 128 to 4096 for int8 at news lengths
_MAX_WINDOWS = 64  # a "sentence" of more windows is marked truncated


@dataclass(frozen=True, slots=True)
class Prediction:
    """Logits `(n, n_frames)` and, for each sentence, whether its end was left unread."""

    logits: NDArray[np.float32]
    truncated: NDArray[np.bool_]


class Engine(Protocol):
    """What a scorer needs of whatever runs the weights."""

    def predict(self, texts: Sequence[str]) -> Prediction:
        """Return the logits of every text."""
        ...


class OnnxEngine:
    """Runs an artefact's `model.onnx`; safe to share between threads and to use after a fork."""

    def __init__(self, artefact: Artefact, *, threads: int | None = None) -> None:
        self._artefact = artefact
        self._threads = threads or min(len(os.sched_getaffinity(0)), 8)
        self._owner = -1
        self._open()

    def _open(self) -> None:
        """Load tokenizer and session for this process; a forked child loads its own."""
        # Keeps the tokenizer's own threads away, process-wide: they do not survive forks.
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import onnxruntime as ort
        from tokenizers import Tokenizer

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = False  # the arena keeps the largest batch's memory for good
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(self._artefact.tokenizer))
            self._session: Any = ort.InferenceSession(
                str(self._artefact.weights), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # both libraries raise bare types of their own
            raise ModelError(
                f"{self._artefact.folder}: cannot be loaded: {' '.join(str(error).split())[:200]}"
            ) from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        special = self._tokenizer.encode("", add_special_tokens=True).ids
        if len(special) != 2:
            raise ModelError(f"{self._artefact.tokenizer}: expected two special tokens a sentence")
        self._start, self._end = special
        self._owner = os.getpid()
        probe = self._run([[self._start, self._end]])
        if probe.shape != (1, len(self._artefact.codebook.frames)):
            raise ModelError(
                f"{self._artefact.weights}: gives {probe.shape[-1]} logits for "
                f"{len(self._artefact.codebook.frames)} frames"
            )
        if not np.isfinite(probe).all():
            raise ModelError(f"{self._artefact.weights}: gives values that are not finite")

    def predict(self, texts: Sequence[str]) -> Prediction:
        """Return the logits of every text; windows of a long one are joined by their maximum."""
        if os.getpid() != self._owner:
            self._open()
        width = len(self._artefact.codebook.frames)
        logits = np.full((len(texts), width), -np.inf, np.float32)
        truncated = np.zeros(len(texts), np.bool_)
        if not texts:
            return Prediction(logits, truncated)
        windows: list[list[int]] = []
        owners: list[int] = []
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        for i, encoding in enumerate(encodings):
            cut, whole = self._windows(encoding.ids)
            windows += cut
            owners += [i] * len(cut)
            truncated[i] = not whole
        batches = list(_pack([len(w) for w in windows]))

        def run(rows: list[int]) -> NDArray[np.float32]:
            return self._run([windows[r] for r in rows])

        if len(batches) > 1 and self._threads > 1:
            with ThreadPoolExecutor(self._threads) as pool:
                parts = list(pool.map(run, batches))
        else:
            parts = [run(rows) for rows in batches]
        owner = np.array(owners)
        for rows, part in zip(batches, parts, strict=True):
            np.maximum.at(logits, owner[rows], part)
        if not np.isfinite(logits).all():
            raise ModelError(f"{self._artefact.weights}: gave values that are not finite")
        return Prediction(logits, truncated)

    def _windows(self, ids: list[int]) -> tuple[list[list[int]], bool]:
        """Return the windows of a sentence with special tokens, and whether they hold all of it."""
        room = self._artefact.max_tokens - 2
        starts = (
            range(0, max(len(ids) - room, 0) + room // 2, room // 2) if len(ids) > room else [0]
        )
        cut = [[self._start, *ids[s : s + room], self._end] for s in starts][:_MAX_WINDOWS]
        return cut, len(starts) <= _MAX_WINDOWS

    def _run(self, rows: list[list[int]]) -> NDArray[np.float32]:
        ids = np.zeros((len(rows), max(map(len, rows))), np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        (logits,) = self._session.run(["logits"], {"input_ids": ids, "attention_mask": mask})
        return np.asarray(logits, np.float32)


def _pack(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield batches of indices, shortest first, whose padded size keeps to the token budget."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[row] * (len(batch) + 1) > _TOKEN_BUDGET:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
