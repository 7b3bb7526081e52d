"""What the OpenAPI document promises, tried with generated requests: no 500, no surprise."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

schemathesis = pytest.importorskip("schemathesis")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

GETS = ("/v1/codebook", "/v1/models", "/healthz", "/readyz", "/metrics")
POSTS = ("/v1/score", "/v1/score/batch", "/v1/compare")
# Where there is nothing to send, there is nothing to send wrongly.
CASES = [
    *(("POST", path, mode) for path in POSTS for mode in ("POSITIVE", "NEGATIVE")),
    *(("GET", path, "POSITIVE") for path in GETS),
    ("GET", "/v1/codebook", "NEGATIVE"),
]
EXAMPLES = int(os.environ.get("FRAMING_SCHEMA_EXAMPLES", "200"))
QUIET = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_generated_requests_have_documented_answers(
    serve: Callable[..., TestClient], method: str, path: str, mode: str
) -> None:
    client = serve()
    document = client.get("/openapi.json").json()
    schema = schemathesis.openapi.from_dict(document)
    operation = schema[path][method]
    kind = getattr(schemathesis.GenerationMode, mode)
    cases = operation.as_strategy(generation_mode=kind)

    @QUIET
    @given(case=cases)
    def try_one(case: object) -> None:
        sent = case.as_transport_kwargs(base_url="http://testserver")  # type: ignore[attr-defined]
        sent = {k: v for k, v in sent.items() if v is not None and k != "url"}
        content = sent.pop("data", None)
        answer = client.request(
            sent.pop("method"),
            path,
            params=sent.get("params"),
            content=content,
            **({"json": sent["json"]} if "json" in sent else {}),
            headers={k: str(v) for k, v in sent.get("headers", {}).items()},
        )
        known = document["paths"][path][method.lower()]["responses"]
        assert answer.status_code < 500, answer.text
        assert str(answer.status_code) in {*known, "405"}, answer.text
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert len(answer.content) < 2000

    try_one()


@pytest.mark.parametrize("path", POSTS)
def test_any_bytes_have_a_small_problem_or_a_score_for_an_answer(
    client: TestClient, path: str
) -> None:
    pieces = st.sampled_from(
        [b'{"text":', b'{"html":', b'{"articles":[', b'"<p>a</p>"', b"]", b"}", b",", b"null",
         b'"\\ud800"', b"\xff", b"NaN", b"1e999", b"[" * 500, b'"explain":true', b"\x00", b" "]
    )  # fmt: skip

    @settings(QUIET, max_examples=200)
    @given(body=st.one_of(st.binary(max_size=200), st.lists(pieces, max_size=8).map(b"".join)))
    def try_one(body: bytes) -> None:
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (200, 400, 422)
        if answer.status_code != 200:
            assert len(answer.content) < 2000

    try_one()
