"""A corpus folder: articles, gold and annotators' records that fit each other."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from framing.data import Record, digest, load_corpus, write_jsonl
from framing.errors import MissingExtraError, RecordError

Make = Callable[..., Record]
TEXT = "We choose our friends ourselves. We were never there."


@pytest.fixture
def folder(tmp_path: Path, record: Make) -> Path:
    """A corpus of one article, two sentences, two annotators."""
    _articles(tmp_path, {"article_id": "a", "title": "T", "text": TEXT, "split": "dev"})
    rows = [
        record(TEXT[:32], start=0, end=32, frames=("sovereignty",), codebook="influence-1"),
        record(
            TEXT[33:], sentence_id=1, start=33, end=53, frames=("denial",), codebook="influence-1"
        ),
    ]
    from dataclasses import replace

    write_jsonl(tmp_path / "gold.jsonl", [replace(r, annotator="gold") for r in rows])
    both = [replace(r, annotator=a) for r in rows for a in ("composer", "second")]
    write_jsonl(tmp_path / "annotations.jsonl", both)
    return tmp_path


def _articles(folder: Path, *rows: dict[str, Any]) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "articles.jsonl").write_text(lines, encoding="utf-8")


def test_a_corpus_gives_gold_annotators_and_articles(folder: Path) -> None:
    corpus = load_corpus(folder)
    assert [r.frames for r in corpus.records] == [("sovereignty",), ("denial",)]
    assert {r.split for r in corpus.records} == {"dev"}
    assert corpus.annotators == ("composer", "second")
    assert len(corpus.annotations("second")) == 2
    assert corpus.articles["a"]["title"] == "T"
    assert corpus.digest == digest(corpus.records)
    with pytest.raises(RecordError, match=r"no annotator 'secnd' .* Did you mean 'second'?"):
        corpus.annotations("secnd")


def test_a_corpus_becomes_datasets_with_typed_features(folder: Path) -> None:
    pytest.importorskip("datasets")
    corpus = load_corpus(folder)
    datasets = corpus.to_datasets()
    assert set(datasets) == {"dev"}
    features = datasets["dev"].features
    names = features["frames"].feature.names
    assert tuple(names) == corpus.codebook.frame_ids
    assert [names[f] for f in datasets["dev"][1]["frames"]] == ["denial"]
    assert features["voice"].names == ["author", "quoted", "reported"]
    assert datasets["dev"][0]["speaker"] is None


def test_datasets_say_what_to_install_where_it_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'framing\[train\]'"):
        load_corpus(folder).to_datasets()


@pytest.mark.parametrize(
    ("articles", "message"),
    [
        ([{"article_id": "b", "text": TEXT}], r"gold.jsonl: .* article 'a': no such article"),
        ([{"article_id": "a", "text": "x" + TEXT}], "does not stand at 0:32"),
        ([{"article_id": "a"}], r"articles.jsonl:1: an article needs"),
        ([{"article_id": "a", "text": TEXT}] * 2, r"articles.jsonl:2: article 'a' is already"),
    ],
)
def test_files_that_do_not_fit_are_an_error(
    folder: Path, articles: list[dict[str, Any]], message: str
) -> None:
    _articles(folder, *articles)
    with pytest.raises(RecordError, match=message):
        load_corpus(folder)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no such folder"):
        load_corpus(tmp_path / "none")
