"""`framing annotate` and `framing data ...`: labelled data on the command line."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.columns import Columns
from rich.console import Console
from rich.table import Table
from rich.text import Text

from framing.codebook import Codebook
from framing.data.annotate import Answer, Command, Passage, Question
from framing.data.records import DEFAULT_CODEBOOK, SPLITS, Record
from framing.errors import ArticleError, RecordError, did_you_mean

__all__ = ["annotate_command", "data_app"]

data_app = typer.Typer(
    help="Check, describe, compare, divide, move and convert labelled data.", no_args_is_help=True
)

Files = Annotated[
    list[Path] | None, typer.Argument(help="Record files (JSON Lines); none: the shipped corpus.")
]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Leave bad rows out, and count them; status 1.")
]
CodebookName = Annotated[
    str | None, typer.Option("--codebook", help="A codebook, or its file, for all records.")
]
Out = Annotated[Path, typer.Option("--out", "-o", help="Write to this file, whole or not at all.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Method(StrEnum):
    """How several annotators become one."""

    MAJORITY = "majority"
    EXPERTS = "experts"
    SOFT = "soft"


def _plain(text: str) -> str:
    """Return text on one line that no terminal can take for a command."""
    text = "".join(c if c.isprintable() else "" for c in " ".join(text.split()))
    return text.encode("utf-8", "replace").decode("utf-8")


def _console() -> Console:
    width = None if sys.stdout.isatty() else 100
    return Console(highlight=False, emoji=False, markup=False, width=width)


class _Rows:
    """The records of files, read once; remembers how many rows were left out."""

    def __init__(
        self, files: Sequence[Path] | None, codebook: Codebook | None, skip_bad: bool
    ) -> None:
        from framing.data import load_corpus, read_jsonl

        self.skipped = 0
        self.records: list[Record] = []
        if not files:
            self.records = list(load_corpus().records)
            return
        seen: dict[tuple[str, int, str | None], Path] = {}
        for file in files:
            reading = read_jsonl(file, codebook=codebook, skip_bad=skip_bad)
            kept = 0
            for r in reading:
                first = seen.setdefault((*r.key, r.annotator), file)
                if first == file:
                    self.records.append(r)
                    kept += 1
                    continue
                problem = (
                    f"{file}: sentence {r.sentence_id} of article '{_plain(r.article_id)}' by the "
                    f"same annotator is also in {first}"
                )
                if not skip_bad:
                    raise RecordError(problem)
                reading.skipped += 1
                reading.errors.append(problem)
            for error in reading.errors[:20]:
                print(f"framing: {error}", file=sys.stderr)
            if reading.skipped:
                print(
                    f"framing: {file}: {reading.skipped} of {kept + reading.skipped} rows left "
                    f"out, {kept} kept",
                    file=sys.stderr,
                )
            self.skipped += reading.skipped

    def done(self) -> None:
        """End with status 1 when rows were left out."""
        if self.skipped:
            raise typer.Exit(1)


def _codebook(name: str | None) -> Codebook | None:
    return None if name is None else Codebook.load(name)


def _codebook_of(records: Iterable[Record], name: str | None) -> Codebook:
    """Return the codebook that was asked for, else the one that most records name."""
    if name is not None:
        return Codebook.load(name)
    named = Counter(r.codebook or DEFAULT_CODEBOOK for r in records)
    return Codebook.load(named.most_common(1)[0][0] if named else DEFAULT_CODEBOOK)


@data_app.command("check")
def check_command(
    files: Files = None, codebook: CodebookName = None, skip_bad: SkipBad = False
) -> None:
    """Find copies across splits, contradictions, rare frames; status 1 if one is serious."""
    from framing.data import check

    rows = _Rows(files, None, skip_bad)
    findings = check(rows.records, codebook=_codebook_of(rows.records, codebook))
    for f in findings:
        print(f"{'SERIOUS' if f.serious else 'note'}: {f.kind}: {_plain(f.message)}")
    serious = sum(f.serious for f in findings)
    print(f"{len(rows.records)} records: {serious} serious, {len(findings) - serious} to look at")
    if serious:
        raise typer.Exit(1)
    rows.done()


@data_app.command("overlap")
def overlap_command(
    against: Annotated[
        list[Path], typer.Option(help="Record files that nothing may be copied of.")
    ],
    files: Files = None,
    length: Annotated[int, typer.Option(min=3, help="Words in a row.")] = 8,
) -> None:
    """List runs of words that the corpus, or FILES, share with other records; status 1 if any."""
    from framing.data.diversity import shared_passages

    own, other = _Rows(files, None, False).records, _Rows(against, None, False).records
    found = shared_passages([r.text for r in own], [r.text for r in other], length=length)
    for shared in found:
        mine, theirs = own[shared.index], other[shared.other]
        print(
            f"{_plain(mine.article_id)}:{mine.sentence_id} and {_plain(theirs.article_id)}:"
            f"{theirs.sentence_id}: {shared.words}"
        )
    print(
        f"{len(found)} runs of {length} words or more in {len(own)} sentences are also in "
        f"{len(other)} others"
    )
    if found:
        raise typer.Exit(1)


@data_app.command("stats")
def stats_command(
    files: Files = None,
    codebook: CodebookName = None,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Count articles, sentences, frames, voices and sources, by split, with the data's digest."""
    rows = _Rows(files, _codebook(codebook), skip_bad)
    stats = _stats(rows.records, _codebook_of(rows.records, codebook))
    if as_json:
        print(json.dumps(stats, indent=1))
        rows.done()
        return
    console = _console()
    for name in ("records", "sentences", "articles", "annotators", "codebook", "digest"):
        console.print(f"{name}: {_plain(str(stats[name]))}")
    for name in ("voices", "sources", "licences"):
        console.print(f"{name}: " + _plain(", ".join(f"{k} {n}" for k, n in stats[name].items())))
    console.print(f"no frame: {stats['no_frame']} ({stats['no_frame_share']:.1%})")
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("frame")
    for split in ("all", *stats["splits"]):
        table.add_column(split, justify="right")
    table.add_row("(sentences)", *map(str, (stats["sentences"], *stats["splits"].values())))
    for frame, counts in stats["frames"].items():
        table.add_row(frame, *(str(counts.get(s, 0)) for s in ("all", *stats["splits"])))
    console.print(table)
    rows.done()


def _stats(records: Sequence[Record], codebook: Codebook) -> dict[str, Any]:
    """Return counts of sentences; a frame counts for a sentence when any annotator marked it."""
    from framing.data import digest

    marked: dict[tuple[str, int], set[str]] = {}
    split: dict[tuple[str, int], str] = {}
    for r in records:
        marked.setdefault(r.key, set()).update(r.frames)
        split[r.key] = r.split or "unassigned"
    order = [s for s in (*SPLITS, "unassigned") if s in set(split.values())]
    counts: dict[str, Counter[str]] = {frame: Counter() for frame in codebook.frame_ids}
    for key, frames in marked.items():
        for frame in frames:
            counts.setdefault(frame, Counter()).update(("all", split[key]))
    none = sum(not frames for frames in marked.values())
    return {
        "records": len(records),
        "sentences": len(marked),
        "articles": len({article for article, _ in marked}),
        "annotators": ", ".join(sorted({r.annotator for r in records if r.annotator})) or "unnamed",
        "codebook": codebook.id,
        "digest": digest(records),
        "splits": {s: sum(v == s for v in split.values()) for s in order},
        "voices": dict(Counter(r.voice or "unmarked" for r in records).most_common()),
        "sources": dict(Counter(r.source or "unnamed" for r in records).most_common()),
        "licences": dict(Counter(r.licence or "unnamed" for r in records).most_common()),
        "no_frame": none,
        "no_frame_share": none / max(1, len(marked)),
        "frames": {frame: dict(c) for frame, c in counts.items()},
    }


@data_app.command("card")
def card_command(
    folder: Annotated[Path, typer.Argument(help="A folder with articles, gold and annotations.")],
    name: Annotated[str, typer.Option(help="What the corpus is called.")] = "influence-corpus-1",
) -> None:
    """Write a corpus's card (README.md) and Croissant metadata, counted from its records."""
    from framing.data import load_corpus
    from framing.data.card import croissant, data_card

    corpus = load_corpus(folder)
    (folder / "README.md").write_text(data_card(corpus, name=name), encoding="utf-8")
    metadata = json.dumps(croissant(corpus, folder, name=name), indent=1)
    (folder / "croissant.json").write_text(metadata + "\n", encoding="utf-8")


@data_app.command("agreement")
def agreement_command(
    files: Annotated[list[Path], typer.Argument(help="Files of two or more annotators' records.")],
    codebook: CodebookName = None,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
    disagreements: Annotated[
        Path | None,
        typer.Option(
            help="Write the sentences in dispute here, unlabelled, for a third annotator."
        ),
    ] = None,
) -> None:
    """Compare annotators: alpha by frame and over sets with intervals, kappa, confused frames."""
    from framing.data import agreement, write_jsonl
    from framing.data import disagreements as find_disagreements

    rows = _Rows(files, _codebook(codebook), skip_bad)
    book = _codebook_of(rows.records, codebook)
    found = agreement(rows.records, frame_ids=book.frame_ids)
    if disagreements is not None:
        disputed = [d.unlabelled() for d in find_disagreements(rows.records)]
        write_jsonl(disagreements, disputed)
    if as_json:
        print(json.dumps(found.to_dict(), indent=1))
        rows.done()
        return
    console = _console()
    console.print(
        f"{', '.join(map(_plain, found.annotators))}: {found.sentences} sentences of "
        f"{found.articles} articles labelled by two or more"
    )
    table = Table(box=None, padding=(0, 2, 0, 0))
    pairs = list(found.kappa)
    for name in (
        "",
        "alpha",
        "95 %",
        "marked",
        *(f"kappa {_plain(a)}/{_plain(b)}" for a, b in pairs),
    ):
        table.add_column(name, justify="right" if name else "left")
    whole = (("sets (MASI)", found.sets), ("any frame", found.any_frame), ("voice", found.voice))
    for label, a in (*found.frames.items(), *whole):
        kappas = (f"{found.kappa[p][label]:.3f}" if label in found.kappa[p] else "" for p in pairs)
        table.add_row(
            label, f"{a.value:.3f}", f"{a.low:.3f} to {a.high:.3f}", str(a.support), *kappas
        )
    console.print(table)
    for c in found.confused[:15]:
        console.print(f"{c.count:5d}  {c.frame} / {c.other or 'no frame'}")
    rows.done()


@data_app.command("adjudicate")
def adjudicate_command(
    files: Annotated[list[Path], typer.Argument(help="Files of the annotators' records.")],
    out: Out,
    method: Annotated[Method, typer.Option(help="How to decide.")] = Method.MAJORITY,
    expert: Annotated[
        list[str] | None, typer.Option(help="An annotator who decides; the first named first.")
    ] = None,
    codebook: CodebookName = None,
    skip_bad: SkipBad = False,
) -> None:
    """Make one gold record a sentence, with the trail of who said what in its note."""
    from framing.data import adjudicate, write_jsonl

    rows = _Rows(files, _codebook(codebook), skip_bad)
    gold = adjudicate(rows.records, method=method.value, experts=expert or ())
    print(f"{out}: {write_jsonl(out, gold)} gold records")
    rows.done()


@data_app.command("split")
def split_command(
    files: Annotated[list[Path], typer.Argument(help="Record files (JSON Lines).")],
    out: Out,
    train: Annotated[float, typer.Option(help="Share of train.")] = 0.8,
    dev: Annotated[float, typer.Option(help="Share of dev.")] = 0.1,
    test: Annotated[float, typer.Option(help="Share of test.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Another seed, another division.")] = 0,
    reassign: Annotated[
        bool, typer.Option("--reassign", help="Draw anew; else articles keep their split.")
    ] = False,
    codebook: CodebookName = None,
    skip_bad: SkipBad = False,
) -> None:
    """Divide articles into train, dev and test, each with its share of every frame."""
    from framing.data import split, write_jsonl

    rows = _Rows(files, _codebook(codebook), skip_bad)
    ratios = {"train": train, "dev": dev, "test": test}
    done = split(rows.records, ratios=ratios, seed=seed, reassign=reassign)
    write_jsonl(out, done)
    sizes = Counter(r.split for r in done)
    print(f"{out}: " + ", ".join(f"{s} {sizes[s]}" for s in SPLITS if sizes[s]))
    rows.done()


@data_app.command("migrate")
def migrate_command(
    files: Annotated[list[Path], typer.Argument(help="Files of records to move.")],
    out: Out,
    codebook: Annotated[str, typer.Option(help="The new codebook, or its file.")],
    skip_bad: SkipBad = False,
) -> None:
    """Move labels to a codebook's next version, and list what a person must decide."""
    from framing.data import migrate, write_jsonl

    rows = _Rows(files, None, skip_bad)
    moved = migrate(rows.records, Codebook.load(codebook))
    write_jsonl(out, moved.records)
    for d in moved.decisions:
        r = d.record
        print(
            f"decide: {_plain(r.article_id)}:{r.sentence_id} '{d.frame}' is now "
            f"{' or '.join(d.choices)}: {_plain(r.text)[:80]}"
        )
    for frame, n in moved.removed.items():
        print(f"removed: '{frame}' from {n} records")
    print(
        f"{out}: {len(moved.records)} records, {moved.changed} changed, "
        f"{len(moved.decisions)} labels to decide"
    )
    rows.done()


@data_app.command("convert")
def convert_command(
    source: Annotated[Path, typer.Argument(help="The file to read.")],
    target: Annotated[Path, typer.Argument(help="The file to write.")],
    read_as: Annotated[str, typer.Option("--from", help="Format of the source.")] = "jsonl",
    write_as: Annotated[str, typer.Option("--to", help="Format of the target.")] = "jsonl",
    to_label: Annotated[
        bool, typer.Option("--to-label", help="Leave labels out, for people to start afresh.")
    ] = False,
) -> None:
    """Convert labelled data between JSON Lines and other programs' formats."""
    from framing import data

    read, write = _format("read", read_as), _format("write", write_as)
    if to_label and write_as == "jsonl":
        raise RecordError("--to-label is for other programs' formats, which --to names")
    records: list[Record] = list(read(source))
    write(target, records, **({"to_label": True} if to_label else {}))
    digest = data.digest(records)
    print(f"{target}: {len(records)} records, digest {digest[:12]}")


@data_app.command("project")
def project_command(
    program: Annotated[str, typer.Argument(help="labelstudio, doccano, prodigy or inception.")],
    codebook: Annotated[str, typer.Option(help="A codebook, or its file.")] = DEFAULT_CODEBOOK,
) -> None:
    """Print what sets up a project for a codebook in another program: paste or open it there."""
    from importlib import import_module

    known = ("doccano", "inception", "labelstudio", "prodigy")
    if program not in known:
        raise RecordError(
            f"no program '{program}'; known are {', '.join(known)}.{did_you_mean(program, known)}"
        )
    module = import_module(f"framing.data.exchange.{program}")
    print(module.project_configuration(Codebook.load(codebook)), end="")


def _format(verb: str, name: str) -> Any:
    from framing import data
    from framing.data import exchange

    known = {
        other.removeprefix(f"{verb}_")
        for other in (*vars(exchange), *data.__all__)
        if other.startswith(f"{verb}_")
    }
    if name not in known:
        raise RecordError(
            f"cannot {verb} format '{name}'; known are {', '.join(sorted(known))}."
            f"{did_you_mean(name, known)}"
        )
    return getattr(data, f"{verb}_{name}")


def annotate_command(
    articles: Annotated[
        list[Path], typer.Argument(help="Text or HTML files, or record files (.jsonl) to label.")
    ],
    annotator: Annotated[str, typer.Option(help="Who annotates.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Answers are appended to this file.")],
    codebook: Annotated[str, typer.Option(help="A codebook, or its file.")] = DEFAULT_CODEBOOK,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Show a model's frames; it is recorded.")
    ] = False,
    model: Annotated[str, typer.Option(help="The model that suggests.")] = "default",
) -> None:
    """Label sentences one by one; stop at any time, the same command goes on from there."""
    from framing.data import annotate

    scorer = None
    book = Codebook.load(codebook)
    if suggest:
        from framing.scoring import load

        scorer = load(model)
        if scorer.codebook.id != book.id:
            raise RecordError(f"model {model} follows {scorer.codebook.id}, not {book.id}")
    session = _Session(_console())
    records = annotate(
        _passages(articles), book, annotate=session, annotator=annotator, out=out, suggest=scorer
    )
    session.console.print(f"{len(records)} sentences by {_plain(annotator)} in {_plain(str(out))}")


def _passages(paths: Iterable[Path]) -> list[Passage | Record]:
    """Return what files hold to label: articles under their file's name, or single sentences."""
    from framing.article import Article
    from framing.data import read_jsonl
    from framing.sentences import split

    found: list[Passage | Record] = []
    for path in paths:
        if path.suffix == ".jsonl":
            found += {r.key: r for r in read_jsonl(path)}.values()
            continue
        article = Article.from_file(path)
        sentences = split(article)
        if not sentences:
            raise ArticleError(f"{path}: has no sentence to label")
        found.append(
            Passage(path.stem, sentences, source=article.source, language=article.language)
        )
    return found


_HELP = (
    "frames by number or id (3 7), 0 or just Enter for none; ?N what frame N means; "
    "v quoted NAME voice and speaker; n TEXT note; u undo; s skip; q quit"
)


class _Session:
    """Asks a person at the terminal about one sentence at a time."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.told = False

    def __call__(self, q: Question) -> Answer | Command:
        self.show(q)
        old = q.previous
        voice = (old.voice if old else None) or next(iter(q.codebook.voices))
        speaker = old.speaker if old else None
        note = old.note if old else None
        while True:
            try:
                line = self.console.input("> ").strip()
            except EOFError:
                return Command.QUIT
            except UnicodeDecodeError:
                self.console.print("that was not UTF-8; type it again")
                continue
            word, _, rest = line.partition(" ")
            rest = rest.strip()
            if word == "q":
                return Command.QUIT
            if word == "u":
                return Command.UNDO
            if word == "s":
                return Command.SKIP
            if word == "n":
                note = rest or None
                self.console.print("note: " + (_plain(note) if note else "none"))
            elif word == "v":
                value, _, name = rest.partition(" ")
                matches = [v for v in q.codebook.voices if value and v.startswith(value)]
                if len(matches) == 1:
                    voice, speaker = matches[0], name.strip() or None
                    who = f", {_plain(speaker)}" if speaker else ""
                    self.console.print(f"voice: {voice}{who}")
                else:
                    self.console.print(f"v and one of {', '.join(q.codebook.voices)}")
            elif line.startswith("?"):
                self.explain(q.codebook, line[1:].strip())
            else:
                frames = self.frames(q.codebook, line)
                if frames is not None:
                    return Answer(frames, voice, speaker, note)

    def show(self, q: Question) -> None:
        console = self.console
        if not self.told:
            console.print(Text(_HELP, style="dim"))
            self.told = True
        console.rule(f"{q.number} of {q.total}  {_plain(q.record.article_id)}", align="left")
        before, after = q.paragraph
        text = Text()
        if not before and q.before:
            text.append(_plain(q.before) + "\n", style="dim")
        text.append(_plain(before) + " " if before else "", style="dim")
        text.append(_plain(q.record.text), style="bold")
        text.append(" " + _plain(after) if after else "", style="dim")
        if not after and q.after:
            text.append("\n" + _plain(q.after), style="dim")
        console.print(text)
        console.print()
        names = [Text(f"{i:2d} {f.id}") for i, f in enumerate(q.codebook.frames, 1)]
        console.print(Columns(names, column_first=True, equal=True))
        if q.suggested is not None:
            console.print(Text(f"suggested: {', '.join(q.suggested) or 'none'}", style="italic"))
        if q.previous is not None:
            console.print(f"was: {', '.join(q.previous.frames) or 'none'}, {q.previous.voice}")

    def find(self, codebook: Codebook, word: str) -> str | None:
        """Return the frame of a number or an id, or say what is wrong with it."""
        ids = codebook.frame_ids
        if word.isascii() and word.isdigit() and len(word) < 4 and 1 <= int(word) <= len(ids):
            return ids[int(word) - 1]
        if word in ids:
            return word
        near = did_you_mean(word, ids)
        self.console.print(f"no frame '{_plain(word)}'; they are numbered 1 to {len(ids)}.{near}")
        return None

    def frames(self, codebook: Codebook, line: str) -> tuple[str, ...] | None:
        words = line.replace(",", " ").split()
        if words in ([], ["0"], ["-"]):
            return ()
        found = [self.find(codebook, word) for word in words]
        return None if None in found else tuple(dict.fromkeys(f for f in found if f is not None))

    def explain(self, codebook: Codebook, word: str) -> None:
        if not word:
            self.console.print(_HELP)
            return
        frame_id = self.find(codebook, word)
        if frame_id is None:
            return
        frame = codebook.frame(frame_id)
        self.console.print(Text(f"{frame.id}: a sentence carries it when it {frame.definition}"))
        for label, rules in (
            ("also", frame.when),
            ("not", frame.when_not),
            ("mind", frame.boundary),
        ):
            for rule in rules:
                self.console.print(Text(f"  {label}: {rule}"))
