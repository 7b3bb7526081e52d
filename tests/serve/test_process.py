"""`framing serve` as a process: it starts, answers, shares a port, and ends cleanly."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.serve.conftest import until


@contextmanager
def _served(
    *options: str, environment: dict[str, str] | None = None, log: bool = True
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "framing", "serve", "--port", str(port), *options],
        # A pipe that nobody reads fills up and stops the service.
        stderr=subprocess.PIPE if log else subprocess.DEVNULL,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _status(url + "/readyz") == 200, seconds=30)
        yield url, process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def _status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
    except OSError:
        return 0


def _score(url: str, text: str) -> Any:
    request = urllib.request.Request(
        url + "/v1/score",
        json.dumps({"text": text}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_finishes_what_it_accepted_when_told_to_stop(toy_model: Path, workers: str) -> None:
    with _served("--model", str(toy_model), "--workers", workers) as (url, process):
        body = json.dumps({"text": "They choose blackmail. " * 400}).encode()
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=30)
        connection.putrequest("POST", "/v1/score")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[:100])
        until(lambda: b"in_progress 2.0" in _read(url + "/metrics"))  # the other is this one
        process.send_signal(signal.SIGTERM)
        until(lambda: _status(url + "/healthz") == 0)
        connection.send(body[100:])
        answer = connection.getresponse()
        assert answer.status == 200
        assert len(json.load(answer)["sentences"]) == 400
        connection.close()
        _, log = process.communicate(timeout=30)
        assert process.returncode in (0, -signal.SIGTERM)
        assert all(json.loads(line)["event"] for line in log.splitlines())
        assert "blackmail" not in log


@pytest.mark.slow
def test_workers_add_their_metrics_up(toy_model: Path) -> None:
    with _served("--model", str(toy_model), "--workers", "2") as (url, _):
        for _ in range(10):
            _score(url, "We choose.")
        assert b"framing_documents_total 10.0" in _read(url + "/metrics")


@pytest.mark.slow
def test_workers_end_when_the_process_that_started_them_is_killed(toy_model: Path) -> None:
    with _served("--model", str(toy_model), "--workers", "2") as (url, process):
        process.kill()
        until(lambda: _status(url + "/healthz") == 0)


def _read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        body: bytes = answer.read()
        return body


def _refused(*options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "framing", "serve", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_a_model_that_is_not_there_ends_it_in_one_line() -> None:
    assert "framing: no model 'defualt'" in _refused("--model", "defualt")


def test_a_key_file_that_is_not_there_ends_it_in_one_line() -> None:
    assert "API keys cannot be read" in _refused("--api-keys", "/nowhere/keys")


def test_a_port_that_is_taken_ends_it_without_a_traceback(toy_model: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "framing", "serve", "--model", str(toy_model), "--port", port],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode != 0
    assert "address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_the_extra_the_line_to_type_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from framing.cli import main

    for name in [m for m in sys.modules if m.startswith("framing.serve")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    with pytest.raises(SystemExit) as ended:
        main(["serve"])
    assert ended.value.code == 2
    assert "pip install 'framing[serve]'" in capsys.readouterr().err
