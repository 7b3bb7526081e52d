"""What the documentation shows runs, and the README leads to every page of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

for extra in ("trafilatura", "pypdf", "docx", "urllib3"):
    pytest.importorskip(extra, reason="the extras 'html', 'documents' and 'web' are not installed")

import docx

from framing.fetch import Fetched
from tests.test_documents import LINES, page, pdf
from tests.test_feed import RSS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs").glob("*.md"))
ARTICLES = (ROOT / "docs" / "articles.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"^```python\n(.*?)^```", ARTICLES, re.M | re.S)
WEB_PAGE = f"<html><body><article><h1>Bridge</h1><p>{' '.join(LINES)}</p></article></body></html>"


def fetched(url: str, **_: object) -> Fetched:
    """Answer as the web would, without one."""
    feed = url.endswith("/rss")
    body, kind = (RSS, "text/xml") if feed else (WEB_PAGE, "text/html")
    return Fetched(url=url, kind=kind, charset="utf-8", body=body.encode())


def test_every_snippet_on_articles_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = docx.Document()
    for line in LINES:
        document.add_paragraph(line)
    document.save(str(tmp_path / "bridge.docx"))
    (tmp_path / "review.pdf").write_bytes(pdf(page(1, *LINES)))
    (tmp_path / "wire.csv").write_text("url,body\na,We were never there.\nb,\n", encoding="utf-8")
    (tmp_path / "wire.xml").write_text(RSS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("framing.fetch.fetch", fetched)
    monkeypatch.setattr("framing.feed.fetch", fetched)
    names: dict[str, object] = {}
    for snippet in SNIPPETS:
        exec(compile(snippet, "docs/articles.md", "exec"), names)
    shown = capsys.readouterr().out
    for reason in ("menu", "byline", "read-more teaser", "photo credit", "copyright"):
        assert reason in shown
    assert "Bridge & ferry 2022-03-04 https://news.example/1" in shown
    assert names["failed"]


def test_what_a_snippet_promises_is_so() -> None:
    """A comment that is a Python string beside an expression is its value."""
    names: dict[str, object] = {}
    promised = 0
    for snippet in SNIPPETS:
        if "from_file" in snippet or "wire." in snippet or "https://" in snippet:
            continue
        for match in re.finditer(r"^(\S.*?)  # ('[^']*')$", snippet, re.M):
            exec(compile(snippet[: match.start()], "docs/articles.md", "exec"), names)
            assert eval(match[1], names) == eval(match[2])
            promised += 1
    assert promised == 2


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_the_readme_links_to_every_page(path: Path) -> None:
    assert f"](docs/{path.name})" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", [ROOT / "README.md", *PAGES], ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#\s]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
