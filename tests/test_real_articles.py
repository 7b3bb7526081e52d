"""The articles that the project started from, and the model on real labelled sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from framing.article import Article
from framing.data import read_jsonl
from framing.scoring import load
from framing.sentences import Sentence, split

pytestmark = pytest.mark.real
LEAST_MACRO_F1, LEAST_ANY_FRAME_F1 = 0.38, 0.6


def seed(shared: Path, number: str) -> tuple[Article, tuple[Sentence, ...]]:
    (path,) = (shared / "seeds").glob(f"{number}_*.txt")
    article = Article.from_file(path)
    return article, split(article)


@pytest.mark.parametrize("number", ["000", "002", "003"])
def test_spans_of_a_seed_are_exact(shared: Path, number: str) -> None:
    article, sentences = seed(shared, number)
    assert all(article.text[s.start : s.end] == s.text for s in sentences)


def test_the_page_of_seed_003_is_one_copy_of_the_article_without_furniture(shared: Path) -> None:
    article, sentences = seed(shared, "003")
    texts = [s.model_text for s in sentences]
    assert 18 <= len(texts) <= 24
    assert len(set(texts)) == len(texts)
    assert article.title is not None
    assert texts[0] == article.title
    for piece in ("http", "GMT", "©", "Sputnik International", "Русский", "og:title", "feedback@"):
        assert not any(piece in text for text in texts)


def test_no_sentence_of_seed_002_is_broken_by_a_line_end(shared: Path) -> None:
    _, sentences = seed(shared, "002")
    assert len(sentences) == 13
    assert any("conflict-ridden state." in s.model_text for s in sentences)
    assert all(s.model_text[-1] in '."' for s in sentences)


def test_closing_credits_of_seed_000_are_not_sentences(shared: Path) -> None:
    article, sentences = seed(shared, "000")
    assert sentences[-1].text.endswith("provide advice.")
    assert {d.reason for d in article.dropped} == {"photo credit", "source note"}


def test_the_shipped_model_reaches_its_least_figures(shared: Path) -> None:
    metrics = pytest.importorskip("eval.metrics", reason="the extra 'eval' is not installed")
    scorer = load("default")
    records = list(read_jsonl(shared / "real" / "dev.jsonl", codebook=scorer.codebook))
    y_true = np.array([[f in r.frames for f in scorer.codebook.frame_ids] for r in records])
    limits = np.array([scorer.thresholds[f] for f in scorer.codebook.frame_ids])
    y_pred = scorer.predict_proba([r.text for r in records]) >= limits
    assert metrics.macro_f1(y_true, y_pred) >= LEAST_MACRO_F1
    assert metrics.any_frame_f1(y_true, y_pred) >= LEAST_ANY_FRAME_F1
