"""Measures voice and speaker on labelled sentences and on PolNeAR's attributions.

PolNeAR (Newell, Margolin and Ruths, LREC 2018) marks in US campaign news every attribution with its
source, cue and content. Its notion is wider than `voice`: thoughts, wishes and questions count too,
so a sentence is found there when an `Attribution` has a cue, whatever its voice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from framing.article import Article, Block, Span
from framing.cues import CUES
from framing.sentences import Sentence, split
from framing.voice import VOICES, Attribution, attribute

__all__ = [
    "POLNEAR_COUNTS",
    "head_word",
    "polnear",
    "polnear_counts",
    "polnear_measures",
    "voice_metrics",
]

_ENTITY = re.compile(r"T(\d+)\t(\w+) ([\d ;]+)\t")
_EVENT = re.compile(r"E\d+\t(.+)")
_WORD = re.compile(r"\w+(?:[-'’.]\w+)*")
POLNEAR_COUNTS = ("direct", "direct_ok", "indirect", "indirect_ok", "tp", "fp", "fn")
_QUOTE = re.compile('["“”„«»]')


@dataclass(frozen=True, slots=True)
class _Gold:
    """One gold attribution: the spans of its parts."""

    sources: tuple[Span, ...]
    cues: tuple[Span, ...]
    contents: tuple[Span, ...]


def head_word(phrase: str) -> str:
    """Return the head word of a noun phrase lower case: the last before a preposition."""
    words = _WORD.findall(re.split(r",|\s[-–—]\s|\(", phrase.strip().strip(',"“” '))[0])
    prepositions = CUES["en"].prepositions | {"who", "that", "which", "whose"}
    for i, word in enumerate(words):
        if i and word.lower() in prepositions:
            words = words[:i]
            break
    word = words[-1].lower() if words else ""
    return re.sub(r"['’]s$", "", word)


def polnear(folder: str | Path, *, limit: int | None = None) -> dict[str, float]:
    """Measure on a folder with `text/*.txt` and `attributions/*.ann`, such as PolNeAR's dev part.

    `direct_speaker`: share of attributions with a direct quotation (five words in marks) whose
    source's head word is that of our speaker for the quotation's sentence. `indirect_speaker`:
    the same for the others whose sentence we found. `sentence_f1`: finding the sentences that hold
    a cue or a content. Raises `FileNotFoundError` when the folder is not of that form.
    """
    files = polnear_counts(folder, limit=limit)
    total = {key: sum(counts[key] for _, counts in files) for key in POLNEAR_COUNTS}
    return {"articles": len(files), **polnear_measures(total)}


def polnear_counts(
    folder: str | Path, *, limit: int | None = None
) -> list[tuple[str, dict[str, int]]]:
    """Return article and counts of every annotated file; sums of them go to `polnear_measures`.

    Raises `FileNotFoundError` when the folder is not of that form.
    """
    root = Path(folder)
    texts = {p.stem: p for p in sorted((root / "text").glob("*.txt"))}
    files = sorted((root / "attributions").glob("*.ann"))[:limit]
    if not texts or not files:
        raise FileNotFoundError(f"{root}: needs text/*.txt and attributions/*.ann (PolNeAR)")
    found = []
    for file in files:
        name = re.sub(r"_[0-9a-f]{4}$", "", file.stem)
        if name not in texts:
            raise FileNotFoundError(f"{file}: no {root / 'text' / name}.txt to go with it")
        article = _paragraphs(texts[name].read_text(encoding="utf-8"))
        sentences = split(article)
        counts = dict.fromkeys(POLNEAR_COUNTS, 0)
        _count(_read(file), sentences, attribute(sentences, article), article, counts)
        found.append((name, counts))
    return found


def polnear_measures(counts: Mapping[str, int]) -> dict[str, float]:
    """Return the figures that follow from counts, those of one file or the sums of many."""
    precision = counts["tp"] / max(1, counts["tp"] + counts["fp"])
    recall = counts["tp"] / max(1, counts["tp"] + counts["fn"])
    return {
        "direct": counts["direct"],
        "direct_speaker": counts["direct_ok"] / max(1, counts["direct"]),
        "indirect": counts["indirect"],
        "indirect_speaker": counts["indirect_ok"] / max(1, counts["indirect"]),
        "sentence_precision": precision,
        "sentence_recall": recall,
        "sentence_f1": 2 * precision * recall / max(1e-9, precision + recall),
    }


def _paragraphs(text: str) -> Article:
    """Take every paragraph as it is: PolNeAR's texts hold no page furniture."""
    blocks = [
        Block(m.start(), m.end(), "paragraph")
        for m in re.finditer(r"[^\n]+", text)
        if any(map(str.isalnum, m[0]))
    ]
    return Article(text, tuple(blocks), language="en")


def _read(file: Path) -> list[_Gold]:
    spans: dict[str, tuple[Span, ...]] = {}
    events: list[str] = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if match := _ENTITY.match(line):
            pairs = [p.split() for p in match[3].split(";")]
            spans["T" + match[1]] = tuple((int(a), int(b)) for a, b in pairs)
        elif match := _EVENT.match(line):
            events.append(match[1])
    gold = []
    for event in events:
        parts: dict[str, list[Span]] = {"Source": [], "Cue": [], "Content": []}
        for part in event.split():
            role, _, name = part.partition(":")
            role = role.rstrip("0123456789")
            if role in parts:
                parts[role].extend(spans.get(name, ()))
        gold.append(_Gold(tuple(parts["Source"]), tuple(parts["Cue"]), tuple(parts["Content"])))
    return gold


def _count(
    gold: Sequence[_Gold],
    sentences: Sequence[Sentence],
    found: Sequence[Attribution],
    article: Article,
    counts: dict[str, int],
) -> None:
    text = article.text
    marked: set[int] = set()
    for item in gold:
        marked.update(
            i
            for i, s in enumerate(sentences)
            if any(a < s.end and b > s.start for a, b in (*item.cues, *item.contents))
        )
        if not item.sources or not item.contents:
            continue
        heads = {head_word(text[a:b]) for a, b in item.sources}
        quoted = [span for span in item.contents if _is_direct(text, span)]
        span = (quoted or list(item.contents))[0]
        rows = [i for i, s in enumerate(sentences) if span[0] < s.end and span[1] > s.start]
        if quoted:
            counts["direct"] += 1
            counts["direct_ok"] += any(_same(found[i], text, heads) for i in rows)
        else:
            counts["indirect"] += 1
            counts["indirect_ok"] += any(_same(found[i], text, heads) for i in rows)
    for i in range(len(sentences)):
        said = found[i].cue is not None or found[i].voice != "author"
        if i in marked:
            counts["tp" if said else "fn"] += 1
        elif said:
            counts["fp"] += 1


def _is_direct(text: str, span: Span) -> bool:
    part = text[max(0, span[0] - 1) : span[1] + 1]
    return bool(_QUOTE.search(part)) and any(
        len(_WORD.findall(q)) >= 5 for q in re.findall('["“][^"“”]{5,}', part)
    )


def _same(attribution: Attribution, text: str, heads: set[str]) -> bool:
    names = {head_word(attribution.speaker)} if attribution.speaker else set()
    if attribution.speaker_span:
        a, b = attribution.speaker_span
        names.add(head_word(text[a:b]))
    return bool(names & heads)


def voice_metrics(rows: Iterable[tuple[Mapping[str, object], Attribution]]) -> dict[str, float]:
    """Return accuracy, macro-F1 and speaker match of `(record, attribution)` pairs.

    A record has `voice` and `speaker`. The speaker matches when its last word is in the other's
    name; only sentences whose voice is right and that have a gold speaker count.
    """
    pairs = list(rows)
    scores = []
    for voice in VOICES:
        both = sum(r["voice"] == voice == x.voice for r, x in pairs)
        either = sum((r["voice"] == voice) + (x.voice == voice) for r, x in pairs)
        scores.append(2 * both / either if either else 0.0)
    spoken = [
        (str(r["speaker"]), x.speaker or "")
        for r, x in pairs
        if r["voice"] == x.voice != "author" and r["speaker"]
    ]
    matched = sum(
        _last(gold) in _lowered(name) or _last(name) in _lowered(gold) for gold, name in spoken
    )
    return {
        "sentences": len(pairs),
        "accuracy": sum(r["voice"] == x.voice for r, x in pairs) / max(1, len(pairs)),
        "macro_f1": sum(scores) / len(scores),
        **{f"f1_{voice}": score for voice, score in zip(VOICES, scores, strict=True)},
        "speaker": matched / max(1, len(spoken)),
    }


def _lowered(name: str) -> list[str]:
    return [w.lower() for w in re.findall(r"\w+", name)]


def _last(name: str) -> str:
    return (_lowered(name) or [""])[-1]
