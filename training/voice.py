"""Learn how far a network is to be believed in whose words a sentence is.

A regression of 21 numbers weighs the voice that the rules say against the logits of the network's
voice head. It is fitted on logits out of fold, article by article: those of the network that was
trained on a sentence are right on .99 of its voices and would be believed too much. What counts as
a report differs from source to source, so it is kept only if the finished model also does better
with it than by rules on the recipe's dev data. A model's manifest holds it as `calibration.voice`.

`python -m training.export` does this; `python -m training.voice RUN MODEL_FOLDER` does it alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.voice_ways import OTHER_WEIGHT, WEIGHTS, read_labelled
from framing.codebook import Codebook
from framing.errors import FramingError, ModelError, RecordError
from framing.model.artefact import MANIFEST, read_artefact, write_manifest
from framing.voice import VOICES, read_voices
from framing.weighing import Mixture
from training.examples import read_examples
from training.recipe import load_recipe

__all__ = ["add_voice", "fit_mixture"]

VOICE_LOGITS = "voice_logits.npy"  # in a run folder: out of fold, one row a training sentence
_STRENGTH = 0.3  # inverse of the regularisation
_FOLDS = 8

Row = tuple[list[float], int, int, bool, str, str]
Predict = Callable[[Sequence[str]], NDArray[np.float32] | None]


def fit_mixture(run: Path, predict: Predict) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    """Return `calibration.voice` for a manifest and its figures, from a run folder.

    `predict` gives the finished model's voice logits. Nothing but an empty dict of figures where
    there are none or the run's training files hold no articles; None and the figures where the
    rules alone are right as often, out of fold or on dev. The shipped corpus is left out: what
    counts as a report differs there. Raises ModelError when logits and training files do not belong
    together.
    """
    if not (run / VOICE_LOGITS).exists() or predict(["One sentence."]) is None:
        return None, {}
    rows = list(_rows(run))
    x = np.array([row[0] for row in rows])
    y_true, rule = (np.array([row[k] for row in rows], np.int64) for k in (1, 2))
    asked = np.array([row[3] for row in rows], bool)
    if len(np.unique(y_true[asked])) < len(VOICES):
        return None, {}
    articles, sources = (np.array([row[k] for row in rows]) for k in (4, 5))
    weight = np.array([WEIGHTS.get(source, OTHER_WEIGHT) for source in sources])
    mixed = rule.copy()
    fold = np.unique(articles, return_inverse=True)[1] % _FOLDS
    for k in range(_FOLDS):
        kept, held = asked & (fold != k), asked & (fold == k)
        if held.any() and len(np.unique(y_true[kept])) == len(VOICES):
            mixture = _fitted(x[kept], y_true[kept], weight[kept])
            mixed[held] = _decided(mixture, x[held], rule[held])
    figures: dict[str, Any] = {
        "fitted_on": "out-of-fold logits",
        "sentences": len(rows),
        "rules": float(np.average(rule == y_true, weights=weight)),
        "with_network": float(np.average(mixed == y_true, weights=weight)),
        "by_source": {
            source: [
                int((sources == source).sum()),
                float((rule == y_true)[sources == source].mean()),
                float((mixed == y_true)[sources == source].mean()),
            ]
            for source in sorted(set(sources.tolist()))
        },
    }
    mixture = _fitted(x[asked], y_true[asked], weight[asked])
    figures["dev"] = _on_dev(run, predict, mixture)
    if figures["with_network"] <= figures["rules"]:
        return None, figures
    if any(mixed_dev <= rules_dev for _, rules_dev, mixed_dev in figures["dev"].values()):
        return None, figures
    numbers = {"voices": list(VOICES), "bias": mixture.bias, "weights": mixture.weights}
    return numbers, figures


def add_voice(run: Path, folder: Path) -> dict[str, Any]:
    """Fit the mixture for the model that was exported from `run`; return its figures.

    Raises ModelError when the model's weights give no voice logits, or the rules are as good.
    """
    from framing.model.onnx_engine import OnnxEngine

    artefact = read_artefact(folder)
    engine = OnnxEngine(artefact)
    if engine.predict(["One sentence."]).voice_logits is None:
        raise ModelError(f"{artefact.weights}: gives no voice logits; export the run again")
    mixture, figures = fit_mixture(run, lambda texts: engine.predict(texts).voice_logits)
    if mixture is None:
        raise ModelError(
            f"{run}: no {VOICE_LOGITS}, or no gain from it {json.dumps(figures)}; "
            "the model is left to the rules"
        )
    values = {k: v for k, v in artefact.manifest.items() if k not in ("format", "files")}
    values["calibration"] = {**values["calibration"], "voice": mixture}
    values["metrics"] = {**values["metrics"], "voice": figures}
    write_manifest(folder, values, tuple(artefact.manifest["files"]))
    read_artefact(folder)
    return figures


def _on_dev(run: Path, predict: Predict, mixture: Mixture) -> dict[str, list[float]]:
    """Return sentences, accuracy of rules and of the mixture for each file of the recipe's dev."""
    found = {}
    for place in load_recipe(run / "recipe.yaml").dev:
        try:
            articles = [] if place.startswith("corpus") else list(read_labelled(Path(place)))
        except RecordError:
            continue
        right = []
        for item in articles:
            voices = read_voices(item.sentences, item.article)
            logits = predict([s.model_text for s in item.sentences])
            if logits is None:
                return {}
            mixed = voices.mixed(logits.tolist(), mixture)
            right += [
                (rule.voice == row["voice"], both.voice == row["voice"])
                for row, rule, both in zip(item.rows, voices.attributions, mixed, strict=True)
                if row is not None
            ]
        if right:
            rules, both = np.mean(right, axis=0)
            found[Path(place).name] = [len(right), float(rules), float(both)]
    return found


def _rows(run: Path) -> Iterator[Row]:
    """Yield features, gold voice, the rules' voice, whether it is asked, article and source."""
    recipe = load_recipe(run / "recipe.yaml")
    examples, _ = read_examples(recipe.train, Codebook.load(recipe.codebook))
    logits: NDArray[np.float32] = np.load(run / VOICE_LOGITS)
    if logits.shape != (len(examples), len(VOICES)):
        raise ModelError(
            f"{run / VOICE_LOGITS}: {logits.shape} logits for {len(examples)} training sentences; "
            "the training files are not those of the run"
        )
    first = 0
    for place in recipe.train:
        count = sum(e.place == place for e in examples)
        part, first = logits[first : first + count].tolist(), first + count
        if place.partition(":")[0] == "corpus":
            continue
        at = 0
        try:
            articles = list(read_labelled(Path(place)))
        except RecordError:
            continue  # sentences without voices or articles
        for item in articles:
            voices = read_voices(item.sentences, item.article)
            for row, found, asked in zip(
                item.rows, voices.attributions, voices.asked(), strict=True
            ):
                if row is None:
                    continue
                yield (
                    Mixture.features(found.voice, part[at]),
                    VOICES.index(row["voice"]),
                    VOICES.index(found.voice),
                    asked,
                    item.article_id,
                    item.source,
                )
                at += 1


def _fitted(
    x: NDArray[np.float64], y_true: NDArray[np.int64], weight: NDArray[np.float64]
) -> Mixture:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=_STRENGTH, max_iter=1000)
    model.fit(x, y_true, sample_weight=weight)
    return Mixture(
        tuple(round(float(b), 4) for b in model.intercept_),
        tuple(tuple(round(float(w), 4) for w in row) for row in model.coef_),
    )


def _decided(
    mixture: Mixture, x: NDArray[np.float64], rule: NDArray[np.int64]
) -> NDArray[np.int64]:
    # The log-probabilities among the features are logits as good as those they come from.
    found = [
        mixture.decide(VOICES[r], values[len(VOICES) :].tolist())[0]
        for r, values in zip(rule, x, strict=True)
    ]
    return np.array([VOICES.index(voice) for voice in found], np.int64)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 done, 2 wrong usage, unreadable input or nothing gained."""
    parser = argparse.ArgumentParser(prog="python -m training.voice", allow_abbrev=False)
    parser.add_argument("run", type=Path, help="the run folder that the model was exported from")
    parser.add_argument("model", type=Path, help="a model folder, as training.export writes it")
    chosen = parser.parse_args(arguments)
    try:
        figures = add_voice(chosen.run, chosen.model)
    except FramingError as error:
        print(error, file=sys.stderr)
        return 2
    print(
        f"{chosen.model / MANIFEST}: right voice {figures['with_network']:.3f}, by rules alone "
        f"{figures['rules']:.3f}, on {figures['sentences']:,} sentences"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
