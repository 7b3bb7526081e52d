"""The command line: `framing score`, `explain`, `compare`, `serve`, `codebook`, `models`, `data`.

Exit status: 0 done; 1 a check failed, or some articles of a batch could not be read; 2 wrong usage
or nothing readable; 130 interrupted.
"""

from __future__ import annotations

import glob
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from io import TextIOWrapper
from itertools import accumulate
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from framing.article import Article
from framing.data_cli import annotate_command, data_app
from framing.errors import ArticleError, FramingError, missing_extra
from framing.feed import FEED_SUFFIXES, is_feed
from framing.fetch import is_url
from framing.results import ArticleScore
from framing.rows import RowFormat, json_line
from framing.sources import sources
from framing.tables import TABLE_SUFFIXES, Columns, is_table

if TYPE_CHECKING:
    from framing.corpus import Corpus, Piece
    from framing.explain import Evidence
    from framing.scoring import Scorer

__all__ = ["app", "main"]

app = typer.Typer(
    help="Score news articles sentence by sentence for framing, and say whose words they are.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
codebook_app = typer.Typer(help="Show the codebooks at hand.", no_args_is_help=True)
models_app = typer.Typer(help="List, show and verify models.", no_args_is_help=True)
app.add_typer(codebook_app, name="codebook")
app.add_typer(models_app, name="models")
app.add_typer(data_app, name="data")
app.command("annotate")(annotate_command)

# What wrong usage raises; Typer carries click in itself since 0.20, so it has no other fixed name.
_USAGE: Any = typer.BadParameter.__mro__[2]
ARTICLE_SUFFIXES = (".txt", ".text", ".md", ".html", ".htm", ".xhtml", ".pdf", ".docx")


class Format(StrEnum):
    """How results are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"
    PARQUET = "parquet"
    STIX = "stix"
    ANNOTATION = "annotation"


_ROWS: dict[Format, RowFormat] = {
    Format.JSONL: "jsonl",
    Format.CSV: "csv",
    Format.PARQUET: "parquet",
}


def _paths(arguments: Iterable[str]) -> Iterator[str]:
    """Yield the files that arguments name: files, globs, folders, or "-" for standard input.

    Of a folder those whose suffix says article, and the feeds.
    """
    for argument in arguments:
        if argument == "-" or is_url(argument):
            yield argument
        elif Path(argument).is_dir():
            found = sorted(
                str(p)
                for p in Path(argument).rglob("*")
                if p.is_file() and (p.suffix.lower() in ARTICLE_SUFFIXES or is_feed(p))
            )
            if not found:
                raise ArticleError(
                    f"{argument}: no articles in this folder ({', '.join(ARTICLE_SUFFIXES)}), and "
                    f"no feeds ({', '.join(FEED_SUFFIXES)})"
                )
            yield from found
        elif not Path(argument).exists() and glob.has_magic(argument):
            found = sorted(glob.glob(argument, recursive=True))  # noqa: PTH207 (any root)
            if not found:
                raise ArticleError(f"{argument}: matches no file")
            yield from found
        else:
            yield argument


class Engine(StrEnum):
    """Where a corpus is scored."""

    LOCAL = "local"
    RAY = "ray"
    SPARK = "spark"


class Method(StrEnum):
    """How the words of a sentence are weighed."""

    OCCLUSION = "occlusion"
    INTEGRATED_GRADIENTS = "integrated-gradients"


class Picture(StrEnum):
    """How explanations and comparisons are written."""

    TABLE = "table"
    JSON = "json"
    HTML = "html"


class _Reader:
    """Reads the articles of a batch one by one, counts them, and lists what cannot be read."""

    def __init__(
        self,
        paths: list[str],
        columns: Columns | None = None,
        *,
        fetch: bool = False,
        follow: bool = False,
    ) -> None:
        self.paths = paths
        self.fetch = fetch
        self.follow = follow
        self.columns = columns or Columns()
        self.read = 0
        self.failed = 0

    def __iter__(self) -> Iterator[Article]:
        for source in sources(
            self.paths, columns=self.columns, fetch=self.fetch, follow=self.follow
        ):
            try:
                article = source.article()
            except FramingError as error:
                self.failed += 1
                print(f"framing: {error}", file=sys.stderr)
            else:
                self.read += 1
                yield article


def _status(read: int, failed: int) -> int:
    """Return 0 when all was read, 1 when some was, 2 when nothing was."""
    return (1 if read else 2) if failed else 0


@app.command("score")
def score_command(
    articles: Annotated[
        list[str],
        typer.Argument(help="Files, globs, folders or web addresses; - reads standard input."),
    ],
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write results.")] = (
        Format.TABLE
    ),
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to this file, whole or not at all.")
    ] = None,
    model: Annotated[str, typer.Option(help="A shipped model or a model folder.")] = "default",
    codebook: Annotated[
        str | None,
        typer.Option(
            rich_help_panel="Frames of your own",
            help="Score this codebook's frames: a YAML file, or a shipped one's name.",
        ),
    ] = None,
    examples: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel="Frames of your own",
            help="Labelled sentences that show them, JSON Lines.",
        ),
    ] = None,
    sentences: Annotated[
        bool, typer.Option("--sentences", help="jsonl: one line a sentence, not one an article.")
    ] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="html: underline the words that carry each frame.")
    ] = False,
    text_column: Annotated[
        str | None,
        typer.Option(rich_help_panel="Columns of a table", help="That of the text; default: text."),
    ] = None,
    html_column: Annotated[
        str | None,
        typer.Option(
            rich_help_panel="Columns of a table",
            help="That of the HTML page, read where there is no text.",
        ),
    ] = None,
    title_column: Annotated[
        str | None, typer.Option(rich_help_panel="Columns of a table", help="That of the title.")
    ] = None,
    date_column: Annotated[
        str | None, typer.Option(rich_help_panel="Columns of a table", help="That of the date.")
    ] = None,
    source_column: Annotated[
        str | None, typer.Option(rich_help_panel="Columns of a table", help="That of the source.")
    ] = None,
    language_column: Annotated[
        str | None, typer.Option(rich_help_panel="Columns of a table", help="That of the language.")
    ] = None,
    id_column: Annotated[
        str | None,
        typer.Option(rich_help_panel="Columns of a table", help="That which names an article."),
    ] = None,
    engine: Annotated[
        Engine, typer.Option(help="jsonl, csv, parquet: where the work is done.")
    ] = Engine.LOCAL,
    fetch: Annotated[
        bool,
        typer.Option("--fetch", rich_help_panel="Web", help="Fetch the pages and feeds named."),
    ] = False,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow", rich_help_panel="Web", help="Fetch the pages that feeds link to, too."
        ),
    ] = False,
) -> None:
    """Score articles and show each sentence with its frames, probabilities and voice.

    Files are text, HTML, PDF, Word, RSS or Atom feeds, or tables with an article a row (.jsonl,
    .csv, .parquet). Nothing is fetched from the web unless --fetch is given. An article that
    cannot be read is a row with `error` in jsonl, csv and parquet. A run to --output in these
    formats that was cut short, even by kill -9, goes on when the same command is repeated.
    """
    from framing.codebook import Codebook
    from framing.corpus import Corpus
    from framing.data import read_jsonl
    from framing.scoring import load

    if examples is not None and codebook is None:
        raise typer.BadParameter("--examples goes with --codebook, whose frames they show")
    if explain and format is not Format.HTML:
        raise typer.BadParameter(
            f"--explain goes with --format html, not {format}; for tables use: framing explain"
        )
    columns = Columns(
        text=text_column,
        html=html_column,
        title=title_column,
        date=date_column,
        source=source_column,
        language=language_column,
        id=id_column,
    )
    if format is Format.PARQUET and output is None and sys.stdout.isatty():
        raise typer.BadParameter("--format parquet is not for a terminal; give --output FILE")
    reader = _Reader(list(_paths(articles)), columns, fetch=fetch or follow, follow=follow)
    if columns != Columns() and not any(map(is_table, reader.paths)):
        raise typer.BadParameter(
            f"--...-column options go with tables of articles ({', '.join(TABLE_SUFFIXES)})"
        )
    own = None if codebook is None else Codebook.load(codebook)
    shown = () if examples is None else tuple(read_jsonl(examples, codebook=own))
    if format in _ROWS:
        corpus = Corpus(
            paths=reader.paths,
            format=_ROWS[format],
            columns=columns,
            model=model,
            codebook=own,
            examples=shown,
            sentences=sentences,
            engine=engine.value,
            fetch=reader.fetch,
            follow=follow,
        )
        _score_rows(corpus, output)
        return
    if engine is not Engine.LOCAL:
        raise typer.BadParameter(f"--engine goes with --format {', '.join(_ROWS)}, not {format}")
    scorer = load(model, codebook=own, examples=shown)
    results = scorer.score_many(_progress(reader, len(reader.paths)))
    if output is None:
        _write(results, format, sys.stdout, scorer, explain=explain)
    else:
        scratch = output.with_name(f".{output.name}.{os.getpid()}.part")
        try:
            with scratch.open("w", encoding="utf-8", newline="") as stream:
                _write(results, format, stream, scorer, explain=explain)
            if reader.read or not reader.failed:
                scratch.replace(output)
        except OSError as error:
            raise ArticleError(f"{output}: cannot be written: {error.strerror}") from error
        finally:
            scratch.unlink(missing_ok=True)
    if status := _status(reader.read, reader.failed):
        raise typer.Exit(status)


_LISTED = 20  # unreadable articles that are told one by one; all are in the rows


def _score_rows(corpus: Corpus, output: Path | None) -> None:
    """Write a row an article or a sentence, as a stream or into a file."""
    done = failed = 0
    with _bar(corpus.paths) as advance:

        def told(piece: Piece) -> None:
            nonlocal done, failed
            for error in piece.errors[: max(0, _LISTED - failed)]:
                print(f"framing: {error}", file=sys.stderr)
            done += piece.articles
            failed += len(piece.errors)
            advance(piece)

        try:
            if output is None:
                sys.stdout.flush()
                mark = corpus.stream(sys.stdout.buffer, told)
            else:
                mark = corpus.write(output, told)
        except KeyboardInterrupt:
            if done and output is not None and corpus.resumable:
                print("framing: stopped; the same command goes on from there", file=sys.stderr)
            raise
    if failed > _LISTED:
        print(f"framing: and {failed - _LISTED:,} more; see `error` in the rows", file=sys.stderr)
    if status := _status(mark.articles - mark.failed, mark.failed):
        raise typer.Exit(status)


@contextmanager
def _bar(paths: Sequence[str]) -> Iterator[Callable[[Piece], None]]:
    """Show how much is read, the rate and the time left; on a terminal, for several articles."""
    if (len(paths) < 2 and not any(map(is_table, paths))) or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    sizes = [_size(path) for path in paths]
    before = [0, *accumulate(sizes)]
    articles = sentences = 0
    begun = monotonic()
    counts = "{task.fields[articles]:,} articles, {task.fields[rate]:,.0f} sentences/s"
    look = (BarColumn(), TaskProgressColumn(), TextColumn(counts), Remaining(compact=True))
    with Progress(*look, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=before[-1] or None, articles=0, rate=0.0)

        def advance(piece: Piece) -> None:
            nonlocal articles, sentences
            articles += piece.articles
            sentences += piece.sentences
            progress.update(
                task,
                completed=before[piece.file] + piece.done * sizes[piece.file],
                articles=articles,
                rate=sentences / (monotonic() - begun),
            )

        yield advance


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0


def _progress(reader: _Reader, total: int) -> Iterable[Article]:
    """Show a bar while articles are read, on a terminal and for more than one article only."""
    tables = any(map(is_table, reader.paths))
    if (total < 2 and not tables) or not sys.stderr.isatty():
        return reader
    from rich.console import Console
    from rich.progress import track

    # How many rows a table has is not known before its end.
    return track(reader, "Scoring", total=None if tables else total, console=Console(stderr=True))


def _write(
    results: Iterator[ArticleScore],
    format: Format,
    stream: TextIO,
    scorer: Scorer,
    *,
    explain: bool,
) -> None:
    if format is Format.TABLE:
        from framing.table import article_table

        for result in results:
            article_table(result, stream)
    elif format is Format.JSON:
        _write_list((result.to_json(indent=1) for result in results), stream)
    elif format is Format.ANNOTATION:
        from framing.web_annotation import annotation_page

        pages = (annotation_page(result) for result in results)
        _write_list((json.dumps(page, ensure_ascii=False, indent=1) for page in pages), stream)
    elif format is Format.STIX:
        from framing.stix import write_stix

        write_stix(results, stream, codebook=scorer.codebook)
    else:
        from framing.page import articles_page

        scored = list(results)
        evidence = [scorer.evidence(result) for result in scored] if explain else None
        stream.write(articles_page(scored, evidence=evidence))


def _write_list(articles: Iterator[str], stream: TextIO) -> None:
    """Write JSON: one article is an object, several are a list, each written as it is scored."""
    first, second = next(articles, None), next(articles, None)
    if first is None or second is None:
        stream.write(first or "[]")
    else:
        stream.write(f"[{first},\n{second}")
        for article in articles:
            stream.write(",\n" + article)
        stream.write("]")
    stream.write("\n")


@app.command("aggregate")
def aggregate_command(
    results: Annotated[
        list[str],
        typer.Argument(
            help="Files of framing score --format parquet, or jsonl without --sentences."
        ),
    ],
    by: Annotated[
        str, typer.Option(help="Keys: outlet, speaker, voice, language, day, week, month, year.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the table to this CSV file.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw it too: a .png, .svg or .pdf file.")
    ] = None,
    frame: Annotated[list[str] | None, typer.Option(help="This frame only; repeatable.")] = None,
) -> None:
    """Sum results up: how often each frame is carried by outlet, speaker, day, with intervals.

    Keys are joined by commas: --by outlet,month gives a time line for every outlet.
    """
    from framing.aggregate import aggregate

    if plot is not None and plot.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise typer.BadParameter(f"--plot takes a .png, .svg or .pdf file, got {plot.name}")
    try:
        shares = aggregate(results, by=[key.strip() for key in by.split(",")], frames=frame or ())
    except ArticleError:
        raise
    except ValueError as error:
        raise typer.BadParameter(f"--by: {error}") from error
    try:
        if output is None:
            shares.write_csv(sys.stdout)
        else:
            with output.open("w", encoding="utf-8", newline="") as stream:
                shares.write_csv(stream)
        if plot is not None:
            from framing.plot import plot as draw

            draw(shares, plot)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise ArticleError(f"{error.filename}: cannot be written: {error.strerror}") from error
    if shares.unscored:
        print(f"framing: articles without scores, left out: {shares.unscored:,}", file=sys.stderr)


@app.command("explain")
def explain_command(
    text: Annotated[str, typer.Argument(help="A sentence or passage; - reads standard input.")],
    frame: Annotated[
        str | None, typer.Option(help="This frame only; else those that each sentence carries.")
    ] = None,
    format: Annotated[Picture, typer.Option("--format", "-f", help="How to write it.")] = (
        Picture.TABLE
    ),
    model: Annotated[str, typer.Option(help="A shipped model or a model folder.")] = "default",
    method: Annotated[
        Method, typer.Option(help="Leave words out, or integrate gradients (needs torch).")
    ] = Method.OCCLUSION,
) -> None:
    """Show which words carry a frame: how far its score falls without them.

    A sentence that carries no frame is explained for its most probable one.
    """
    from framing.decode import decode
    from framing.scoring import load

    if text == "-":
        text = decode(sys.stdin.buffer.read(), name="standard input")
    gradients = method is Method.INTEGRATED_GRADIENTS
    scorer = load(model, engine="torch" if gradients else "auto")
    if frame is not None:
        scorer.codebook.frame(frame)
    result = scorer.score(_passage(text))
    evidence = dict(scorer.evidence(result, frame=frame, method=method.value))
    for i, sentence in enumerate(result.sentences):
        if i not in evidence:
            likeliest = max(sentence.scores, key=lambda f: sentence.scores[f])
            words = scorer.explain(sentence.text, frame=likeliest, method=method.value)
            evidence[i] = {likeliest: words}
    evidence = dict(sorted(evidence.items()))
    if format is Picture.TABLE:
        from framing.table import evidence_table

        evidence_table(result, evidence, sys.stdout)
    elif format is Picture.HTML:
        sys.stdout.write(result.to_html(evidence=evidence))
    else:
        sys.stdout.write(json_line(_evidence_json(result, evidence)) + "\n")


def _passage(text: str) -> Article:
    """Return text as an article of which nothing is furniture; blank lines part paragraphs."""
    import re

    from framing.article import Block

    found = re.finditer(r"\S(?:[^\n]|\n(?![ \t\r]*\n))*", text)
    return Article(text, tuple(Block(*match.span(), "paragraph") for match in found))


def _evidence_json(result: ArticleScore, evidence: Evidence) -> dict[str, Any]:
    """Return the words of each sentence and frame; offsets are in the text as given."""
    limits = result.provenance.thresholds
    return {
        "text": result.text,
        "sentences": [
            {
                "text": (s := result.sentences[i]).text,
                "start": s.start,
                "end": s.end,
                "frames": [
                    {
                        "frame": frame,
                        "probability": round(s.scores[frame], 4),
                        "threshold": round(limits[frame], 4),
                        "carried": frame in s.frames,
                        "words": [
                            {
                                "word": w.word,
                                "start": s.start + w.start,
                                "end": s.start + w.end,
                                "weight": round(w.weight, 4),
                            }
                            for w in words
                        ],
                    }
                    for frame, words in by_frame.items()
                ],
            }
            for i, by_frame in evidence.items()
        ],
        "provenance": result.provenance.to_dict(),
    }


@app.command("compare")
def compare_command(
    articles: Annotated[
        list[str], typer.Argument(help="Two or more articles about the same event.")
    ],
    fetch: Annotated[
        bool, typer.Option("--fetch", help="Fetch the pages and feeds named.")
    ] = False,
    format: Annotated[Picture, typer.Option("--format", "-f", help="How to write it.")] = (
        Picture.TABLE
    ),
    model: Annotated[str, typer.Option(help="A shipped model or a model folder.")] = "default",
) -> None:
    """Compare articles side by side: frames by voice, what one has and the others lack."""
    from framing.compare import compare
    from framing.scoring import load

    reader = _Reader(list(_paths(articles)), fetch=fetch)
    if len(reader.paths) < 2:
        raise typer.BadParameter(f"compare takes two articles or more, got {len(reader.paths)}")
    results = list(load(model).score_many(_progress(reader, len(reader.paths))))
    if len(results) < 2:
        raise typer.Exit(2)  # each that could not be read has had its line
    comparison = compare(results)
    if format is Picture.TABLE:
        from framing.table import comparison_table

        comparison_table(comparison, sys.stdout)
    elif format is Picture.HTML:
        sys.stdout.write(comparison.to_html())
    else:
        sys.stdout.write(json_line(comparison.to_dict()) + "\n")
    if reader.failed:
        raise typer.Exit(1)


@app.command("serve")
def serve_command(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free one.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes on one port.")] = 1,
    model: Annotated[
        list[str] | None, typer.Option(help="A model; several for several codebooks.")
    ] = None,
    api_keys: Annotated[
        Path | None, typer.Option("--api-keys", help="A file of keys, one a line.")
    ] = None,
    cors_origin: Annotated[
        list[str] | None, typer.Option(help="An origin whose pages may call the service.")
    ] = None,
) -> None:
    """Serve the HTTP interface and the page at /; limits are set by FRAMING_SERVE_* variables."""
    try:
        from framing.serve.app import run
    except ImportError as error:
        raise missing_extra("serve", "framing serve") from error
    # Workers are processes of their own, which read their settings from the environment.
    if model:
        os.environ["FRAMING_SERVE_MODELS"] = ",".join(model)
    if api_keys:
        os.environ["FRAMING_API_KEYS_FILE"] = str(api_keys)
    if cors_origin:
        os.environ["FRAMING_SERVE_CORS_ORIGINS"] = ",".join(cors_origin)
    run(host=host, port=port, workers=workers)


@codebook_app.command("show")
def codebook_show(
    name: Annotated[
        str | None, typer.Argument(help="A codebook, or a frame of the default one.")
    ] = None,
    frame: Annotated[str | None, typer.Argument(help="A frame of that codebook.")] = None,
) -> None:
    """Show a codebook's frames, or one frame with its rules and examples."""
    from framing.codebook import Codebook, shipped_codebooks
    from framing.table import codebook_table, frame_table

    default = "influence-1"
    if name is None:
        codebook_table(Codebook.load(default), sys.stdout)
    elif frame is None and name not in shipped_codebooks() and not Path(name).exists():
        frame_table(Codebook.load(default).frame(name), sys.stdout)
    elif frame is None:
        codebook_table(Codebook.load(name), sys.stdout)
    else:
        frame_table(Codebook.load(name).frame(frame), sys.stdout)


@app.command("bench")
def bench_command(
    model: Annotated[str, typer.Option(help="A shipped model or a model folder.")] = "default",
    device: Annotated[str, typer.Option(help="Where the torch engine runs.")] = "auto",
    count: Annotated[int, typer.Option(min=50, help="Sentences a turn.")] = 300,
    seconds: Annotated[float, typer.Option(min=0.1, help="Time for each rate.")] = 5.0,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Measure speed, latency, cold start and memory of every engine at hand."""
    from framing import bench

    found = list(bench.bench(model, count=count, seconds=seconds, device=device))
    print(bench.as_json(found) if as_json else bench.as_table(found))


@models_app.command("list")
def models_list() -> None:
    """List the models at hand, the default first."""
    from framing.model.artefact import find_model, read_artefact, shipped_models

    for name in shipped_models():
        artefact = read_artefact(find_model(name))
        print(f"{name}\trevision {artefact.revision}\tcodebook {artefact.codebook.id}")


@models_app.command("show")
def models_show(
    model: Annotated[str, typer.Argument(help="A shipped model or a model folder.")] = "default",
) -> None:
    """Show a model's manifest: codebook, thresholds, data, figures, hashes."""
    import json

    from framing.model.artefact import find_model, read_artefact

    artefact = read_artefact(find_model(model))
    print(json.dumps(artefact.manifest, indent=1))


@models_app.command("verify")
def models_verify(
    model: Annotated[str, typer.Argument(help="A shipped model or a model folder.")] = "default",
) -> None:
    """Check a model's hashes, its codebook, and that it runs."""
    from framing.model.artefact import find_model, read_artefact
    from framing.model.onnx_engine import OnnxEngine

    artefact = read_artefact(find_model(model))
    OnnxEngine(artefact)
    print(
        f"{artefact.name} revision {artefact.revision}: {len(artefact.manifest['files'])} files "
        f"match their hashes, {len(artefact.codebook.frames)} frames follow "
        f"{artefact.codebook.id}, the weights run"
    )


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status; errors end in one line, never a traceback."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # a "C" locale may call for ASCII
    try:
        status = app(args=arguments, prog_name="framing", standalone_mode=False)
        sys.stdout.flush()
    except (typer.Abort, KeyboardInterrupt):
        status = 130
    except _USAGE as error:
        print(f"framing: {error.format_message()}", file=sys.stderr)
        status = 2
    except FramingError as error:
        print(f"framing: {error}", file=sys.stderr)
        status = 2
    except BrokenPipeError:
        # The reader of our pipe has gone; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    except OSError as error:
        # A full disk under a redirection, say; what is still buffered cannot be written either.
        where = error.filename or "standard output"
        print(f"framing: {where}: {error.strerror or error}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 2
    sys.exit(status if isinstance(status, int) else 0)
