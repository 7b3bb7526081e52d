"""A service around the toy model, whose engine a test can hold."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from framing.model.engine import Prediction
from framing.scoring import Scorer, load
from framing.serve.app import create_app
from framing.serve.settings import Settings


class HeldEngine:
    """Runs another engine, one pass at a time while `open` is set; counts the passes."""

    def __init__(self, inner: Scorer) -> None:
        self.inner = inner.engine
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Event()
        self.sizes: list[int] = []

    def predict(self, texts: Sequence[str]) -> Prediction:
        self.entered.set()
        assert self.open.wait(20)
        self.sizes.append(len(texts))
        return self.inner.predict(texts)


@pytest.fixture
def scorer(toy_model: Path) -> Scorer:
    return load(str(toy_model))


@pytest.fixture
def engine(scorer: Scorer) -> HeldEngine:
    return HeldEngine(scorer)


@pytest.fixture
def held_scorer(scorer: Scorer, engine: HeldEngine) -> Scorer:
    return Scorer(scorer.artefact, engine)


@pytest.fixture
def app(held_scorer: Scorer) -> Callable[..., FastAPI]:
    return lambda **options: create_app(Settings(**options), load_model=lambda name: held_scorer)


@pytest.fixture
def serve(app: Callable[..., FastAPI]) -> Iterator[Callable[..., TestClient]]:
    """Start a service with settings and return a client of it, once it is ready."""
    with ExitStack() as stack:

        def start(**options: object) -> TestClient:
            client = stack.enter_context(TestClient(app(**options), raise_server_exceptions=False))
            until(lambda: client.get("/readyz").status_code == 200)
            return client

        yield start


@pytest.fixture
def client(serve: Callable[..., TestClient]) -> TestClient:
    return serve()


def until(condition: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
