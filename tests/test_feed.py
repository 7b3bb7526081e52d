"""Feeds of every dialect give articles; hostile ones end in one clear line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("lxml", reason="the extra 'html' is not installed")
pytest.importorskip("urllib3", reason="the extra 'web' is not installed")

from framing.article import Article
from framing.errors import ArticleError
from framing.feed import articles_at, is_feed, read_feed
from framing.fetch import fetch
from framing.sentences import split
from tests.web import Server, answer

ONE = "The ministry said on Monday that the bridge over the river would stay closed until spring."
TWO = "Local traders complained that the closure had cost them half of their income since October."
RSS = f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Sample News</title><link>https://news.example/</link><language>en-gb</language>
<item><title>Bridge &amp; ferry</title><link>https://news.example/1</link>
<pubDate>Fri, 04 Mar 2022 10:15:00 +0000</pubDate><description>Only a teaser</description>
<content:encoded><![CDATA[<p>{ONE}</p><p>{TWO}&nbsp;</p><p>Read more</p>]]></content:encoded></item>
<item><title>Second</title><guid>https://news.example/2</guid>
<description>&lt;p&gt;{TWO}&lt;/p&gt;</description></item>
</channel></rss>"""
ATOM = f"""<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr"><title>Atom News</title>
<entry><title type="html">Bridge &lt;b&gt;closed&lt;/b&gt;</title><link rel="self" href="/x"/>
<link href="https://news.example/3"/><updated>2022-03-05T10:00:00Z</updated>
<published>2022-03-04T10:15:00Z</published><summary>teaser</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>{ONE}</p><p>{TWO}</p></div>
</content></entry></feed>"""
RDF = f"""<?xml version="1.0"?><!-- old -->
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>
<title>Old News</title></channel>
<item><title>Bridge</title><link>https://news.example/4</link><dc:date>2022-03-04T10:15:00Z</dc:date>
<description>{ONE} It cost 3 &euro;.</description></item></rdf:RDF>"""


def read(tmp_path: Path, feed: str | bytes) -> list[Article]:
    path = tmp_path / "feed.xml"
    path.write_bytes(feed.encode() if isinstance(feed, str) else feed)
    return list(read_feed(path))


def body(article: Article) -> list[str]:
    return [s.text for s in split(article) if s.kind != "title"]


def test_an_rss_item_gives_its_full_text_title_date_source_and_language(tmp_path: Path) -> None:
    one = read(tmp_path, RSS)[0]
    assert body(one) == [ONE, TWO]
    assert (one.title, one.date) == ("Bridge & ferry", "2022-03-04")
    assert (one.source, one.language, one.origin) == ("Sample News", "en", "https://news.example/1")


def test_an_item_without_full_text_gives_its_description(tmp_path: Path) -> None:
    two = read(tmp_path, RSS)[1]
    assert body(two) == [TWO]
    assert two.origin == "https://news.example/2"


def test_an_atom_entry_gives_its_content(tmp_path: Path) -> None:
    (one,) = read(tmp_path, ATOM)
    assert body(one) == [ONE, TWO]
    assert (one.title, one.date, one.language) == ("Bridge closed", "2022-03-04", "fr")
    assert one.origin == "https://news.example/3"


def test_an_rdf_feed_is_read_and_named_characters_of_html_are_known(tmp_path: Path) -> None:
    (one,) = read(tmp_path, RDF)
    assert body(one) == [ONE, "It cost 3 €."]
    assert one.date == "2022-03-04"


def test_a_feed_in_another_encoding_is_read(tmp_path: Path) -> None:
    feed = RSS.replace("UTF-8", "windows-1251").replace("Sample News", "Речной вестник")
    assert read(tmp_path, feed.encode("cp1251"))[0].source == "Речной вестник"


def test_a_feed_is_told_by_its_suffix_and_beginning(tmp_path: Path) -> None:
    for name, text in {
        "a.RSS": RSS,
        "b.xml": ATOM,
        "c.html": RSS,
        "d.xml": "<html></html>",
    }.items():
        (tmp_path / name).write_text(text)
    found = [name for name in ("a.RSS", "b.xml", "c.html", "d.xml") if is_feed(tmp_path / name)]
    assert found == ["a.RSS", "b.xml"]
    assert not is_feed(tmp_path / "none.xml")


@pytest.mark.parametrize(
    ("feed", "why"),
    [
        ("", "neither an RSS nor an Atom feed"),
        ("<html><body>no</body></html>", "neither an RSS nor an Atom feed"),
        ("<rss><channel><title>Empty</title></channel></rss>", "without items"),
        ("<rss><channel><item></item></channel></rss>", "holds no text"),
        ("<rss><chan", "without items"),
    ],
)
def test_what_holds_no_articles_is_one_clear_line(tmp_path: Path, feed: str, why: str) -> None:
    with pytest.raises(ArticleError, match=why) as error:
        read(tmp_path, feed)
    assert "\n" not in str(error.value)


def test_a_bad_item_is_handed_over_and_reading_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(RSS.replace("<item>", "<item></item><item>", 1))
    errors: list[ArticleError] = []
    assert len(list(read_feed(path, bad=errors.append))) == 2
    assert str(errors[0]).endswith("feed.xml#1: the item holds no text")


LAUGHS = '<!DOCTYPE rss [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
)
HOSTILE = {
    "a billion laughs": f"{LAUGHS}]><rss><channel><item><title>&j;</title></item></channel></rss>",
    "a file": '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]><rss><channel><item>'
    "<title>&f;</title><description>a</description></item></channel></rss>",
    "a long entity": f'<!DOCTYPE rss [<!ENTITY a "{"a" * 50_000}">]><rss><channel><item><title>'
    f"{'&a;' * 20_000}</title></item></channel></rss>",
    "depth": "<rss>" + "<a>" * 200_000,
    "attributes": "<rss " + " ".join(f"a{n}='1'" for n in range(50_000)) + "><item></item></rss>",
    "items": "<rss><channel>" + "<item><title>a</title></item>" * 50_000 + "</channel></rss>",
    "markup": f"<rss><channel><item><description><![CDATA[{'<div>' * 100_000}]]></description>"
    "</item></channel></rss>",
    "brackets": f"<rss><channel><item><description>{'&lt;' * 100_000}</description></item>"
    "</channel></rss>",
    "comments": "<!--" * 50_000 + "<rss>",
    "declarations": "<?xml ?>" * 2_000 + "<rss>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_feed_ends_soon_in_articles_or_one_clear_line(tmp_path: Path, name: str) -> None:
    started = time.monotonic()
    try:
        found = read(tmp_path, HOSTILE[name])
    except ArticleError as error:
        assert "\n" not in str(error)
    else:
        assert len(found) <= 1_000
        assert not any("root:" in a.text or len(a.text) > 3_000_000 for a in found)
    assert time.monotonic() - started < 20


def test_a_feed_over_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="over 20,000,000 bytes"):
        read(tmp_path, "<rss>" + " " * 20_000_001)


PAGE = f"<html><body><article><h1>Bridge</h1><p>{ONE}</p><p>{TWO}</p></article></body></html>"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    local = partial(
        fetch, resolve=lambda *_: ["127.0.0.1"], allowed=lambda address: address == "127.0.0.1"
    )
    monkeypatch.setattr("framing.feed.fetch", local)
    monkeypatch.setattr("framing.fetch.fetch", local)
    with Server({}) as running:
        running.answers["/page"] = answer(PAGE.encode())
        feed = RSS.replace("https://news.example/1", running.url("/page"))
        running.answers["/feed"] = answer(feed.encode(), "application/rss+xml")
        running.answers["/plain"] = answer(feed.encode(), "text/plain")
        yield running


def test_a_feed_is_read_from_its_address(server: Server) -> None:
    assert [body(a) for a in read_feed(server.url("/feed"))] == [[ONE, TWO], [TWO]]
    assert server.asked == ["/feed"]


def test_with_follow_the_linked_pages_are_read_and_a_lost_one_is_handed_over(
    server: Server,
) -> None:
    errors: list[ArticleError] = []
    (one,) = read_feed(server.url("/feed"), follow=True, bad=errors.append)
    assert body(one) == [ONE, TWO]
    assert one.origin == server.url("/page")
    assert one.date == "2022-03-04"
    assert len(errors) == 1


@pytest.mark.parametrize("path", ["/feed", "/plain"])
def test_an_address_that_gives_a_feed_gives_its_articles(path: str, server: Server) -> None:
    assert len(list(articles_at(server.url(path)))) == 2


def test_an_address_that_gives_a_page_gives_one_article(server: Server) -> None:
    (one,) = articles_at(server.url("/page"))
    assert body(one) == [ONE, TWO]
    assert one.origin == server.url("/page")


def test_a_page_is_read_from_its_address(server: Server) -> None:
    assert body(Article.from_url(server.url("/page"))) == [ONE, TWO]


def test_a_feed_that_is_taken_for_a_page_says_what_reads_it(server: Server) -> None:
    with pytest.raises(ArticleError, match=r"use framing\.read_feed"):
        Article.from_url(server.url("/feed"))


def test_the_declared_charset_of_an_answer_counts(server: Server) -> None:
    page = PAGE.replace("ministry", "министерство").encode("koi8-r")
    server.answers["/koi"] = answer(page, "text/html; charset=KOI8-R")
    assert "министерство" in Article.from_url(server.url("/koi")).text


def test_a_page_of_an_unknown_charset_is_read_as_it_looks(server: Server) -> None:
    server.answers["/odd"] = answer(PAGE.encode(), "text/html; charset=nonsense")
    assert body(Article.from_url(server.url("/odd"))) == [ONE, TWO]
