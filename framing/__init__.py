"""Score news articles sentence by sentence for framing, and say whose words each sentence is.

    >>> import framing
    >>> result = framing.score("Article text ...")
    >>> [(s.text, s.frames, s.voice, s.speaker) for s in result.sentences]

Importing this package loads no model and no heavy library; names are resolved when first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from framing.article import Article
    from framing.codebook import Codebook, Frame
    from framing.errors import (
        ArticleError,
        CodebookError,
        FramingError,
        MissingExtraError,
        ModelError,
        RecordError,
    )
    from framing.feed import read_feed
    from framing.results import (
        ArticleScore,
        FrameSummary,
        Provenance,
        SentenceScore,
        SpeakerSummary,
    )
    from framing.scoring import Scorer, load, score, score_many

_HOME = {
    "Article": "article",
    "ArticleError": "errors",
    "ArticleScore": "results",
    "Codebook": "codebook",
    "CodebookError": "errors",
    "Frame": "codebook",
    "FrameSummary": "results",
    "FramingError": "errors",
    "MissingExtraError": "errors",
    "ModelError": "errors",
    "Provenance": "results",
    "RecordError": "errors",
    "Scorer": "scoring",
    "SentenceScore": "results",
    "SpeakerSummary": "results",
    "load": "scoring",
    "read_feed": "feed",
    "score": "scoring",
    "score_many": "scoring",
}

__all__ = [
    "Article",
    "ArticleError",
    "ArticleScore",
    "Codebook",
    "CodebookError",
    "Frame",
    "FrameSummary",
    "FramingError",
    "MissingExtraError",
    "ModelError",
    "Provenance",
    "RecordError",
    "Scorer",
    "SentenceScore",
    "SpeakerSummary",
    "__version__",
    "load",
    "read_feed",
    "score",
    "score_many",
]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        value = getattr(import_module(f"framing.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'framing' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
