"""A benchmark's training part and, where named, its development part; each article in one only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmark.outcome import SEED
from framing.data import digest
from framing.data.records import Record
from framing.errors import RecordError

__all__ = ["FOLDS", "OTHER", "TRAIN", "Parts", "folds_of", "read_parts"]

FOLDS = 5
TRAIN, OTHER = ("train",), ("dev", "test")  # folders in which a part may lie
Read = Callable[[Path], Iterable[Record]]


@dataclass(frozen=True, slots=True)
class Parts:
    """The records to learn from, and those of another part to score."""

    train: tuple[Record, ...]
    other: tuple[Record, ...] | None
    name: str

    @property
    def judged(self) -> tuple[Record, ...]:
        """What is scored: the other part or, by cross-validation, the training part."""
        return self.train if self.other is None else self.other

    @property
    def digest(self) -> str:
        """The digest of what is scored."""
        return digest(self.judged)


def read_parts(read: Read, path: Path, dev: Path | None) -> Parts:
    """Return the training part's records and, with `dev`, those of the part to score.

    Either path is the folder as the organisers pack it, or one that holds it as `train`, or `dev`
    or `test`; one folder may hold both parts. Only English is read. Raises RecordError for another
    layout, for no English articles, and for an article that is in both parts.
    """
    train = _part(read, path, TRAIN)
    if dev is None:
        return Parts(tuple(train), None, "training part, cross-validated")
    other = _part(read, dev, OTHER)
    ids = {record.article_id for record in train}
    both = sorted({record.article_id for record in other} & ids)
    if both:
        raise RecordError(
            f"{dev}: {len(both)} of its articles, first {both[0]}, are in the training part {path} "
            "too; name a folder that holds only the part to score"
        )
    return Parts(tuple(train), tuple(other), f"part {dev.name}, trained on the training part")


def _part(read: Read, path: Path, names: Sequence[str]) -> list[Record]:
    if not path.is_dir():
        raise RecordError(f"{path}: is no folder; name the one that the organisers packed")
    folder = next((path / name for name in names if (path / name).is_dir()), path)
    records = [r for r in read(folder) if r.language in (None, "en")]
    # A folder may hold both parts side by side, told apart by the names of files.
    own = [r for r in records if (r.split == "train") == (names == TRAIN)]
    if not records:
        raise RecordError(f"{folder}: has no English articles; name the folder with that language")
    return own or records


def folds_of(article_ids: Sequence[str], folds: int = FOLDS) -> NDArray[np.int64]:
    """Return the fold of each row, 0 to `folds` - 1; the rows of an article share one."""
    names, group = np.unique(np.asarray(article_ids), return_inverse=True)
    if len(names) < folds:
        raise RecordError(f"{len(names)} articles are too few for {folds} folds")
    fold = np.empty(len(names), np.int64)
    fold[np.random.default_rng(SEED).permutation(len(names))] = np.arange(len(names)) % folds
    return fold[group]
