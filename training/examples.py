"""Labelled sentences as the network takes them: token ids, targets, voice, and their article."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval import metrics
from framing.codebook import Codebook
from framing.data import digest, load_corpus, read_jsonl
from framing.errors import FramingError
from framing.voice import VOICES

__all__ = [
    "Example",
    "article_folds",
    "read_examples",
    "refuse_shared_articles",
    "to_dataset",
    "y_true_of",
]


@dataclass(frozen=True, slots=True)
class Example:
    """One sentence to learn from."""

    text: str
    context: str
    frames: tuple[str, ...]
    voice: str
    article_id: str
    source: str
    place: str  # as the recipe names it
    labelled: bool = True  # False: only a teacher says which frames it carries


def read_examples(
    places: Sequence[str], codebook: Codebook
) -> tuple[list[Example], dict[str, str]]:
    """Return the examples of all files and each place's digest; "corpus" is the shipped corpus.

    "corpus:train" takes one split of the shipped corpus. Raises RecordError with file and line.
    """
    examples: list[Example] = []
    digests: dict[str, str] = {}
    for place in places:
        if place == "corpus" or place.startswith("corpus:"):
            wanted = place.partition(":")[2]
            records = [r for r in load_corpus().records if not wanted or r.split == wanted]
        else:
            records = list(read_jsonl(place, codebook=codebook))
        digests[place if place.startswith("corpus") else Path(place).name] = digest(records)
        examples += [
            Example(r.text, r.context, r.frames, r.voice or "", r.article_id, r.source or "", place)
            for r in records
        ]
    return examples, digests


def refuse_shared_articles(train: Sequence[Example], dev: Sequence[Example]) -> None:
    """Raise FramingError when an article has sentences in both."""
    shared = {e.article_id for e in train} & {e.article_id for e in dev}
    if shared:
        raise FramingError(f"train and dev share {len(shared)} articles, first '{min(shared)}'")


def y_true_of(examples: Sequence[Example], codebook: Codebook) -> NDArray[np.float32]:
    """Return the targets as numbers, `(n, n_frames)` in codebook order."""
    return metrics.y_true_of(examples, codebook.frame_ids).astype(np.float32)


def article_folds(examples: Sequence[Example], k: int, seed: int) -> NDArray[np.int64]:
    """Return each example's fold, 0 to k-1; an article's sentences share one, sizes are even."""
    sizes: dict[str, int] = {}
    for example in examples:
        sizes[example.article_id] = sizes.get(example.article_id, 0) + 1
    order = sorted(sizes, key=lambda a: hashlib.sha256(f"{seed}:{a}".encode()).hexdigest())
    order.sort(key=lambda a: -sizes[a])  # largest first, else in seeded order
    load = [0] * k
    fold: dict[str, int] = {}
    for article in order:
        fold[article] = min(range(k), key=lambda f: load[f])
        load[fold[article]] += sizes[article]
    return np.array([fold[e.article_id] for e in examples])


def to_dataset(
    examples: Sequence[Example],
    codebook: Codebook,
    tokenizer: Any,
    *,
    max_tokens: int,
    context_probability: float = 0.0,
    seed: int = 0,
    teacher: NDArray[np.float32] | None = None,
) -> Any:
    """Return a `datasets.Dataset` with token ids, `length` for grouping, `y_true` and `voice`.

    With a context probability, that share of sentences gets its context as second segment. The
    logits `(n, n_frames)` of a teacher, where there is one, become the column `teacher`.
    """
    from datasets import Dataset

    rng = np.random.default_rng(seed)
    use = rng.random(len(examples)) < context_probability
    pairs = [e.context if u and e.context else None for e, u in zip(examples, use, strict=True)]
    columns: dict[str, list[Any]] = {"input_ids": [], "attention_mask": [], "length": []}
    for example, context in zip(examples, pairs, strict=True):
        # The sentence comes first and whole; only the context is cut to fit.
        limits = {"truncation": "only_second" if context else True, "max_length": max_tokens}
        try:
            ids = tokenizer(example.text, context, **limits)["input_ids"]
        except Exception:  # noqa: BLE001  the sentence alone fills the window
            ids = tokenizer(example.text, truncation=True, max_length=max_tokens)["input_ids"]
        columns["input_ids"].append(ids)
        columns["attention_mask"].append([1] * len(ids))
        columns["length"].append(len(ids))
    columns["y_true"] = y_true_of(examples, codebook).tolist()
    if teacher is not None:
        columns["teacher"] = teacher.tolist()
        columns["labelled"] = [e.labelled for e in examples]
    columns["voice"] = [VOICES.index(e.voice) if e.voice in VOICES else -1 for e in examples]
    return Dataset.from_dict(columns)
