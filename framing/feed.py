"""Reads the articles of an RSS or Atom feed, in the guarded child process."""

from __future__ import annotations

import base64
import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from email.utils import parsedate_to_datetime
from html.entities import name2codepoint
from pathlib import Path
from typing import Any

from framing.article import Article, from_fetched, printable, read_bytes
from framing.errors import ArticleError, missing_extra
from framing.fetch import FEEDS, PAGES, fetch, is_url
from framing.guard import guarded

__all__ = ["FEED_SUFFIXES", "articles_at", "is_feed", "read_feed"]

FEED_SUFFIXES = (".rss", ".atom", ".xml")
_MOST_ITEMS = 1_000
_MOST_CHARACTERS = 20_000_000
_FEED_START = re.compile(
    rb"[\s\xef\xbb\xbf]*(?:<\?[^>]{0,300}\?>\s*|<!--.{0,2000}?-->\s*|<!DOCTYPE[^>\[]{0,300}>\s*){0,9}"
    rb"<(?:rss|feed|rdf:RDF|(?:\w{1,9}:)?(?:RDF|feed))[\s>]",
    re.S,
)
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,9});")
_OF_XML = {b"amp", b"lt", b"gt", b"quot", b"apos"}
_MARKUP = re.compile(r"<[a-zA-Z!/][^>]*>|&(?:#?\w{1,10});")
# Where an item holds its text, the fullest first; and its date.
_TEXTS = ("encoded", "content", "description", "summary", "body")
_DATES = ("pubDate", "published", "date", "issued", "updated", "modified")


def is_feed(path: str | Path) -> bool:
    """Say by its suffix and its beginning whether a file is a feed."""
    if Path(path).suffix.lower() not in FEED_SUFFIXES:
        return False
    try:
        with Path(path).open("rb") as file:
            return _FEED_START.match(file.read(20_000)) is not None
    except (OSError, ValueError):
        return False


def read_feed(
    source: str | Path,
    *,
    follow: bool = False,
    bad: Callable[[ArticleError], None] | None = None,
) -> Iterator[Article]:
    """Yield the articles of an RSS or Atom feed, a file or a web address, as the feed holds them.

    Many feeds hold only teasers: with `follow`, the page that an item links to is fetched and read
    instead. An item that cannot be read raises `ArticleError`; with `bad` it is handed over
    instead, and reading goes on. A feed that cannot be read raises `ArticleError`. Needs the extra
    `html`, and `web` for addresses (`MissingExtraError`).
    """
    name = str(source)
    if is_url(name):
        found = fetch(name, kinds=FEEDS)
        yield from _articles(found.body, found.url, follow=follow, bad=bad)
    else:
        yield from _articles(read_bytes(source), name, follow=follow, bad=bad)


def articles_at(
    url: str, *, follow: bool = False, bad: Callable[[ArticleError], None] | None = None
) -> Iterator[Article]:
    """Yield the article of a page, or those of a feed, whichever the address gives."""
    found = fetch(url, kinds=(*PAGES, *FEEDS))
    if found.kind in FEEDS or (found.kind not in PAGES[:2] and _FEED_START.match(found.body)):
        yield from _articles(found.body, found.url, follow=follow, bad=bad)
    else:
        yield from_fetched(found)


def _articles(
    raw: bytes, origin: str, *, follow: bool, bad: Callable[[ArticleError], None] | None
) -> Iterator[Article]:
    name = printable(origin)
    if importlib.util.find_spec("lxml") is None:
        raise missing_extra("html", f"{name}: reading feeds")
    if len(raw) > _MOST_CHARACTERS:
        raise ArticleError(f"{name}: is over {_MOST_CHARACTERS:,} bytes")
    if not _FEED_START.match(raw[:20_000]):
        raise ArticleError(f"{name}: is neither an RSS nor an Atom feed")
    found = guarded("feed", {"data": base64.b64encode(raw).decode("ascii")}, name=name)
    if "error" in found:
        raise ArticleError(f"{name}: is a feed that cannot be read: {found['error']}")
    if not found["items"]:
        raise ArticleError(f"{name}: is a feed without items")
    for number, item in enumerate(found["items"], 1):
        try:
            article = _article(item, found, f"{origin}#{number}", follow=follow)
        except ArticleError as error:
            clear = ArticleError(f"{name}#{number}: {error}")
            if bad is None:
                raise clear from error
            bad(clear)
        else:
            yield article


def _article(item: dict[str, Any], feed: dict[str, Any], origin: str, *, follow: bool) -> Article:
    link = item["link"]
    if follow:
        if not link or not is_url(link):
            raise ArticleError("the item links to no page")
        page = from_fetched(fetch(link, kinds=PAGES))
        told = {key: getattr(page, key) or item[key] for key in ("title", "date")}
        return replace(page, **told, source=page.source or feed["title"])
    title = item["title"]
    text = "\n\n".join(part for part in (title, item["text"]) if part)
    if not text:
        raise ArticleError("the item holds no text")
    return Article.from_text(
        text,
        title=title,
        date=item["date"],
        source=feed["title"],
        language=feed["language"],
        origin=link or origin,
    )


def read(data: str) -> dict[str, Any]:
    """Read a feed in this very process; `read_feed` does it in the guarded child."""
    from lxml import etree

    raw = _ENTITY.sub(_number, base64.b64decode(data))
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=False
    )
    root = etree.fromstring(raw, parser)
    if root is None:
        return {"error": "it is no XML"}
    items = [node for node in root.iter() if _name(node) in {"item", "entry"}][:_MOST_ITEMS]
    channel = next((node for node in root if _name(node) == "channel"), root)
    language = _first(channel, ("language",)) or root.get(
        "{http://www.w3.org/XML/1998/namespace}lang"
    )
    return {
        "title": _shown(_first(channel, ("title",))),
        "language": language[:2].lower() if language and language[:2].isalpha() else None,
        "items": [_item(node) for node in items],
    }


def _item(node: Any) -> dict[str, Any]:
    texts = (_content(child) for name in _TEXTS for child in node if _name(child) == name)
    return {
        "title": _shown(_first(node, ("title",))),
        "link": _link(node),
        "date": next(filter(None, map(_iso, (_first(node, (name,)) for name in _DATES))), None),
        "text": next(filter(None, texts), ""),
    }


def _number(match: re.Match[bytes]) -> bytes:
    """Write a named character of HTML as a number, for XML knows none but five."""
    code = None if match[1] in _OF_XML else name2codepoint.get(match[1].decode("ascii"))
    return match[0] if code is None else b"&#%d;" % code


def _name(node: Any) -> str:
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""


def _first(node: Any, names: tuple[str, ...]) -> str | None:
    for child in node:
        if _name(child) in names:
            text = "".join(child.itertext()).strip()
            if text:
                return text
    return None


def _link(node: Any) -> str | None:
    for child in node:
        if _name(child) == "link":
            if child.get("href") and child.get("rel", "alternate") == "alternate":
                return str(child.get("href")).strip()
            if child.text and child.text.strip():
                return str(child.text).strip()
    guid = _first(node, ("guid", "id"))
    return guid if guid and is_url(guid) else None


def _content(node: Any) -> str:
    """Return the text of an element that holds text, HTML as text, or HTML itself."""
    from lxml import etree

    if len(node):
        return _plain(etree.tostring(node, encoding="unicode", with_tail=False))
    text = node.text or ""
    return _plain(text) if _MARKUP.search(text) else text.strip()


def _plain(html: str) -> str:
    import lxml.html

    from framing.visible import visible_lines

    root = lxml.html.document_fromstring(f"<html><body>{html}</body></html>")
    return "\n\n".join(line.text for line in visible_lines(root))


def _shown(title: str | None) -> str | None:
    if title is None:
        return None
    text = _plain(title) if _MARKUP.search(title) else title
    return " ".join(text.split()) or None


def _iso(text: str | None) -> str | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10]).isoformat()
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError):
        return None
