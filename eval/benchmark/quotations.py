"""PolNeAR: is the source of a quotation found? Rules have nothing to learn, so a part is scored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.benchmark.outcome import Outcome, Published, intervals
from eval.benchmark.parts import OTHER, TRAIN
from eval.voice import POLNEAR_COUNTS, polnear_counts, polnear_measures
from framing.data import digest
from framing.data.exchange import read_polnear
from framing.errors import RecordError
from framing.scoring import Scorer

__all__ = ["PUBLISHED", "quotations"]

PUBLISHED = (
    Published(
        "source_f1",
        0.82,
        "CofeNet (BERT), spans of sources",
        "test part; another measure: every attribution, spans found and exact",
        "Wang et al., COLING 2022, 2022.coling-1.215, arXiv 2209.09432",
        "no: that it is measured on PolNeAR is in the abstract, its tables could not be read",
    ),
)


def quotations(scorer: Scorer, path: Path, dev: Path | None, folds: int) -> Outcome:  # noqa: ARG001
    """Score a part: the head word of our speaker against that of the source."""
    folder = _folder(path, TRAIN) if dev is None else _folder(dev, OTHER)
    files = polnear_counts(folder)

    counts = np.array([[file[key] for key in POLNEAR_COUNTS] for _, file in files])

    def figures(rows: NDArray[np.int64]) -> dict[str, float]:
        sums = map(int, counts[rows].sum(0))
        return polnear_measures(dict(zip(POLNEAR_COUNTS, sums, strict=True)))

    def measure(name: str) -> Callable[[NDArray[np.int64]], float]:
        return lambda rows: figures(rows)[name]

    total = figures(np.arange(len(files)))
    return Outcome(
        part=f"part {folder.name}",
        documents=len({name for name, _ in files}),
        rows=int(total["direct"] + total["indirect"]),
        data_digest=digest(list(read_polnear(folder))),
        measures=intervals(
            {
                "direct_source_accuracy": measure("direct_speaker"),
                "indirect_source_accuracy": measure("indirect_speaker"),
                "sentence_f1": measure("sentence_f1"),
            },
            [name for name, _ in files],
        ),
        baselines={},
        published=PUBLISHED,
        note=f"Source accuracy: head words agree; {total['direct']:,.0f} direct quotations of five "
        f"words or more, {total['indirect']:,.0f} other contents. PolNeAR marks thoughts and "
        "wishes too, which our rules leave to the author. Rules find them: nothing is trained.",
    )


def _folder(path: Path, names: Sequence[str]) -> Path:
    places = (path, *(path / name for name in names))
    folder = next((place for place in places if (place / "attributions").is_dir()), None)
    if folder is None or not (folder / "text").is_dir():
        raise RecordError(
            f"{path}: has no text/ and attributions/; name the folder that the organisers packed"
        )
    return folder
