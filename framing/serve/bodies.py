"""The JSON that the service takes and gives, as strict models; OpenAPI is made from them."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from pydantic import BaseModel, ConfigDict, FailFast, Field, model_validator
from pydantic_core import PydanticCustomError

from framing.errors import did_you_mean

__all__ = [
    "KEYS",
    "MOST_DOCUMENTS",
    "ArticleBody",
    "BatchAnswer",
    "BatchBody",
    "CodebookAnswer",
    "CompareAnswer",
    "CompareBody",
    "ModelsAnswer",
    "ProblemAnswer",
    "ScoreAnswer",
    "ScoreBody",
    "StateAnswer",
]

MOST_DOCUMENTS = 1000  # whatever the settings say: a bound on the work of validation


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Taken(_Strict):
    """A body that is taken; it is refused at its first faults, however many there are."""

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, value: object) -> object:
        # Left to pydantic, 150,000 unknown keys are as many errors and block a second or more.
        unknown = value.keys() - cls.model_fields.keys() if isinstance(value, dict) else ()
        if unknown:
            near = [did_you_mean(key[:40], cls.model_fields) for key in islice(unknown, 8)]
            raise PydanticCustomError(
                "unknown_keys",
                "unknown keys",
                {"count": len(unknown), "advice": next(filter(None, near), "")},
            )
        return value


_TEXT = "The new checkpoint is pure blackmail, the minister said. Traffic was light on Monday."


class ArticleBody(_Taken):
    """One article: its text, or an HTML page to extract it from."""

    text: Annotated[str | None, Field(description="Plain text; instead of html.")] = None
    html: Annotated[str | None, Field(description="An HTML page; instead of text.")] = None
    title: Annotated[str | None, Field(description="The headline.", max_length=1000)] = None

    @model_validator(mode="after")
    def _one_source(self) -> ArticleBody:
        if (self.text is None) == (self.html is None):
            raise PydanticCustomError("one_source", "either text or html")
        return self


class ScoreBody(ArticleBody):
    """One article to score."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"text": _TEXT},
                {"text": _TEXT, "title": "Checkpoint opens", "explain": True},
                {"html": "<html><body><article><p>Traffic was light.</p></article></body></html>"},
            ]
        }
    )
    codebook: Annotated[str | None, Field(description="A codebook of /v1/models.")] = None
    explain: Annotated[bool, Field(description="Also weigh the words; slower.")] = False


class BatchBody(_Taken):
    """Several articles to score together."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"articles": [{"text": _TEXT}, {"text": "It rained."}]}]}
    )
    articles: Annotated[
        list[ArticleBody], Field(min_length=1, max_length=MOST_DOCUMENTS), FailFast()
    ]
    codebook: Annotated[str | None, Field(description="A codebook of /v1/models.")] = None
    explain: Annotated[bool, Field(description="Also weigh the words; slower.")] = False


class CompareBody(_Taken):
    """Articles about the same event to compare."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"articles": [{"text": _TEXT}, {"text": "It rained."}]}]}
    )
    articles: Annotated[
        list[ArticleBody], Field(min_length=2, max_length=MOST_DOCUMENTS), FailFast()
    ]
    codebook: Annotated[str | None, Field(description="A codebook of /v1/models.")] = None


# All keys that a sender may use: the only ones that an error message may name.
KEYS = tuple(dict.fromkeys((*ScoreBody.model_fields, *BatchBody.model_fields)))


class WordAnswer(_Strict):
    """A word and what it adds to the log-odds of a frame; `text[start:end] == word`."""

    word: str
    start: int
    end: int
    weight: float


class SentenceAnswer(_Strict):
    """One sentence; `start` and `end` are offsets into `text` in characters (code points)."""

    text: str
    start: int
    end: int
    frames: list[str]
    voice: str
    speaker: str | None
    stance: str
    voice_confidence: float
    kind: str
    truncated: bool
    scores: dict[str, float]
    evidence: dict[str, list[WordAnswer]] | None = None


class FrameSummaryAnswer(_Strict):
    """One frame over the article; shares are of all its sentences."""

    count: int
    share: float
    maximum: float
    author: float
    quoted: float
    reported: float


class SpeakerAnswer(_Strict):
    """What one speaker says; numbers are indices into the sentences."""

    speaker: str
    sentences: list[int]
    frames: dict[str, list[int]]


class DroppedAnswer(_Strict):
    """A span of the text that is no part of the article."""

    start: int
    end: int
    reason: str


class ProvenanceAnswer(_Strict):
    """What produced the scores."""

    model: str
    revision: str
    sha256: str
    codebook: str
    codebook_digest: str
    thresholds: dict[str, float]
    library_version: str


class ScoreAnswer(_Strict):
    """A scored article."""

    title: str | None
    date: str | None
    source: str | None
    language: str | None
    origin: str | None
    text: str
    sentences: list[SentenceAnswer]
    frames: dict[str, FrameSummaryAnswer]
    speakers: list[SpeakerAnswer]
    dropped: list[DroppedAnswer]
    warnings: list[str]
    provenance: ProvenanceAnswer


class ErrorAnswer(_Strict):
    """One fault of a body: where (a JSON pointer) and what."""

    pointer: str
    detail: str


class ProblemAnswer(_Strict):
    """Problem details (RFC 9457); `code` is stable, for programs."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    errors: list[ErrorAnswer] | None = None
    request_id: str | None = None


class ItemAnswer(_Strict):
    """One article of a batch: its score, or why there is none."""

    score: ScoreAnswer | None
    problem: ProblemAnswer | None


class BatchAnswer(_Strict):
    """The articles of a batch, in order."""

    results: list[ItemAnswer]


class ComparedAnswer(_Strict):
    """One article of a comparison: the frames that it alone has, and those that it alone lacks."""

    name: str
    title: str | None
    date: str | None
    source: str | None
    language: str | None
    origin: str | None
    sentences: int
    only: list[str]
    missing: list[str]
    warnings: list[str]


class HeardAnswer(_Strict):
    """What one article has of a speaker, under the name that it uses; counts of sentences."""

    name: str
    sentences: int
    frames: dict[str, int]


class SpeakersAnswer(_Strict):
    """One speaker, with an item for each article: null where the speaker is not heard."""

    speaker: str
    articles: list[HeardAnswer | None]


class ComparisonAnswer(_Strict):
    """Articles side by side; lists have an item for each of them."""

    articles: list[ComparedAnswer]
    frames: dict[str, list[FrameSummaryAnswer]]
    speakers: list[SpeakersAnswer]
    provenance: ProvenanceAnswer


class CompareAnswer(_Strict):
    """The scored articles, in order, and how they differ."""

    articles: list[ScoreAnswer]
    comparison: ComparisonAnswer


class FrameAnswer(_Strict):
    """One frame of a codebook."""

    id: str
    name: str
    group: str
    definition: str
    when: list[str]
    when_not: list[str]
    examples: list[str]
    near_misses: list[str]


class CodebookAnswer(_Strict):
    """A codebook; the order of its frames is that of every list of scores."""

    id: str
    name: str
    description: str
    digest: str
    groups: list[str]
    voices: dict[str, str]
    frames: list[FrameAnswer]


class ModelAnswer(_Strict):
    """One loaded model."""

    name: str
    revision: str
    sha256: str
    codebook: str
    codebook_digest: str
    languages: list[str]
    licence: str
    max_tokens: int
    thresholds: dict[str, float]
    library_version: str


class ModelsAnswer(_Strict):
    """The loaded models, the default first."""

    models: list[ModelAnswer]


class StateAnswer(_Strict):
    """Whether the service lives, or is ready."""

    status: str
