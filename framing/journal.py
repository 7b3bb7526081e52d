"""A file that grows beside the output, with a journal of how far it is whole.

What is committed outlives `kill -9`, a full disk and a power cut; what is not is cut off when the
same run is taken up again. The output itself appears at the end, whole.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from framing.article import printable
from framing.errors import ArticleError

__all__ = ["Journal", "Mark"]


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a run has come: articles (of which some failed), sentences, bytes of the file."""

    articles: int = 0
    failed: int = 0
    sentences: int = 0
    bytes: int = 0
    whole: bool = False  # nothing is missing but to take the output's name


class Journal:
    """The unfinished output of a run, taken up where an earlier process of that run left it.

    `run` tells runs apart; of one that is None nothing is kept when it is cut short. Entering it
    raises `ArticleError` where another run left something, another process is at it, or nothing
    can be written there; so does every later step that the disk refuses.
    """

    def __init__(self, output: Path, *, run: str | None) -> None:
        self.mark = Mark()
        self._output = output
        self._name = printable(str(output))
        self._run = run
        self._part = output.with_name(f".{output.name}.part")
        self._whole = output.with_name(f".{output.name}.whole")
        self._log = output.with_name(f".{output.name}.journal")
        self._done = False

    def __enter__(self) -> Journal:
        if self._output.exists() and not self._output.is_file():
            raise ArticleError(f"{self._name}: is no regular file; leave --output out and pipe")
        with self._writing():
            self._journal = self._log.open("a+b")
            try:
                self._take_up()
            except BaseException:
                self._journal.close()
                raise
        return self

    def _take_up(self) -> None:
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ArticleError(f"{self._name}: another process is writing it") from None
        self.mark = self._last_mark()
        if self.mark.whole and self._output.exists() and not self._part.exists():
            self._done = True  # it was killed before it could clear the journal away
            return
        if not self._part.exists() or self._part.stat().st_size < self.mark.bytes:
            self.mark = Mark()
        if self.mark == Mark():
            self._journal.truncate(0)
            self._append({"run": self._run})
        self.mark = replace(self.mark, whole=False)
        self._stream: IO[bytes] = self._part.open("r+b" if self.mark.bytes else "w+b")
        self._stream.truncate(self.mark.bytes)
        self._stream.seek(0, os.SEEK_END)

    def _last_mark(self) -> Mark:
        """Return how far this run came, and cut a half-written line off the journal."""
        self._journal.seek(0)
        found: list[dict[str, Any]] = []
        length = 0
        for line in self._journal:
            try:
                value = json.loads(line)
            except ValueError:
                break
            if not line.endswith(b"\n"):
                break
            found.append(value)
            length += len(line)
        self._journal.truncate(length)
        if len(found) < 2 or found[0]["run"] is None:
            return Mark()
        mark = Mark(**found[-1])
        if found[0]["run"] != self._run:
            raise ArticleError(
                f"{self._name}: an unfinished run is in the way, with {mark.articles:,} articles "
                "from other inputs, or by another model or options: repeat its command to finish "
                f"it, or delete {printable(str(self._log))} to begin anew"
            )
        return mark

    def commit(
        self, data: bytes, *, articles: int = 0, failed: int = 0, sentences: int = 0
    ) -> None:
        """Append rows, and keep them from now on."""
        with self._writing():
            self._stream.write(data)
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self.mark = Mark(
                self.mark.articles + articles,
                self.mark.failed + failed,
                self.mark.sentences + sentences,
                self._stream.tell(),
            )
            self._append(asdict(self.mark))

    def finish(self, convert: Callable[[IO[bytes], IO[bytes]], None] | None = None) -> None:
        """Give the file the output's name, after `convert` has written it anew if need be."""
        if self._done:
            return
        with self._writing():
            if convert is not None:
                with self._whole.open("wb") as whole:
                    convert(self._stream, whole)
                    whole.flush()
                    os.fsync(whole.fileno())
            self._append(asdict(replace(self.mark, whole=True)))
            (self._part if convert is None else self._whole).replace(self._output)
            folder = os.open(self._output.parent, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)
        self._done = True

    def drop(self) -> None:
        """Keep nothing."""
        self._run = None

    @property
    def kept(self) -> bool:
        """Whether the same run can be taken up from what is committed."""
        return self._run is not None and self.mark.articles > 0 and not self._done

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # While the journal is still locked, so that no other process is at these files.
        if hasattr(self, "_stream"):
            with suppress(OSError):  # a full disk, which was told before
                self._stream.close()
        self._whole.unlink(missing_ok=True)
        if not self.kept:
            self._part.unlink(missing_ok=True)
            self._log.unlink(missing_ok=True)
        with suppress(OSError):
            self._journal.close()

    def _append(self, value: dict[str, Any]) -> None:
        self._journal.write(json.dumps(value).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            kept = (
                f"{self.mark.articles:,} articles are kept, and the same command goes on from there"
            )
            more = f"; {kept}" if self.kept else ""
            raise ArticleError(
                f"{self._name}: cannot be written: {error.strerror or error}{more}"
            ) from error
