"""Divides labelled articles into train, dev and test so that each gets its share of every frame."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from framing.data.duplicates import groups_of, near_duplicates
from framing.data.records import SPLITS, Record
from framing.errors import RecordError, did_you_mean

__all__ = ["BOILERPLATE", "RATIOS", "split"]

RATIOS = {"train": 0.8, "dev": 0.1, "test": 0.1}
# A sentence that stands in more articles is a set phrase of its source, not a reprint. Of 1,298
# real articles, linking by any sentence twice seen left no group larger than 21.
BOILERPLATE = 20


def split(
    records: Iterable[Record],
    *,
    ratios: Mapping[str, float] | None = None,
    seed: int = 0,
    reassign: bool = False,
) -> list[Record]:
    """Return the records, in their order, each with the split of its article.

    Whole articles are assigned, and articles that share a sentence (nearly word for word, six
    words or more) together. Frames and voices are spread by `ratios` of their sentences (default
    .8 train, .1 dev, .1 test) with iterative stratification (Sechidis, Tsoumakas & Vlahavas 2011)
    over groups instead of single examples, then evened out by single moves. The result depends on
    the records and the seed, not on their order. Articles that already have a split keep it, so a
    growing data set stays divided as it was; `reassign` draws all anew. Raises `RecordError` for an
    article in two splits.
    """
    records = list(records)
    shares = _ratios(RATIOS if ratios is None else ratios)
    given = {} if reassign else _given(records)
    articles = sorted({r.article_id for r in records})
    position = {article: i for i, article in enumerate(articles)}
    group = _linked(records, position)
    members: dict[int, list[str]] = defaultdict(list)
    for article in articles:
        members[group[position[article]]].append(article)

    labels = _label_counts(records, position, group)
    home: dict[int, str] = {}
    for g, names in members.items():
        already = [given[a] for a in names if a in given]
        if already:  # New articles join the copies of them that are already placed.
            home[g] = min(already, key=SPLITS.index)
    placed = Counter[tuple[str, str]]()  # (split, label) -> sentences that are already there
    for g, names in members.items():
        if g not in home:
            continue
        for name in names:
            where = given.get(name, home[g])
            for label, n in labels[position[name]].items():
                placed[where, label] += n
    totals = Counter[str]()
    for counts in labels.values():
        totals.update(counts)
    open_groups = {
        g: sum((labels[position[a]] for a in names), Counter[str]())
        for g, names in members.items()
        if g not in home
    }
    wanted = {
        (s, label): share * n - placed[s, label]
        for s, share in shares.items()
        for label, n in totals.items()
    }
    home |= _stratify(open_groups, wanted, tuple(shares), seed)
    place = {a: given.get(a, home[g]) for g, names in members.items() for a in names}
    return [
        r if r.split == place[r.article_id] else replace(r, split=place[r.article_id])
        for r in records
    ]


_ANY = ""  # stands for every sentence beside the frames and voices


def _ratios(ratios: Mapping[str, float]) -> dict[str, float]:
    for name, share in ratios.items():
        if name not in SPLITS:
            raise RecordError(
                f"ratios name split '{name}', not {', '.join(SPLITS)}.{did_you_mean(name, SPLITS)}"
            )
        if not 0 <= share <= 1:
            raise RecordError(f"ratio of {name} is {share}; it must lie between 0 and 1")
    total = sum(ratios.values())
    if abs(total - 1) > 1e-6:
        raise RecordError(f"ratios sum to {total:g}, not 1")
    return {name: ratios[name] for name in SPLITS if ratios.get(name)}


def _given(records: Sequence[Record]) -> dict[str, str]:
    given: dict[str, str] = {}
    for r in records:
        if r.split is not None and given.setdefault(r.article_id, r.split) != r.split:
            raise RecordError(
                f"article '{r.article_id}' is in {given[r.article_id]} and in {r.split}; "
                "an article has one split. Divide anew with reassign"
            )
    return given


def _linked(records: Sequence[Record], position: Mapping[str, int]) -> list[int]:
    """Return the group of each article: articles that share a sentence share their group."""
    sentences = list({r.key: r.text for r in records}.items())
    pairs = list(near_duplicates([text for _, text in sentences]))
    same = groups_of(len(sentences), [(i, j) for i, j, _ in pairs])
    where: dict[int, set[int]] = defaultdict(set)
    for k, ((article, _), _) in enumerate(sentences):
        where[same[k]].add(position[article])
    links = [
        (min(articles), other)
        for articles in where.values()
        if 1 < len(articles) <= BOILERPLATE
        for other in articles
    ]
    return groups_of(len(position), links)


def _label_counts(
    records: Sequence[Record], position: Mapping[str, int], group: Sequence[int]
) -> dict[int, Counter[str]]:
    """Return for each article how many records carry each frame and voice, and how many it has."""
    counts: dict[int, Counter[str]] = {i: Counter() for i in range(len(group))}
    for r in records:
        here = counts[position[r.article_id]]
        here[_ANY] += 1
        for frame in r.frames:
            here[f"frame:{frame}"] += 1
        if r.voice:
            here[f"voice:{r.voice}"] += 1
    return counts


def _stratify(
    groups: Mapping[int, Counter[str]],
    wanted: dict[tuple[str, str], float],
    names: tuple[str, ...],
    seed: int,
) -> dict[int, str]:
    """Assign each group to the split that lacks most of its rarest label; `wanted` is used up."""
    keys = sorted(groups)
    order = [keys[k] for k in np.random.default_rng(seed).permutation(len(keys))]
    rank = {g: k for k, g in enumerate(order)}
    left = Counter[str]()
    for counts in groups.values():
        left.update(counts)
    home: dict[int, str] = {}
    while len(home) < len(groups):
        label = min(
            (name for name, n in left.items() if n > 0 and name != _ANY),
            key=lambda name: (left[name], name),
            default=_ANY,
        )
        carriers = [g for g in order if g not in home and groups[g][label]]
        # The largest first: small ones can still even out what a large one overshot.
        carriers.sort(key=lambda g: (-groups[g][label], rank[g]))
        for g in carriers:
            best = max(names, key=lambda s: (wanted[s, label], wanted[s, _ANY]))
            home[g] = best
            for name, n in groups[g].items():
                wanted[best, name] -= n
            left.subtract(groups[g])
    return _even_out(groups, wanted, names, order, home)


def _even_out(
    groups: Mapping[int, Counter[str]],
    wanted: Mapping[tuple[str, str], float],
    names: tuple[str, ...],
    order: Sequence[int],
    home: dict[int, str],
) -> dict[int, str]:
    """Move single groups as long as that brings the sum of squared relative gaps down.

    The greedy pass looks at one label at a time; on long articles that carry many labels it left
    the size of train 5 % short, which these moves repair.
    """
    labels = sorted({name for counts in groups.values() for name in counts})
    counts = {g: np.array([groups[g][name] for name in labels], float) for g in order}
    scale = 1 / np.maximum(sum(counts.values(), np.zeros(len(labels))), 1)
    gap = np.array([[wanted[s, name] for name in labels] for s in names])
    for _ in range(20):
        moved = False
        for g in order:
            here = names.index(home[g])
            after = np.repeat(gap[None], len(names), axis=0)
            after[:, here] += counts[g]
            for there in range(len(names)):
                after[there, there] -= counts[g]
            cost = ((after * scale) ** 2).sum((1, 2))
            best = int(cost.argmin())
            if cost[best] < cost[here] - 1e-12:
                home[g], gap, moved = names[best], after[best], True
        if not moved:
            break
    return home
