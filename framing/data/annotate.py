"""Asks an annotator (a person, a program, a model) about each sentence and keeps every answer.

An answer is on disk, flushed and synced, before the next question is asked; a session that was cut
off, even by kill -9, goes on where it stopped.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import Enum
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from framing.codebook import Codebook
from framing.data.records import Record, read_jsonl
from framing.errors import CodebookError, RecordError, did_you_mean

__all__ = ["Answer", "Command", "Passage", "Question", "Sentence", "annotate"]

CONTEXT = 2  # sentences before, as in the format's `context`


class Sentence(Protocol):
    """What `annotate` needs of a sentence; those of `framing.sentences` and of a score fit."""

    @property
    def text(self) -> str: ...
    @property
    def start(self) -> int | None: ...
    @property
    def end(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Passage:
    """An article, split: its id and its sentences in order."""

    article_id: str
    sentences: Sequence[Sentence]
    source: str | None = None
    licence: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One sentence to label, with what an annotator may look at."""

    codebook: Codebook
    record: Record  # without labels: article_id, sentence_id, text, context ...
    before: str | None  # the sentences around it
    after: str | None
    paragraph: tuple[str, str]  # what stands before and after it in its paragraph
    suggested: tuple[str, ...] | None  # the model's frames; None when suggestions are off
    number: int  # from 1
    total: int
    previous: Record | None = None  # the answer that was taken back


@dataclass(frozen=True, slots=True)
class Answer:
    """What an annotator says of a sentence."""

    frames: Iterable[str] = ()
    voice: str | None = "author"
    speaker: str | None = None
    note: str | None = None


class Command(Enum):
    """What an annotator may return in place of an answer."""

    UNDO = "take back the last answer of this session and ask again"
    SKIP = "leave this sentence for another session"
    QUIT = "stop here"


Suggest = Callable[[Sequence[str]], Sequence[Sequence[str]]]


def annotate(
    articles: Iterable[Any],
    codebook: Codebook,
    *,
    annotate: Callable[[Question], Answer | Iterable[str] | Command],
    annotator: str,
    out: str | PathLike[str] | None = None,
    suggest: Any = None,
) -> list[Record]:
    """Ask `annotate` about every sentence and return this annotator's records, old and new.

    `articles` are `Passage`s, scored articles (anything with `sentences` and an `article_id` or
    `origin`), or records, of which each sentence is asked. `annotate` returns an `Answer`, the
    frames alone, or a `Command`. With `out` each answer is appended to that JSON Lines file and
    synced before the next question; sentences that this annotator already labelled there are not
    asked again. `suggest` (a scorer, or a callable from texts to lists of frames) is off by
    default, so as not to bias; where it is used, the record's `suggested` holds what was shown.
    Raises `RecordError` for a wrong answer, or a file that does not fit the articles.
    """
    if not annotator.strip():
        raise RecordError("annotator is empty; name who annotates")
    propose = _proposer(suggest)
    questions = list(_questions(articles, codebook))
    if out is None:
        return _session(questions, {}, annotate, annotator, propose, None)
    with _journal(Path(out)) as file:
        done: dict[tuple[str, int], Record] = {}
        for r in read_jsonl(out, codebook=codebook):
            if r.annotator == annotator:
                done[r.key] = r
        for q in questions:
            old = done.get(q.record.key)
            if old is not None and old.text != q.record.text:
                raise RecordError(
                    f"{out}: sentence {old.sentence_id} of article '{old.article_id}' has another "
                    "text there; the article changed, or two articles share a name"
                )
        return _session(questions, done, annotate, annotator, propose, file)


def _session(
    questions: Sequence[Question],
    done: dict[tuple[str, int], Record],
    ask: Callable[[Question], Answer | Iterable[str] | Command],
    annotator: str,
    propose: Suggest | None,
    file: BinaryIO | None,
) -> list[Record]:
    open_questions = [q for q in questions if q.record.key not in done]
    answered: list[tuple[int, int]] = []  # place among the open questions, file size before
    taken_back: dict[tuple[str, int], Record] = {}
    at = 0
    while at < len(open_questions):
        q = open_questions[at]
        suggested = tuple(propose([q.record.text])[0]) if propose else None
        q = replace(q, suggested=suggested, previous=taken_back.get(q.record.key))
        answer = ask(q)
        if isinstance(answer, Command):
            if answer is Command.QUIT:
                break
            if answer is Command.SKIP:
                at += 1
            elif answered:
                at, size = answered.pop()
                key = open_questions[at].record.key
                taken_back[key] = done.pop(key)
                if file is not None:
                    file.truncate(size)
                    os.fsync(file.fileno())
            continue
        record = _answered(q, answer, annotator)
        size = 0
        if file is not None:
            size = file.seek(0, os.SEEK_END)
            file.write(record.to_json().encode("utf-8") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        answered.append((at, size))
        done[record.key] = record
        at += 1
    return list(done.values())


def _answered(q: Question, answer: Answer | Iterable[str], annotator: str) -> Record:
    if isinstance(answer, str):
        raise RecordError(f"the answer is the text '{answer:.60}'; give a list of frame ids")
    if not isinstance(answer, Answer):
        answer = Answer(frames=answer)
    frames = tuple(answer.frames)
    for frame in frames:
        try:
            q.codebook.frame(frame)
        except CodebookError as error:
            raise RecordError(f"the answer has a wrong frame: {error}") from error
    if answer.voice is not None and answer.voice not in q.codebook.voices:
        near = did_you_mean(answer.voice, q.codebook.voices)
        raise RecordError(f"voice is '{answer.voice}', not {', '.join(q.codebook.voices)}.{near}")
    return replace(
        q.record,
        frames=frames,
        voice=answer.voice,
        speaker=answer.speaker,
        note=answer.note,
        annotator=annotator,
        suggested=q.suggested,
    )


def _questions(articles: Iterable[Any], codebook: Codebook) -> Iterator[Question]:
    found: list[tuple[Record, str | None, str | None, tuple[str, str]]] = []
    for article in articles:
        if isinstance(article, Record):
            blank = replace(
                article, frames=(), voice=None, speaker=None, annotator=None, note=None,
                codebook=codebook.id, suggested=None, soft=None,
            )  # fmt: skip
            found.append((blank, article.context or None, None, ("", "")))
        else:
            found += _of_passage(article, codebook)
    seen: set[tuple[str, int]] = set()
    for number, (record, before, after, paragraph) in enumerate(found, 1):
        if record.key in seen:
            raise RecordError(
                f"sentence {record.sentence_id} of article '{record.article_id}' comes twice; two "
                "articles must not share a name"
            )
        seen.add(record.key)
        yield Question(codebook, record, before, after, paragraph, None, number, len(found))


def _of_passage(
    article: Any, codebook: Codebook
) -> Iterator[tuple[Record, str | None, str | None, tuple[str, str]]]:
    sentences = getattr(article, "sentences", None)
    article_id = getattr(article, "article_id", None) or getattr(article, "origin", None)
    if sentences is None or not article_id:
        raise TypeError(
            f"cannot annotate a {type(article).__name__}; give data.Passage(article_id, "
            "framing.sentences.split(article))"
        )
    texts = [s.text for s in sentences]
    blocks = [getattr(s, "block", None) for s in sentences]
    for i, s in enumerate(sentences):
        same = [j for j, b in enumerate(blocks) if b is not None and b == blocks[i]]
        record = Record(
            article_id=article_id,
            sentence_id=i,
            text=s.text,
            start=s.start,
            end=s.end,
            context=" ".join(texts[max(0, i - CONTEXT) : i]),
            frames=(),
            codebook=codebook.id,
            source=getattr(article, "source", None),
            licence=getattr(article, "licence", None),
            kind=getattr(s, "kind", None),
            language=getattr(article, "language", None),
        )
        paragraph = (
            " ".join(texts[j] for j in same if j < i),
            " ".join(texts[j] for j in same if j > i),
        )
        yield (
            record,
            texts[i - 1] if i else None,
            texts[i + 1] if i + 1 < len(texts) else None,
            paragraph,
        )


def _proposer(suggest: Any) -> Suggest | None:
    """Return a function from texts to their suggested frames, of a scorer or a callable."""
    if suggest is None or not hasattr(suggest, "predict_proba"):
        return suggest  # type: ignore[no-any-return]
    frame_ids: Sequence[str] = suggest.codebook.frame_ids
    thresholds: Mapping[str, float] = suggest.thresholds

    def propose(texts: Sequence[str]) -> list[list[str]]:
        return [
            [f for f, p in zip(frame_ids, row, strict=True) if p >= thresholds[f]]
            for row in suggest.predict_proba(list(texts))
        ]

    return propose


@contextmanager
def _journal(path: Path) -> Iterator[BinaryIO]:
    """Open a file of answers for one session; an answer that was cut off in writing is removed."""
    try:
        file = path.open("a+b")
    except OSError as error:
        raise RecordError(f"{path}: cannot be written: {error.strerror}") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RecordError(f"{path}: another session is writing this file") from None
        size = file.seek(0, os.SEEK_END)
        tail = b""
        while len(tail) < size and b"\n" not in tail:  # backwards to the last line end
            step = min(size, len(tail) + 65536)
            file.seek(size - step)
            tail = file.read(step)
        file.truncate(size - len(tail) + tail.rfind(b"\n") + 1)
        yield file
