"""Scoring: probabilities for every frame, exact spans, nothing cut in silence, safe to share."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import framing
from framing.article import Article
from framing.scoring import Scorer, load


@pytest.fixture
def scorer(toy_model: Path) -> Scorer:
    return load(str(toy_model))


def test_probabilities_have_one_column_a_frame_in_codebook_order(scorer: Scorer) -> None:
    y_score = scorer.predict_proba(["blackmail", "we were never there"])
    assert y_score.shape == (2, len(scorer.codebook.frames))
    assert y_score.dtype == np.float32
    assert ((y_score >= 0) & (y_score <= 1)).all()
    assert (y_score[0] > 0.9).all()
    assert (y_score[1] < 0.1).all()


def test_calibration_is_applied(scorer: Scorer) -> None:
    # No known word gives logit 0; the toy's shift is -1.
    assert scorer.predict_proba(["unknown"])[0, 0] == pytest.approx(1 / (1 + np.e), abs=1e-6)


def test_of_a_rejecting_sentence_only_the_kept_frames_count(scorer: Scorer) -> None:
    text = "No evidence of " + "blackmail " * 20
    assert scorer.predict_proba([text]).min() > max(scorer.thresholds.values())
    (row,) = scorer.predict([text])
    kept = {f for f, carried in zip(scorer.codebook.frame_ids, row, strict=True) if carried}
    assert kept == set(scorer.codebook.kept_when_rejected)
    (sentence,) = scorer.score(text).sentences
    assert sentence.stance == "rejected"
    assert set(sentence.frames) == kept


def test_labels_are_the_scores_from_their_thresholds_on(scorer: Scorer) -> None:
    assert scorer.predict(["blackmail", "we were never there"]).tolist() == [
        [True] * len(scorer.codebook.frames),
        [False] * len(scorer.codebook.frames),
    ]
    assert scorer.predict([]).shape == (0, len(scorer.codebook.frames))


def test_no_sentences_give_an_empty_array(scorer: Scorer) -> None:
    assert scorer.predict_proba([]).shape == (0, len(scorer.codebook.frames))


def test_order_and_company_do_not_change_scores(scorer: Scorer) -> None:
    words = ["we", "blackmail we", "never choose blackmail there", "there there we", "x " * 40]
    together = scorer.predict_proba(words * 30)
    alone = np.concatenate([scorer.predict_proba([w]) for w in words])
    np.testing.assert_allclose(together, np.tile(alone, (30, 1)), atol=1e-5)


@pytest.mark.parametrize("value", ["one sentence", [b"bytes"], [None]])
def test_predict_proba_refuses_what_is_no_list_of_text(scorer: Scorer, value: object) -> None:
    with pytest.raises(TypeError):
        scorer.predict_proba(value)  # type: ignore[arg-type]


def test_a_sentence_longer_than_the_window_is_read_to_its_end(scorer: Scorer) -> None:
    (sentence,) = scorer.score("we " * 60 + "blackmail " * 10).sentences
    assert sentence.frames
    assert not sentence.truncated


def test_what_cannot_be_read_whole_says_so(scorer: Scorer) -> None:
    result = scorer.score("we " * 3000)
    assert result.sentences[0].truncated
    assert "longer than the model can read" in " ".join(result.warnings)


def test_spans_point_into_the_text_of_the_result(scorer: Scorer) -> None:
    text = "We were there.\r\n\r\n“We choose,” he said. 👍 Blackmail!"
    result = scorer.score(text)
    assert result.text == text
    for sentence in result.sentences:
        assert text[sentence.start : sentence.end] == sentence.text


def test_frames_are_those_at_their_thresholds_the_most_probable_first(scorer: Scorer) -> None:
    (sentence,) = scorer.score("Blackmail.").sentences
    expected = {f for f, p in sentence.scores.items() if p >= scorer.thresholds[f]}
    assert set(sentence.frames) == expected == set(scorer.codebook.frame_ids)


def test_empty_text_has_no_sentences(scorer: Scorer) -> None:
    assert scorer.score("").sentences == ()
    assert scorer.score(" \n ").sentences == ()


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        (["a"], "use score_many"),
        (b"a", "decode it first"),
        (None, "pass the article's text"),
        (3, "pass the article's text"),
    ],
)
def test_score_says_what_to_call_instead(scorer: Scorer, value: object, advice: str) -> None:
    with pytest.raises(TypeError, match=advice):
        scorer.score(value)  # type: ignore[arg-type]


def test_score_many_streams_in_order(scorer: Scorer) -> None:
    taken: list[int] = []

    def articles() -> object:
        for n in range(1000):
            taken.append(n)
            yield f"We were there {n}."

    results = scorer.score_many(articles())  # type: ignore[arg-type]
    assert next(results).text == "We were there 0."
    assert len(taken) < 1000
    assert [r.text for r in results] == [f"We were there {n}." for n in range(1, 1000)]


def test_score_many_refuses_a_single_article(scorer: Scorer) -> None:
    with pytest.raises(TypeError, match="use score\\(article\\)"):
        next(scorer.score_many("text"))


def test_threads_get_the_same_scores(scorer: Scorer) -> None:
    text = "We choose. Blackmail! We were never there. " * 20
    expected = scorer.score(text).to_json()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: scorer.score(text).to_json(), range(40))) == {expected}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_scores_like_its_parent(scorer: Scorer) -> None:
    expected = scorer.score("We choose blackmail.").to_json()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        same = scorer.score("We choose blackmail.").to_json() == expected
        os.write(writer, b"1" if same else b"0")
        os._exit(0)
    os.close(writer)
    assert os.read(reader, 1) == b"1"
    os.waitpid(child, 0)


def test_equal_sentences_are_run_once_and_score_as_one(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = scorer.predict_proba(["blackmail", "we were", "we " * 40 + "blackmail"])
    ran = []
    run = scorer.engine._run_all
    monkeypatch.setattr(
        scorer.engine, "_run_all", lambda b, windows: ran.extend(windows) or run(b, windows)
    )
    texts = ["blackmail", "we were", "blackmail", "we " * 40 + "blackmail", "we were"]
    found = scorer.predict_proba(texts)
    assert len(ran) == len({tuple(window) for window in ran})
    assert (found == expected[[0, 1, 0, 2, 1]]).all()


def test_a_model_is_loaded_once(toy_model: Path) -> None:
    assert load(str(toy_model)) is load(str(toy_model))


def test_another_language_is_warned_of(scorer: Scorer) -> None:
    result = scorer.score(Article.from_text("Nous choisissons nos partenaires.", language="fr"))
    assert "language 'fr' was never evaluated" in result.warnings[0]


def test_results_turn_into_json_with_everything(scorer: Scorer) -> None:
    value = json.loads(scorer.score("We choose. Blackmail \ud800!").to_json())
    assert {"text", "sentences", "frames", "speakers", "dropped", "warnings", "provenance"} <= set(
        value
    )
    assert set(value["sentences"][0]["scores"]) == set(scorer.codebook.frame_ids)
    assert value["provenance"]["model"] == "toy"


def test_shares_by_voice_sum_to_the_share(scorer: Scorer) -> None:
    result = scorer.score('Blackmail. "Blackmail," said Ana Horvat. We were there.')
    for frame in result.frames.values():
        assert frame.share == pytest.approx(frame.author + frame.quoted + frame.reported)


def test_a_data_frame_has_a_row_a_sentence(scorer: Scorer) -> None:
    pytest.importorskip("pandas")
    table = scorer.score("We choose. Blackmail!").to_dataframe()
    assert len(table) == 2
    assert set(scorer.codebook.frame_ids) <= set(table.columns)


def test_an_unknown_device_is_a_clear_error(toy_model: Path) -> None:
    with pytest.raises(ValueError, match="device"):
        framing.load(str(toy_model), device="tpu")


def test_an_unknown_model_is_a_clear_error() -> None:
    with pytest.raises(framing.ModelError, match="no model 'none'"):
        framing.load("none")
