"""Reads shared tasks' files, for users who have them: SemEval-2020, -2023 and -2025, and PolNeAR.

Their categories become frames of a codebook of their own, named after the task; a codebook's
`crosswalk` says which of its frames they are near. `path` is a folder as the organisers pack it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

from framing.codebook import Codebook
from framing.data.exchange.files import fail, read_bytes
from framing.data.records import SPLITS, Record

__all__ = [
    "read_polnear",
    "read_semeval2020",
    "read_semeval2023",
    "read_semeval2023_frames",
    "read_semeval2025",
]

_BEFORE = 2  # lines of context
_LEVELS = {"both": slice(1, 3), "coarse": slice(1, 2), "fine": slice(2, 3)}
# A part's folder of labels, or its one file, and their columns: techniques first, then spans alone.
# The organisers renamed them between releases.
_PTC_LABELS = (
    ("labels-task-flc-tc", "task-flc-tc.labels", 4),
    ("labels-task2-technique-classification", "task2-TC.labels", 4),
    ("labels-task-si", "task-si.labels", 3),
    ("labels-task1-span-identification", "task1-SI.labels", 3),
)
_QUOTATION = re.compile('“[^”\n]*”?|"[^"\n]*"?|«[^»\n]*»?')
_ENTITY = re.compile(r"(T\d+)\t\w+ (\d+ \d+(?:;\d+ \d+)*)\t")
_EVENT = re.compile(r"(E\d+)\t(.+)")


def frame_id(name: str) -> str:
    """Return a category's name as a frame id: "Flag-Waving" is `flag_waving`."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    return "_".join(words) if words and words[0][0].isalpha() else "_".join(["c", *words])


def _frames(names: Iterable[str]) -> tuple[str, ...]:
    """Return frame ids without doubles; "Other" and the like say that none applies."""
    found = dict.fromkeys(frame_id(name) for name in names if name.strip())
    return tuple(f for f in found if f not in ("other", "none"))


def _text(file: Path) -> str:
    try:
        return read_bytes(file).decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise fail(str(file), f"byte {error.start + 1} is not UTF-8") from None


def _rows(file: Path, least: int) -> Iterator[tuple[str, list[str]]]:
    """Yield the fields of each line of a table, and where it stands."""
    for number, line in enumerate(_text(file).split("\n"), 1):
        fields = line.split("\t")
        if line.strip():
            if len(fields) < least:
                raise fail(f"{file}:{number}", f"has {len(fields)} columns, not {least}")
            yield f"{file}:{number}", fields


def _number(text: str, where: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise fail(where, f"'{text[:40]}' is no number")
    return int(text)


def _missing(path: Path, what: str) -> NoReturn:
    raise fail(str(path), f"has no {what}; name the folder that the organisers packed")


def _split(name: str) -> str | None:
    return next((split for split in SPLITS if name.startswith(split)), None)


def _lines(text: str) -> Iterator[tuple[int, int, int, str]]:
    """Yield each line that holds text: its number, its span without white space, its context."""
    before: list[str] = []
    at = 0
    for number, line in enumerate(text.split("\n"), 1):
        kept = line.strip()
        if kept:
            start = at + line.index(kept)
            yield number, start, start + len(kept), " ".join(before[-_BEFORE:])
            before.append(kept)
        at += len(line) + 1


def read_semeval2020(path: str | PathLike[str]) -> Iterator[Record]:
    """Read SemEval-2020 task 11 (PTC), one record a line of an article.

    A line carries the techniques whose spans overlap it, or `propaganda` where only the spans are
    at hand. `path` holds `train-articles/` and `train-labels-task-flc-tc/` (or the like of dev, or
    one file `train-task-flc-tc.labels`, or the spans' `train-labels-task-si/`). Raises
    `RecordError`.
    """
    folder = Path(path)
    found = False
    for articles in sorted(folder.glob("*-articles")):
        prefix = articles.name.removesuffix("-articles")
        spans = _spans(folder, prefix)
        if spans is None:
            continue
        found = True
        for file in sorted(articles.glob("article*.txt")):
            article_id = file.stem.removeprefix("article")
            text = _text(file)
            for i, (number, start, end, context) in enumerate(_lines(text)):
                yield Record(
                    article_id=article_id,
                    sentence_id=i,
                    text=text[start:end],
                    start=start,
                    end=end,
                    context=context,
                    frames=_frames(n for n, a, b in spans[article_id] if a < end and b > start),
                    codebook="semeval2020-11",
                    split=_split(prefix),
                    source="SemEval-2020 task 11",
                    kind="title" if number == 1 else None,
                    language="en",
                )
    if not found:
        _missing(folder, "*-articles with *-labels-task-flc-tc")


def _spans(folder: Path, prefix: str) -> dict[str, list[tuple[str, int, int]]] | None:
    """Return the marked spans by article; None when the part has no labels in any known layout."""
    for folder_name, file_name, columns in _PTC_LABELS:
        labels = folder / f"{prefix}-{folder_name}"
        whole = folder / f"{prefix}-{file_name}"
        files = sorted(labels.glob("*.labels")) if labels.is_dir() else [whole]
        if not labels.is_dir() and not whole.is_file():
            continue
        spans: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for file in files:
            for where, row in _rows(file, columns):
                name = row[1] if columns == 4 else "propaganda"
                start, end = (_number(field, where) for field in row[columns - 2 : columns])
                spans[row[0]].append((name, start, end))
        return spans
    return None


def read_semeval2023(path: str | PathLike[str], *, subtask: int = 3) -> Iterator[Record]:
    """Read SemEval-2023 task 3: techniques by line (subtask 3), or frames by article (2).

    `path` is one language's folder, with `train-labels-subtask-3.txt` and
    `train-articles-subtask-3/` (or the like of dev). Subtask 2 gives one record an article, whose
    text is the whole article. Raises `RecordError`.
    """
    folder = Path(path)
    if subtask not in (2, 3):
        raise fail(str(folder), f"subtask is {subtask}, not 2 or 3")
    files = sorted(folder.glob(f"*-labels-subtask-{subtask}.txt"))
    if not files:
        _missing(folder, f"*-labels-subtask-{subtask}.txt")
    for file in files:
        prefix = file.name.partition("-labels-")[0]
        # The subtasks share articles, and some packages hold each of them once.
        names = [f"{prefix}-articles-subtask-{n}" for n in (subtask, 2, 3, 1)]
        articles = [folder / name for name in names if (folder / name).is_dir()]
        if not articles:
            _missing(folder, names[0])
        shared: dict[str, Any] = {
            "codebook": f"semeval2023-{subtask}",
            "split": _split(prefix),
            "source": "SemEval-2023 task 3",
        }
        read = _by_article if subtask == 2 else _by_line
        yield from read(file, articles, shared)


def read_semeval2023_frames(path: str | PathLike[str]) -> Iterator[Record]:
    """Read the frames of SemEval-2023 task 3 (subtask 2) as records of codebook `generic-1`.

    One record an article, whose text is the whole article; `path` is one language's folder. The
    codebook's crosswalk says which frame each category is. Raises `RecordError`.
    """
    codebook = Codebook.load("generic-1")
    own = {
        frame_id(name): frame.id
        for frame in codebook.frames
        for name in frame.crosswalk.get("semeval2023", ())
    }
    for record in read_semeval2023(path, subtask=2):
        frames = tuple(own[frame] for frame in record.frames if frame in own)
        yield replace(record, codebook=codebook.id, frames=frames)


def _article(folders: Sequence[Path], article_id: str) -> str:
    files = [folder / f"article{article_id}.txt" for folder in folders]
    return _text(next((file for file in files if file.exists()), files[0]))


def _by_article(
    file: Path, articles: Sequence[Path], shared: Mapping[str, Any]
) -> Iterator[Record]:
    for _, row in _rows(file, 2):
        text = _article(articles, row[0])
        frames = _frames(row[1].split(","))
        yield _whole(row[0], text, frames, **shared)


def _whole(article_id: str, text: str, frames: tuple[str, ...], **shared: Any) -> Record:
    return Record(
        article_id=article_id,
        sentence_id=0,
        text=text,
        start=0,
        end=len(text),
        frames=frames,
        kind="article",
        **shared,
    )


def _by_line(file: Path, articles: Sequence[Path], shared: Mapping[str, Any]) -> Iterator[Record]:
    lines: dict[int, tuple[int, int, str]] = {}
    text = name = ""
    for where, row in _rows(file, 2):
        if row[0] != name:
            name = row[0]
            text = _article(articles, name)
            lines = {number: rest for number, *rest in _lines(text)}  # type: ignore[misc]
        number = _number(row[1], where)
        if number not in lines:
            raise fail(where, f"line {number} of article {name} is empty or not there")
        start, end, context = lines[number]
        yield Record(
            article_id=name,
            sentence_id=number,
            text=text[start:end],
            start=start,
            end=end,
            context=context,
            frames=_frames(row[2].split(",") if len(row) > 2 else ()),
            kind="title" if number == 1 else None,
            **shared,
        )


def read_semeval2025(
    path: str | PathLike[str], *, subtask: int = 2, level: str = "both"
) -> Iterator[Record]:
    """Read SemEval-2025 task 10: narratives by article (subtask 2), or entities' roles (1).

    `path` is the folder with `labels/` and `raw-documents/`, each with a folder a language; or the
    folder with a folder a language, which holds the annotations and the documents. Subtask 2 gives
    one record an article, whose text is the whole article, with the narratives ("coarse"), the
    subnarratives ("fine") or both; subtask 1 gives one record a mention, whose text is the
    entity's name. Raises `RecordError`.
    """
    folder = Path(path)
    if subtask not in (1, 2):
        raise fail(str(folder), f"subtask is {subtask}, not 1 or 2")
    if level not in _LEVELS:
        raise fail(str(folder), f"level is '{level}', not one of {', '.join(_LEVELS)}")
    name = f"subtask-{subtask}-annotations.txt"
    files = sorted(folder.glob(f"labels/*/{name}")) or sorted(folder.glob(f"*/{name}"))
    if not files:
        _missing(folder, f"labels/*/{name}")
    for file in files:
        language = file.parent.name
        places = [
            folder / "raw-documents" / language,
            folder / f"subtask-{subtask}-documents" / language,
            file.parent / "raw-documents",
            file.parent / f"subtask-{subtask}-documents",
        ]
        documents = next((place for place in places if place.is_dir()), places[0])
        shared: dict[str, Any] = {
            "codebook": f"semeval2025-{subtask}",
            "split": _split(folder.name),
            "source": "SemEval-2025 task 10",
            "language": language.lower(),
        }
        mentions: dict[str, int] = defaultdict(int)
        for where, row in _rows(file, 3 if subtask == 2 else 5):
            article_id = row[0].removesuffix(".txt")
            text = _text(documents / row[0])
            if subtask == 2:
                names = [name for cell in row[_LEVELS[level]] for name in cell.split(";")]
                yield _whole(article_id, text, _frames(names), **shared)
                continue
            start = _nearest(text, row[1], _number(row[2], where))
            if start is None:
                raise fail(where, f"'{row[1][:60]}' does not stand in {row[0]}")
            end = start + len(row[1])
            yield Record(
                article_id=article_id,
                sentence_id=mentions[article_id],
                text=text[start:end],
                start=start,
                end=end,
                frames=_frames(row[4:]),
                kind="entity",
                **shared,
            )
            mentions[article_id] += 1


def _nearest(text: str, name: str, place: int) -> int | None:
    """Return where a name stands that is nearest to a place.

    The offsets of two in five mentions are some characters off, most of all outside English.
    """
    found = [match.start() for match in re.finditer(re.escape(name), text)] if name else []
    return min(found, key=lambda start: abs(start - place), default=None)


def read_polnear(path: str | PathLike[str]) -> Iterator[Record]:
    """Read PolNeAR's attributions, one record an annotator and content: words, voice, speaker.

    `path` is a folder with `text/` and `attributions/`, or one above such folders (`train/`,
    `dev/`). A content is quoted when more than half of it stands in quotation marks; its note
    names the cue. Records carry no frames. Raises `RecordError`.
    """
    root = Path(path)
    folders = [f for f in (root, *sorted(root.glob("*/"))) if (f / "attributions").is_dir()]
    if not folders:
        _missing(root, "text/ and attributions/")
    for folder in folders:
        split = _split(folder.name)
        texts = {file.stem: file for file in (folder / "text").glob("*.txt")}
        for marks in sorted((folder / "attributions").glob("*.ann")):
            name, _, annotator = marks.stem.rpartition("_")
            if name not in texts:
                raise fail(str(marks), f"no {folder / 'text' / name}.txt to go with it")
            yield from _attributions(marks, name, annotator, _text(texts[name]), split)


def _attributions(
    marks: Path, name: str, annotator: str, text: str, split: str | None
) -> Iterator[Record]:
    spans: dict[str, list[tuple[int, int]]] = {}
    events: list[str] = []
    for line in _text(marks).split("\n"):
        if match := _ENTITY.match(line):
            pairs = (pair.split() for pair in match[2].split(";"))
            spans[match[1]] = [(int(a), int(b)) for a, b in pairs]
        elif match := _EVENT.match(line):
            events.append(match[2])
    found = []
    for event in events:
        parts: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for part in event.split():
            role, _, entity = part.partition(":")
            parts[role.rstrip("0123456789")] += spans.get(entity, [])
        speaker, cue = (
            " ".join(text[a:b] for a, b in parts[role]) or None for role in ("Source", "Cue")
        )
        found += [(a, b, speaker, cue) for a, b in parts["Content"] if text[a:b].strip()]
    quotations = [match.span() for match in _QUOTATION.finditer(text)]
    for i, (start, end, speaker, cue) in enumerate(sorted(found, key=lambda f: f[:2])):
        inside = sum(max(0, min(end, b) - max(start, a)) for a, b in quotations)
        yield Record(
            article_id=name,
            sentence_id=i,
            text=text[start:end],
            start=start,
            end=end,
            context=text[text.rfind("\n", 0, start) + 1 : start],
            frames=(),
            voice="quoted" if 2 * inside > end - start else "reported",
            speaker=speaker,
            annotator=annotator,
            split=split,
            source="PolNeAR",
            note=f"cue: {cue}" if cue else None,
            language="en",
        )
