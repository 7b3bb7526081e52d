"""Articles are read from text, files and HTML; what cannot be read says why in one line."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from framing.article import Article
from framing.errors import ArticleError
from framing.sentences import split

needs_html = pytest.mark.skipif(
    importlib.util.find_spec("trafilatura") is None, reason="the extra 'html' is not installed"
)
PAGE = """<!doctype html><html lang="en"><head><title>Bridge stays closed | Sample</title>
<meta property="article:published_time" content="2022-03-04T10:15:00Z"></head><body>
<nav><ul><li>Home</li><li>World</li></ul></nav><article><h1>Bridge stays closed</h1>
<p>The ministry said on Monday that the bridge over the river would stay closed until spring,
because the engineers have found cracks in two of its pillars.</p>
<blockquote><p>We will not reopen it before the engineers have finished their work there.</p>
</blockquote><p>Local traders complained that the closure had cost them half of their income
since October, and asked the town to pay for the ferry that crosses every hour.</p></article>
<footer>All rights reserved</footer></body></html>"""


def test_empty_and_blank_text_have_no_blocks() -> None:
    assert Article.from_text("").blocks == ()
    assert Article.from_text(" \n\t ").blocks == ()


@pytest.mark.parametrize("value", [b"bytes", None, 3, ["a list"]])
def test_what_is_no_text_is_a_type_error(value: object) -> None:
    with pytest.raises(TypeError, match="an article is a str"):
        Article.from_text(value)  # type: ignore[arg-type]


def test_a_text_beyond_the_limit_is_refused_in_one_line() -> None:
    with pytest.raises(ArticleError, match="over the limit") as error:
        Article.from_text("a" * 5_000_001)
    assert "\n" not in str(error.value)


def test_hard_wrapped_lines_become_one_sentence() -> None:
    text = (
        "Moscow vowed on Thursday to go on with its military cooperation with the state and to\n"
        "defend its territorial integrity while denying any link to private contractors in the\n"
        "country, which has been fighting armed bands in its northern desert for many years now.\n"
    )
    assert len(split(Article.from_text(text))) == 1


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "The café is closed — “for good”, they said on Monday."),
        ("utf-8-sig", "The café is closed — “for good”, they said on Monday."),
        ("utf-16", "The café is closed — “for good”, they said on Monday."),
        ("utf-16-le", "The cafe is closed for good, they said on Monday evening."),
        ("cp1252", "The café is closed — “for good”, they said on Monday."),
        ("cp1251", "Посол сказал, что мост закрыт до весны и что паром ходит каждый час."),
    ],
)
def test_encodings_are_found(tmp_path: Path, encoding: str, text: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(text.encode(encoding))
    assert Article.from_file(file).text == text


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"%PDF-1.7 ...", "a PDF"),
        (b"PK\x03\x04....", "zip archive"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (bytes(range(256)) * 8, "binary"),
    ],
)
def test_binary_files_are_named_for_what_they_are(tmp_path: Path, raw: bytes, what: str) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(raw)
    with pytest.raises(ArticleError, match=what) as error:
        Article.from_file(file)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_a_folder_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="cannot be read: No such file"):
        Article.from_file(tmp_path / "none.txt")
    with pytest.raises(ArticleError, match="is a folder"):
        Article.from_file(tmp_path)


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"a" * 20_000_001)
    with pytest.raises(ArticleError, match="over 20,000,000 bytes"):
        Article.from_file(file)


@needs_html
def test_html_gives_body_title_date_and_language() -> None:
    article = Article.from_html(PAGE)
    assert article.title == "Bridge stays closed"
    assert (article.date, article.language) == ("2022-03-04", "en")
    body = " ".join(sentence.text for sentence in split(article))
    assert "cracks in two of its pillars." in body
    assert "Home" not in body
    assert "rights reserved" not in body


@needs_html
def test_block_quotes_of_html_are_kept_as_quotes() -> None:
    article = Article.from_html(PAGE)
    quotes = [article.text[b.start : b.end] for b in article.blocks if b.kind == "quote"]
    assert quotes == ["We will not reopen it before the engineers have finished their work there."]


@needs_html
@pytest.mark.parametrize(
    "html",
    [
        "",
        "<",
        "<html>",
        "<div>" * 20_000,
        "<p>" + "&amp;" * 50_000,
        "<html><body><p>" + "a" * 200_000,
        "<!--" * 10_000,
        "<script>alert(1)</script>",
        "<html>\x00<body>\ud800</body>",
        "<table>" * 3000,
        "<a href='" + "x" * 100_000 + "'>",
        "<![CDATA[" * 2000,
        "<svg><style><img src=x onerror=alert(1)>",
    ],
)
def test_hostile_html_ends_in_an_article_or_one_clear_line(html: str) -> None:
    try:
        article = Article.from_html(html)
    except ArticleError as error:
        assert "\n" not in str(error)
    else:
        assert isinstance(article, Article)


@needs_html
@pytest.mark.slow
def test_a_page_that_eats_time_is_stopped() -> None:
    attributes = " ".join(f"a{n}='{n}'" for n in range(50_000))
    html = f"<html><body><div {attributes}><p>text of the page</p></div></body></html>"
    try:
        Article.from_html(html)
    except ArticleError as error:
        assert "was stopped" in str(error)
