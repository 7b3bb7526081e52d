"""Word evidence: exact spans, the right words, bounded work, clear errors."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import framing
from framing.explain import WordWeight, share_tokens, strongest, weigh_words, words_of
from framing.model.artefact import find_model, read_artefact
from framing.scoring import Scorer, load
from tests.clock import within


@pytest.fixture
def scorer(toy_model: Path) -> Scorer:
    return load(str(toy_model))


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in words_of(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("We weren’t there, ever.", ["We", "weren’t", "there", "ever"]),
        ("US-led U.S. forces", ["US-led", "U.S", "forces"]),
        ("a 3.5% rise—never", ["a", "3.5", "rise", "never"]),
        ("black\u200bmail e\u0301te", ["black\u200bmail", "e\u0301te"]),
        ("“Да”, сказал он", ["Да", "сказал", "он"]),
        ("否认", ["否", "认"]),
        ("... — !", []),
    ],
)
def test_words_stand_without_their_punctuation(text: str, words: list[str]) -> None:
    assert cut(text) == words


def test_every_word_is_returned_in_order_with_its_exact_span(scorer: Scorer) -> None:
    text = "  “We choose…\r\n blackmail”, 👍 he said."
    words = scorer.explain(text, frame="denial")
    assert [w.word for w in words] == ["We", "choose", "blackmail", "he", "said"]
    assert all(text[w.start : w.end] == w.word for w in words)
    assert [w.start for w in words] == sorted(w.start for w in words)


def test_a_word_is_a_plain_tuple_of_four(scorer: Scorer) -> None:
    (word, start, end, weight) = scorer.explain("blackmail", frame="denial")[0]
    assert (word, start, end) == ("blackmail", 0, 9)
    assert isinstance(weight, float)


def test_the_word_that_carries_the_frame_weighs_most(scorer: Scorer) -> None:
    words = scorer.explain("we choose blackmail never", frame="denial")
    assert max(words, key=lambda w: w.weight).word == "blackmail"


def test_a_word_against_the_frame_weighs_below_zero(scorer: Scorer) -> None:
    words = scorer.explain("we were there never", frame="denial")
    assert min(words, key=lambda w: w.weight).word == "there"
    assert min(w.weight for w in words) < 0


def test_a_disguised_word_is_left_out_whole(scorer: Scorer) -> None:
    plain = scorer.explain("we choose blackmail never", frame="denial")
    masked = scorer.explain("we choose bla\u200bckmail never", frame="denial")
    assert [w.weight for w in masked] == pytest.approx([w.weight for w in plain])


@pytest.mark.parametrize("text", ["", " \n", "?!"])
def test_text_without_words_has_no_evidence(scorer: Scorer, text: str) -> None:
    assert scorer.explain(text, frame="denial") == []


def test_all_variants_of_a_sentence_are_scored_in_one_batch() -> None:
    calls = []

    def logits(texts: object) -> np.ndarray:
        calls.append(list(texts))  # type: ignore[call-overload]
        return np.zeros((len(calls[-1]), 2), np.float32)

    text = "one two three"
    assert weigh_words(logits, text, words_of(text)).shape == (3, 2)
    assert len(calls) == 1
    assert calls[0][0] == "one two three"
    assert "one three" in calls[0]


def test_a_pair_shares_what_only_the_pair_carries() -> None:
    def logits(texts: object) -> np.ndarray:
        return np.array([[float("a" in t or "b" in t)] for t in texts], np.float32)  # type: ignore[attr-defined]

    text = "x a b y"
    weights = weigh_words(logits, text, words_of(text))[:, 0]
    assert weights[1] > 0
    assert weights[2] > 0
    assert weights[0] == weights[3] == 0


@pytest.mark.parametrize("count", [140, 1000, 50_000])
def test_the_work_for_a_long_sentence_is_bounded(count: int) -> None:
    read = 0

    def logits(texts: object) -> np.ndarray:
        nonlocal read
        read = sum(len(t.split()) for t in texts)  # type: ignore[attr-defined]
        return np.zeros((len(texts), 1), np.float32)  # type: ignore[arg-type]

    text = "word " * count
    weigh_words(logits, text, words_of(text))
    assert read <= 20_000 + 2 * count


def test_hostile_text_is_explained_in_seconds(scorer: Scorer) -> None:
    for text in (
        "a-" * 50_000,
        "a.b." * 25_000,
        "we\u200b" * 40_000,
        "'" * 100_000,
        "we " * 30_000,
    ):
        within(6, partial(scorer.explain, text, frame="denial"))


def test_an_unknown_frame_names_the_nearest(scorer: Scorer) -> None:
    with pytest.raises(framing.CodebookError, match="Did you mean 'denial'"):
        scorer.explain("We were never there.", frame="denail")


@pytest.mark.parametrize("value", [b"bytes", None, ["We were never there."]])
def test_what_is_no_sentence_is_refused(scorer: Scorer, value: object) -> None:
    with pytest.raises(TypeError, match="explain takes one sentence"):
        scorer.explain(value, frame="denial")  # type: ignore[arg-type]


def test_the_tokens_of_a_word_count_for_it_wherever_folding_moved_them() -> None:
    def attributions(folded: str) -> tuple[list[tuple[int, int]], np.ndarray]:
        assert folded == "We choose blackmail, 3 1/2."
        tokens = [(0, 2), (3, 9), (10, 15), (15, 19), (19, 20), (21, 22), (23, 24)]
        return tokens, np.array([[1.0], [2.0], [3.0], [4.0], [50.0], [5.0], [6.0]])

    text = "We  choose\nbla\u200bckmail, 3\u00a01/2."
    weights = share_tokens(attributions, text, words_of(text))
    assert weights[:, 0].tolist() == [1, 2, 7, 5, 6, 0]


def test_an_unknown_method_is_refused(scorer: Scorer) -> None:
    with pytest.raises(ValueError, match="method is 'occlusion' or 'integrated-gradients'"):
        scorer.explain("Blackmail!", frame="denial", method="gradients")


def test_gradients_of_an_engine_without_them_name_the_one_to_load(scorer: Scorer) -> None:
    with pytest.raises(framing.ModelError, match="engine='torch'"):
        scorer.explain("Blackmail!", frame="denial", method="integrated-gradients")


@pytest.fixture(scope="module")
def torch_scorer() -> Scorer:
    pytest.importorskip("torch", reason="needs framing[torch]")
    if not read_artefact(find_model("default")).torch_folder.is_dir():
        pytest.skip("the torch weights lie in a checkout only")
    return load(device="cpu", engine="torch")


def test_integrated_gradients_find_the_word_that_carries_the_frame(torch_scorer: Scorer) -> None:
    text = "The West keeps blackmailing its neighbours, he said."
    words = torch_scorer.explain(text, frame="western_blackmail", method="integrated-gradients")
    assert [text[w.start : w.end] for w in words] == [w.word for w in words]
    assert max(words, key=lambda w: w.weight).word == "blackmailing"


@pytest.mark.parametrize("copies", [1, 40])  # one window, several
def test_integrated_gradients_sum_up_to_what_they_explain(
    torch_scorer: Scorer, copies: int
) -> None:
    text = "the west keeps blackmailing its neighbours " * copies
    engine = torch_scorer.engine
    column = torch_scorer.codebook.frame_ids.index("western_blackmail")
    spans, worth = engine.attributions(text, [column])  # type: ignore[attr-defined]
    used = int((worth[:, 0] != 0).sum())
    blank = "[PAD] " * used
    logits = engine.predict([text, blank]).logits[:, column]
    assert len(spans) == len(worth)
    assert worth.sum() == pytest.approx(logits[0] - logits[1], rel=0.02)


def test_an_article_has_evidence_for_its_carried_frames_only(scorer: Scorer) -> None:
    result = scorer.score("We were there. Blackmail! We choose it.")
    evidence = scorer.evidence(result)
    assert set(evidence) == {i for i, s in enumerate(result.sentences) if s.frames} == {1}
    assert set(evidence[1]) == set(result.sentences[1].frames)
    assert [w.word for w in evidence[1]["denial"]] == ["Blackmail"]


def test_the_strongest_words_leave_out_those_that_add_little_or_speak_against() -> None:
    words = [WordWeight("w", i, i + 1, weight) for i, weight in enumerate((-3.0, 0.1, 2.0, 1.0))]
    assert [w.weight for w in strongest(words)] == [2.0, 1.0]
    assert strongest(words[:1]) == []


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "framing", "explain", *arguments],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_the_command_explains_carried_frames_with_spans_into_the_given_text(
    toy_model: Path,
) -> None:
    text = "We were there.\n\nBlackmail, blackmail!"
    value = json.loads(run("-", "--model", str(toy_model), "--format", "json", stdin=text).stdout)
    second = value["sentences"][1]
    assert len(second["frames"]) == 18
    for word in second["frames"][0]["words"]:
        assert text[word["start"] : word["end"]] == word["word"]


def test_the_command_explains_the_most_probable_frame_where_none_is_carried(
    toy_model: Path,
) -> None:
    out = run("We were never there.", "--model", str(toy_model), "--format", "json").stdout
    (sentence,) = json.loads(out)["sentences"]
    assert [f["carried"] for f in sentence["frames"]] == [False]


def test_the_command_explains_one_frame_on_request(toy_model: Path) -> None:
    done = run("Blackmail!", "--frame", "denial", "--model", str(toy_model))
    assert "denial" in done.stdout
    assert "sovereignty" not in done.stdout
    assert "Blackmail +" in done.stdout


def test_the_command_writes_a_page(toy_model: Path) -> None:
    page = run("Blackmail!", "--model", str(toy_model), "--format", "html").stdout
    assert page.startswith("<!doctype html>")
    assert '<b class="ev' in page


def test_the_command_names_the_nearest_frame_in_one_line(toy_model: Path) -> None:
    done = run("Blackmail!", "--frame", "denail", "--model", str(toy_model))
    assert done.returncode == 2
    assert "Did you mean 'denial'?" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_command_takes_empty_input(toy_model: Path) -> None:
    assert run("-", "--model", str(toy_model)).returncode == 0


def test_the_command_integrates_gradients(torch_scorer: Scorer) -> None:
    arguments = ("The West keeps blackmailing us.", "--format", "json", "--frame", "denial")
    done = run(*arguments, "--method", "integrated-gradients")
    assert done.stderr == ""
    assert json.loads(done.stdout) != json.loads(run(*arguments).stdout)


def test_the_command_says_that_a_model_has_no_torch_weights(toy_model: Path) -> None:
    pytest.importorskip("torch", reason="needs framing[torch]")
    done = run("Blackmail!", "--model", str(toy_model), "--method", "integrated-gradients")
    assert done.returncode == 2
    assert "no torch weights" in done.stderr
    assert done.stderr.count("\n") == 1
