"""Reads hostile input in a guarded child process, so that it cannot stop the caller.

One element with 50,000 attributes takes an HTML extractor 27 s, and a page of a PDF may unfold to
gigabytes: the child has limits on CPU time, memory and wall-clock time, and is replaced when it
fails. One child answers many requests, so that its start (0.5 s) is paid once.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from framing.errors import ArticleError

__all__ = ["guarded"]

# Who answers a request, and how many seconds of CPU one may take: a long PDF is slow, not hostile.
_READERS = {
    "html": ("framing.html", 6),
    "document": ("framing.documents", 20),
    "feed": ("framing.feed", 6),
}
_WALL_PER_CPU_SECOND = 2.5
_MEMORY_BYTES = 2 << 30
_REQUESTS_PER_CHILD = 500


class _Child:
    """The worker process of this process; requests and answers are lines of JSON."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None
        self.owner = 0
        self.requests = 0

    def ask(self, reader: str, request: dict[str, Any], name: str) -> dict[str, Any]:
        seconds = _READERS[reader][1]
        with self.lock:
            for _ in range(2):
                process = self._running()
                late = threading.Event()
                timer = threading.Timer(_WALL_PER_CPU_SECOND * seconds, _end, (process, late))
                timer.start()
                try:
                    answer = _exchange(process, {"reader": reader, **request})
                finally:
                    timer.cancel()
                if answer is not None:
                    return answer
                fresh = self.requests == 1
                self.stop()
                if fresh or late.is_set():
                    break
        raise ArticleError(
            f"{name}: extraction was stopped (over {seconds} s or "
            f"{_MEMORY_BYTES >> 30} GiB); it is damaged or hostile, pass its text instead"
        )

    def _running(self) -> subprocess.Popen[bytes]:
        if self.process is not None and self.owner != os.getpid():
            self.process = None  # after a fork the child belongs to the parent
        if self.process is not None and (
            self.requests >= _REQUESTS_PER_CHILD or self.process.poll()
        ):
            self.stop()
        if self.process is None:
            root = str(Path(__file__).resolve().parents[1])
            path = os.pathsep.join([root, *filter(None, sys.path)])
            self.process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", "framing.guard"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
            self.owner, self.requests = os.getpid(), 0
        self.requests += 1
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


def guarded(reader: str, request: dict[str, Any], *, name: str) -> dict[str, Any]:
    """Return what the reader's function `read` makes of the request, or its error under `error`.

    Raises `ArticleError`, which `name` opens, where the child hit a limit or died.
    """
    return _child.ask(reader, request, name)


def _serve() -> None:
    """Answer requests until standard input closes; each gets its own share of CPU time."""
    try:
        import resource
    except ImportError:  # no rlimits on this system: the wall-clock limit remains
        resource = None  # type: ignore[assignment]
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing but answers may reach the pipe
    if resource is not None:
        _limit(resource.RLIMIT_AS, _MEMORY_BYTES)
        _limit(resource.RLIMIT_CORE, 0)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        module, seconds = _READERS[request.pop("reader")]
        if resource is not None:
            usage = resource.getrusage(resource.RUSAGE_SELF)
            _limit(resource.RLIMIT_CPU, int(usage.ru_utime + usage.ru_stime) + seconds + 1)
        try:
            answer = import_module(module).read(**request)
        except MemoryError:
            os._exit(1)
        except Exception as error:  # noqa: BLE001 (whatever hostile input provokes is an answer)
            answer = {"error": " ".join(f"{type(error).__name__}: {error}".split())[:300]}
        out.write(json.dumps(answer).encode("ascii") + b"\n")
        out.flush()


def _limit(kind: int, most: int) -> None:
    """Set a soft limit, within the hard one that this process was started under."""
    import resource

    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


if __name__ == "__main__":
    _serve()
