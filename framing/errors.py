"""The exceptions that framing raises on purpose; catch `FramingError` to catch them all.

FramingError
├── CodebookError      a codebook file, or a name that is not in the codebook
├── ArticleError       an article that cannot be read
├── RecordError        a row of labelled data
├── ModelError         a model folder that is refused
└── MissingExtraError  an optional dependency is not installed
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "ArticleError",
    "CodebookError",
    "FramingError",
    "MissingExtraError",
    "ModelError",
    "RecordError",
    "did_you_mean",
    "missing_extra",
]


class FramingError(Exception):
    """Base of every error that framing raises on purpose."""


class CodebookError(FramingError, ValueError):
    """A codebook is malformed, or a frame, voice or codebook name is unknown."""


class ArticleError(FramingError, ValueError):
    """An article cannot be read: missing, binary, wrong encoding, too large."""


class RecordError(FramingError, ValueError):
    """A row of labelled data is malformed."""


class ModelError(FramingError, ValueError):
    """A model folder is incomplete, altered, or does not fit its codebook."""


class MissingExtraError(FramingError, ImportError):
    """An optional dependency is not installed; the message holds the line to type."""


def missing_extra(extra: str, need: str) -> MissingExtraError:
    """Return the error that tells how to install the extra that `need` asks for."""
    return MissingExtraError(f"{need} needs an optional part: pip install 'framing[{extra}]'")


def did_you_mean(word: str, choices: Iterable[str]) -> str:
    """Return " Did you mean 'x'?" for the choice nearest to `word`, or an empty string."""
    near = get_close_matches(word, list(choices), n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""
