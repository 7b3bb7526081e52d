"""A hundred clients at once have the answers of one after another; a dead worker is replaced."""

from __future__ import annotations

import os
import random
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.serve.conftest import until
from tests.serve.test_process import _read, _score, _served, _status

SENTENCES = (
    "They choose blackmail.",
    "We were never there.",
    "It rained.",
    "“We choose,” he said.",
)


def _texts(count: int) -> list[str]:
    rng = random.Random(3)
    return [" ".join(rng.choices(SENTENCES, k=rng.choice((0, 1, 5, 60)))) for _ in range(count)]


def test_a_hundred_clients_have_the_answers_of_one_after_another(client: TestClient) -> None:
    texts = _texts(100)

    def ask(text: str) -> Any:
        answer = client.post("/v1/score", json={"text": text})
        assert answer.status_code == 200
        return answer.json()

    serial = [ask(text) for text in texts]
    with ThreadPoolExecutor(100) as pool:
        assert list(pool.map(ask, texts)) == serial


@pytest.mark.slow
def test_a_hundred_clients_of_a_real_process_are_all_answered(toy_model: Path) -> None:
    texts = _texts(100)
    with _served("--model", str(toy_model)) as (url, _):
        serial = [_score(url, text) for text in texts]
        with ThreadPoolExecutor(100) as pool:
            assert list(pool.map(lambda text: _score(url, text), texts)) == serial


def _workers(parent: int) -> list[int]:
    """Return the processes below one that have loaded the service, by their command."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                stat = (folder / "stat").read_text()
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == parent and b"spawn_main" in command:
                found.append(int(folder.name))
    return sorted(found)


@pytest.mark.slow
def test_a_killed_worker_is_replaced_while_the_other_answers(toy_model: Path) -> None:
    with _served("--model", str(toy_model), "--workers", "2") as (url, process):
        until(lambda: b"framing_workers_ready 2.0" in _read(url + "/metrics"), seconds=30)
        before = _workers(process.pid)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        until(lambda: _status(url + "/readyz") == 200)
        until(lambda: len(set(_workers(process.pid)) - set(before)) == 1, seconds=30)
        until(lambda: b"framing_workers_ready 2.0" in _read(url + "/metrics"), seconds=30)
        assert len(_score(url, "They choose blackmail.")["sentences"]) == 1
