"""Sentences end where a reader ends them, with exact spans, in bounded time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framing.article import Article
from framing.sentences import split
from tests.clock import within


def texts(text: str) -> list[str]:
    return [sentence.text for sentence in split(Article.from_text(text))]


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. Army left the base in Niger on Monday after ten years.",
        "The Malian Gov't. has asked for help, and Gen. Toure has written the letter himself.",
        "Output fell to 3.5 bn. cubic metres in the first quarter of the year.",
        "Mr. Traore met Mrs. Keita and Dr. Diallo in the capital, St. Louis, at 5 p.m. on Monday.",
        "The report (see Fig. 3 and No. 7 of the annex) was handed to the court in The Hague.",
        "He asked, “Why would we leave?” and sat down again before anyone could answer him.",
        "J. R. Smith, the envoy, will see the minister, e.g. on Tuesday, in the capital.",
    ],
)
def test_abbreviations_do_not_end_a_sentence(text: str) -> None:
    assert texts(text) == [text]


def test_glued_sentences_are_cut() -> None:
    text = 'It was "something positive."Horvat went on to say more.The talks ended on Monday.'
    assert texts(text) == [
        'It was "something positive."',
        "Horvat went on to say more.",
        "The talks ended on Monday.",
    ]


def test_sentences_inside_a_long_quotation_are_cut() -> None:
    text = '"We were friends long ago. They helped us in the first years. We remember it," he said.'
    assert texts(text) == [
        '"We were friends long ago.',
        "They helped us in the first years.",
        'We remember it," he said.',
    ]


def test_a_broken_word_is_mended_for_the_model_and_kept_in_the_span() -> None:
    text = (
        "The paper said that the deal would bring a thousand fighters to the coun-\n"
        "try, and that the company would be paid in gold from the mines, which lie\n"
        "in the north of the country and are held by armed bands."
    )
    (sentence,) = split(Article.from_text(text))
    assert "the country, and that" in sentence.model_text
    assert text[sentence.start : sentence.end] == sentence.text == text


def test_invisible_and_look_alike_characters_do_not_reach_the_model() -> None:
    (sentence,) = split(
        Article.from_text("The W\u200best pl\u0430ns a c\u043eup in the ca\u00adpital.")
    )
    assert sentence.model_text == "The West plans a coup in the capital."


@pytest.mark.parametrize(
    "text",
    [
        "Emoji 👩‍👩‍👧 stay whole. So do flags 🇲🇱 and 🏳️‍🌈. Good.",
        "Cafe\u0301 terraces open. Na\u0308chste Woche auch.",
        "One.\r\nTwo is a line.\r\n\r\nThree is a paragraph.",
        "שלום עולם. זהו משפט שני. This one is English.",
        "Zero\u200bwidth\u200b. Marks\ufeff here. \u202eOverride\u202c too.",
        "A lone \ud800 surrogate. And a \x00 NUL. The end.",
        "«Мы не были там. Это ложь», — сказал посол. Он уехал.",
    ],
)
def test_spans_are_exact_in_any_script(text: str) -> None:
    article = Article.from_text(text)
    found = split(article)
    assert found
    for sentence in found:
        assert article.text[sentence.start : sentence.end] == sentence.text


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [*"abcXYZ.!?\"'“”«»()-–, \n\t", "\r\n", "é", "e\u0301", "👍🏽", "\u200b", "ш", "ا",
             "Mr. ", "The war ", "said. ", "\ud83d", "。", "U.S. ", "...", "\x00", "3.5 ", "http://a"]
        ),
        max_size=80,
    ).map("".join)
)  # fmt: skip
def test_spans_are_exact_ordered_and_lose_no_letter(text: str) -> None:
    article = Article.from_text(text)
    end = 0
    seen = bytearray(len(text))
    for sentence in split(article):
        assert article.text[sentence.start : sentence.end] == sentence.text
        assert end <= sentence.start < sentence.end
        end = sentence.end
        seen[sentence.start : sentence.end] = b"\1" * (sentence.end - sentence.start)
    for span in article.dropped:
        seen[span.start : span.end] = b"\1" * (span.end - span.start)
    assert all(seen[n] for n, char in enumerate(text) if char.isalnum())


@pytest.mark.parametrize("language", ["\ud800", "ру", "en\x00", "x" * 10_000, "", "zz-ZZ"])
def test_whatever_a_page_declares_as_its_language_sentences_are_cut(language: str) -> None:
    article = Article.from_text("We were here. We left.", language=language)
    assert [s.text for s in split(article)] == ["We were here.", "We left."]


@pytest.mark.parametrize("blanks", [" ", "  ", " " * 30])
def test_a_number_that_ends_a_list_is_told_across_any_blanks(blanks: str) -> None:
    (sentence,) = texts(f"The council read points 1, 2 and{blanks}3. Then it went home.")
    assert sentence.endswith("home.")


@pytest.mark.slow
def test_a_megabyte_without_a_full_stop_ends_in_bounded_time() -> None:
    within(10, lambda: split(Article.from_text("word " * 200_000)))


def test_a_long_paragraph_is_cut_alike_wherever_it_is_read() -> None:
    unit = "The bridge (closed in May) reopened today. He left at 5 p.m. on Monday. "
    text = (unit * 300).strip()
    assert [s.text for s in split(Article.from_text(text))] == [
        s.text for s in split(Article.from_text(unit.strip()))
    ] * 300


def test_full_stops_of_chinese_end_sentences_beside_a_web_address() -> None:
    article = Article.from_text("详见http://a.example/x。桥已关闭。他说桥会重开。")
    assert len(split(article)) == 3


def test_a_wide_blank_after_an_initial_is_kept_as_it_stands() -> None:
    text = "C\u00a0.\u0417t..\u0431\u0421"
    assert [s.text for s in split(Article.from_text(text))] == [text]
