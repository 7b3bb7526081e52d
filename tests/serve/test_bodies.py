"""Bad bodies: each has a small, clear problem for an answer, never a 500, never an echo."""

from __future__ import annotations

import json

import pytest
from starlette.testclient import TestClient

SECRET = "zebra-crossing"  # stands in what a sender sent, and must not come back
BAD: dict[str, bytes] = {
    "nothing": b"",
    "space": b"   ",
    "not JSON": b"text=hello",
    "half an object": b'{"text": "hello"',
    "text after the object": b'{"text": "hello"} zebra-crossing',
    "a list": b'[{"text": "hello"}]',
    "a string": b'"zebra-crossing"',
    "a number": b"17",
    "null": b"null",
    "true": b"true",
    "an empty object": b"{}",
    "not UTF-8": b'{"text": "\xff\xfe"}',
    "UTF-16": '{"text": "zebra-crossing"'.encode("utf-16"),
    "a NUL outside of strings": b'{"text": "a"\x00}',
    "a control character in a string": b'{"text": "a\nb"}',
    "NaN": b'{"text": NaN}',
    "Infinity": b'{"text": -Infinity}',
    "a number beyond floats": b'{"text": 1e999}',
    "a number of 5,000 digits": b'{"text": ' + b"9" * 5000 + b"}",
    "a number for text": b'{"text": 5}',
    "false for text": b'{"text": false}',
    "a list for text": b'{"text": ["zebra-crossing"]}',
    "an object for text": b'{"text": {"zebra-crossing": 1}}',
    "null for text": b'{"text": null}',
    "both sources": b'{"text": "zebra-crossing", "html": "<p>zebra-crossing</p>"}',
    "title alone": b'{"title": "zebra-crossing"}',
    "a number for title": b'{"text": "a", "title": 0.5}',
    "a long title": b'{"text": "a", "title": "' + b"t" * 1001 + b'"}',
    "0 for explain": b'{"text": "a", "explain": 0}',
    "a string for explain": b'{"text": "a", "explain": "true"}',
    "null for explain": b'{"text": "a", "explain": null}',
    "1.0 for explain": b'{"text": "a", "explain": 1.0}',
    "a list for codebook": b'{"text": "a", "codebook": []}',
    "an unknown codebook": b'{"text": "a", "codebook": "zebra-crossing"}',
    "an unknown key": b'{"text": "a", "zebra-crossing": 1}',
    "a key of another case": b'{"Text": "zebra-crossing"}',
    "a key with a NUL": b'{"text": "a", "\\u0000": 1}',
    "a key that is half of a pair": b'{"text": "a", "\\ud800": 1}',
    "the prototype": b'{"text": "a", "__proto__": {"explain": true}}',
    "20,000 unknown keys": b'{"text": "a", '
    + b", ".join(b'"zebra-crossing %d": 1' % i for i in range(20_000))
    + b"}",
    "a key of 1,900,000 characters": b'{"text": "a", "' + b"k" * 1_900_000 + b'": 1}',
    "100,000 nested lists": b"[" * 100_000,
    "nested lists that close": b'{"text": ' + b"[" * 90_000 + b"]" * 90_000 + b"}",
    "nested objects": b'{"text":' * 50_000,
    "a batch's key": b'{"articles": [{"text": "zebra-crossing"}]}',
}
BAD_BATCH: dict[str, bytes] = {
    "no articles": b'{"articles": []}',
    "null for articles": b'{"articles": null}',
    "an object for articles": b'{"articles": {"0": {"text": "zebra-crossing"}}}',
    "a string in articles": b'{"articles": ["zebra-crossing"]}',
    "an article without a source": b'{"articles": [{"text": "a"}, {}]}',
    "an article with an unknown key": b'{"articles": [{"text": "a", "zebra-crossing": 1}]}',
    "33 articles": json.dumps({"articles": [{"text": "a"}] * 33}).encode(),
    "600,000 empty articles": b'{"articles": [' + b"{}," * 600_000 + b"{}]}",
    "150,000 good articles": b'{"articles": [' + b'{"text":""},' * 150_000 + b'{"text":""}]}',
}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_body_has_a_small_problem_for_an_answer(client: TestClient, name: str) -> None:
    _refused(client, "/v1/score", BAD[name])


@pytest.mark.parametrize("name", BAD_BATCH)
def test_a_bad_batch_has_a_small_problem_for_an_answer(client: TestClient, name: str) -> None:
    _refused(client, "/v1/score/batch", BAD_BATCH[name])


def _refused(client: TestClient, path: str, body: bytes) -> None:
    answer = client.post(path, content=body, headers=JSON)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.content) < 2000
    assert SECRET not in answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["x-request-id"]


def test_a_problem_points_at_what_is_wrong(client: TestClient) -> None:
    articles = [{"text": "a"}, {"text": 5}]
    problem = client.post("/v1/score/batch", json={"articles": articles}).json()
    assert problem["errors"] == [{"pointer": "/articles/1/text", "detail": "must be text"}]
    assert problem["detail"] == "/articles/1/text must be text"


def test_a_misspelt_key_is_met_with_the_right_one(client: TestClient) -> None:
    problem = client.post("/v1/score", json={"text": "a", "explian": True}).json()
    assert problem["detail"] == "the body has an unknown key. Did you mean 'explain'?"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_that_is_not_called_json_is_refused(client: TestClient, kind: str) -> None:
    answer = client.post("/v1/score", content=b'{"text": "a"}', headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_half_of_a_surrogate_pair_is_scored_and_returned_as_sent(client: TestClient) -> None:
    body = b'{"text": "We choose blackmail \\ud800 today."}'
    answer = client.post("/v1/score", content=body, headers=JSON)
    assert answer.status_code == 200
    assert "\\ud800" in answer.text


def test_an_unknown_path_and_a_wrong_method_are_problems(client: TestClient) -> None:
    for answer, status in ((client.get("/zebra-crossing"), 404), (client.get("/v1/score"), 405)):
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert SECRET not in answer.text
