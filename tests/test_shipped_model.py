"""The model that ships with the package: whole, independent of company, sane on plain cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from framing.codebook import Frame
from framing.model.onnx_engine import OnnxEmbedder
from framing.scoring import Scorer, load

PLAIN = [
    "The committee meets again on Thursday.",
    "Mali",
    "Rain is expected over the weekend in the south of the country.",
    "The envoy arrived in Bamako on Monday and left on Tuesday.",
    "Wheat prices rose by two per cent after the harvest figures were published.",
]
FRAMED = {
    "sovereignty": "We alone decide with whom our country works, and no foreign capital has a say.",
    "denial": "Our soldiers were never in that village, and nobody has shown any proof of it.",
    "western_blackmail": "Brussels is blackmailing us: accept their terms or the loans are gone.",
    "malign_influence": "Wagner's mercenaries tortured villagers and looted the gold mines.",
    "multipolarity": "A fairer multipolar order is replacing the hegemony of a single bloc.",
}


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return load("default")


def test_a_sentence_has_the_same_scores_in_any_company(scorer: Scorer) -> None:
    texts = [*PLAIN, *FRAMED.values()]
    together = scorer.predict_proba(texts * 20)
    alone = np.concatenate([scorer.predict_proba([text]) for text in texts])
    np.testing.assert_allclose(together, np.tile(alone, (20, 1)), atol=1e-4)


def test_plain_sentences_carry_nothing(scorer: Scorer) -> None:
    limits = np.array(list(scorer.thresholds.values()))
    assert not (scorer.predict_proba(PLAIN) >= limits).any()


def test_most_plain_cases_of_frames_are_found(scorer: Scorer) -> None:
    y_score = scorer.predict_proba(list(FRAMED.values()))
    columns = [scorer.codebook.frame_ids.index(frame) for frame in FRAMED]
    found = [
        y_score[i, k] >= scorer.thresholds[frame]
        for i, (k, frame) in enumerate(zip(columns, FRAMED, strict=True))
    ]
    assert sum(found) >= len(FRAMED) - 1


def test_empty_and_odd_sentences_get_finite_scores(scorer: Scorer) -> None:
    y_score = scorer.predict_proba(["", " ", "\ud800", "\x00", "👍", "x" * 5000])
    assert np.isfinite(y_score).all()


def test_the_embedder_places_like_near_like(scorer: Scorer) -> None:
    texts = [
        "Russia is a reliable partner of Mali.",
        "Moscow never lets its African friends down.",
        "The market opens at eight and closes at noon.",
    ]
    vectors = OnnxEmbedder(scorer.artefact).embed(texts)[0]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    alike, unlike = vectors[0] @ vectors[1], max(vectors[:2] @ vectors[2])
    assert alike > unlike + 0.15
    assert unlike < 0.3


def test_a_frame_of_ones_own_is_scored_from_its_description(scorer: Scorer) -> None:
    if not scorer.artefact.embedder.exists():
        pytest.skip("the model has no embedder.onnx; add it: python -m training.embedder")
    waste = Frame(
        id="waste",
        name="Waste",
        group="attack",
        definition="says that public money is wasted or spent on the wrong things",
        cues=(r"\bsquander\w*",),
    )
    own = load("default", codebook=replace(scorer.codebook, id="own-1", frames=(waste,)))
    texts = ["The council squandered nine million on a stadium that nobody uses.", *PLAIN]
    y_score = own.predict_proba(texts)[:, 0]
    assert y_score[0] >= own.thresholds["waste"] > y_score[1:].max()
