"""Splits: by article, every frame in proportion, copies together, stable."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from framing.data import Record, split
from framing.errors import RecordError

Make = Callable[..., Record]


def _articles(n: int, seed: int = 0, start: int = 0) -> list[Record]:
    """Articles of 5 to 20 sentences with frames of very different frequency."""
    rng = np.random.default_rng(seed)
    records = []
    for a in range(start, start + n):
        for s in range(int(rng.integers(5, 20))):
            frames = tuple(
                f for f, p in zip("abc", (0.2, 0.05, 0.01), strict=True) if rng.random() < p
            )
            words = " ".join(f"w{x}" for x in rng.integers(0, 5000, 8))
            records.append(
                Record(article_id=f"n{a}", sentence_id=s, text=words, frames=frames, voice="author")
            )
    return records


def test_an_article_has_one_split_and_order_is_kept() -> None:
    records = _articles(50)
    done = split(records)
    assert [r.key for r in done] == [r.key for r in records]
    homes = {(r.article_id, r.split) for r in done}
    assert len(homes) == 50
    assert {s for _, s in homes} == {"train", "dev", "test"}


def test_every_frame_is_spread_by_the_ratios() -> None:
    records = _articles(400)
    done = split(records, ratios={"train": 0.7, "dev": 0.1, "test": 0.2})
    total, held = Counter[str](), Counter[tuple[str, str | None]]()
    for r in done:
        for label in (*r.frames, "any"):
            total[label] += 1
            held[label, r.split] += 1
    for label, n in total.items():
        for name, share in (("train", 0.7), ("dev", 0.1), ("test", 0.2)):
            assert abs(held[label, name] - share * n) <= max(1.5, 0.015 * n), (label, name)


def test_the_result_follows_the_seed_and_not_the_order_of_records() -> None:
    records = _articles(60)
    homes = {r.article_id: r.split for r in split(records, seed=3)}
    assert homes == {r.article_id: r.split for r in split(records[::-1], seed=3)}
    assert homes != {r.article_id: r.split for r in split(records, seed=4)}


def test_articles_that_share_a_sentence_stay_together(record: Make) -> None:
    copy = "The ministry said on Tuesday that the convoy had reached the northern town safely."
    records = _articles(100)
    ids = ("n3", "n40", "n77")
    records += [
        record(copy.replace("Tuesday", day), article_id=a, sentence_id=99)
        for a, day in zip(ids, ("Tuesday", "Monday", "TUESDAY"), strict=True)
    ]
    for seed in range(5):
        homes = {r.article_id: r.split for r in split(records, seed=seed)}
        assert len({homes[a] for a in ids}) == 1


def test_a_set_phrase_of_a_source_does_not_tie_all_its_articles(record: Make) -> None:
    phrase = "Follow our channel for the latest news from around the world."
    records = _articles(60) + [
        record(phrase, article_id=f"n{a}", sentence_id=99) for a in range(60)
    ]
    assert {r.split for r in split(records)} == {"train", "dev", "test"}


def test_articles_keep_their_split_when_others_are_added(record: Make) -> None:
    before = split(_articles(50), seed=1)
    homes = {r.article_id: r.split for r in before}
    after = split([*_articles(30, seed=9, start=50), *before], seed=2)
    grown = {r.article_id: r.split for r in after}
    assert {a: grown[a] for a in homes} == homes
    sizes = Counter(r.split for r in after)
    assert abs(sizes["train"] / sum(sizes.values()) - 0.8) < 0.03


def test_a_new_copy_joins_the_article_that_is_placed() -> None:
    before = split(_articles(20))
    in_test = next(r for r in before if r.split == "test")
    copy = replace(in_test, article_id="copy", split=None)
    assert split([*before, copy])[-1].split == "test"


def test_all_can_be_drawn_anew() -> None:
    first = split(_articles(40), seed=1)
    assert split(first, seed=2) == first
    assert split(first, seed=2, reassign=True) == split(_articles(40), seed=2)


def test_an_article_in_two_splits_is_an_error(record: Make) -> None:
    records = [record(split="train"), record(sentence_id=1, split="test")]
    with pytest.raises(RecordError, match="article 'a' is in train and in test"):
        split(records)


@pytest.mark.parametrize(
    ("ratios", "message"),
    [
        ({"train": 0.8, "dev": 0.1}, "ratios sum to 0.9, not 1"),
        ({"train": 0.9, "tets": 0.1}, "split 'tets', not train, dev, test. Did you mean 'test'"),
        ({"train": 1.2, "test": -0.2}, "ratio of train is 1.2"),
    ],
)
def test_wrong_ratios_are_named(ratios: dict[str, float], message: str) -> None:
    with pytest.raises(RecordError, match=message):
        split(_articles(3), ratios=ratios)


def test_no_records_give_none() -> None:
    assert split([]) == []
