"""A small web server on the loopback that answers as hostile servers do."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

Answer = bytes | Callable[[socket.socket], None]


def answer(
    body: bytes = b"", kind: str = "text/html", status: str = "200 OK", **headers: str
) -> bytes:
    """Return a whole HTTP answer; underscores in the names of headers are dashes."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(where: str, status: str = "302 Found") -> bytes:
    return answer(status=status, Location=where)


def bomb(megabytes: int) -> bytes:
    """Return an answer whose gzip data unfolds to so many megabytes of zeros."""
    return answer(gzip.compress(b"\0" * (megabytes << 20)), Content_Encoding="gzip")


def drip(piece: bytes, pause: float, head: bytes = b"") -> Callable[[socket.socket], None]:
    """Send a piece over and over, until the other side has gone."""

    def send(connection: socket.socket) -> None:
        connection.sendall(head)
        with suppress(OSError):
            while True:
                connection.sendall(piece)
                time.sleep(pause)

    return send


@dataclass
class Server:
    """Serves answers by path; counts what was asked."""

    answers: dict[str, Answer]
    context: ssl.SSLContext | None = None
    asked: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __enter__(self) -> Server:
        self.socket = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # else a thread that waits keeps it open
        self.socket.close()

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])

    def url(self, path: str = "/", host: str = "news.example", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, plain: socket.socket) -> None:
        with suppress(OSError), plain:
            connection = (
                self.context.wrap_socket(plain, server_side=True) if self.context else plain
            )
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    request += piece
                text = request.decode("latin-1")
                path = text.split()[1]
                self.asked.append(path)
                self.requests.append(text)
                found = self.answers.get(path, answer(status="404 Not Found"))
                if isinstance(found, bytes):
                    connection.sendall(found)
                else:
                    found(connection)
