"""Stands before every route: keys, limits, time-outs, security headers, logs and metrics.

It reads a request's body whole before the routes see it, so that a limit holds however the body is
sent, and answers every error itself, so that no message of an exception leaves the process.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framing.serve.problems import Problem
from framing.serve.settings import Settings
from framing.serve.watch import Metrics, log_event, where

__all__ = ["Guard"]

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """ASGI middleware around the routes; see the module."""

    def __init__(
        self, app: ASGIApp, *, settings: Settings, metrics: Metrics, routes: Sequence[str]
    ) -> None:
        self.app = app
        self._settings = settings
        self._metrics = metrics
        self._routes = frozenset(routes)
        self._keys = [_digest(key.encode()) for key in settings.api_keys]
        self._working = 0
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        status = 0

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in _HEADERS.items():
                    headers[name] = value
                if "cache-control" not in headers:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        scope.setdefault("state", {})["request_id"] = request_id
        problem: Problem | None = None
        fault: str | None = None
        self._metrics.in_progress.inc()
        try:
            await self._serve(scope, receive, send_guarded)
        except Problem as error:
            problem = error
        except TimeoutError:
            problem = Problem(
                503, "timeout", f"not done within {self._settings.timeout:g} s", retry_after=5
            )
        except Exception as error:  # noqa: BLE001 (the last line of defence)
            fault = where(error)
            problem = Problem(500, "internal", "a fault of the service, logged under request_id")
        finally:
            self._metrics.in_progress.dec()
        if problem is not None and not status:
            await problem.response(request_id)(scope, receive, send_guarded)
        route = scope["path"] if scope["path"] in self._routes else "other"
        took = time.perf_counter() - began
        self._metrics.requests.labels(route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(took)
        if route not in ("/healthz", "/readyz", "/metrics") or status >= 500:
            log_event(
                "request",
                level=logging.ERROR if fault else logging.INFO,
                request_id=request_id,
                method=scope["method"] if scope["method"] in ("GET", "HEAD", "POST") else "other",
                route=route,
                status=status,
                milliseconds=round(took * 1000, 1),
                **{key: value for key, value in scope["state"].items() if key in _COUNTS},
                **({"code": problem.code} if problem else {}),
                **({"error": fault} if fault else {}),
            )

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if scope["path"].startswith("/v1/") and self._keys and scope["method"] != "OPTIONS":
            self._check_key(headers)
        if scope["method"] != "POST":
            async with asyncio.timeout(self._settings.timeout):
                await self.app(scope, receive, send)
            return
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" or headers.get("content-encoding", "identity") != "identity":
            raise Problem(
                415, "unsupported_media_type", "send plain JSON: Content-Type: application/json"
            )
        if self._working >= self._settings.concurrency:
            raise Problem(429, "too_many_requests", "too many requests in progress", retry_after=1)
        self._working += 1
        held = 0

        def hold(more: int) -> None:
            nonlocal held
            held += more
            self._held += more
            if self._held > self._settings.held_bytes:
                raise Problem(429, "too_much_data", "too much data in progress", retry_after=2)

        try:
            try:
                async with asyncio.timeout(self._settings.timeout):
                    body = await self._body(headers, receive, hold)
            except TimeoutError:
                raise Problem(408, "slow_body", "the body did not arrive in time") from None
            async with asyncio.timeout(self._settings.timeout):
                await self.app(scope, _replay(body, receive), send)
        finally:
            self._working -= 1
            self._held -= held

    async def _body(self, headers: Headers, receive: Receive, hold: Callable[[int], None]) -> bytes:
        limit = self._settings.body_bytes
        large = Problem(413, "body_too_large", f"the body is over {limit:,} bytes")
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or len(declared) > 15 or int(declared) > limit:
            raise large
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Problem(400, "incomplete_body", "the body ended early")
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > limit:
                raise large
            hold(len(chunk))
            chunks.append(chunk)
            if not message.get("more_body"):
                return b"".join(chunks)

    def _check_key(self, headers: Headers) -> None:
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        given = bearer.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
        digest = _digest(given.encode("utf-8", "replace"))
        # Every key is compared, and digests are of one length: the time tells nothing.
        matches = [hmac.compare_digest(digest, key) for key in self._keys]
        if not any(matches):
            raise Problem(
                401, "unauthorised", "send a key: Authorization: Bearer KEY, or X-API-Key: KEY"
            )


_COUNTS = ("documents", "characters", "sentences", "explain")


def _digest(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """Return a `receive` that gives the body again, and then whatever else arrives."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
