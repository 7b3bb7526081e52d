"""What an operator may set: limits, models, keys; read from the environment by every worker."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from framing.errors import FramingError
from framing.serve.bodies import MOST_DOCUMENTS

__all__ = ["Settings"]

_PREFIX = "FRAMING_SERVE_"
_KEYS, _KEYS_FILE = "FRAMING_API_KEYS", "FRAMING_API_KEYS_FILE"
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class Settings:
    """Limits and options of the service; each limit's answer stands beside it."""

    models: tuple[str, ...] = ("default",)  # the first answers requests that name no codebook
    body_bytes: int = 2_000_000  # 413
    documents: int = 32  # in one batch request; 422
    characters: int = 100_000  # of one article, or of the text extracted from a page; 422
    explained: int = 40  # sentences of one article whose words are weighed; a warning tells
    queue: int = 512  # documents accepted and not yet answered, by each worker; 429
    concurrency: int = 512  # requests in progress, by each worker; 429
    together: int = 256  # articles that share a pass through the model; 1: no batching
    held_bytes: int = 100_000_000  # bodies held in memory at once; 429
    timeout: float = 60.0  # seconds for one request; 503, or 408 while its body is awaited
    api_keys: tuple[str, ...] = field(default=(), repr=False)  # none: open to all who reach it
    cors_origins: tuple[str, ...] = ()  # none: pages of other origins may not read answers

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int | float) and not 0 < value < 1e12:
                raise FramingError(f"{_PREFIX}{item.name.upper()}: must be over 0, got {value}")
        if self.documents > MOST_DOCUMENTS:
            raise FramingError(
                f"{_PREFIX}DOCUMENTS: at most {MOST_DOCUMENTS:,}, got {self.documents:,}"
            )
        if not self.models:
            raise FramingError(f"{_PREFIX}MODELS: names no model; leave it out for the default")
        for number, key in enumerate(self.api_keys, 1):
            if len(key) < _SHORTEST_KEY or not key.isascii() or not key.isprintable():
                raise FramingError(
                    f"API key {number} of {len(self.api_keys)}: needs at least {_SHORTEST_KEY} "
                    'printable ASCII characters; make one with: python -c "import secrets; '
                    'print(secrets.token_urlsafe(32))"'
                )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `FRAMING_SERVE_*`, `FRAMING_API_KEYS` and `FRAMING_API_KEYS_FILE`.

        Lists are separated by commas, keys by commas or white space. Raises `FramingError` for a
        value of the wrong kind, an unknown `FRAMING_SERVE_` name, or a file without keys.
        """
        source = os.environ if environment is None else environment
        known = {_PREFIX + f.name.upper(): f for f in fields(cls) if f.name != "api_keys"}
        values: dict[str, Any] = {}
        for name, text in source.items():
            if not name.startswith(_PREFIX):
                continue
            if name not in known:
                raise FramingError(f"{name}: no such setting; there are {', '.join(known)}")
            values[known[name].name] = _parse(name, text, known[name].default)
        return cls(**values, api_keys=_keys(source))


def _parse(name: str, text: str, example: object) -> object:
    if isinstance(example, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    kind = float if isinstance(example, float) else int
    try:
        return kind(text)
    except ValueError:
        raise FramingError(f"{name}: expected a number, got {text[:40]!r}") from None


def _keys(source: Mapping[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in (_KEYS, _KEYS_FILE):
        if name not in source:
            continue
        text = source[name]
        if name == _KEYS_FILE:
            try:
                lines = Path(text).read_text(encoding="utf-8").splitlines()
            except (OSError, UnicodeDecodeError) as error:
                why = getattr(error, "strerror", None) or "not UTF-8 text"
                raise FramingError(f"{text}: API keys cannot be read: {why}") from None
            text = "\n".join(line for line in lines if not line.startswith("#"))
        keys = text.replace(",", " ").split()
        if not keys:  # an empty list must not open the service to everyone
            raise FramingError(f"{name}: holds no key; unset it to serve without keys")
        found += keys
    return tuple(dict.fromkeys(found))
