"""A teacher's logits by sentence, and the unlabelled sentences that only a teacher labels."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from framing import Article
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.sentences import split
from training.examples import Example

__all__ = ["Targets", "read_unlabelled", "text_key"]


def text_key(text: str) -> bytes:
    """Return eight bytes that stand for a sentence."""
    return hashlib.blake2b(text.strip().encode(), digest_size=8).digest()


@dataclass(frozen=True)
class Targets:
    """Teacher logits `(n, n_frames)` by sentence."""

    logits: NDArray[np.float32]
    row: dict[bytes, int]
    teachers: tuple[str, ...]  # their names

    @classmethod
    def load(cls, path: str | Path, codebook: Codebook) -> Targets:
        """Read a targets file; FramingError when it is for other frames."""
        try:
            with safe_open(str(path), "numpy") as file:
                frames = json.loads(file.metadata()["frames"])
                teachers = tuple(json.loads(file.metadata()["teachers"]))
                keys, logits = file.get_tensor("keys"), file.get_tensor("logits")
        except (OSError, KeyError, TypeError, SafetensorError) as error:
            raise FramingError(
                f"{path}: no targets can be read: {error}; "
                "write them with python -m training.distil"
            ) from error
        if frames != list(codebook.frame_ids):
            raise FramingError(
                f"{path}: is for other frames than codebook {codebook.id} has; "
                "write it anew with python -m training.distil"
            )
        row = {k.tobytes(): i for i, k in enumerate(keys)}
        return cls(logits.astype(np.float32), row, teachers)

    def of(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the logits `(n, n_frames)` of sentences; NaN rows where there are none."""
        found = np.full((len(texts), self.logits.shape[1]), np.nan, np.float32)
        for i, text in enumerate(texts):
            k = self.row.get(text_key(text))
            if k is not None:
                found[i] = self.logits[k]
        return found


def read_unlabelled(
    paths: Sequence[str], labelled: Sequence[Example], dev: Sequence[Example]
) -> list[Example]:
    """Return the sentences of unlabelled articles (JSON Lines with `article_id` and `text`).

    Articles that are in dev are left out whole; sentences that are labelled, or stand twice, too.
    """
    barred = {e.article_id for e in dev}
    dev_texts = {text_key(e.text) for e in dev}
    seen = dev_texts | {text_key(e.text) for e in labelled}
    examples: list[Example] = []
    for path in paths:
        for article_id, sentences in _articles(path):
            keys = [text_key(s) for s in sentences]
            if article_id in barred or not dev_texts.isdisjoint(keys):
                continue
            for text, key in zip(sentences, keys, strict=True):
                if key in seen or len(text.split()) < 4:
                    continue
                seen.add(key)
                examples.append(Example(text, "", (), "", article_id, "", path, labelled=False))
    return examples


def _articles(path: str) -> Iterator[tuple[str, list[str]]]:
    try:
        with Path(path).open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                    article_id, text = str(row["article_id"]), row["text"]
                except (ValueError, KeyError, TypeError) as error:
                    raise FramingError(
                        f"{path}:{number}: expected an object with article_id and text"
                    ) from error
                yield article_id, [s.text for s in split(Article.from_text(text))]
    except OSError as error:
        raise FramingError(f"{path}: cannot be read: {error.strerror}") from error
