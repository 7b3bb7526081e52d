"""Weighing: the regression overrules doubtful reports, a network what the rules are unsure of."""

from __future__ import annotations

import pytest

from framing.article import Article
from framing.errors import ModelError
from framing.sentences import split
from framing.voice import VOICES, attribute, read_voices, sights
from framing.weighing import Mixture, Sight, features, overruled, weigh

# The rules' voice counts 2, a network's log-probability 1: it must be sure to overrule them.
EVEN = Mixture(
    (0.0, 0.0, 0.0),
    tuple(tuple(2.0 * (k == v) + 1.0 * (k == v + 3) for k in range(6)) for v in range(3)),
)
ARTICLE = Article.from_text(
    "The bridge fell on Monday. Nora Velt said it was old. She laid the blame on the builders. "
    "\u201cWe told them so many times before,\u201d she added. The river rose. Nobody was hurt."
)
UNSURE = [0.0, 0.0, 0.0]


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


def mixed(*logits: list[float]) -> list[tuple[str, str | None]]:
    voices = read_voices(split(ARTICLE), ARTICLE)
    return [(a.voice, a.speaker) for a in voices.mixed(logits, EVEN)]


def test_a_network_that_is_unsure_changes_nothing() -> None:
    voices = read_voices(split(ARTICLE), ARTICLE)
    assert voices.mixed([UNSURE] * 6, EVEN) == voices.attributions
    assert voices.attributions == attribute(split(ARTICLE), ARTICLE)


def test_a_report_that_the_network_finds_has_the_last_fitting_speaker() -> None:
    found = mixed(UNSURE, UNSURE, [0.0, 0.0, 9.0], UNSURE, UNSURE, UNSURE)
    assert found[2] == ("reported", "Nora Velt")


def test_a_report_that_the_network_denies_has_no_speaker() -> None:
    found = mixed(UNSURE, [9.0, 0.0, 0.0], UNSURE, UNSURE, UNSURE, UNSURE)
    assert found[1] == ("author", None)


def test_a_report_without_a_speaker_nearby_has_none() -> None:
    found = mixed(UNSURE, UNSURE, UNSURE, UNSURE, UNSURE, [0.0, 0.0, 9.0])
    assert found[5][0] == "reported"
    assert mixed([0.0, 0.0, 9.0], *[UNSURE] * 5)[0] == ("reported", None)


def test_the_network_is_not_asked_about_a_short_text() -> None:
    article = Article.from_text("The bridge fell. It was old.")
    voices = read_voices(split(article), article)
    assert voices.asked() == (False, False)
    assert voices.mixed([[0.0, 0.0, 9.0]] * 2, EVEN) == voices.attributions


def test_the_network_is_not_asked_about_a_sentence_all_in_marks() -> None:
    article = Article.from_text(
        "The bridge fell on Monday. \u201cIt was too old for the traffic.\u201d The river rose. "
        "Nobody was hurt. The road is closed. The mayor came."
    )
    assert read_voices(split(article), article).asked()[1] is False


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"voices": ["author"]}, "voices"),
        ({"bias": [0.0, 0.0]}, "expected 3 numbers"),
        ({"weights": [[0.0] * 6] * 2}, "3 rows of 6"),
        ({"bias": [0.0, 0.0, float("nan")]}, "nan is no usable number"),
        ({"bias": [0.0, 0.0, True]}, "True is no usable number"),
        ({"more": 1}, "expected voices, bias and weights"),
    ],
)
def test_a_damaged_mixture_is_refused(change: dict[str, object], complaint: str) -> None:
    bias, weights = list(EVEN.bias), [list(row) for row in EVEN.weights]
    whole = {"voices": list(VOICES), "bias": bias, "weights": weights}
    assert Mixture.of(whole, "here") == EVEN
    with pytest.raises(ModelError, match=f"here: .*{complaint}"):
        Mixture.of({**whole, **change}, "here")
