"""Errors as RFC 9457 problem details: small, and never an echo of what was sent."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

__all__ = ["Problem", "from_validation"]

MEDIA_TYPE = "application/problem+json"
_MOST_ERRORS = 8

_SAYS = {
    "missing": "is required",
    "string_type": "must be text",
    "string_unicode": "holds half of a surrogate pair; send well-formed Unicode",
    "string_too_long": "is too long",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "too_long": "has too many items",
    "too_short": "must not be empty",
    "one_source": "must have either text or html, not both and not neither",
    "json_invalid": "is not well-formed JSON",
    "model_attributes_type": "must be an object",
    "model_type": "must be an object",
    "dict_type": "must be an object",
}


@dataclass(eq=False)  # not frozen: Python sets the traceback of what is raised
class Problem(Exception):  # noqa: N818 (RFC 9457's word)
    """An error to answer with; `detail` and `errors` are our own words only."""

    status: int
    code: str  # lower_snake, stable, for programs
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    retry_after: int | None = None

    def to_dict(self, request_id: str | None = None) -> dict[str, Any]:
        """Return the problem as plain JSON values."""
        return {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **({"errors": list(self.errors)} if self.errors else {}),
            **({"request_id": request_id} if request_id else {}),
        }

    def response(self, request_id: str | None = None) -> Response:
        """Return the problem as a response."""
        headers = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        if self.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        body = json.dumps(self.to_dict(request_id)).encode("ascii")
        return Response(body, self.status, headers, MEDIA_TYPE)


def from_validation(found: Sequence[Mapping[str, Any]], known: Sequence[str]) -> Problem:
    """Return the 422 for what pydantic found; `known` are the only keys that it may name."""
    errors = [
        {"pointer": _pointer(e["loc"], known), "detail": _says(e)} for e in found[:_MOST_ERRORS]
    ]
    detail = f"{errors[0]['pointer'] or 'the body'} {errors[0]['detail']}" if errors else "invalid"
    return Problem(422, "invalid_body", detail, errors)


def _says(error: Mapping[str, Any]) -> str:
    if error["type"] == "unknown_keys":
        count: int = error["ctx"]["count"]
        advice: str = error["ctx"]["advice"]
        return ("has an unknown key." if count == 1 else f"has {count:,} unknown keys.") + advice
    return _SAYS.get(error["type"], "is not valid")


def _pointer(loc: Sequence[object], known: Sequence[str]) -> str:
    """Return a JSON pointer into the body, cut off where it would repeat a sender's own key."""
    parts: list[str] = []
    for part in loc[1:]:  # the first says "body" or "query"
        if not isinstance(part, int) and part not in known:
            break
        parts.append(str(part))
    return "".join(f"/{part}" for part in parts)
