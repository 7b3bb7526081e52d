"""A corpus's card counts its records and says where they come from; variety is measured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from framing.codebook import Codebook
from framing.data import Corpus, Record
from framing.data.card import croissant, data_card
from framing.data.diversity import diversity


def corpus() -> Corpus:
    articles = {}
    gold, marks = [], []
    for n in range(6):
        text = f"The minister of district {n} spoke. We choose our partners in year {n}."
        articles[f"a{n}"] = {"article_id": f"a{n}", "text": text, "register": "wire", "domain": "x"}
        for i, (start, end) in enumerate([(0, 34), (35, len(text))]):
            for annotator in ("composer", "second"):
                record = Record(
                    article_id=f"a{n}",
                    sentence_id=i,
                    text=text[start:end],
                    frames=("sovereignty",) if i else (),
                    voice="author",
                    annotator=annotator,
                    codebook="influence-1",
                    split="train",
                )
                marks.append(record)
            gold.append(record)
    return Corpus(Codebook.load("influence-1"), articles, tuple(gold), tuple(marks))


def test_the_card_says_who_composed_and_labelled() -> None:
    card = data_card(corpus(), name="made")
    assert "No person has composed, labelled or checked any of it." in card
    assert "12 of 12 sentences were labelled by two annotators" in card
    assert "| sovereignty | 6 | 1.000 |" in card


def test_the_card_counts_what_a_third_annotator_judged() -> None:
    made = corpus()
    judged = replace(made.marks[0], annotator="adjudicator")
    card = data_card(replace(made, marks=(*made.marks, judged)), name="made")
    assert "1 sentences on whose frames the two differ were judged by a third run" in card


def test_croissant_metadata_hold_the_files_and_the_origin(tmp_path: Path) -> None:
    for name in ("articles.jsonl", "gold.jsonl", "annotations.jsonl"):
        (tmp_path / name).write_text("{}\n")
    metadata = croissant(corpus(), tmp_path, name="made")
    assert [f["name"] for f in metadata["distribution"]] == [
        "articles.jsonl", "gold.jsonl", "annotations.jsonl",
    ]  # fmt: skip
    assert metadata["rai:dataCollectionType"] == ["Synthetic data"]


def test_template_filling_shows_in_the_figures_of_variety() -> None:
    filled = diversity([f"The minister of state number {n} spoke on Monday." for n in range(40)])
    varied = diversity(
        [
            "Rain fell on the harbour all night long.",
            "Nobody in the village remembers who signed the lease.",
            "Parliament adjourned without a vote on fuel prices.",
            "She poured the coffee and changed the subject twice.",
            "Two drones crossed the river before dawn on Sunday.",
        ]
    )
    assert filled.self_bleu > 0.6 > varied.self_bleu
    assert filled.near == 1
    assert varied.near == 0
    assert filled.distinct[1] < varied.distinct[1]
