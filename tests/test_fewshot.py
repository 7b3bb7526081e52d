"""Frames of one's own are scored from what their codebook says and from examples."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import framing
from framing.codebook import Codebook, Frame
from framing.data import Record, write_jsonl
from framing.errors import CodebookError, ModelError, RecordError
from framing.fewshot import THRESHOLD, Background, OwnFrames, adapt, fit
from framing.scoring import Scorer

HARVEST = Frame(
    id="harvest",
    name="Harvest",
    group="land",
    definition="says that the fields of a region give more grain than before",
    cues=(r"\bbumper crops?\b",),
)
DROUGHT = Frame(
    id="drought",
    name="Drought",
    group="land",
    definition="says that wells and rivers run dry",
)
EXAMPLES = [
    "Farmers filled every barn with wheat this autumn.",
    "The plain has not seen so much barley in forty years.",
]


class BagOfWords:
    """Embeds a text as the sum of a fixed random vector for each of its words."""

    def embed(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        vectors = np.zeros((len(texts), 64), np.float32)
        for i, text in enumerate(texts):
            for word in text.lower().split():
                seed = zlib.crc32(word.strip(".,").encode())
                vectors[i] += np.random.default_rng(seed).standard_normal(64)
        return vectors, np.zeros(len(texts), np.bool_)


BAG = BagOfWords()


@pytest.fixture(scope="module")
def background() -> Background:
    return Background.of(BAG)


@pytest.fixture
def base(toy_model: Path, background: Background, monkeypatch: pytest.MonkeyPatch) -> Scorer:
    """The toy model, with a bag of words for its sentence encoder."""
    monkeypatch.setattr("framing.fewshot.open_embedder", lambda folder, sha256: (BAG, background))
    return framing.load(str(toy_model))


def codebook(*frames: Frame) -> Codebook:
    known = Codebook.load("influence-1")
    return replace(known, id="farm-1", groups=("land",), frames=frames)


def own(base: Scorer, book: Codebook, examples: Sequence[Record] = ()) -> Scorer:
    return Scorer(*adapt(base.artefact, base.engine, book, examples))


def record(text: str, *frames: str) -> Record:
    return Record(article_id="a", sentence_id=3, text=text, frames=frames, codebook="farm-1")


def probability(frames: OwnFrames, text: str) -> float:
    return float(1 / (1 + np.exp(-frames.log_odds([text], BAG.embed([text])[0])[0, 0])))


def test_a_sentence_near_the_definition_scores_above_another(background: Background) -> None:
    frames = fit([DROUGHT], {}, BAG, background)
    near = probability(frames, "Near the border, wells and rivers run dry.")
    assert near > THRESHOLD > probability(frames, "The minister arrived by train.")


def test_examples_lift_sentences_like_them(background: Background) -> None:
    text = "Every barn was filled with wheat and barley."
    without = fit([HARVEST], {}, BAG, background)
    shown = fit([HARVEST], {"harvest": EXAMPLES}, BAG, background)
    assert probability(shown, text) > probability(without, text)


def test_a_cue_lifts_a_sentence_whatever_its_case(background: Background) -> None:
    frames = fit([HARVEST], {}, BAG, background)
    plain = replace(HARVEST, cues=(r"\bnothing of the kind\b",))
    without = fit([plain], {}, BAG, background)
    text = "A Bumper crop came in."
    assert probability(frames, text) > 5 * probability(without, text)


def test_ordinary_sentences_carry_a_frame_as_often_as_is_assumed(background: Background) -> None:
    texts = ["The train left at noon.", "She sold the house in May.", "Two men were seen there."]
    frames = fit([DROUGHT], {}, BAG, background)
    assert np.mean([probability(frames, text) for text in texts]) < 0.04


def test_columns_follow_the_codebook_and_trained_frames_keep_their_scores(base: Scorer) -> None:
    denial = base.codebook.frame("denial")
    book = replace(codebook(HARVEST, denial), groups=("land", denial.group))
    scorer = own(base, book)
    y_score = scorer.predict_proba(["We were never there."])
    before = base.predict_proba(["We were never there."])
    assert y_score.shape == (1, 2)
    assert y_score[0, 1] == pytest.approx(before[0, base.codebook.frame_ids.index("denial")])
    assert scorer.thresholds == {"harvest": THRESHOLD, "denial": 0.5}


def test_a_codebook_of_trained_frames_needs_no_embedder(toy_model: Path) -> None:
    book = Codebook.load("influence-1")
    part = replace(book, frames=book.frames[:2])
    assert framing.load(str(toy_model), codebook=part).predict_proba(["we"]).shape == (1, 2)


def test_results_say_which_frames_were_not_trained(base: Scorer) -> None:
    result = own(base, codebook(HARVEST, DROUGHT), [record(EXAMPLES[0], "harvest")]).score("Rain.")
    (warning,) = result.warnings
    assert warning.endswith("harvest (1), drought (0)")


def test_other_examples_are_another_model_in_the_provenance(base: Scorer) -> None:
    book = codebook(HARVEST)
    shas = {
        own(base, book, [record(text, "harvest")]).provenance.sha256 for text in ("One.", "Two.")
    }
    assert len(shas | {base.provenance.sha256}) == 3


def test_words_are_weighed_for_frames_of_ones_own(base: Scorer) -> None:
    words = own(base, codebook(HARVEST)).explain("A bumper crop came.", frame="harvest")
    assert max(words, key=lambda w: w.weight).word in ("bumper", "crop")


def test_examples_are_read_from_a_file(base: Scorer, tmp_path: Path) -> None:
    file = tmp_path / "examples.jsonl"
    labelled = (replace(record(t, "harvest"), sentence_id=i) for i, t in enumerate(EXAMPLES))
    write_jsonl(file, labelled)
    book = codebook(HARVEST)
    from_file = Scorer(*adapt(base.artefact, base.engine, book, file))
    assert from_file.notes == (
        "not trained, scored by definition and so many examples: harvest (2)",
    )


def test_an_example_of_an_unknown_frame_is_named(base: Scorer) -> None:
    with pytest.raises(RecordError, match=r"sentence 3.*no frame 'harvst'.*mean 'harvest'"):
        own(base, codebook(HARVEST), [record("Rain.", "harvst")])


def test_examples_that_are_no_records_are_refused(base: Scorer) -> None:
    with pytest.raises(TypeError, match="example 0 is str"):
        adapt(base.artefact, base.engine, codebook(HARVEST), ["a sentence"])  # type: ignore[list-item]


def test_a_frame_without_definition_is_refused(base: Scorer) -> None:
    with pytest.raises(CodebookError, match="frame 'harvest' of codebook farm-1 has no definition"):
        own(base, codebook(replace(HARVEST, definition=" ")))


def test_a_cue_that_is_no_pattern_is_refused(base: Scorer) -> None:
    with pytest.raises(CodebookError, match="a cue of frame 'harvest' is not a regular expression"):
        own(base, codebook(replace(HARVEST, cues=("(",))))


def test_examples_need_a_codebook(toy_model: Path) -> None:
    with pytest.raises(ValueError, match="give codebook= too"):
        framing.load(str(toy_model), examples=[record("Rain.", "harvest")])


def test_a_model_without_embedder_says_how_to_add_one(toy_model: Path) -> None:
    with pytest.raises(ModelError, match=r"has no embedder\.onnx.*training.embedder"):
        framing.load(str(toy_model), codebook=codebook(HARVEST))
