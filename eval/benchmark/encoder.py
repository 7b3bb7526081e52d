"""Sentence embeddings of a released model: the encoder's states, averaged, beside the logits.

The artefact's graph gives logits only. Its last layer normalisation is what the heads read, so that
value is made a second output of a copy in memory; neither torch nor other weights are needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.errors import ModelError, missing_extra
from framing.scoring import Scorer
from framing.sentences import model_text

__all__ = ["Embedded", "embed"]

_TOKEN_BUDGET = 512  # padded tokens a batch, as in the engine


@dataclass(frozen=True, slots=True)
class Embedded:
    """What the model makes of sentences: states `(n, width)`, probabilities `(n, n_frames)`."""

    states: NDArray[np.float32]
    probabilities: NDArray[np.float32]

    def rows(self, index: NDArray[np.int64]) -> Embedded:
        """Return those of some sentences."""
        return Embedded(self.states[index], self.probabilities[index])


def embed(scorer: Scorer, sentences: Sequence[str]) -> Embedded:
    """Run the released model over sentences; of one longer than its window the start is read.

    States are empty, `(n, 0)`, for a model without layer normalisation. Raises MissingExtraError
    without `onnx` and ModelError when the graph cannot be run.
    """
    artefact = scorer.artefact
    session, outputs = _open(str(artefact.weights))
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(artefact.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(artefact.max_tokens)
    encodings = tokenizer.encode_batch_fast([model_text(s) for s in sentences])
    tokens = [encoding.ids for encoding in encodings]
    logits = np.zeros((len(tokens), len(artefact.codebook.frames)), np.float32)
    states = np.zeros((len(tokens), 0), np.float32)
    for batch in _batches([len(t) for t in tokens]):
        ids = np.zeros((len(batch), max(len(tokens[i]) for i in batch)), np.int64)
        mask = np.zeros_like(ids)
        for row, i in enumerate(batch):
            ids[row, : len(tokens[i])] = tokens[i]
            mask[row, : len(tokens[i])] = 1
        values = session.run(outputs, {"input_ids": ids, "attention_mask": mask})
        logits[batch] = values[0]
        if len(outputs) > 1:
            real = mask[:, :, None].astype(np.float32)
            mean = (values[1] * real).sum(1) / real.sum(1)
            if not states.shape[1]:
                states = np.zeros((len(tokens), mean.shape[1]), np.float32)
            states[batch] = mean
    scale, shift = np.array(artefact.scale), np.array(artefact.shift)
    log_odds = np.clip(logits * scale + shift, -30, 30)
    return Embedded(states, (1 / (1 + np.exp(-log_odds))).astype(np.float32))


def _open(weights: str) -> tuple[Any, list[str]]:
    try:
        import onnx
    except ImportError:
        raise missing_extra("eval", "a benchmark") from None
    import onnxruntime as ort

    model = onnx.load(weights)
    outputs = ["logits"]
    last = [n.output[0] for n in model.graph.node if n.op_type == "LayerNormalization"][-1:]
    for name in last:
        value = onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        model.graph.output.append(value)
        outputs.append(name)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = ort.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the library raises bare types of its own
        raise ModelError(
            f"{weights}: cannot be run: {' '.join(str(error).split())[:200]}"
        ) from error
    return session, outputs


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield rows, shortest first, whose padded size keeps to the token budget."""
    batch: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and lengths[row] * (len(batch) + 1) > _TOKEN_BUDGET:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
