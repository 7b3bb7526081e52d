"""Weighing: the regression overrules doubtful reports, and nothing else."""

from __future__ import annotations

import pytest

from framing.article import Article
from framing.sentences import split
from framing.voice import VOICES, attribute, sights
from framing.weighing import Sight, features, overruled, weigh


def test_every_sentence_gets_probabilities_of_all_voices() -> None:
    article = Article.from_text("The bridge fell. Nora Velt said it was old. It will be rebuilt.")
    seen = sights(split(article), article)
    for chances in (weigh(seen, i) for i in range(3)):
        assert set(chances) == set(VOICES)
        assert sum(chances.values()) == pytest.approx(1)


def test_the_neighbours_are_among_the_features() -> None:
    seen = [Sight("author", 0.9, False), Sight("quoted", 0.97, False, inner=9, outer=1)]
    assert "on=quoted" in features(seen, 0)
    assert "back=author" in features(seen, 1)
    assert "opening" in features(seen, 0)


@pytest.mark.parametrize(
    ("voice", "confidence", "falls"),
    [("reported", 0.65, True), ("reported", 0.92, False), ("author", 0.5, False)],
)
def test_only_a_doubtful_report_is_overruled(voice: str, confidence: float, falls: bool) -> None:
    assert overruled(voice, confidence, dict.fromkeys(VOICES, 0.3)) is falls


def test_a_short_text_is_left_to_the_rules() -> None:
    article = Article.from_text("Mayor Nora Velt accused the builders of theft.")
    (found,) = attribute(split(article), article)
    assert (found.voice, found.speaker) == ("reported", "Nora Velt")


def test_a_plain_report_stands_in_a_long_text() -> None:
    text = (
        "The bridge fell. It was old. The river rose. The bridge will be rebuilt, Nora Velt said."
    )
    article = Article.from_text(text + " Nobody was hurt. The road is closed.")
    assert [a.voice for a in attribute(split(article), article)].count("reported") == 1
