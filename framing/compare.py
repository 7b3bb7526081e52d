"""Compare articles about the same event: which frames each advances, in whose voice, by whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from framing.page import colour_rules, escaped, frame_chip, whole_page
from framing.results import ArticleScore, FrameSummary, SentenceScore, SpeakerSummary
from framing.voice import VOICES

__all__ = ["Comparison", "compare", "letter"]

_STYLE = """
.cell{display:flex;height:10px;border-radius:4px;overflow:hidden;background:var(--card);
min-width:4rem}
.cell i{background:var(--c)}
.cell .quoted{background:repeating-linear-gradient(135deg,var(--c) 0 3px,transparent 3px 6px)}
.cell .reported{opacity:.4}
.side{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem}
.side section{border:1px solid var(--line);border-radius:6px;padding:.2rem 1rem .8rem;min-width:0}
.side h2{margin:.6rem 0 .2rem;overflow-wrap:anywhere}
.side blockquote{margin:.2rem 0 .9rem;padding-left:.7rem;border-left:3px solid var(--c);
font-size:.92rem;line-height:1.5;overflow-wrap:anywhere;unicode-bidi:isolate}
.side .chip{font-size:.85rem}
.key{--c:var(--soft)}.key .cell{display:inline-flex;width:1.8rem;min-width:0;margin-left:.6rem}
.wide table{table-layout:fixed;min-width:calc(10rem + 9rem*var(--n))}
.wide th:first-child{width:10rem}
@media(max-width:40rem){.wide .chip{white-space:normal}.wide th:first-child{width:6.4rem}
.wide table{min-width:calc(6.4rem + 7.5rem*var(--n))}}
"""


@dataclass(frozen=True)
class Comparison:
    """Scored articles side by side; made by `compare`. Tuples have one item an article."""

    articles: tuple[ArticleScore, ...]

    @cached_property
    def frames(self) -> Mapping[str, tuple[FrameSummary, ...]]:
        """Each frame that any article carries, in codebook order."""
        profiles = {
            frame: tuple(article.frames[frame] for article in self.articles)
            for frame in self.articles[0].provenance.thresholds
        }
        return {
            f: summaries for f, summaries in profiles.items() if any(s.count for s in summaries)
        }

    @cached_property
    def only(self) -> tuple[tuple[str, ...], ...]:
        """The frames that each article alone carries."""
        return tuple(
            tuple(f for f, s in self.frames.items() if s[i].count and not _others(s, i, any))
            for i in range(len(self.articles))
        )

    @cached_property
    def missing(self) -> tuple[tuple[str, ...], ...]:
        """The frames that every article but this one carries."""
        return tuple(
            tuple(f for f, s in self.frames.items() if not s[i].count and _others(s, i, all))
            for i in range(len(self.articles))
        )

    @cached_property
    def speakers(self) -> Mapping[str, tuple[SpeakerSummary | None, ...]]:
        """Each speaker under the longest form of the name, with what each article has of them.

        Two names are one speaker when the shorter is part of the longer and ends like it:
        "Lavrov" and "Sergei Lavrov".
        """
        rows: list[tuple[list[str], list[SpeakerSummary | None]]] = []
        for i, article in enumerate(self.articles):
            for said in article.speakers:
                for names, cells in rows:
                    if cells[i] is None and all(_same_name(said.speaker, n) for n in names):
                        names.append(said.speaker)
                        cells[i] = said
                        break
                else:
                    new: list[SpeakerSummary | None] = [None] * len(self.articles)
                    new[i] = said
                    rows.append(([said.speaker], new))
        return {max(names, key=len): tuple(cells) for names, cells in rows}

    def example(self, article: int, frame: str) -> SentenceScore:
        """Return the sentence of an article (by its number) that carries a frame most clearly."""
        carriers = [s for s in self.articles[article].sentences if frame in s.frames]
        return max(carriers, key=lambda s: s.scores[frame])

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain JSON values; lists have one item an article."""
        scored = [article.to_dict(text=False) for article in self.articles]
        return {
            "articles": [
                {
                    "name": letter(i),
                    **{key: a[key] for key in ("title", "date", "source", "language", "origin")},
                    "sentences": len(a["sentences"]),
                    "only": list(self.only[i]),
                    "missing": list(self.missing[i]),
                    "warnings": a["warnings"],
                }
                for i, a in enumerate(scored)
            ],
            "frames": {frame: [a["frames"][frame] for a in scored] for frame in self.frames},
            "speakers": [
                {
                    "speaker": speaker,
                    "articles": [
                        said
                        and {
                            "name": said.speaker,
                            "sentences": len(said.sentences),
                            "frames": {f: len(rows) for f, rows in said.frames.items()},
                        }
                        for said in cells
                    ],
                }
                for speaker, cells in self.speakers.items()
            ],
            "provenance": self.articles[0].provenance.to_dict(),
        }

    def to_html(self) -> str:
        """Return a self-contained page without scripts that shows the articles side by side."""
        p = self.articles[0].provenance
        body = (
            "<h1>The same event, framed</h1>"
            f'<div class="side">{"".join(map(self._card, range(len(self.articles))))}</div>'
            f"{self._profiles()}{self._who_speaks()}"
            f'<p class="note">Model {escaped(p.model)} revision {escaped(p.revision)}, codebook '
            f"{escaped(p.codebook)}, framing {escaped(p.library_version)}. A frame is an "
            "interpretation, not a falsehood; that an article lacks one is no fault in itself.</p>"
        )
        rules = _STYLE + colour_rules(list(p.thresholds))
        return whole_page("Comparison of articles", body, rules=rules, layout="wide")

    def _card(self, i: int) -> str:
        article = self.articles[i]
        head = " · ".join(escaped(x) for x in (article.source, article.date, article.origin) if x)
        warnings = "".join(f'<p class="warning">{escaped(w)}</p>' for w in article.warnings)
        alone = "".join(
            f"<div class='c-{frame}'>{frame_chip(frame)}"
            f"<blockquote>{_quotation(self.example(i, frame))}</blockquote></div>"
            for frame in self.only[i]
        )
        lacks = ", ".join(map(frame_chip, self.missing[i]))
        return (
            f"<section><h2>{letter(i)}. {escaped(article.title or '(no title)')}</h2>"
            f'<p class="meta">{head}{" · " if head else ""}{len(article.sentences)} sentences</p>'
            f"{warnings}<p class='note'>Only here: {'' if alone else 'nothing'}</p>{alone}"
            f"<p class='note'>Lacks what all others have: {lacks or 'nothing'}</p></section>"
        )

    def _profiles(self) -> str:
        if not self.frames:
            return (
                "<p class='note'>No sentence of any article reaches the threshold of a frame.</p>"
            )
        longest = max(s.share for summaries in self.frames.values() for s in summaries)
        rows = "".join(
            f"<tr class='c-{frame}'><td>{frame_chip(frame)}</td>"
            + "".join(f"<td>{_bar(s, longest)}</td>" for s in summaries)
            + "</tr>"
            for frame, summaries in self.frames.items()
        )
        key = "".join(
            f"<span class='cell'><i class='{v}' style='width:100%'></i></span> {v} " for v in VOICES
        )
        return (
            "<h2>Frames: share of each article's sentences, by voice</h2>"
            f"<p class='note key'>{key}</p>{self._table('frame', rows)}"
        )

    def _who_speaks(self) -> str:
        if not self.speakers:
            return ""
        rows = "".join(
            f"<tr><td>{escaped(speaker)}</td>"
            + "".join(f"<td>{_said(said)}</td>" for said in cells)
            + "</tr>"
            for speaker, cells in self.speakers.items()
        )
        return f"<h2>Speakers: sentences, and frames advanced</h2>{self._table('speaker', rows)}"

    def _table(self, first: str, rows: str) -> str:
        head = "".join(f"<th>{letter(i)}</th>" for i in range(len(self.articles)))
        return (
            f'<div class="scroll" tabindex="0"><table style="--n:{len(self.articles)}">'
            f"<tr><th>{first}</th>{head}</tr>{rows}</table></div>"
        )


def compare(results: Iterable[ArticleScore]) -> Comparison:
    """Compare two or more scored articles about the same event.

    Raises ValueError for fewer, or when different models scored them.
    """
    articles = tuple(results)
    if len(articles) < 2:
        raise ValueError(f"compare takes two articles or more, got {len(articles)}")
    models = {(a.provenance.sha256, a.provenance.codebook_digest): a for a in articles}
    if len(models) > 1:
        first, second = list(models.values())[:2]
        raise ValueError(
            f"the articles were scored by different models ({first.provenance.model} "
            f"{first.provenance.sha256[:12]}, {second.provenance.model} "
            f"{second.provenance.sha256[:12]}): score them with one"
        )
    return Comparison(articles)


def letter(article: int) -> str:
    """Return the short name of an article by its number: A to Z, then numbers."""
    return chr(ord("A") + article) if article < 26 else str(article + 1)


def _others(
    summaries: Sequence[FrameSummary], i: int, how: Callable[[Iterable[int]], bool]
) -> bool:
    return how(s.count for j, s in enumerate(summaries) if j != i)


def _same_name(one: str, other: str) -> bool:
    short, long = sorted((one.casefold().split(), other.casefold().split()), key=len)
    return short[-1:] == long[-1:] and set(short) <= set(long)


def _quotation(sentence: SentenceScore) -> str:
    said = sentence.voice + (f", {escaped(sentence.speaker)}" if sentence.speaker else "")
    return f"{escaped(sentence.text)} <span class='meta'>({said})</span>"


def _bar(summary: FrameSummary, longest: float) -> str:
    if not summary.count:
        return "<span class='meta'>none</span>"
    shares = {voice: getattr(summary, voice) for voice in VOICES}
    parts = "".join(
        f'<i class="{voice}" style="width:{share / longest:.1%}"></i>'
        for voice, share in shares.items()
    )
    told = ", ".join(f"{voice} {share:.0%}" for voice, share in shares.items() if share)
    return f'<div class="cell">{parts}</div>{summary.share:.0%} <span class="meta">{told}</span>'


def _said(said: SpeakerSummary | None) -> str:
    if said is None:
        return "<span class='meta'>not heard</span>"
    frames = " ".join(f"{frame_chip(f)} {len(rows)}" for f, rows in said.frames.items())
    return f"{len(said.sentences)} {frames}"
