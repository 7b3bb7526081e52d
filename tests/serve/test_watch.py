"""Logs and metrics: enough to run the service by, and no article text."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from framing.errors import FramingError
from framing.serve.settings import Settings
from framing.serve.watch import JsonLines
from tests.serve.conftest import HeldEngine

KEY = "a-key-of-some-length-1"


def test_a_request_is_logged_with_its_figures_and_without_its_text(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "framing.serve")
    answer = client.post("/v1/score?zebra=1", json={"text": "Zebra blackmail.", "title": "Zebra"})
    client.post("/v1/score", json={"zebra": "zebra"})
    client.get("/zebra")
    lines = [JsonLines().format(r) for r in caplog.records if r.name == "framing.serve"]
    assert "zebra" not in "".join(lines).lower()
    first, second, third = (line for line in map(json.loads, lines) if line["event"] == "request")
    assert first["request_id"] == answer.headers["x-request-id"]
    assert (first["status"], first["documents"], first["characters"], first["sentences"]) == (
        200, 1, 16, 1,
    )  # fmt: skip
    assert first["milliseconds"] > 0
    assert (second["status"], third["status"], third["route"]) == (422, 404, "other")


def test_a_fault_is_logged_by_place_and_not_by_message(
    client: TestClient,
    engine: HeldEngine,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(texts: list[str]) -> object:
        raise ValueError(f"cannot read {texts}")

    monkeypatch.setattr(engine, "predict", broken)
    client.post("/v1/score", json={"text": "Zebra blackmail."})
    lines = [json.loads(JsonLines().format(r)) for r in caplog.records if r.levelname == "ERROR"]
    assert [line["error"].partition(" ")[0] for line in lines] == ["ValueError"]
    assert "test_watch.py" in lines[0]["error"]
    assert "ebra" not in json.dumps(lines)


def test_an_exception_of_any_library_is_logged_without_its_message() -> None:
    try:
        raise KeyError("zebra")
    except KeyError:
        record = logging.LogRecord("uvicorn", 40, __file__, 1, "Exception", None, sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert line["error"].startswith("KeyError at test_watch.py:")
    assert "zebra" not in json.dumps(line)


def test_metrics_count_and_hold_no_text(client: TestClient) -> None:
    client.post("/v1/score", json={"text": "Zebra blackmail. We choose.", "title": "Zebra"})
    client.post("/v1/score", json={"zebra": 1})
    client.get("/zebra")
    text = client.get("/metrics").text
    assert "zebra" not in text.lower()
    for line in (
        'framing_requests_total{route="/v1/score",status="200"} 1.0',
        'framing_requests_total{route="/v1/score",status="422"} 1.0',
        'framing_requests_total{route="other",status="404"} 1.0',
        "framing_documents_total 1.0",
        "framing_sentences_total 2.0",
        "framing_documents_waiting 0.0",
        "framing_workers_ready 1.0",
    ):
        assert line in text


def test_a_request_id_of_the_client_is_kept_when_it_is_harmless(client: TestClient) -> None:
    for given, kept in (("trace-0123456789", True), ("x" * 65, False), ("a b<script>c", False)):
        got = client.get("/healthz", headers={"X-Request-ID": given}).headers["x-request-id"]
        assert (got == given) is kept


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"# the desk\n{KEY}\n")
    settings = Settings.from_environment(
        {
            "FRAMING_SERVE_QUEUE": "7",
            "FRAMING_SERVE_TIMEOUT": "2.5",
            "FRAMING_SERVE_MODELS": "default, other",
            "FRAMING_API_KEYS_FILE": str(keys),
            "FRAMING_API_KEYS": "another-key-of-some-length",
            "HOME": "/",
        }
    )
    assert (settings.queue, settings.timeout, settings.models) == (7, 2.5, ("default", "other"))
    assert settings.api_keys == ("another-key-of-some-length", KEY)
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"FRAMING_SERVE_QUEUE": "many"}, "FRAMING_SERVE_QUEUE: expected a number"),
        ({"FRAMING_SERVE_QUEUE": "0"}, "FRAMING_SERVE_QUEUE: must be over 0"),
        ({"FRAMING_SERVE_TIMEOUT": "nan"}, "FRAMING_SERVE_TIMEOUT: must be over 0"),
        ({"FRAMING_SERVE_DOCUMENTS": "5000"}, "at most 1,000"),
        ({"FRAMING_SERVE_QEUE": "5"}, "no such setting"),
        ({"FRAMING_SERVE_MODELS": " , "}, "names no model"),
        ({"FRAMING_API_KEYS": " "}, "holds no key"),
        ({"FRAMING_API_KEYS": "short"}, "at least 16"),
        ({"FRAMING_API_KEYS_FILE": "/nowhere/keys"}, "/nowhere/keys: API keys cannot be read"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], says: str) -> None:
    with pytest.raises(FramingError, match=says) as caught:
        Settings.from_environment(environment)
    assert "short" not in str(caught.value)


def test_answers_with_keys_are_not_kept_by_caches(serve: Callable[..., TestClient]) -> None:
    answer = serve().post("/v1/score", json={"text": "We choose."})
    assert answer.headers["cache-control"] == "no-store"
