"""Compares ways to tell the voice of news sentences, and fits the weights that `framing` ships.

Rules alone against rules that a regression weighs (`framing.weighing`), on the same sentences: out
of fold by article on the training data, and on held-out data; there also the network of a model
that has a voice head, alone and weighed with the rules. Intervals are by article.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from framing.article import Article, Block
from framing.errors import RecordError
from framing.sentences import Sentence, split
from framing.voice import VOICES, Attribution, attribute, read_voices, sights
from framing.weighing import FEWEST_SENTENCES, Sight, features, overruled

__all__ = [
    "OTHER_WEIGHT",
    "WEIGHTS",
    "Labelled",
    "attributed",
    "compare_ways",
    "fit_weights",
    "joined",
    "read_labelled",
    "with_network",
]

if TYPE_CHECKING:
    from framing.scoring import Scorer

NEWS = ("seed", "semeval2025", "tass", "ukrnews", "ptc")
# Full weight for news; other texts teach that not everything is news, and noisier labels less.
WEIGHTS = {"ukrnews": 1.0, "tass": 1.0, "ptc": 0.5}
OTHER_WEIGHT = 0.3
_FEWEST = 3  # sentences in which a feature must hold
_STRENGTH = 0.05  # inverse of the regularisation: the best of .03 to .3 out of fold
_FOLDS = 8
_RESAMPLES = 2000
# Corpus registers whose labels call unmarked speech now quoted, now the author's.
_UNSETTLED = ("interview", "briefing", "speech", "ministry", "social", "headlines")


@dataclass(frozen=True)
class Labelled:
    """An article whose sentences have gold voices; `rows[k]` belongs to `sentences[k]`."""

    source: str
    article_id: str
    article: Article
    sentences: tuple[Sentence, ...]
    rows: tuple[Mapping[str, Any] | None, ...]  # None where no gold sentence has this span


def read_labelled(path: Path, sources: Sequence[str] | None = None) -> Iterator[Labelled]:
    """Yield the articles of a labelled file, each its sentences joined by a space.

    Raises RecordError when a line is no record with a voice.
    """
    with path.open(encoding="utf-8") as lines:
        records = []
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
                known = record["voice"] in VOICES and isinstance(record["text"], str)
                record["source"], record["article_id"]
            except (ValueError, KeyError, TypeError):
                known = False
            if not known:
                raise RecordError(
                    f"{path}:{number}: no record with text, source, article_id, voice"
                )
            records.append(record)
    for (source, name), group in groupby(records, key=lambda r: (r["source"], r["article_id"])):
        if sources is not None and source not in sources:
            continue
        rows = tuple(group)
        article, sentences = joined([r["text"] for r in rows])
        yield Labelled(source, name, article, sentences, rows)


def joined(texts: Sequence[str]) -> tuple[Article, tuple[Sentence, ...]]:
    """Return the article of one paragraph that these sentences make, and them in it."""
    sentences, at = [], 0
    for i, text in enumerate(texts):
        sentences.append(Sentence(i, at, at + len(text), text, text, 0, "paragraph"))
        at += len(text) + 1
    whole = " ".join(texts)
    return Article(whole, (Block(0, len(whole), "paragraph"),)), tuple(sentences)


def _corpus() -> Iterator[Labelled]:
    from framing.data import load_corpus

    corpus = load_corpus()
    rows: dict[str, dict[tuple[int, int], Mapping[str, Any]]] = {}
    for r in corpus.records:
        if r.split == "train":
            row = {"voice": r.voice, "speaker": r.speaker, "text": r.text}
            rows.setdefault(r.article_id, {})[r.start or 0, r.end or 0] = row
    for name, value in corpus.articles.items():
        gold = rows.get(name)
        if gold is None or value["register"] in _UNSETTLED:
            continue
        article = Article.from_text(value["text"])
        sentences = split(article)
        found = tuple(gold.get((s.start, s.end)) for s in sentences)
        yield Labelled("corpus", name, article, sentences, found)


def attributed(
    articles: Sequence[Labelled],
) -> list[tuple[Mapping[str, Any], Attribution]]:
    """Return each gold sentence with what `framing.voice` says of it."""
    return [
        (row, found)
        for item in articles
        for row, found in zip(item.rows, attribute(item.sentences, item.article), strict=True)
        if row is not None
    ]


def with_network(
    articles: Sequence[Labelled], scorer: Scorer
) -> tuple[list[tuple[Mapping[str, Any], Attribution]], NDArray[np.int64]]:
    """Return each gold sentence with what a model says of it, and the voice head's own opinions.

    Without a voice head the model says what the rules say, and the opinions are empty.
    """
    pairs, heads = [], []
    for item in articles:
        voices = read_voices(item.sentences, item.article)
        logits = scorer.engine.predict([s.model_text for s in item.sentences]).voice_logits
        found, mixture = voices.attributions, scorer.artefact.mixture
        if logits is not None and mixture is not None:
            found = voices.mixed(logits.tolist(), mixture)
        for i, (row, attribution) in enumerate(zip(item.rows, found, strict=True)):
            if row is not None:
                pairs.append((row, attribution))
                if logits is not None:
                    heads.append(int(logits[i].argmax()))
    return pairs, np.array(heads, np.int64)


@dataclass(frozen=True)
class _Table:
    """Sentences ready to be fitted: features, gold and rule voices, article and source."""

    names: list[list[str]]
    y_true: NDArray[np.int64]
    rule: NDArray[np.int64]
    turn: NDArray[np.bool_]  # not to be overruled
    confidence: NDArray[np.float64]  # of the rules
    article_ids: NDArray[np.str_]
    sources: NDArray[np.str_]


def _table(articles: Sequence[Labelled]) -> _Table:
    names, true, rule, turn, confidence, ids, sources = [], [], [], [], [], [], []
    for item in articles:
        seen: Sequence[Sight] = sights(item.sentences, item.article)
        for i, row in enumerate(item.rows):
            if row is None or row["voice"] not in VOICES:
                continue
            names.append(features(seen, i))
            true.append(VOICES.index(row["voice"]))
            rule.append(VOICES.index(seen[i].voice))
            turn.append(seen[i].turn or len(seen) < FEWEST_SENTENCES)
            confidence.append(seen[i].confidence)
            ids.append(item.article_id)
            sources.append(item.source)
    return _Table(
        names,
        np.array(true),
        np.array(rule),
        np.array(turn),
        np.array(confidence),
        np.array(ids),
        np.array(sources),
    )


def fit_weights(table: _Table, rows: NDArray[np.int64] | None = None) -> dict[str, Any]:
    """Return the weights of the regression as `voice_weights.json` holds them."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    index = np.flatnonzero(~table.turn) if rows is None else rows[~table.turn[rows]]
    counts = Counter(name for i in index for name in table.names[i])
    chosen = [{n: 1.0 for n in table.names[i] if counts[n] >= _FEWEST} for i in index]
    vectors = DictVectorizer()
    x = vectors.fit_transform(chosen)
    weight = np.array([WEIGHTS.get(s, OTHER_WEIGHT) for s in table.sources[index]])
    model = LogisticRegression(C=_STRENGTH, max_iter=500)
    model.fit(x, table.y_true[index], sample_weight=weight)
    rounded = np.round(model.coef_.T, 3)
    return {
        "voices": [VOICES[k] for k in model.classes_],
        "bias": [round(float(b), 3) for b in model.intercept_],
        "weights": {
            name: [float(w) for w in row]
            for name, row in zip(vectors.get_feature_names_out(), rounded, strict=True)
            if np.abs(row).max() >= 0.01
        },
    }


def _apply(weights: Mapping[str, Any], table: _Table, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the voices of rows, the rules' own where the regression does not overrule them."""
    found = table.rule[rows].copy()
    for k, i in enumerate(rows):
        if table.turn[i]:
            continue
        total = np.array(weights["bias"])
        for name in table.names[i]:
            total = total + weights["weights"].get(name, 0.0)
        chances = np.exp(total - total.max())
        chances /= chances.sum()
        by_voice = dict(zip(weights["voices"], map(float, chances), strict=True))
        if overruled(VOICES[table.rule[i]], float(table.confidence[i]), by_voice):
            found[k] = VOICES.index(weights["voices"][int(chances.argmax())])
    return found


def _figures(
    true: NDArray[np.int64], ways: Mapping[str, NDArray[np.int64]], ids: NDArray[np.str_]
) -> dict[str, Any]:
    """Return accuracy and macro-F1 of every way, and the last against the first, by article."""
    _, article = np.unique(ids, return_inverse=True)
    groups = [np.flatnonzero(article == k) for k in range(article.max() + 1)]
    generator = np.random.default_rng(0)
    draws = [
        np.concatenate([groups[k] for k in generator.integers(0, len(groups), len(groups))])
        for _ in range(_RESAMPLES)
    ]
    found: dict[str, Any] = {"sentences": len(true), "articles": len(groups)}
    right = {}
    for name, pred in ways.items():
        right[name] = np.array([(pred[d] == true[d]).mean() for d in draws])
        low, high = np.quantile(right[name], (0.025, 0.975))
        found[name] = {
            "accuracy": float((pred == true).mean()),
            "accuracy_interval": [float(low), float(high)],
            "macro_f1": _macro(true, pred),
        }
    first, *_, last = ways
    low, high = np.quantile(right[last] - right[first], (0.025, 0.975))
    found["difference"] = {
        "of": last,
        "against": first,
        "accuracy": found[last]["accuracy"] - found[first]["accuracy"],
        "interval": [float(low), float(high)],
    }
    return found


def _macro(true: NDArray[np.int64], pred: NDArray[np.int64]) -> float:
    scores = []
    for k in range(len(VOICES)):
        either = (true == k).sum() + (pred == k).sum()
        scores.append(2 * ((true == k) & (pred == k)).sum() / either if either else 0.0)
    return float(np.mean(scores))


def compare_ways(
    train: Path, test: Path | None, *, write: Path | None = None, scorer: Scorer | None = None
) -> dict[str, dict[str, Any]]:
    """Return the figures of rules and of weighed rules: out of fold by article, and on `test`.

    On `test` also those of a model that has a voice head. With `write` the weights fitted on all of
    `train` and the corpus are written there.
    """
    from sklearn.model_selection import GroupKFold

    table = _table([*read_labelled(train), *_corpus()])
    rows = np.arange(len(table.y_true))
    weighed = table.rule.copy()
    for kept, held in GroupKFold(_FOLDS).split(rows, groups=table.article_ids):
        weighed[held] = _apply(fit_weights(table, kept), table, held)
    found = {}
    for source in dict.fromkeys(table.sources):
        of = np.flatnonzero(table.sources == source)
        ways = {"rules": table.rule[of], "rules, weighed": weighed[of]}
        found[f"{source}, out of fold"] = _figures(table.y_true[of], ways, table.article_ids[of])
    weights = fit_weights(table)
    if test is not None:
        articles = list(read_labelled(test, NEWS))
        held_out = _table(articles)
        every = np.arange(len(held_out.y_true))
        ways = {"rules": held_out.rule, "rules, weighed": _apply(weights, held_out, every)}
        if scorer is not None:
            pairs, heads = with_network(articles, scorer)
            if len(heads):
                ways["network"] = heads
                ways["with network"] = np.array([VOICES.index(found.voice) for _, found in pairs])
        found[f"{test.name}, news"] = _figures(held_out.y_true, ways, held_out.article_ids)
    if write is not None:
        write.write_text(
            json.dumps(weights, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8"
        )
    return found
