"""What the service answers: scores, batches, explanations, codebook, models, state, OpenAPI."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from framing.compare import compare
from framing.errors import ModelError
from framing.scoring import Scorer
from framing.serve.app import create_app
from framing.serve.bodies import (
    BatchAnswer,
    CodebookAnswer,
    CompareAnswer,
    ModelsAnswer,
    ProblemAnswer,
    ScoreAnswer,
)
from framing.serve.settings import Settings

TEXT = "They choose blackmail. We were never there."


def test_a_text_has_the_answer_of_the_library(client: TestClient, scorer: Scorer) -> None:
    answer = client.post("/v1/score", json={"text": TEXT})
    assert answer.status_code == 200
    assert answer.json() == scorer.score(TEXT).to_dict()
    ScoreAnswer.model_validate_json(answer.content)


def test_a_page_is_extracted(client: TestClient) -> None:
    page = (
        "<html><head><title>Gate</title></head><body><article><h1>Gate</h1>"
        "<p>They choose blackmail, and the whole town talks about nothing else this week.</p>"
        "<p>We were never there, said the keeper of the gate when he was asked about it.</p>"
        "</article></body></html>"
    )
    answer = client.post("/v1/score", json={"html": page, "title": "Another title"}).json()
    assert answer["title"] == "Another title"
    assert any("blackmail" in s["text"] for s in answer["sentences"])


def test_an_empty_text_has_no_sentences(client: TestClient) -> None:
    answer = client.post("/v1/score", json={"text": ""})
    assert answer.status_code == 200
    assert answer.json()["sentences"] == []


def test_words_are_weighed_when_asked_for(client: TestClient) -> None:
    answer = client.post("/v1/score", json={"text": TEXT, "explain": True})
    ScoreAnswer.model_validate_json(answer.content)
    first, second = answer.json()["sentences"]
    words = first["evidence"][first["frames"][0]]
    strongest = max(words, key=lambda w: w["weight"])
    assert TEXT[strongest["start"] : strongest["end"]] == strongest["word"] == "blackmail"
    assert second["evidence"] == {}


def test_words_beyond_the_limit_are_told_not_dropped_silently(
    serve: Callable[..., TestClient],
) -> None:
    client = serve(explained=2)
    text = " ".join(["They choose blackmail."] * 5)
    answer = client.post("/v1/score", json={"text": text, "explain": True}).json()
    assert [bool(s["evidence"]) for s in answer["sentences"]] == [True, True, False, False, False]
    assert "first 2 of 5" in " ".join(answer["warnings"])


def test_a_batch_keeps_its_order(client: TestClient, scorer: Scorer) -> None:
    texts = [TEXT, "", "We choose.", "Blackmail there."]
    answer = client.post("/v1/score/batch", json={"articles": [{"text": t} for t in texts]})
    BatchAnswer.model_validate_json(answer.content)
    scores = [item["score"] for item in answer.json()["results"]]
    assert scores == [scorer.score(t).to_dict() for t in texts]


def test_an_article_that_cannot_be_read_does_not_fail_its_batch(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framing import html
    from framing.errors import ArticleError

    def broken(*args: object, **options: object) -> None:
        raise ArticleError("zebra-crossing")

    monkeypatch.setattr(html, "extract", broken)
    articles = [{"text": TEXT}, {"html": "<p>zebra-crossing"}, {"text": TEXT}]
    answer = client.post("/v1/score/batch", json={"articles": articles})
    assert answer.status_code == 200
    BatchAnswer.model_validate_json(answer.content)
    results = answer.json()["results"]
    assert [item["problem"] is None for item in results] == [True, False, True]
    assert results[1]["problem"]["code"] == "unreadable_page"
    assert "zebra-crossing" not in answer.text
    assert client.post("/v1/score", json=articles[1]).status_code == 422


def test_articles_are_compared_as_the_library_does(client: TestClient, scorer: Scorer) -> None:
    texts = [TEXT, "We were never there."]
    bodies = [{"text": t} for t in texts]
    answer = client.post("/v1/compare", json={"articles": bodies})
    CompareAnswer.model_validate_json(answer.content)
    results = list(scorer.score_many(texts))
    assert answer.json()["articles"] == [r.to_dict() for r in results]
    assert answer.json()["comparison"] == compare(results).to_dict()
    page = client.post("/v1/compare", json={"articles": bodies}, headers={"Accept": "text/html"})
    assert page.text == compare(results).to_html()


def test_a_comparison_names_the_article_that_cannot_be_read(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from framing import html
    from framing.errors import ArticleError

    def broken(*args: object, **options: object) -> None:
        raise ArticleError("zebra-crossing")

    monkeypatch.setattr(html, "extract", broken)
    articles = [{"text": TEXT}, {"html": "<p>zebra-crossing"}]
    answer = client.post("/v1/compare", json={"articles": articles})
    assert answer.status_code == 422
    problem = ProblemAnswer.model_validate_json(answer.content)
    assert problem.detail.startswith("article 2: ")
    assert problem.errors
    assert problem.errors[0].pointer == "/articles/1"
    assert client.post("/v1/compare", json={"articles": articles[:1]}).status_code == 422


def test_a_score_comes_as_a_page_when_asked_for(client: TestClient) -> None:
    answer = client.post("/v1/score", json={"text": TEXT}, headers={"Accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "blackmail" in answer.text
    assert "attachment" in answer.headers["content-disposition"]


def test_the_codebook_and_the_models_are_shown(client: TestClient, scorer: Scorer) -> None:
    codebook = client.get("/v1/codebook")
    CodebookAnswer.model_validate_json(codebook.content)
    assert [f["id"] for f in codebook.json()["frames"]] == list(scorer.codebook.frame_ids)
    named = client.get("/v1/codebook", params={"codebook": "influence-1"})
    assert named.json() == codebook.json()
    assert client.get("/v1/codebook", params={"codebook": "nothing-1"}).status_code == 422
    models = client.get("/v1/models")
    ModelsAnswer.model_validate_json(models.content)
    assert models.json()["models"][0]["name"] == "toy"


def test_the_service_lives_before_it_is_ready(
    toy_model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import threading

    gate = threading.Event()

    def late(name: str) -> Scorer:
        gate.wait(10)
        from framing.scoring import load

        return load(str(toy_model))

    with TestClient(create_app(Settings(), load_model=late)) as client:
        assert client.get("/healthz").json() == {"status": "alive"}
        assert client.get("/readyz").status_code == 503
        answer = client.post("/v1/score", json={"text": TEXT})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        ProblemAnswer.model_validate_json(answer.content)
        gate.set()
    assert not [r for r in caplog.records if r.levelname == "ERROR"]


def test_a_model_that_fails_to_load_leaves_the_service_alive_and_not_ready() -> None:
    from tests.serve.conftest import until

    def broken(name: str) -> Scorer:
        raise ModelError("no model 'x'")

    with TestClient(create_app(Settings(), load_model=broken)) as client:
        until(lambda: client.get("/readyz").json().get("code") == "models_failed")
        assert client.get("/healthz").status_code == 200
        assert client.post("/v1/score", json={"text": TEXT}).status_code == 503


def test_openapi_names_every_route_with_examples_and_problems(client: TestClient) -> None:
    schema = client.get("/openapi.json").json()
    assert set(schema["paths"]) == {
        "/v1/score", "/v1/score/batch", "/v1/compare", "/v1/codebook", "/v1/models",
        "/healthz", "/readyz", "/metrics",
    }  # fmt: skip
    assert schema["components"]["schemas"]["ScoreBody"]["examples"]
    assert schema["components"]["schemas"]["ScoreBody"]["additionalProperties"] is False
    problem = schema["paths"]["/v1/score"]["post"]["responses"]["422"]["content"]
    assert list(problem) == ["application/problem+json"]
    text = json.dumps(schema)
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(schema["components"]["schemas"])


def test_the_examples_of_openapi_are_answered(client: TestClient) -> None:
    schemas = client.get("/openapi.json").json()["components"]["schemas"]
    for path, name in (
        ("/v1/score", "ScoreBody"),
        ("/v1/score/batch", "BatchBody"),
        ("/v1/compare", "CompareBody"),
    ):
        for example in schemas[name]["examples"]:
            assert client.post(path, json=example).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/page.js", "/compare.js", "/page.css", "/frames.css", "/healthz", "/no"]
)
def test_every_answer_has_security_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_other_origins_may_read_answers_only_when_named(serve: Callable[..., TestClient]) -> None:
    asked = {"Origin": "https://desk.example", "Access-Control-Request-Method": "POST"}
    allow = "access-control-allow-origin"
    assert allow not in serve().options("/v1/score", headers=asked).headers
    named = serve(cors_origins=("https://desk.example",))
    assert named.options("/v1/score", headers=asked).headers[allow] == "https://desk.example"
    asked["Origin"] = "https://other.example"
    assert allow not in named.options("/v1/score", headers=asked).headers


def test_the_interactive_documentation_of_another_host_is_off(app: Callable[..., FastAPI]) -> None:
    with TestClient(app()) as client:
        assert client.get("/docs").status_code == client.get("/redoc").status_code == 404
