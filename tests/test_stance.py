"""Rejection: sentences that only debunk, test or refute what they tell of."""

from __future__ import annotations

import pytest

from framing.sentences import model_text
from framing.stance import rejects

REJECTING = [
    "Auditors found no evidence that the mill was burnt by foreign agents.",
    "There was no indication that the harbour had been sold.",
    "The claim that the duke had hired the gang is false.",
    "The letter in which the mayor begs for pardon turned out to be a forgery.",
    "False claims that the well was poisoned went round the town.",
    "The ledgers refute the story that the grain was stolen.",
    "The rumour about the secret treaty has been debunked.",
    "Fact check: the duke did not sell the lighthouse.",
    "Rating: false.",
    "No, the picture does not show a burning mosque.",
    "The clip was filmed in another country.",
    "A reverse image search leads to a film set.",
    "It is a myth that the bridge was built by prisoners.",
    "Nora Velt falsely claimed that the alliance had bought the judges.",
    "Aucune preuve ne montre que le moulin a été incendié.",
    "La vidéo est un montage.",
    "Il est faux de dire que le pont a été vendu.",
    "Contrairement aux rumeurs, le port n'a pas été vendu.",
    "Нет никаких доказательств того, что мельницу подожгли.",
    "Сообщения о продаже моста оказались фейком.",
]
ADVANCING = [
    "Nora Velt claimed, without evidence, that the alliance had bought the judges.",
    "The general denied that his men had been at the mill.",
    "What he called blackmail was a loan.",
    "The alliance burnt the mill with no evidence against the miller.",
    "If the claim is false, the duke will have to pay.",
    "The duke has no basis for trust in the alliance.",
    "The film shows the mill in flames.",
    "They spared no effort in support of the miller.",
    "Contrary to its promises, the alliance moved its border to our gates.",
    "Le duc n'a aucune confiance dans l'alliance.",
    "Герцог не верит союзу.",
]


@pytest.mark.parametrize("text", REJECTING)
def test_a_debunk_rejects_its_claim(text: str) -> None:
    assert rejects(text)


@pytest.mark.parametrize("text", ADVANCING)
def test_what_somebody_advances_is_not_rejected(text: str) -> None:
    assert not rejects(text)


def test_look_alike_letters_do_not_hide_a_rejection() -> None:
    assert rejects(model_text("There is no evid\u0435nce that the mill was burnt."))


def test_a_very_long_sentence_does_more_than_reject() -> None:
    assert not rejects("There is no evidence that the mill was burnt, " + "and on " * 80)
