"""The page in a real browser: a reader's whole way, hostile text, a slow server, an error."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI

from tests.serve.conftest import HeldEngine, until

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium"),
]
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
TEXT = "They choose blackmail.\n\nWe were never there, Ada Moss said. We choose blackmail 😀 now."
HOSTILE = [
    "<img src=x onerror=alert(1)> blackmail.",
    "<script>alert(1)</script> blackmail.",
    '" onmouseover="alert(1)" x=" blackmail.',
    "</span></p></main><iframe src=javascript:alert(1)> blackmail.",
    "<svg/onload=alert(1)> blackmail.",
    "javascript:alert(1) {{7*7}} ${7*7} blackmail.",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def start(app: Callable[..., FastAPI]) -> Iterator[Callable[..., str]]:
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def run(**options: object) -> str:
        config = uvicorn.Config(app(**options), port=0, log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        thread.start()
        servers.append((server, thread))
        until(lambda: server.started)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/"

    yield run
    for server, thread in servers:
        server.should_exit = True
        thread.join(10)


class Visit:
    """A page in a fresh context that notes what goes wrong and where requests go."""

    def __init__(self, browser: Any, url: str, **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("dialog", lambda dialog: self.faults.append("dialog"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(url)

    def score(self, text: str) -> None:
        self.page.fill("#text", text)
        self.page.click("#go")
        self.page.wait_for_selector("#result:not([hidden])")


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def go(url: str, **options: Any) -> Visit:
        visits.append(Visit(browser, url, **options))
        return visits[-1]

    yield go
    for each in visits:
        each.context.close()
        assert not each.faults


@pytest.mark.parametrize("width", [360, 1280])
def test_a_reader_scores_filters_reads_words_and_exports(
    start: Callable[..., str], visit: Callable[..., Visit], width: int
) -> None:
    seen = visit(start(), viewport={"width": width, "height": 800})
    page = seen.page
    seen.score(TEXT)
    assert page.locator(".s").count() == 3
    assert page.locator(".s.on").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    page.click("#s2")
    page.wait_for_selector("#s2 b")
    assert "blackmail" in page.locator("#s2 b").all_inner_texts()
    assert "Words: blackmail" in page.inner_text("#details")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.id") == "s1"
    assert "Carries no frame" in page.inner_text("#details")
    page.keyboard.press("Escape")

    page.click("#frames button >> nth=0")
    assert page.locator(".s.off").count() == 1
    assert page.inner_text("#count") == "2 of 3 sentences fit."
    page.click("#frames button >> nth=0")
    assert page.locator(".s.off").count() == 0
    page.click("#speakers button >> nth=0")
    assert 0 < page.locator(".s.off").count() < 3

    for kind in ("csv", "json", "html"):
        with page.expect_download() as download:
            page.click(f"[data-export={kind}]")
        content = Path(download.value.path()).read_text(encoding="utf-8")
        assert "😀" in content
        if kind == "json":
            assert len(json.loads(content)["sentences"]) == 3


OTHER = "They choose blackmail.\n\nWe were there, Moss said. It rained 😀 there."


def compared(seen: Visit, first: str, second: str) -> None:
    page = seen.page
    page.fill("#text", first)
    page.click("#more")
    assert page.evaluate("document.activeElement.id") == "text2"
    page.fill("#text2", second)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#comparison:not([hidden])")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1280])
def test_a_reader_compares_two_articles_and_exports(
    start: Callable[..., str], visit: Callable[..., Visit], width: int, scheme: str
) -> None:
    url = start()
    seen = visit(url, viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = seen.page
    compared(seen, TEXT, OTHER)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (page.locator("#article-0 .s").count(), page.locator("#article-1 .s").count()) == (3, 3)
    assert (page.locator("#article-0 .on").count(), page.locator("#article-1 .on").count()) == (
        2,
        1,
    )
    a, b = (page.locator(f"#article-{k}").bounding_box() for k in (0, 1))
    beside = a["y"] < b["y"] + b["height"] and b["y"] < a["y"] + a["height"]
    assert beside == (width > 360)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert light == (scheme == "light")

    row = page.locator("#profiles button").nth(0)
    assert ": A 67 % (" in row.get_attribute("aria-label")
    row.press("Enter")
    assert page.inner_text("#fits") == "3 of 6 sentences fit."
    assert page.locator("#comparison .s.off").count() == 3
    row.press("Enter")
    assert page.locator("#comparison .s.off").count() == 0
    said = page.locator("#heard button", has_text="Ada Moss")
    said.click()
    assert page.locator("#article-0 .s:not(.off)").count() > 0
    assert page.locator("#article-1 .s:not(.off)").count() > 0  # there the name is Moss
    said.click()

    page.locator("#b0").focus()
    page.wait_for_selector("#b0 b")
    assert "Words: blackmail" in page.inner_text("#details")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.id") == "b1"
    page.keyboard.press("Escape")
    assert page.locator("#comparison .s.now").count() == 0

    for kind in ("csv", "json", "html"):
        with page.expect_download() as download:
            page.click(f"#comparison [data-export={kind}]")
        content = Path(download.value.path()).read_text(encoding="utf-8")
        if kind == "csv":
            assert content.startswith("article,sentence,")
            assert [line[0] for line in content.splitlines()[1:]] == list("AAABBB")
        elif kind == "json":
            assert [len(a["sentences"]) for a in json.loads(content)["articles"]] == [3, 3]
        else:
            assert "by voice" in content
    page.click("#comparison [data-again]")
    assert (page.input_value("#text"), page.input_value("#text2")) == (TEXT, OTHER)
    assert all(asked.startswith((url, "data:", "blob:")) for asked in seen.asked)


def test_what_each_article_alone_has_leads_to_its_sentence(
    start: Callable[..., str], visit: Callable[..., Visit]
) -> None:
    page = (seen := visit(start())).page
    compared(seen, TEXT, "It rained there.")
    cards = page.locator("#cards section")
    assert "Only here" in cards.nth(0).inner_text()
    assert "Lacks what the other has" in cards.nth(1).inner_text()
    assert page.locator("#verdict").inner_text() == "No frame is carried by both."
    cards.nth(0).locator("button").nth(0).press("Enter")
    assert page.evaluate("document.activeElement.id") == "a0"


def test_a_file_that_is_dropped_is_compared_with_what_is_shown(
    start: Callable[..., str], visit: Callable[..., Visit]
) -> None:
    page = (seen := visit(start())).page
    seen.score(TEXT)
    drop = """([selector, text]) => {
        const data = new DataTransfer();
        data.items.add(new File([text], "other.txt", {type: "text/plain"}));
        const place = document.querySelector(selector);
        for (const kind of ["dragover", "drop"]) {
            place.dispatchEvent(
                new DragEvent(kind, {dataTransfer: data, bubbles: true, cancelable: true}));
        }
    }"""
    page.evaluate(drop, ["#drop-second", OTHER])
    page.wait_for_selector("#comparison:not([hidden])")
    assert page.locator("#article-1 .s").count() == 3
    assert page.locator("body.drop").count() == 0


def test_two_files_are_compared_at_once(
    start: Callable[..., str], visit: Callable[..., Visit], tmp_path: Path
) -> None:
    files = [tmp_path / "a.txt", tmp_path / "b.txt"]
    for file, text in zip(files, (TEXT, OTHER), strict=True):
        file.write_text(text, encoding="utf-8")
    page = visit(start()).page
    page.set_input_files("#file", files)
    page.wait_for_selector("#comparison:not([hidden])")


def test_a_comparison_with_one_text_says_what_is_missing(
    start: Callable[..., str], visit: Callable[..., Visit]
) -> None:
    page = visit(start()).page
    page.fill("#text", TEXT)
    page.click("#more")
    page.click("#go")
    assert "Two articles are needed" in page.inner_text("#status")
    assert page.evaluate("document.activeElement.id") == "text2"
    page.click("#less")
    page.click("#go")
    page.wait_for_selector("#result:not([hidden])")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text_in_a_comparison(
    start: Callable[..., str], visit: Callable[..., Visit], text: str
) -> None:
    url = start()
    seen = visit(url)
    compared(seen, "We choose. " + text, f"{text} Moss said: “{text}”")
    bad = "#comparison :is(img, script, iframe, svg)"
    assert seen.page.locator(bad).count() == 0
    assert all(asked.startswith((url, "data:")) for asked in seen.asked)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(
    start: Callable[..., str], visit: Callable[..., Visit], text: str
) -> None:
    url = start()
    seen = visit(url)
    seen.score("We choose. " + text)  # so that it is not taken for a page
    assert text.split(" blackmail")[0] in seen.page.inner_text("#article")
    assert seen.page.locator("#article :is(img, script, iframe, svg)").count() == 0
    assert all(asked.startswith((url, "data:")) for asked in seen.asked)


def test_csv_cells_cannot_become_formulas(
    start: Callable[..., str], visit: Callable[..., Visit]
) -> None:
    page = (seen := visit(start())).page
    seen.score("=HYPERLINK(1) is blackmail.")
    with page.expect_download() as download:
        page.click("[data-export=csv]")
    assert ",'=HYPERLINK" in Path(download.value.path()).read_text(encoding="utf-8")


def test_a_file_is_opened(
    start: Callable[..., str], visit: Callable[..., Visit], tmp_path: Path
) -> None:
    file = tmp_path / "article.txt"
    file.write_text(TEXT, encoding="utf-8")
    page = visit(start()).page
    page.set_input_files("#file", file)
    page.wait_for_selector("#result:not([hidden])")
    assert page.locator(".s").count() == 3


def test_a_slow_server_can_be_left(
    start: Callable[..., str], visit: Callable[..., Visit], engine: HeldEngine
) -> None:
    page = visit(start()).page
    engine.open.clear()
    page.fill("#text", TEXT)
    page.click("#go")
    page.click("#cancel")
    page.wait_for_function("document.getElementById('status').textContent === 'Cancelled.'")
    assert page.is_enabled("#go")
    engine.open.set()


def test_an_error_is_told_and_the_text_kept(
    start: Callable[..., str], visit: Callable[..., Visit]
) -> None:
    page = visit(start(characters=20)).page
    page.fill("#text", TEXT)
    page.click("#go")
    page.wait_for_selector("#status.error")
    assert "over the limit of 20" in page.inner_text("#status")
    assert page.input_value("#text") == TEXT


def test_a_key_is_asked_for_when_one_is_needed(
    start: Callable[..., str], visit: Callable[..., Visit]
) -> None:
    page = (seen := visit(start(api_keys=("a-key-of-some-length",)))).page
    page.fill("#text", TEXT)
    page.click("#go")
    page.wait_for_selector("#key")
    page.fill("#key", "a-key-of-some-length")
    seen.score(TEXT)
    assert page.locator(".s").count() == 3
