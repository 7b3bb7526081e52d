"""Whose words a sentence is: quotation marks, cues, speakers and stance."""

from __future__ import annotations

import pytest

from framing.article import Article
from framing.sentences import split
from framing.voice import VOICES, Attribution, attribute
from tests.clock import within


def read(text: str, language: str | None = None) -> list[tuple[str, Attribution]]:
    article = Article.from_text(text, language=language)
    sentences = split(article)
    found = attribute(sentences, article)
    assert len(found) == len(sentences)
    return [(s.text, a) for s, a in zip(sentences, found, strict=True)]


def voices(text: str, language: str | None = None) -> list[tuple[str, str | None]]:
    return [(a.voice, a.speaker) for _, a in read(text, language)]


def last(text: str, language: str | None = None) -> Attribution:
    return read(text, language)[-1][1]


def test_a_plain_sentence_is_the_authors() -> None:
    assert voices("The convoy reached the river before noon on Friday.") == [("author", None)]


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ('"', '"'),
        ("“", "”"),
        ("«", "»"),
        ("„", "“"),
        ("‘", "’"),
        ("'", "'"),
        ("»", "«"),
        ("„", "”"),
    ],
)
def test_quotation_marks_of_every_style_are_speech(opening: str, closing: str) -> None:
    text = f"{opening}We will rebuild the bridge by spring,{closing} said Nora Velt, the mayor."
    assert last(text).voice == "quoted"
    assert last(text).speaker == "Nora Velt"


def test_a_quotation_over_several_sentences_takes_its_speaker_from_its_end() -> None:
    text = (
        "Engineers inspected the dam on Monday.\n\n"
        '"The wall is sound. We checked it twice. Nobody needs to leave," Ivo Brandt said.'
    )
    assert voices(text)[1:] == [("quoted", "Ivo Brandt")] * 3


def test_a_continuing_quotation_opens_each_paragraph_anew() -> None:
    text = (
        "Ivo Brandt said: “The wall is sound and we have checked it twice.\n\n"
        "“Nobody in the valley needs to leave their home tonight.”\n\n"
        "The valley has four villages."
    )
    assert [voice for voice, _ in voices(text)] == ["quoted", "quoted", "author"]
    assert voices(text)[1][1] == "Ivo Brandt"


def test_an_unclosed_quotation_does_not_swallow_the_article() -> None:
    rest = " ".join(f"The road to village {i} was closed by snow." for i in range(30))
    text = f"“The wall is sound, Ivo Brandt said on Monday. {rest}"
    assert [voice for voice, _ in voices(text)].count("quoted") <= 1


def test_split_quotations_have_one_speaker() -> None:
    text = '"The wall is sound," Ivo Brandt said, "and nobody in the valley needs to leave."'
    assert voices(text) == [("quoted", "Ivo Brandt")]


def test_scare_quotes_and_titles_are_not_speech() -> None:
    text = (
        'The so-called "free zone" opened its gates on Monday. '
        'The choir sang "Winter Rose" at the end of the evening.'
    )
    assert [voice for voice, _ in voices(text)] == ["author", "author"]


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("Nora Velt said the bridge would be rebuilt by spring.", "Nora Velt"),
        ("The bridge will be rebuilt by spring, Nora Velt said on Friday.", "Nora Velt"),
        ("The bridge will be rebuilt by spring, said Nora Velt, the mayor of Holm.", "Nora Velt"),
        ("According to Nora Velt, the bridge will be rebuilt by spring.", "Nora Velt"),
        ("The bridge will be rebuilt by spring, according to the harbour ministry.", "ministry"),
        ("In the words of Nora Velt, the bridge is a ruin.", "Nora Velt"),
        ("Nora Velt, the mayor of Holm, told TASS that the bridge was a ruin.", "Nora Velt"),
        ("The mayor of Holm, Nora Velt, warned that the bridge was a ruin.", "Nora Velt"),
        ("Nora Velt was quoted as saying that the bridge was a ruin.", "Nora Velt"),
        ("Mayor Nora Velt accused the builders of theft.", "Nora Velt"),
        ("As Nora Velt said, the bridge is a ruin.", "Nora Velt"),
    ],
)
def test_indirect_speech_has_its_speaker(text: str, speaker: str) -> None:
    found = last(text)
    assert found.voice == "reported"
    assert found.speaker is not None
    assert found.speaker.endswith(speaker)


@pytest.mark.parametrize(
    "text",
    [
        "The member states signed the treaty in the old town hall.",
        "Two reports about the bridge were printed in spring.",
        "She wants to say goodbye to the old bridge.",
        "The alleged thief left the town by train.",
    ],
)
def test_nouns_and_infinitives_do_not_report(text: str) -> None:
    assert last(text).voice == "author"


def test_pronouns_and_descriptions_mean_the_last_fitting_speaker() -> None:
    text = (
        "Deputy Envoy Tomas Reyl arrived in Holm, and Harbour Minister Nora Velt met him.\n\n"
        "Velt said the bridge was a ruin. She added that the money had been spent. "
        "The deputy envoy said he was sorry to hear it."
    )
    assert voices(text)[1:] == [
        ("reported", "Nora Velt"),
        ("reported", "Nora Velt"),
        ("reported", "Tomas Reyl"),
    ]


def test_a_surname_takes_the_full_name_known_so_far() -> None:
    text = "Nora Velt said the bridge was a ruin. It fell in May. Velt said money was short."
    assert voices(text)[-1] == ("reported", "Nora Velt")


@pytest.mark.parametrize(
    "headline",
    [
        "Bridge to be rebuilt by spring, minister says",
        "Bridge to be rebuilt by spring — harbour ministry",
        "Velt: Bridge to be rebuilt by spring",
    ],
)
def test_headlines_name_their_speakers(headline: str) -> None:
    text = f"{headline}\n\nNora Velt, the minister, opened the works on Monday in the old town."
    assert read(text)[0][1].voice == "reported"
    assert read(text)[0][1].speaker is not None


def test_the_topic_of_a_headline_is_no_speaker() -> None:
    text = "Bridge crisis: What we know so far\n\nThe bridge fell into the river on Monday night."
    assert read(text)[0][1].voice == "author"


def test_turns_of_an_interview_belong_to_their_labels() -> None:
    text = (
        "Question: When will the bridge be rebuilt?\n\n"
        "Velt: We hope to finish by spring. The stones are cut.\n\n"
        "Question: And who will pay for the stones?\n\n"
        "Velt: The harbour will pay for them."
    )
    assert voices(text) == [
        ("quoted", "Question"),
        ("quoted", "Velt"),
        ("quoted", "Velt"),
        ("quoted", "Question"),
        ("quoted", "Velt"),
    ]


def test_speech_without_marks_follows_a_colon() -> None:
    text = "In a letter, Nora Velt wrote:\n\nThe bridge is a ruin and the money is gone."
    assert voices(text)[-1] == ("quoted", "Nora Velt")


def test_a_post_is_its_signers() -> None:
    text = (
        "One reader disagreed:\n\n"
        "That bridge never had a chance in such a flood.\n\n"
        "— Nora Velt (@noravelt) May 3, 2021"
    )
    assert ("quoted", "Nora Velt") in voices(text)


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("Nora Velt said the bridge was a ruin.", "plain"),
        ("Nora Velt claimed the bridge was a ruin.", "distanced"),
        ("Nora Velt said, without providing evidence, that he stole the stones.", "distanced"),
        ("Nora Velt falsely claimed the bridge was a ruin.", "rejected"),
        ("There is no evidence that the bridge was sold.", "rejected"),
        ("Nora Velt pointed out that the bridge was a ruin.", "endorsed"),
    ],
)
def test_stance_of_the_text_towards_what_it_reports(text: str, stance: str) -> None:
    assert last(text).stance == stance


def test_spans_point_into_the_text() -> None:
    text = '\nHolm, once a port, is quiet.\n\n"The wall is sound," Ivo Brandt, an engineer, said.'
    article = Article.from_text(text)
    found = attribute(split(article), article)[-1]
    assert found.speaker_span is not None
    assert found.quote_span is not None
    assert found.cue_span is not None
    assert article.text[slice(*found.speaker_span)] == "Ivo Brandt"
    assert article.text[slice(*found.quote_span)] == '"The wall is sound,"'
    assert article.text[slice(*found.cue_span)] == found.cue == "said"


@pytest.mark.parametrize(
    ("text", "voice", "speaker"),
    [
        ("Le pont sera reconstruit au printemps, a déclaré Nora Velt.", "reported", "Nora Velt"),
        ("Selon Nora Velt, le pont est une ruine et l'argent manque.", "reported", "Nora Velt"),
        ("«Nous allons reconstruire le pont», a-t-elle ajouté.", "quoted", None),
        ("Nora Velt a affirmé que le pont est une ruine.", "reported", "Nora Velt"),
    ],
)
def test_french_cues(text: str, voice: str, speaker: str | None) -> None:
    found = last(text, "fr")
    assert (found.voice, found.speaker) == (voice, speaker)


@pytest.mark.parametrize(
    ("text", "voice"),
    [
        ("«Мы восстановим мост к весне», — заявила министр Нора Вельт.", "quoted"),
        ("Нора Вельт заявила, что мост разрушен.", "reported"),
        ("По словам Норы Вельт, денег на мост нет.", "reported"),
        ("Мост через реку построили сто лет назад.", "author"),
    ],
)
def test_russian_cues(text: str, voice: str) -> None:
    assert last(text).voice == voice


def test_an_empty_article_has_no_attributions() -> None:
    assert read("") == []


HOSTILE = {
    "straight marks": '"a ',
    "pairs": "“a” ",
    "quoted words": '"A." ',
    "single marks": "'a ",
    "apostrophes": "a' ",
    "verbs": "said ",
    "cues": "he said, ",
    "sentences": "Ann Bee said. ",
    "according": "according to ",
    "prepositions": "in the ",
    "turns": "Bob: hi.\n\n",
    "posts": "💬 A: b\n",
    "signatures": "— A (@a) ",
    "dashes": "X – y ",
    "participles": "saying, ",
    "conjunctions": "and said ",
    "elisions": "d'l'",
    "capitals": "Aa ",
    "parentheses": "A (b) said ",
    "colons": "a: ",
    "commas": "a, ",
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", HOSTILE)
@pytest.mark.parametrize("size", [20_000, 200_000])
def test_hostile_text_is_read_in_linear_time(shape: str, size: int) -> None:
    article = Article.from_text(HOSTILE[shape] * (size // len(HOSTILE[shape])))
    sentences = split(article)
    found = within(2, lambda: attribute(sentences, article))
    assert all(a.voice in VOICES for a in found)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        (
            "Spokesman Carl Brod said it was safe. A police spokeswoman said two men fled.",
            "police spokeswoman",
        ),
        ("President Carl Brod said it was safe. The envoy, Nora Velt, arrived.", "Nora Velt"),
        ("Carl Brod said he knew. His daughter Ida Brand was silent.", "Ida Brand"),
        ("Ms. Velt said it was old. Mr. Brod said it was safe.", "Velt"),
        (
            "Its spokeswoman, Petrova, said it was old. Minister Orlov said it was safe.",
            "Petrova",
        ),
    ],
)
def test_she_is_a_woman(text: str, speaker: str) -> None:
    assert last(text + " She said more would follow.").speaker == speaker
