"""Limits, back-pressure, time-outs, keys, fairness and shutdown."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from framing.article import Article
from framing.scoring import Scorer
from framing.serve.batching import Batcher, Full
from framing.serve.problems import Problem
from tests.serve.conftest import HeldEngine, until

TEXT = "They choose blackmail. We were never there."
JSON = {"Content-Type": "application/json"}
KEY = "a-key-of-some-length-1"
OTHER = "a-key-of-some-length-2"


def _body(size: int) -> bytes:
    return b'{"text": "' + b"a" * (size - 12) + b'"}'


def test_a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not(
    serve: Callable[..., TestClient],
) -> None:
    client = serve(body_bytes=5_000)
    assert client.post("/v1/score", content=_body(5_000), headers=JSON).status_code == 200
    assert client.post("/v1/score", content=_body(5_001), headers=JSON).status_code == 413


def test_the_limit_holds_for_a_body_whose_length_is_not_declared(client: TestClient) -> None:
    sent = 0

    def chunks() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 100_000

    answer = client.post("/v1/score", content=chunks(), headers=JSON)
    assert answer.status_code == 413
    assert answer.json()["code"] == "body_too_large"


@pytest.mark.parametrize("length", ["2000001", "9" * 40, "-5", "1e3", "²"])
def test_a_declared_length_beyond_the_limit_or_senseless_is_refused_unread(
    app: Callable[..., FastAPI], length: str
) -> None:
    async def never() -> dict[str, object]:
        raise AssertionError("the body was read")

    status, _ = asyncio.run(_ask(app(), never, {"content-length": length}))
    assert status == 413


def test_an_article_of_exactly_the_limit_is_scored_and_one_character_more_is_not(
    serve: Callable[..., TestClient],
) -> None:
    client = serve(characters=100)
    assert client.post("/v1/score", json={"text": "é" * 100}).status_code == 200
    answer = client.post("/v1/score", json={"text": "é" * 101})
    assert answer.status_code == 422
    assert answer.json()["code"] == "article_too_long"


def test_the_default_limits_are_those_promised(client: TestClient) -> None:
    assert client.post("/v1/score", json={"text": "a" * 100_000}).status_code == 200
    assert client.post("/v1/score", json={"text": "a" * 100_001}).status_code == 422
    many = [{"text": "We choose."}] * 32
    assert client.post("/v1/score/batch", json={"articles": many}).status_code == 200
    many.append({"text": "We choose."})
    assert client.post("/v1/score/batch", json={"articles": many}).status_code == 422


def test_a_full_queue_is_429_with_a_time_to_come_back(
    serve: Callable[..., TestClient], engine: HeldEngine
) -> None:
    client = serve(queue=3)
    engine.open.clear()
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(client.post, "/v1/score", json={"text": TEXT}) for _ in range(3)]
        until(lambda: "framing_documents_waiting 3.0" in client.get("/metrics").text)
        refused = client.post("/v1/score", json={"text": TEXT})
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
        engine.open.set()
        assert [w.result().status_code for w in waiting] == [200] * 3
    assert client.post("/v1/score", json={"text": TEXT}).status_code == 200


def test_too_many_requests_in_progress_are_429(
    serve: Callable[..., TestClient], engine: HeldEngine
) -> None:
    client = serve(concurrency=1)
    engine.open.clear()
    engine.entered.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.post, "/v1/score", json={"text": TEXT})
        assert engine.entered.wait(5)
        assert client.post("/v1/score", json={"text": TEXT}).status_code == 429
        engine.open.set()
        assert first.result().status_code == 200


def test_bodies_in_memory_are_bounded_together(serve: Callable[..., TestClient]) -> None:
    client = serve(held_bytes=1_000)
    for _ in range(2):  # what is refused is let go again
        answer = client.post("/v1/score", content=_body(1_001), headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_much_data")
    assert client.post("/v1/score", content=_body(900), headers=JSON).status_code == 200


def test_a_request_that_takes_too_long_is_503_and_gives_its_place_back(
    serve: Callable[..., TestClient], engine: HeldEngine
) -> None:
    client = serve(timeout=0.3, queue=1)
    engine.open.clear()
    answer = client.post("/v1/score", json={"text": TEXT})
    assert (answer.status_code, answer.json()["code"]) == (503, "timeout")
    assert "retry-after" in answer.headers
    engine.open.set()
    until(lambda: client.post("/v1/score", json={"text": TEXT}).status_code == 200)


def test_a_body_that_does_not_arrive_is_408(app: Callable[..., FastAPI]) -> None:
    async def slow() -> dict[str, object]:
        await asyncio.sleep(0.03)
        return {"type": "http.request", "body": b" ", "more_body": True}

    status, body = asyncio.run(_ask(app(timeout=0.2), slow))
    assert status == 408
    assert b"slow_body" in body


def test_a_client_that_leaves_while_it_sends_costs_nothing(app: Callable[..., FastAPI]) -> None:
    async def gone() -> dict[str, object]:
        return {"type": "http.disconnect"}

    status, _ = asyncio.run(_ask(app(), gone))
    assert status == 400


async def _ask(
    app: FastAPI,
    receive: Callable[[], object],
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    """Speak ASGI to an application that was not started; return status and body."""
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    given = {"content-type": "application/json", **(headers or {})}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/score",
        "raw_path": b"/v1/score",
        "root_path": "",
        "query_string": b"",
        "scheme": "http",
        "headers": [(k.encode(), v.encode("latin-1")) for k, v in given.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)  # type: ignore[arg-type]
    return int(sent[0]["status"]), b"".join(bytes(m.get("body", b"")) for m in sent)  # type: ignore


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": f"Bearer {KEY}x"},
        {"Authorization": f"Bearer {KEY[:-1]}"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer é".encode()},
        {"X-API-Key": ""},
    ],
)
def test_without_a_right_key_nothing_of_v1_is_answered(
    serve: Callable[..., TestClient], headers: dict[str, str]
) -> None:
    client = serve(api_keys=(KEY, OTHER))
    for answer in (
        client.post("/v1/score", json={"text": TEXT}, headers=headers),
        client.get("/v1/models", headers=headers),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert KEY not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"authorization": f"bearer {OTHER}"},
        {"X-API-Key": OTHER},
    ],
)
def test_each_key_opens_the_service(
    serve: Callable[..., TestClient], headers: dict[str, str]
) -> None:
    client = serve(api_keys=(KEY, OTHER))
    assert client.post("/v1/score", json={"text": TEXT}, headers=headers).status_code == 200


def test_state_and_page_need_no_key(serve: Callable[..., TestClient]) -> None:
    client = serve(api_keys=(KEY,))
    for path in ("/", "/healthz", "/readyz", "/metrics", "/openapi.json"):
        assert client.get(path).status_code == 200


def test_a_hundred_clients_get_the_answers_that_one_would(
    client: TestClient, engine: HeldEngine
) -> None:
    texts = [
        " ".join(["We choose.", "Blackmail.", "We were never there.", "They choose blackmail."][:n])
        * (1 + i % 5)
        for i in range(100)
        for n in [1 + i % 4]
    ]
    serial = [client.post("/v1/score", json={"text": t}).json() for t in texts]
    passes = len(engine.sizes)
    with ThreadPoolExecutor(100) as pool:
        together = pool.map(lambda t: client.post("/v1/score", json={"text": t}).json(), texts)
        assert list(together) == serial
    assert len(engine.sizes) - passes < 100  # some shared a pass


def test_requests_that_wait_share_one_pass(scorer: Scorer, engine: HeldEngine) -> None:
    batcher = Batcher(Scorer(scorer.artefact, engine), queue=100, explained=1)
    engine.open.clear()
    first = batcher.submit([Article.from_text("We choose.")])
    assert engine.entered.wait(5)
    rest = [batcher.submit([Article.from_text(TEXT)]) for _ in range(20)]
    engine.open.set()
    assert first.result(5)[0].result.sentences
    assert all(len(r.result(5)[0].result.sentences) == 2 for r in rest)
    assert engine.sizes == [1, 40]
    batcher.close()


def test_a_large_request_does_not_keep_a_small_one_waiting(
    scorer: Scorer, engine: HeldEngine
) -> None:
    batcher = Batcher(Scorer(scorer.artefact, engine), queue=1000, explained=1)
    long = Article.from_text("They choose blackmail. " * 1500)
    engine.open.clear()
    large = batcher.submit([long] * 30)
    assert engine.entered.wait(5)
    small = batcher.submit([Article.from_text(TEXT)])
    engine.open.set()
    assert len(small.result(20)) == 1
    assert not large.done()
    large.cancel()
    batcher.close()


def test_an_article_that_breaks_the_model_fails_its_own_request_only(
    scorer: Scorer, engine: HeldEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = engine.predict

    def fragile(texts: list[str]) -> object:
        if any("choose" in text for text in texts):
            raise ValueError("broken")
        return real(texts)

    monkeypatch.setattr(engine, "predict", fragile)
    batcher = Batcher(Scorer(scorer.artefact, engine), queue=100, explained=1)
    engine.open.clear()
    batcher.submit([Article.from_text("Blackmail.")])
    good = batcher.submit([Article.from_text("We were never there.")])
    bad = batcher.submit([Article.from_text("We choose."), Article.from_text("We were.")])
    engine.open.set()
    assert len(good.result(5)) == 1
    with pytest.raises(ValueError, match="broken"):
        bad.result(5)
    assert len(batcher.submit([Article.from_text("Blackmail.")]).result(5)) == 1
    batcher.close()


def test_a_cancelled_request_is_not_scored(scorer: Scorer, engine: HeldEngine) -> None:
    batcher = Batcher(Scorer(scorer.artefact, engine), queue=100, explained=1)
    engine.open.clear()
    first = batcher.submit([Article.from_text("We choose.")])
    assert engine.entered.wait(5)
    assert batcher.submit([Article.from_text(TEXT)]).cancel()
    engine.open.set()
    first.result(5)
    batcher.close()
    assert engine.sizes == [1]


def test_closing_finishes_what_was_accepted(scorer: Scorer, engine: HeldEngine) -> None:
    batcher = Batcher(Scorer(scorer.artefact, engine), queue=100, explained=5)
    engine.open.clear()
    jobs = [batcher.submit([Article.from_text(TEXT)] * 3, explain=True) for _ in range(10)]
    closing = threading.Thread(target=batcher.close)
    closing.start()
    engine.open.set()
    closing.join(10)
    assert all(len(job.result(0)) == 3 and job.result(0)[2].evidence for job in jobs)
    with pytest.raises(RuntimeError):
        batcher.submit([Article.from_text(TEXT)])


def test_a_request_larger_than_the_queue_is_let_in_alone(scorer: Scorer) -> None:
    batcher = Batcher(scorer, queue=2, explained=1)
    with batcher.admit(5), pytest.raises(Full), batcher.admit(1):
        pass
    with batcher.admit(1), pytest.raises(Full), batcher.admit(5):
        pass
    assert batcher.held == 0
    batcher.close()


def test_a_fault_of_the_service_says_nothing_of_the_text(
    client: TestClient, engine: HeldEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(texts: list[str]) -> object:
        raise ValueError(f"cannot read {texts}")

    monkeypatch.setattr(engine, "predict", broken)
    answer = client.post("/v1/score", json={"text": "Zebra blackmail."})
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "ebra" not in answer.text


def test_a_problem_stays_small_whatever_its_errors() -> None:
    errors = [{"pointer": "/articles/31/title", "detail": "must be text"}] * 8
    assert len(Problem(422, "invalid_body", "d" * 300, errors).response("r" * 64).body) < 2000
