"""Results and codebooks as text for a terminal or a pipe."""

from __future__ import annotations

from typing import IO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from framing.codebook import Codebook, Frame
from framing.compare import Comparison, letter
from framing.explain import Evidence, strongest
from framing.results import ArticleScore, SentenceScore
from framing.sentences import model_text

__all__ = [
    "article_table",
    "codebook_table",
    "comparison_table",
    "evidence_table",
    "frame_table",
]

_GROUP_COLOURS = ("green", "red", "yellow", "magenta", "cyan", "blue")


def _console(stream: IO[str]) -> Console:
    # In a pipe a fixed width keeps the output the same whatever terminal it is read on.
    return Console(
        file=stream, highlight=False, width=None if stream.isatty() else 110, emoji=False
    )


def _visible(text: str) -> str:
    """Return text that no terminal can take for a command; lone surrogates become U+FFFD."""
    text = " ".join(text.split())
    text = "".join(c if c.isprintable() else "" for c in text)
    return text.encode("utf-8", "replace").decode("utf-8")


def article_table(result: ArticleScore, stream: IO[str]) -> None:
    """Print an article: each sentence with voice and frames, then the sums per frame."""
    console = _console(stream)
    head = " · ".join(_visible(p) for p in (result.source, result.date, result.origin) if p)
    console.print(Text(_visible(result.title or "(no title)"), style="bold"))
    if head:
        console.print(Text(head, style="dim"))
    for warning in result.warnings:
        console.print(Text(f"warning: {_visible(warning)}", style="bold yellow"))
    console.print()
    if not result.sentences:
        console.print(Text("no sentences"))
        return

    table = Table(box=None, padding=(0, 1, 0, 0), show_header=True, header_style="dim")
    table.add_column("#", justify="right", style="dim")
    table.add_column("whose words", ratio=2, overflow="fold")
    table.add_column("frames", ratio=3, overflow="fold")
    table.add_column("sentence", ratio=8, overflow="fold")
    for i, sentence in enumerate(result.sentences, 1):
        table.add_row(
            str(i), _voice(sentence), _frames(sentence), Text(_visible(model_text(sentence.text)))
        )
    console.print(table)
    console.print()

    sums = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("frame", "sentences", "share", "author", "quoted", "reported", "highest"):
        sums.add_column(name, justify="left" if name == "frame" else "right")
    carried = [(frame, f) for frame, f in result.frames.items() if f.count]
    for frame, f in sorted(carried, key=lambda pair: -pair[1].count):
        shares = (f.share, f.author, f.quoted, f.reported)
        sums.add_row(frame, str(f.count), *(f"{s:.0%}" for s in shares), f"{f.maximum:.2f}")
    if carried:
        console.print(sums)
    else:
        console.print(Text("no sentence reaches the threshold of any frame"))
    p = result.provenance
    dropped = f"; {len(result.dropped)} pieces of page furniture left out" if result.dropped else ""
    console.print(
        Text(
            f"\n{len(result.sentences)} sentences{dropped}. Model {p.model} r{p.revision}, "
            f"codebook {p.codebook}, framing {p.library_version}. A frame is an interpretation, "
            "not a falsehood; read the sentence before you conclude.",
            style="dim",
        )
    )


def _voice(sentence: SentenceScore) -> Text:
    said = Text(sentence.voice, style="dim" if sentence.voice == "author" else "cyan")
    if sentence.speaker:
        said.append(f": {_visible(sentence.speaker)}", style="default")
    if sentence.stance != "plain":
        said.append(f" ({sentence.stance})", style="dim")
    return said


def _frames(sentence: SentenceScore) -> Text:
    text = Text()
    for frame in sentence.frames:
        text.append("\n" if text else "")
        text.append(f"{frame} ", style="bold")
        text.append(f"{sentence.scores[frame]:.2f}")
    if sentence.truncated:
        text.append("\n(cut)", style="red")
    return text


def evidence_table(result: ArticleScore, evidence: Evidence, stream: IO[str]) -> None:
    """Print sentences with the words that carry each frame, strongest first, and their weights."""
    console = _console(stream)
    limits = result.provenance.thresholds
    for i, words_of_frame in evidence.items():
        sentence = result.sentences[i]
        console.print(Text(_visible(model_text(sentence.text)), style="bold"))
        table = Table(box=None, padding=(0, 2, 0, 1), header_style="dim")
        table.add_column("frame", overflow="fold")
        table.add_column("probability", justify="right")
        table.add_column("threshold", justify="right")
        table.add_column("words, and what each adds to the log-odds", overflow="fold")
        for frame, words in words_of_frame.items():
            told = ", ".join(
                f"{_visible(w.word)} {w.weight:+.2f}" for w in strongest(words, most=6)
            )
            below = "" if frame in sentence.frames else " (below)"
            table.add_row(
                frame,
                f"{sentence.scores[frame]:.2f}{below}",
                f"{limits[frame]:.2f}",
                Text(told or "no word speaks for it"),
            )
        console.print(table)
        console.print()
    if not evidence:
        console.print(Text("no sentences"))


def comparison_table(comparison: Comparison, stream: IO[str]) -> None:
    """Print articles side by side: frames by voice, what one alone has or lacks, speakers."""
    console = _console(stream)
    for i, article in enumerate(comparison.articles):
        head = (article.title or "(no title)", article.source, article.date, article.origin)
        console.print(Text(f"{letter(i)}  {' · '.join(_visible(h) for h in head if h)}"))
        for warning in article.warnings:
            console.print(Text(f"   warning: {_visible(warning)}", style="bold yellow"))
        for name, frames in (("only here", comparison.only), ("lacks", comparison.missing)):
            if frames[i]:
                console.print(Text(f"   {name}: {', '.join(frames[i])}"))
    console.print()
    letters = [letter(i) for i in range(len(comparison.articles))]
    shares = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("frame (author / quoted / reported)", *letters):
        shares.add_column(name, overflow="fold")
    for frame, summaries in comparison.frames.items():
        shares.add_row(
            frame,
            *(
                f"{s.share:.0%} ({s.author:.0%} / {s.quoted:.0%} / {s.reported:.0%})"
                if s.count
                else "-"
                for s in summaries
            ),
        )
    console.print(shares if comparison.frames else Text("no frame reaches its threshold"))
    if not comparison.speakers:
        return
    console.print()
    speakers = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("speaker: sentences", *letters):
        speakers.add_column(name, overflow="fold")
    for speaker, cells in comparison.speakers.items():
        speakers.add_row(
            Text(_visible(speaker)),
            *(
                f"{len(said.sentences)} {', '.join(said.frames)}".strip() if said else "-"
                for said in cells
            ),
        )
    console.print(speakers)


def codebook_table(codebook: Codebook, stream: IO[str]) -> None:
    """Print a codebook: its frames by group, each with its definition."""
    console = _console(stream)
    console.print(Text(f"{codebook.id}: {codebook.name}", style="bold"))
    console.print(Text(codebook.description))
    colours = {g: _GROUP_COLOURS[i % 6] for i, g in enumerate(codebook.groups)}
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("group", "frame", "a sentence carries it when it ..."):
        table.add_column(name, overflow="fold")
    for frame in codebook.frames:
        colour = colours.get(frame.group, "default")
        table.add_row(Text(frame.group, style=colour), Text(frame.id), Text(frame.definition))
    console.print(table)
    console.print(Text(f"digest {codebook.digest[:12]}", style="dim"))


def frame_table(frame: Frame, stream: IO[str]) -> None:
    """Print one frame: definition, rules, examples, near misses, crosswalk."""
    console = _console(stream)
    console.print(Text(f"{frame.id}: {frame.name} ({frame.group})", style="bold"))
    console.print(Text(frame.definition))
    parts = {
        "when": frame.when,
        "not when": frame.when_not,
        "boundaries": frame.boundary,
        "examples that carry it": frame.examples,
        "near misses that do not": frame.near_misses,
        "elsewhere": tuple(f"{k}: {', '.join(v)}" for k, v in frame.crosswalk.items()),
    }
    for title, lines in parts.items():
        if lines:
            console.print(Text(f"\n{title}", style="dim"))
        for line in lines:
            console.print(Padding(Text(f"- {line}"), (0, 0, 0, 1)))
