"""Web Annotations: what the recommendation requires, and selectors that find their sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from framing.article import Article
from framing.results import ArticleScore
from framing.scoring import Scorer, load
from framing.web_annotation import annotation_page

TEXT = (
    "Bridge closed 🌉\n\nThey choose blackmail. “We choose blackmail,” said Ana Horvat. It rained. "
    "They choose blackmail.\n"
)


@pytest.fixture
def scorer(toy_model: Path) -> Scorer:
    return load(str(toy_model))


@pytest.fixture
def result(scorer: Scorer) -> ArticleScore:
    return scorer.score(Article.from_text(TEXT, origin="https://desk.example/bridge"))


def selectors(annotation: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    position, quote = annotation["target"]["selector"]
    assert position["type"] == "TextPositionSelector"
    assert quote["type"] == "TextQuoteSelector"
    return position, quote


def test_each_sentence_with_a_frame_is_an_annotation(result: ArticleScore) -> None:
    page = annotation_page(result)
    assert page["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert page["type"] == "AnnotationPage"
    assert [a["type"] for a in page["items"]] == ["Annotation"] * 3
    ids = [page["id"], page["framing:article"]["id"], *(a["id"] for a in page["items"])]
    assert len(set(ids)) == len(ids)


def test_positions_and_quotations_name_the_same_characters_of_the_text(
    result: ArticleScore,
) -> None:
    page = annotation_page(result)
    text = page["framing:article"]["value"]
    for annotation in page["items"]:
        assert annotation["target"]["source"] == page["framing:article"]["id"]
        position, quote = selectors(annotation)
        start, end = position["start"], position["end"]
        assert text[start:end] == quote["exact"]
        assert text[:start].endswith(quote["prefix"])
        assert text[end:].startswith(quote["suffix"])


def test_the_words_around_tell_equal_sentences_apart(result: ArticleScore) -> None:
    text = result.text
    first, _, last = (selectors(a)[1] for a in annotation_page(result)["items"])
    assert first["exact"] == last["exact"]
    for quote in (first, last):
        assert text.count(quote["prefix"] + quote["exact"] + quote["suffix"]) == 1


def test_frames_are_tags_with_probabilities_and_the_voice_is_described(
    result: ArticleScore,
) -> None:
    *tags, voice = annotation_page(result)["items"][1]["body"]
    sentence = result.sentences[2]
    assert {t["value"]: t["framing:probability"] for t in tags} == {
        frame: round(sentence.scores[frame], 4) for frame in sentence.frames
    }
    assert all(t["purpose"] == "tagging" for t in tags)
    assert (voice["value"], voice["framing:speaker"]) == ("quoted: Ana Horvat", "Ana Horvat")


def test_the_same_result_has_the_same_page(scorer: Scorer, result: ArticleScore) -> None:
    again = scorer.score(Article.from_text(TEXT, origin="https://desk.example/bridge"))
    assert annotation_page(again) == annotation_page(result)


def test_a_page_address_is_where_the_text_came_from(scorer: Scorer, result: ArticleScore) -> None:
    assert annotation_page(result)["framing:article"]["via"] == "https://desk.example/bridge"
    local = scorer.score(Article.from_text(TEXT, origin="news/bridge.txt"))
    assert "via" not in annotation_page(local)["framing:article"]


def test_empty_and_hostile_articles_make_pages_that_utf8_can_hold(scorer: Scorer) -> None:
    hostile = Article.from_text(
        "We choose blackmail \ud800\x00 today.", title="\ud800", language="\ud800", origin="\ud800"
    )
    for article in ("", hostile):
        page = annotation_page(scorer.score(article))
        json.dumps(page, ensure_ascii=False).encode()
        for annotation in page["items"]:
            position, quote = selectors(annotation)
            start, end = position["start"], position["end"]
            assert page["framing:article"]["value"][start:end] == quote["exact"]


def test_the_command_writes_an_object_or_a_list(toy_model: Path, tmp_path: Path) -> None:
    from framing.cli import main

    out = tmp_path / "out.json"
    for number in (1, 2, 3):
        (tmp_path / f"{number}.txt").write_text("They choose blackmail.")
        with pytest.raises(SystemExit):
            main(["score", str(tmp_path / "*.txt"), "--model", str(toy_model),
                  "--format", "annotation", "--output", str(out)])  # fmt: skip
        pages = json.loads(out.read_text())
        pages = [pages] if number == 1 else pages
        assert [p["type"] for p in pages] == ["AnnotationPage"] * number
