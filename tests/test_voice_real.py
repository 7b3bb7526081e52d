"""Voice and speaker on real news: labelled sentences, the seed articles, PolNeAR."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from eval.voice import polnear, voice_metrics
from eval.voice_ways import joined
from framing.article import Article
from framing.sentences import split
from framing.voice import Attribution, attribute

pytestmark = pytest.mark.real

NEWS = ("seed", "semeval2025", "tass")


def labelled(
    path: Path, sources: tuple[str, ...]
) -> Iterator[tuple[dict[str, object], Attribution]]:
    """Yield each record with its attribution; an article is its sentences, one after another."""
    with path.open(encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    for _, group in groupby(records, key=lambda r: (r["source"], r["article_id"])):
        rows = list(group)
        if rows[0]["source"] not in sources:
            continue
        article, sentences = joined([r["text"] for r in rows])
        yield from zip(rows, attribute(sentences, article), strict=True)


def test_voice_of_news_sentences(shared: Path) -> None:
    found = voice_metrics(labelled(shared / "real" / "dev.jsonl", NEWS))
    assert found["accuracy"] >= 0.915
    assert found["macro_f1"] >= 0.91
    assert found["speaker"] >= 0.85


def test_voice_of_french_news(shared: Path) -> None:
    found = voice_metrics(labelled(shared / "real" / "fr_dev.jsonl", ("sputnik_fr",)))
    assert found["accuracy"] >= 0.79


def test_polnear(shared: Path) -> None:
    found = polnear(shared / "real" / "benchmarks" / "polnear" / "dev")
    assert found["direct_speaker"] >= 0.80
    assert found["sentence_f1"] >= 0.85


@pytest.mark.parametrize(
    ("seed", "expected"),
    [
        (
            "000",
            {"Shogel Kokalla Maiga": 14, "French military": 1, "Kremlin": 1, "Dmitry Peskov": 1},
        ),
        ("002", {"Moscow": 1, "Sergei Lavrov": 6, "Abdoulaye Diop": 1}),
        ("003", {"Diplomat": 1, "Dmitry Polyanskiy": 20, "French Defense Ministry": 1}),
    ],
)
def test_seed_articles_name_every_speaker(
    shared: Path, seed: str, expected: dict[str, int]
) -> None:
    (path,) = (shared / "seeds").glob(f"{seed}_*.txt")
    article = Article.from_file(path)
    counts: dict[str, int] = {}
    for found in attribute(split(article), article):
        if found.speaker:
            counts[found.speaker] = counts.get(found.speaker, 0) + 1
    assert counts == expected
