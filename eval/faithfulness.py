"""Measures whether word evidence is what the model goes by (ERASER, DeYoung et al., ACL 2020).

Deletion: without the strongest words the frame's probability must fall, much further than without
as many words drawn at random. Insertion: the strongest words alone must bring it back, sooner than
words in random order.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.data import Record, digest, read_jsonl
from framing.errors import FramingError
from framing.explain import METHODS, WordWeight
from framing.model.engine import ENGINES
from framing.scoring import Scorer, load

__all__ = ["faithfulness"]

_DELETED = 3
_SHARES = (0.0, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)  # of the words, along the curves


@dataclass(frozen=True, slots=True)
class _Case:
    """A sentence with a frame that it carries, and its words in order."""

    text: str
    column: int
    words: tuple[WordWeight, ...]

    def without(self, left_out: Iterable[int]) -> str:
        """Return the text without some words, by their numbers."""
        text = self.text
        for i in sorted(left_out, reverse=True):
            text = text[: self.words[i].start] + text[self.words[i].end :]
        return text


def faithfulness(
    scorer: Scorer,
    records: Sequence[Record],
    *,
    method: str = "occlusion",
    draws: int = 5,
    limit: int | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Return how far probabilities follow the evidence, over the frames that sentences carry.

    A case is a sentence of six words or more with a frame that the model finds in it; `limit` takes
    that many at random; `method` is that of `Scorer.explain`. `deletion` holds the mean fall of the
    probability without the three strongest words and without three random ones (mean of `draws`)
    and their `ratio`; `curves` the mean probability when a share of the words is deleted or
    inserted, strongest first or at random;
    `areas` the areas under the curves. Raises FramingError when there is no case.
    """
    chance = np.random.default_rng(seed)
    cases = _cases(scorer, records, method)
    found = len(cases)
    if not cases:
        raise FramingError(
            f"no sentence of six words or more carries a frame, among {len(records)} by "
            f"{scorer.artefact.name}: give it more sentences"
        )
    if limit is not None and limit < found:
        cases = [cases[i] for i in sorted(chance.choice(found, limit, replace=False))]
    ranked = [np.argsort([-w.weight for w in case.words], kind="stable") for case in cases]
    shuffled = [[chance.permutation(len(case.words)) for _ in range(draws)] for case in cases]

    whole = _probability(scorer, cases, [case.text for case in cases])
    top = whole - _probability(
        scorer, cases, [c.without(r[:_DELETED]) for c, r in zip(cases, ranked, strict=True)]
    )
    drawn = np.mean(
        [
            whole
            - _probability(
                scorer,
                cases,
                [c.without(s[d][:_DELETED]) for c, s in zip(cases, shuffled, strict=True)],
            )
            for d in range(draws)
        ],
        axis=0,
    )
    orders = {"evidence": ranked, "random": [s[0] for s in shuffled]}
    curves = {
        f"{way}_{name}": [
            float(np.mean(_at(scorer, cases, order, share, insert=way == "insertion")))
            for share in _SHARES
        ]
        for way in ("deletion", "insertion")
        for name, order in orders.items()
    }
    p = scorer.provenance
    return {
        "method": method,
        "cases": len(cases),
        "cases_found": found,
        "deletion": {
            "top_words": float(top.mean()),
            "random_words": float(drawn.mean()),
            "ratio": float(top.mean() / max(drawn.mean(), 1e-9)),
            "top_falls_further": float((top > drawn).mean()),
        },
        "shares": list(_SHARES),
        "curves": curves,
        "areas": {name: _area(y) for name, y in curves.items()},
        "signature": {
            "model": f"{p.model} r{p.revision} {p.sha256[:12]}",
            "codebook": f"{p.codebook} {p.codebook_digest[:12]}",
            "data_digest": digest(records),
            "seed": seed,
            "draws": draws,
            "framing": p.library_version,
        },
    }


def _cases(scorer: Scorer, records: Sequence[Record], method: str) -> list[_Case]:
    y_score = scorer.predict_proba([record.text for record in records])
    frame_ids = scorer.codebook.frame_ids
    limits = np.array([scorer.thresholds[frame] for frame in frame_ids], np.float32)
    cases = []
    for record, row in zip(records, y_score, strict=True):
        for column in np.flatnonzero(row >= limits):
            words = scorer.explain(record.text, frame=frame_ids[column], method=method)
            if len(words) >= 2 * _DELETED:
                cases.append(_Case(record.text, int(column), tuple(words)))
    return cases


def _area(curve: Sequence[float]) -> float:
    y = np.array(curve)
    return float(np.sum(np.diff(_SHARES) * (y[1:] + y[:-1]) / 2))


def _at(
    scorer: Scorer,
    cases: Sequence[_Case],
    orders: Sequence[NDArray[np.int64]],
    share: float,
    *,
    insert: bool,
) -> NDArray[np.float64]:
    texts = []
    for case, order in zip(cases, orders, strict=True):
        first = round(share * len(order))
        texts.append(case.without(order[first:] if insert else order[:first]))
    return _probability(scorer, cases, texts)


def _probability(
    scorer: Scorer, cases: Sequence[_Case], texts: Sequence[str]
) -> NDArray[np.float64]:
    y_score = scorer.predict_proba(texts)
    return y_score[np.arange(len(cases)), [case.column for case in cases]].astype(np.float64)


def main() -> None:
    """Print the figures of a model on a labelled file as JSON."""
    parser = argparse.ArgumentParser(prog="python -m eval.faithfulness", description=main.__doc__)
    parser.add_argument("data", type=Path, help="a labelled file; sentences with gold frames count")
    parser.add_argument("--model", default="default")
    parser.add_argument("--engine", default="auto", choices=("auto", *ENGINES))
    parser.add_argument("--method", default=METHODS[0], choices=METHODS)
    parser.add_argument("--limit", type=int, help="take this many cases at random")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    try:
        scorer = load(chosen.model, engine=chosen.engine)
        records = [r for r in read_jsonl(chosen.data, codebook=scorer.codebook) if r.frames]
        figures = faithfulness(
            scorer, records, method=chosen.method, limit=chosen.limit, seed=chosen.seed
        )
    except FramingError as error:
        parser.exit(2, f"faithfulness: {error}\n")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
