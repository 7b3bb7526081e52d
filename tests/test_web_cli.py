"""The command line fetches from the web only when asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("trafilatura", reason="the extra 'html' is not installed")
pytest.importorskip("urllib3", reason="the extra 'web' is not installed")

from framing.cli import main
from framing.fetch import fetch
from tests.web import Server, answer

PAGE = (
    b"<html><body><article><h1>Bridge</h1><p>The ministry said on Monday that the bridge over the "
    b"river would stay closed until spring.</p></article></body></html>"
)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    local = partial(
        fetch, resolve=lambda *_: ["127.0.0.1"], allowed=lambda address: address == "127.0.0.1"
    )
    monkeypatch.setattr("framing.feed.fetch", local)
    with Server({}) as running:
        item = f"<item><title>One</title><link>{running.url('/a?x=[1]')}</link></item>"
        feed = f"<rss><channel>{item}{item.replace('/a?x=[1]', '/gone')}</channel></rss>"
        running.answers["/a?x=%5B1%5D"] = answer(PAGE)
        running.answers["/feed"] = answer(feed.encode(), "text/xml")
        yield running


def status(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return int(stop.value.code or 0)


@pytest.mark.parametrize("format", ["table", "json", "jsonl"])
def test_an_address_is_refused_unless_fetching_is_asked_for(
    format: str, server: Server, toy_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.url("/a?x=[1]")
    assert status("score", url, "--model", toy_model, "--format", format) == 2
    assert capsys.readouterr().err.strip() == (
        f"framing: {url}: is a web address, and nothing is fetched unasked; add --fetch"
    )
    assert server.asked == []


def test_with_fetch_a_page_is_scored(
    server: Server, toy_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = server.url("/a?x=[1]")
    assert status("score", url, "--fetch", "--model", toy_model, "--format", "json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["origin"] == url
    assert "closed until spring." in result["sentences"][-1]["text"]


def test_a_feed_is_scored_item_by_item(
    server: Server, toy_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--fetch", "--model", toy_model, "--format", "jsonl")
    assert status("score", server.url("/feed"), *arguments) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert server.asked == ["/feed"]


def test_with_follow_the_pages_of_a_feed_are_scored_and_lost_ones_listed(
    server: Server, toy_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("--follow", "--model", toy_model, "--format", "json")
    assert status("score", server.url("/feed"), *arguments) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["origin"] == server.url("/a?x=[1]")
    assert "answers 404" in err


def test_a_feed_on_disk_needs_no_fetching(
    tmp_path: Path, server: Server, toy_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "feed.xml"
    found = server.answers["/feed"]
    assert isinstance(found, bytes)
    path.write_bytes(found.partition(b"\r\n\r\n")[2])
    assert status("score", path, "--model", toy_model, "--format", "jsonl") == 0
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert server.asked == []


def test_an_address_of_the_own_network_is_one_line(
    toy_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "http://169.254.169.254/latest/meta-data/"
    assert status("score", url, "--fetch", "--model", toy_model) == 2
    assert "169.254.169.254, which is not a public address" in capsys.readouterr().err
