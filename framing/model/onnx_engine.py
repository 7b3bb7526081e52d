"""ONNX Runtime on the CPU: the engine that ships.

Each batch runs on one thread and several batches run at once: measured faster per CPU second than
one batch over several threads.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.errors import ModelError
from framing.model.artefact import EMBEDDER, Artefact
from framing.model.engine import WindowedEngine, padded

__all__ = ["OnnxEmbedder", "OnnxEngine"]


class OnnxEngine(WindowedEngine):
    """Runs an artefact's `model.onnx`."""

    _outputs: tuple[str, ...] = ("logits", "voice_logits")  # the first must be there
    token_budget = 512  # best of 128 to 4096 for int8 at news lengths

    def __init__(self, artefact: Artefact, *, threads: int | None = None) -> None:
        self._threads = threads or min(len(os.sched_getaffinity(0)), 8)
        super().__init__(artefact)

    def _weights(self) -> Path:
        return self._artefact.weights

    def _load(self) -> None:
        # Newer releases keep a device id and a database in the home folder, to report their use.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # With its arena a batch of 512 tokens takes 15 MB a thread, which stay; without it malloc
        # scatters 40 MB a thread, and each batch is 4 % slower.
        options.enable_cpu_mem_arena = self._artefact.max_tokens <= self.token_budget
        weights: str | bytes = str(self._weights())
        if self._artefact.shares and self._weights() == self._artefact.weights:
            # The path of what is shared begins at the folder that holds both models' folders.
            options.add_session_config_entry(
                "session.model_external_initializers_file_folder_path",
                str(self._artefact.folder.resolve().parent),
            )
            weights = self._weights().read_bytes()
        self._session: Any = ort.InferenceSession(
            weights,
            options,
            providers=["CPUExecutionProvider"],
            # Adding and normalising in one kernel takes five times as long as in two.
            disabled_optimizers=["SkipLayerNormFusion"],
        )

        given = {output.name for output in self._session.get_outputs()}
        first, *rest = self._outputs
        self._given = [first, *(name for name in rest if name in given)]

    def _run(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> NDArray[np.float32]:
        inputs = {"input_ids": ids, "attention_mask": mask}
        values = self._session.run(self._given, inputs)
        return np.asarray(values[0] if len(values) == 1 else np.hstack(values), np.float32)

    def _run_all(
        self, batches: Sequence[list[int]], windows: Sequence[list[int]]
    ) -> list[NDArray[np.float32]]:
        if len(batches) == 1 or self._threads == 1:
            return super()._run_all(batches, windows)

        def run(rows: list[int]) -> NDArray[np.float32]:
            return self._run(*padded([windows[r] for r in rows]))

        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(run, batches))


class OnnxEmbedder(OnnxEngine):
    """Runs an artefact's `embedder.onnx`, which gives sentence embeddings and no logits."""

    _outputs = ("mean",)

    def __init__(self, artefact: Artefact, *, threads: int | None = None) -> None:
        if EMBEDDER not in artefact.manifest["files"]:
            raise ModelError(
                f"{artefact.folder}: has no {EMBEDDER}, from which frames of your own are scored; "
                "add it: python -m training.embedder"
            )
        super().__init__(artefact, threads=threads)

    def _weights(self) -> Path:
        return self._artefact.embedder

    def _check(self, probe: NDArray[np.float32]) -> None:
        if probe.ndim != 2:
            raise ModelError(f"{self._artefact.embedder}: gives no embeddings")

    def embed(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return embeddings `(n, width)`, and which texts were not read to their end.

        The windows of a long text are averaged.
        """
        if not texts:
            return np.zeros((0, 0), np.float32), np.zeros(0, np.bool_)
        read = self._read(texts)
        vectors = np.zeros((read.n_distinct, read.values.shape[1]), np.float32)
        np.add.at(vectors, read.owners, read.values)
        vectors /= np.bincount(read.owners, minlength=read.n_distinct)[:, None]
        vectors = vectors[read.rows]
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self._artefact.embedder}: gave values that are not finite")
        return vectors, read.truncated
