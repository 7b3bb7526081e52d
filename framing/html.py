"""Extracts the article of an HTML page in a guarded child process.

A hostile page (one element with 50,000 attributes takes the extractor 27 s) must not stop the
caller: the child has limits on CPU time, memory and wall-clock time, and is replaced when it
fails. One child serves many pages, so that its start (0.5 s) is paid once.
"""

from __future__ import annotations

import atexit
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from framing.errors import ArticleError, missing_extra

__all__ = ["extract"]

_CPU_SECONDS = 6
_WALL_SECONDS = 15.0
_MEMORY_BYTES = 2 << 30
_PAGES_PER_CHILD = 500
_LANG = re.compile(r"<html\b[^>]{0,400}?\blang\s*=\s*[\"']?([A-Za-z]{2,3})\b", re.I)
_KINDS = {"p": "paragraph", "head": "heading", "quote": "quote", "item": "paragraph"}


class _Child:
    """The worker process of this process; requests and answers are lines of JSON."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0
        self.pages = 0

    def ask(self, request: dict[str, Any], name: str) -> dict[str, Any]:
        with self.lock:
            for _ in range(2):
                process = self._running()
                late = threading.Event()
                timer = threading.Timer(_WALL_SECONDS, _end, (process, late))
                timer.start()
                try:
                    answer = _exchange(process, request)
                finally:
                    timer.cancel()
                if answer is not None:
                    return answer
                fresh = self.pages == 1
                self.stop()
                if fresh or late.is_set():
                    break
        raise ArticleError(
            f"{name}: extraction was stopped (over {_CPU_SECONDS} s or "
            f"{_MEMORY_BYTES >> 30} GiB); the page is damaged or hostile, pass its text instead"
        )

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is not None and self.owner != os.getpid():
            self.process = None  # after a fork the child belongs to the parent
        if self.process is not None and (self.pages >= _PAGES_PER_CHILD or self.process.poll()):
            self.stop()
        if self.process is None:
            root = str(Path(__file__).resolve().parents[1])
            path = os.pathsep.join([root, *filter(None, sys.path)])
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "framing.html"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
            self.owner, self.pages = os.getpid(), 0
        self.pages += 1
        return self.process

    def stop(self) -> None:
        process, self.process = self.process, None
        if process is not None and self.owner == os.getpid():
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # the other end is gone already
                        pipe.close()


def _end(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _exchange(process: subprocess.Popen[bytes], request: dict[str, Any]) -> dict[str, Any] | None:
    """Send one request and read its answer; None when the child died over it."""
    if process.stdin is None or process.stdout is None:
        return None
    try:
        process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        process.stdin.flush()
        line = process.stdout.readline()
    except OSError:
        return None
    if not line.endswith(b"\n"):
        return None
    answer: dict[str, Any] = json.loads(line)
    return answer


_child = _Child()
atexit.register(_child.stop)


def extract(html: str, *, url: str | None = None, name: str = "html") -> dict[str, Any]:
    """Return `blocks` (kind and text), `title`, `date`, `source`, `language` of a page.

    A page in which the extractor sees no article has its whole text under `text` instead.

    Raises `MissingExtraError` without the extra `html`, `ArticleError` where a limit was hit.
    """
    if importlib.util.find_spec("trafilatura") is None:
        raise missing_extra("html", "reading HTML")
    return _child.ask({"html": html, "url": url}, name)


def _extract(html: str, url: str | None) -> dict[str, Any]:
    import trafilatura

    document: Any = trafilatura.bare_extraction(
        html,
        url=url,
        fast=True,
        include_comments=False,
        include_tables=False,
        with_metadata=True,
    )
    language = _LANG.search(html[:20000])
    found: dict[str, Any] = {
        "blocks": [],
        "title": None,
        "date": None,
        "source": None,
        "language": language[1].lower() if language else None,
    }
    if document is not None:
        found.update(
            title=document.title or None,
            date=document.date or None,
            source=document.sitename or document.hostname or None,
        )
        if document.body is not None:
            found["blocks"] = _blocks(document.body)
    if not found["blocks"]:  # a page too short or odd for the extractor: all of its text
        found["text"] = trafilatura.html2txt(html) if "<" in html else html
    return found


def _blocks(body: Any) -> list[tuple[str, str]]:
    """Walk the extractor's tree; block quotes keep their kind for everything in them."""
    blocks: list[tuple[str, str]] = []

    def walk(node: Any, quoted: bool) -> None:
        tag = node.tag if isinstance(node.tag, str) else ""
        quoted = quoted or tag == "quote"
        inner = [child for child in node if child.tag in {"p", "head", "quote", "list", "item"}]
        if tag in _KINDS and not inner:
            text = " ".join("".join(_texts(node)).split())
            if text:
                blocks.append(("quote" if quoted else _KINDS[tag], text))
            return
        if node.text and node.text.strip():
            blocks.append(("quote" if quoted else "paragraph", " ".join(node.text.split())))
        for child in node:
            walk(child, quoted)
            if child.tail and child.tail.strip():
                blocks.append(("quote" if quoted else "paragraph", " ".join(child.tail.split())))

    walk(body, False)
    return blocks


def _texts(node: Any) -> list[str]:
    parts = [node.text or ""]
    for child in node:
        parts += ["\n"] if child.tag == "lb" else _texts(child)
        parts.append(child.tail or "")
    return parts


def _serve() -> None:
    """Answer requests until standard input closes; each page gets its own share of CPU time."""
    try:
        import resource
    except ImportError:  # no rlimits on this system: the wall-clock limit remains
        resource = None  # type: ignore[assignment]
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing but answers may reach the pipe
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for line in sys.stdin.buffer:
        if resource is not None:
            usage = resource.getrusage(resource.RUSAGE_SELF)
            limit = int(usage.ru_utime + usage.ru_stime) + _CPU_SECONDS + 1
            hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
            resource.setrlimit(resource.RLIMIT_CPU, (limit, hard))
        request = json.loads(line)
        try:
            answer = _extract(request["html"], request["url"])
        except MemoryError:
            os._exit(1)
        except Exception as error:  # noqa: BLE001 (whatever a hostile page provokes is an answer)
            answer = {"error": " ".join(f"{type(error).__name__}: {error}".split())[:300]}
        out.write(json.dumps(answer).encode("ascii") + b"\n")
        out.flush()


if __name__ == "__main__":
    _serve()
