"""Reads the text of PDF and Word documents, in the guarded child process."""

from __future__ import annotations

import base64
import importlib.util
import io
import zipfile
from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

from framing.errors import ArticleError, missing_extra
from framing.guard import guarded

__all__ = ["DocumentKind", "document_kind", "document_text"]

DocumentKind: TypeAlias = Literal["pdf", "docx"]

_NAMES = {"pdf": "a PDF", "docx": "a Word document"}
_READERS = {"pdf": "pypdf", "docx": "docx"}
_MOST_CHARACTERS = 5_000_001  # one over what an article may have: then the article says so
_MOST_UNFOLDED = 200_000_000
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MARKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}


def document_kind(raw: bytes) -> DocumentKind | None:
    """Say by its content whether a file is a document that `document_text` reads."""
    if raw[:1024].lstrip().startswith(b"%PDF"):
        return "pdf"
    # The names of an archive's members stand in it uncompressed.
    if raw.startswith(b"PK\x03\x04") and b"word/document" in raw:
        return "docx"
    return None


def document_text(raw: bytes, kind: DocumentKind, *, name: str) -> tuple[str, str | None]:
    """Return the text of a document, and its title where the text itself shows it.

    Lines and pages of a PDF stay parted by line ends and form feeds; the body of a Word document
    is one paragraph a block, with its tables and text boxes and without headers, footers,
    footnotes and deleted words. Raises `MissingExtraError` without the extra `documents`, and
    `ArticleError` for a document that is damaged, encrypted, without text, or over a limit.
    """
    what = _NAMES[kind]
    if importlib.util.find_spec(_READERS[kind]) is None:
        raise missing_extra("documents", f"{name}: is {what}, and reading it")
    request = {"kind": kind, "data": base64.b64encode(raw).decode("ascii")}
    found = guarded("document", request, name=name)
    if "error" in found:
        raise ArticleError(f"{name}: is {what} that cannot be read: {found['error']}")
    return found["text"], found["title"]


def read(kind: DocumentKind, data: str) -> dict[str, Any]:
    """Read a document in this very process; `document_text` does it in the guarded child."""
    raw = io.BytesIO(base64.b64decode(data))
    return _read_pdf(raw) if kind == "pdf" else _read_docx(raw)


def _read_pdf(raw: io.BytesIO) -> dict[str, Any]:
    from pypdf import PdfReader

    reader = PdfReader(raw)
    if reader.is_encrypted and not reader.decrypt(""):
        return {"error": "it asks for a password; save it without one"}
    pages: list[str] = []
    length = 0
    for page in reader.pages:
        pages.append(page.extract_text())
        length += len(pages[-1]) + 1
        if length > _MOST_CHARACTERS:
            break
    text = "\f".join(pages)
    if not any(char.isalnum() for char in text):
        return {"error": "it holds no text, only pictures (a scan?); recognise its text first"}
    named = reader.metadata.title if reader.metadata else None
    return {"text": text, "title": _shown(named, text)}


def _read_docx(raw: io.BytesIO) -> dict[str, Any]:
    from docx import Document

    with zipfile.ZipFile(raw) as archive:
        unfolded = sum(member.file_size for member in archive.infolist())
    if unfolded > _MOST_UNFOLDED:
        return {"error": f"it unfolds to {unfolded:,} bytes, over {_MOST_UNFOLDED:,}"}
    document = Document(raw)
    paragraphs: list[str] = []
    title = None
    for element, text in _paragraphs(document.element.body):
        style = element.find(f"{_WORD}pPr/{_WORD}pStyle")
        if title is None and style is not None and style.get(f"{_WORD}val") == "Title":
            title = text
        paragraphs.append(text)
    text = "\n\n".join(paragraphs)
    if not any(char.isalnum() for char in text):
        return {"error": "it holds no text"}
    return {"text": text, "title": title or _shown(document.core_properties.title, text)}


def _paragraphs(body: Any) -> Iterator[tuple[Any, str]]:
    """Yield each paragraph that has text, wherever it stands: in cells, boxes, tracked changes.

    The reader's own list of paragraphs leaves out inserted words, content controls and boxes.
    """
    for element in body.iter(f"{_WORD}p"):
        if next(element.iterancestors(_FALLBACK), None) is not None:
            continue  # a copy of a box for older programs
        parts: list[str] = []
        for node in element.iter(f"{_WORD}t", *(_WORD + mark for mark in _MARKS)):
            if next(node.iterancestors(f"{_WORD}p")) is not element:
                continue  # of a box inside this paragraph, which is yielded by itself
            mark = node.tag.removeprefix(_WORD)
            if mark == "t":
                parts.append(node.text or "")
            elif node.getparent().tag == f"{_WORD}r":  # and not a tab stop of the layout
                parts.append(_MARKS[mark])
        text = "".join(parts).strip()
        if text:
            yield element, text


def _shown(title: object, text: str) -> str | None:
    """Keep a title of the metadata only if the text opens with it: most name a file or template."""
    title = " ".join(str(title or "").split())
    return title if title and title in " ".join(text[:2000].split()) else None
