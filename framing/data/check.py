"""Finds what is wrong with labelled data before a model learns it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framing.codebook import Codebook
from framing.data.duplicates import near_duplicates
from framing.data.records import Record
from framing.data.split import BOILERPLATE
from framing.errors import RecordError, missing_extra

__all__ = ["Finding", "check"]

RARE = 20  # fewer training sentences than this and a frame is hardly learnt
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at; a serious one makes results wrong, others make them worse."""

    kind: str  # "leak", "article in two splits", "old codebook", "labels differ", ...
    serious: bool
    message: str
    sentences: tuple[Key, ...] = ()  # article and sentence numbers that it is about


def check(
    records: Iterable[Record],
    *,
    codebook: Codebook | None = None,
    similarity: float = 0.6,
    rare: int = RARE,
    probabilities: NDArray[np.floating[Any]] | None = None,
) -> list[Finding]:
    """Return what is wrong with labelled records, serious findings first.

    Serious: an article in two splits; a sentence of six words or more that stands (nearly) the same
    in two splits; the same sentence after the same context labelled differently by one annotator;
    a record that does not follow `codebook`. Others: repeated sentences within a split, the same
    sentence with other labels in another context, frames of `codebook` on fewer than `rare`
    (training) sentences. `probabilities` `(n_records, n_frames)`, out of fold and in the order of
    `codebook.frames`, adds labels that cleanlab finds unlikely (extra `check`).
    """
    records = list(records)
    findings = [
        *_two_splits(records),
        *_codebooks(records, codebook),
        *_repeated(records, similarity),
        *_rare(records, codebook, rare),
    ]
    if probabilities is not None:
        if codebook is None:
            raise RecordError("probabilities need the codebook whose frames are their columns")
        findings += _unlikely(records, codebook, probabilities)
    return sorted(findings, key=lambda f: not f.serious)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "..."


def _place(r: Record) -> str:
    return f"{r.article_id}:{r.sentence_id}"


def _two_splits(records: Sequence[Record]) -> Iterable[Finding]:
    splits: dict[str, set[str]] = defaultdict(set)
    for r in records:
        if r.split:
            splits[r.article_id].add(r.split)
    for article, names in splits.items():
        if len(names) > 1:
            yield Finding(
                "article in two splits",
                True,
                f"article '{article}' is in {' and '.join(sorted(names))}; it must be in one",
            )


def _codebooks(records: Sequence[Record], codebook: Codebook | None) -> Iterable[Finding]:
    named = Counter(r.codebook for r in records if r.codebook is not None)
    if codebook is None and len(named) > 1:
        listed = ", ".join(f"{name} ({n})" for name, n in named.most_common())
        yield Finding("old codebook", True, f"records follow different codebooks: {listed}")
    if codebook is None:
        return
    for name, n in named.most_common():
        if name != codebook.id:
            old = codebook.replaces is not None and codebook.replaces.codebook == name
            advice = "move them over with `framing data migrate`" if old else "they do not mix"
            yield Finding(
                "old codebook",
                True,
                f"{n} records follow codebook '{name}', not '{codebook.id}'; {advice}",
                tuple(r.key for r in records if r.codebook == name),
            )


def _repeated(records: Sequence[Record], similarity: float) -> Iterable[Finding]:
    """Compare sentences, not records: several annotators of a sentence are no duplicates."""
    rows: dict[Key, list[Record]] = defaultdict(list)
    for r in records:
        rows[r.key].append(r)
    keys = list(rows)
    texts = [rows[key][0].text for key in keys]
    spread: dict[int, set[str]] = defaultdict(set)
    pairs = list(near_duplicates(texts, similarity=similarity))
    for i, j, _ in pairs:
        spread[i] |= {keys[i][0], keys[j][0]}
    within: dict[str, list[tuple[Record, Record]]] = defaultdict(list)
    for i, j, value in pairs:
        a, b = rows[keys[i]][0], rows[keys[j]][0]
        same = "the same as" if value == 1 else f"nearly ({value:.0%}) the same as"
        if value == 1:
            yield from _labels_differ(rows[keys[i]], rows[keys[j]])
        if a.split is not None and b.split is not None and a.split != b.split:
            phrase = len(spread[i]) > BOILERPLATE
            yield Finding(
                "leak",
                not phrase,
                f"{_place(a)} in {a.split} is {same} {_place(b)} in {b.split}: '{_short(a.text)}'"
                + (f"; a set phrase of {len(spread[i])} articles" if phrase else ""),
                (a.key, b.key),
            )
        elif a.article_id != b.article_id:
            within[a.split or "the data"].append((a, b))
        else:
            within["the same article"].append((a, b))
    for where, copies in within.items():
        shown = ", ".join(f"{_place(a)} and {_place(b)}" for a, b in copies[:3])
        more = f" and {len(copies) - 3} more" if len(copies) > 3 else ""
        yield Finding(
            "duplicates",
            False,
            f"{len(copies)} sentences stand a second time in {where}: {shown}{more}",
            tuple(r.key for pair in copies for r in pair),
        )


def _labels_differ(first: Sequence[Record], second: Sequence[Record]) -> Iterable[Finding]:
    theirs = {r.annotator: r for r in second}
    for a in first:
        b = theirs.get(a.annotator)
        if b is None or set(a.frames) == set(b.frames):
            continue
        alike = a.context.split() == b.context.split()
        by = f" by {a.annotator}" if a.annotator else ""
        yield Finding(
            "labels differ",
            alike,
            f"'{_short(a.text)}' is [{', '.join(a.frames)}] in {_place(a)} and "
            f"[{', '.join(b.frames)}] in {_place(b)}{by}"
            + (", after the same context" if alike else ", after another context"),
            (a.key, b.key),
        )


def _rare(records: Sequence[Record], codebook: Codebook | None, rare: int) -> Iterable[Finding]:
    training = [r for r in records if r.split in (None, "train")]
    carriers: dict[str, set[Key]] = defaultdict(set)
    for r in training:
        for frame in r.frames:
            carriers[frame].add(r.key)
    for frame in codebook.frame_ids if codebook else sorted(carriers):
        n = len(carriers[frame])
        if n < rare:
            yield Finding(
                "rare frame",
                False,
                f"'{frame}' is on {n} training sentence{'' if n == 1 else 's'}; a model needs "
                f"{rare} or more",
            )


def _unlikely(
    records: Sequence[Record], codebook: Codebook, probabilities: NDArray[np.floating[Any]]
) -> Iterable[Finding]:
    """Ask cleanlab (Northcutt et al. 2021) for labels that the probabilities speak against."""
    try:
        from cleanlab.multilabel_classification.filter import find_label_issues
    except ImportError:
        raise missing_extra("check", "finding unlikely labels") from None
    shape = (len(records), len(codebook.frames))
    if probabilities.shape != shape:
        raise RecordError(f"probabilities have the shape {probabilities.shape}, not {shape}")
    column: Mapping[str, int] = {f: k for k, f in enumerate(codebook.frame_ids)}
    labels = [[column[f] for f in r.frames if f in column] for r in records]
    order = find_label_issues(
        labels=labels,
        pred_probs=np.asarray(probabilities, float),
        return_indices_ranked_by="self_confidence",
        n_jobs=1,
    )
    for i in order:
        r = records[int(i)]
        wrong = [
            f"{f} {'marked' if f in r.frames else 'not marked'}, probability {p:.2f}"
            for f, p in zip(codebook.frame_ids, probabilities[int(i)], strict=True)
            if (p < 0.5) == (f in r.frames)
        ]
        yield Finding(
            "unlikely label",
            False,
            f"{_place(r)} '{_short(r.text)}': {'; '.join(wrong) or 'its set of frames'}",
            (r.key,),
        )
