"""How many labels each queue strategy saves: `python -m eval.queue_simulation TRAIN.jsonl`.

Replays annotation on labelled records. Starting from some random sentences, each round a simple
model (TF-IDF of words, logistic regression per frame) learns what is labelled and the strategy
picks the next batch; random choice is the yardstick. Mean average precision on held-out articles is
the measure. The saving is how many fewer labels a strategy needs for what random choice reaches
with all its labels.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.metrics import mean_average_precision
from framing.codebook import Codebook
from framing.data import Record, digest, queue, read_jsonl

STRATEGIES = ("random", "uncertainty", "disagreement", "rare-frame", "diverse")


class FrameModel:
    """TF-IDF with logistic regression per frame; a frame never seen gets probability 0."""

    def __init__(self, vectorizer: Any, codebook: Codebook, strength: float) -> None:
        self.vectorizer = vectorizer
        self.codebook = codebook
        self.strength = strength
        self.models: list[Any] = []

    def fit(self, records: Sequence[Record]) -> FrameModel:
        from sklearn.linear_model import LogisticRegression

        x = self.vectorizer.transform([r.text for r in records])
        self.models = []
        for frame in self.codebook.frame_ids:
            y = np.array([frame in r.frames for r in records])
            model = LogisticRegression(C=self.strength, class_weight="balanced", max_iter=200)
            self.models.append(model.fit(x, y) if y.any() and not y.all() else None)
        return self

    def predict_proba(self, sentences: Sequence[str]) -> NDArray[np.float64]:
        x = self.vectorizer.transform(sentences)
        return np.stack(
            [m.predict_proba(x)[:, 1] if m else np.zeros(x.shape[0]) for m in self.models], 1
        )


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean average precision after each number of labels."""

    labels: tuple[int, ...]
    values: tuple[float, ...]


def simulate(
    records: Sequence[Record],
    codebook: Codebook,
    strategy: str,
    *,
    seed: int,
    first: int,
    batch: int,
    rounds: int,
) -> list[float]:
    """Return mean average precision after each round, one fifth of the articles held out."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    rng = np.random.default_rng(seed)
    articles = sorted({r.article_id for r in records})
    held = set(rng.permutation(articles)[: len(articles) // 5])
    test = [r for r in records if r.article_id in held]
    pool = [r for r in records if r.article_id not in held]
    pool = [pool[i] for i in rng.permutation(len(pool))]
    vectorizer = TfidfVectorizer(sublinear_tf=True, min_df=2).fit([r.text for r in pool])
    y_true = np.array([[f in r.frames for f in codebook.frame_ids] for r in test])
    labelled, pool = pool[:first], pool[first:]
    values = []
    for step in range(rounds + 1):
        model = FrameModel(vectorizer, codebook, 3.0).fit(labelled)
        y_score = model.predict_proba([r.text for r in test])
        values.append(float(mean_average_precision(y_true, y_score)))
        if step == rounds:
            break
        if strategy == "random":
            chosen = pool[:batch]
        elif strategy == "disagreement":
            halves = [FrameModel(vectorizer, codebook, 3.0).fit(labelled[k::2]) for k in (0, 1)]
            chosen = queue([model, *halves], pool, strategy="disagreement", n=batch)
        else:
            chosen = queue(model, pool, strategy=strategy, n=batch, labelled=labelled)  # type: ignore[arg-type]
        taken = {r.key for r in chosen}
        labelled = [*labelled, *chosen]
        pool = [r for r in pool if r.key not in taken]
    return values


def saved(curve: Curve, random: Curve) -> float:
    """Return the share of labels saved against what random choice reaches at its end.

    Between rounds the curve is a straight line; 0 when the strategy never gets there.
    """
    target = random.values[-1]
    for k in range(1, len(curve.values)):
        before, after = curve.values[k - 1], curve.values[k]
        if after >= target:
            part = (target - before) / (after - before) if after > before else 0.0
            needed = curve.labels[k - 1] + max(0.0, part) * (curve.labels[k] - curve.labels[k - 1])
            return 1 - needed / random.labels[-1]
    return 0.0


def main() -> None:
    """Simulate every strategy and print its curve and what it saves."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--codebook", default="influence-1")
    parser.add_argument("--first", type=int, default=500)
    parser.add_argument("--batch", type=int, default=250)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=0)
    arguments = parser.parse_args()
    codebook = Codebook.load(arguments.codebook)
    records = list(read_jsonl(arguments.data, codebook=codebook))
    labels = tuple(arguments.first + k * arguments.batch for k in range(arguments.rounds + 1))
    seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
    random: list[Curve] = []
    for strategy in STRATEGIES:
        runs = [
            simulate(
                records,
                codebook,
                strategy,
                seed=seed,
                first=arguments.first,
                batch=arguments.batch,
                rounds=arguments.rounds,
            )
            for seed in seeds
        ]
        mean, *each = (Curve(labels, tuple(run)) for run in (np.mean(runs, 0).tolist(), *runs))
        random = random or [mean, *each]
        row = {
            "strategy": strategy,
            "saved": round(saved(mean, random[0]), 3),
            "saved_by_seed": [round(saved(a, b), 3) for a, b in zip(each, random[1:], strict=True)],
            "labels": labels,
            "mean_average_precision": [round(v, 4) for v in mean.values],
            "seeds": list(seeds),
            "codebook": codebook.id,
            "data_digest": digest(records),
        }
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
