"""Extracts the article of an HTML page, in the guarded child process."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

from framing.errors import missing_extra
from framing.guard import guarded
from framing.visible import visible_lines, with_lost

__all__ = ["extract"]

_LANG = re.compile(r"<html\b[^>]{0,400}?\blang\s*=\s*[\"']?([A-Za-z]{2,3})\b", re.I)
_KINDS = {"p": "paragraph", "head": "heading", "quote": "quote", "item": "paragraph"}


def extract(html: str, *, url: str | None = None, name: str = "html") -> dict[str, Any]:
    """Return `blocks` (kind and text), `title`, `date`, `source`, `language` of a page.

    A page in which the extractor sees no article has its whole text under `text` instead.

    Raises `MissingExtraError` without the extra `html`, `ArticleError` where a limit was hit.
    """
    if importlib.util.find_spec("trafilatura") is None:
        raise missing_extra("html", "reading HTML")
    return guarded("html", {"html": html, "url": url}, name=name)


def read(html: str, url: str | None) -> dict[str, Any]:
    """Extract a page in this very process; `extract` does it in the guarded child."""
    import trafilatura

    tree: Any = trafilatura.load_html(_without_frames(html))
    lines = [] if tree is None else visible_lines(tree)
    if tree is not None:
        _drop_teasers(tree)
    document: Any = tree is not None and trafilatura.bare_extraction(
        tree,
        url=url,
        fast=True,
        include_comments=False,
        include_tables=False,
        with_metadata=True,
        # The extensive search for a date takes 10 s on a page that shows none.
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    language = _LANG.search(html[:20000])
    found: dict[str, Any] = {
        "blocks": [],
        "title": None,
        "date": None,
        "source": None,
        "language": language[1].lower() if language else None,
    }
    if document:
        found.update(
            title=document.title or None,
            date=document.date or None,
            source=document.sitename or document.hostname or None,
        )
        if document.body is not None:
            found["blocks"] = _blocks(document.body)
    found["blocks"] = with_lost(found["blocks"], lines)
    if not found["blocks"]:  # a page too short or odd for the extractor: all of its text
        found["text"] = trafilatura.html2txt(html) if "<" in html else html
    return found


def _without_frames(html: str) -> str:
    """Return what a page of frames shows to a reader without them."""
    low = html.lower()
    start = low.find("<noframes") if "<frameset" in low[:20000] else -1
    end = low.find("</noframes", start)
    return html[html.find(">", start) + 1 : end] if 0 <= start < end else html


def _drop_teasers(tree: Any) -> None:
    """Drop teasers that are marked up as articles, if there is an article that is no teaser."""
    articles = list(tree.iter("article"))
    teasers = [node for node in articles if "teaser" in (node.get("class") or "")]
    if len(teasers) < len(articles):
        for node in teasers:
            node.drop_tree()


def _blocks(body: Any) -> list[tuple[str, str]]:
    """Walk the extractor's tree; block quotes keep their kind for everything in them."""
    blocks: list[tuple[str, str]] = []

    def walk(node: Any, quoted: bool) -> None:
        tag = node.tag if isinstance(node.tag, str) else ""
        quoted = quoted or tag == "quote"
        inner = [child for child in node if child.tag in {"p", "head", "quote", "list", "item"}]
        if tag in _KINDS and not inner:
            text = " ".join("".join(_texts(node)).split())
            if text:
                blocks.append(("quote" if quoted else _KINDS[tag], text))
            return
        if node.text and node.text.strip():
            blocks.append(("quote" if quoted else "paragraph", " ".join(node.text.split())))
        for child in node:
            walk(child, quoted)
            if child.tail and child.tail.strip():
                blocks.append(("quote" if quoted else "paragraph", " ".join(child.tail.split())))

    walk(body, False)
    return blocks


def _texts(node: Any) -> list[str]:
    parts = [node.text or ""]
    for child in node:
        parts += ["\n"] if child.tag == "lb" else _texts(child)
        parts.append(child.tail or "")
    return parts
