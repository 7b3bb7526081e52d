"""PDF and Word documents: their text becomes an article, or one clear line says why not."""

from __future__ import annotations

import importlib.util
import io
import textwrap
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pypdf")
docx = pytest.importorskip("docx")

from framing.article import Article
from framing.errors import ArticleError, MissingExtraError
from framing.sentences import split

STORY = """
The ministry said on Monday that the bridge over the river would stay closed until spring, because
its engineers had found cracks in two of the pillars. We will not open it before they have finished
their work, the deputy minister Ana Horvat said. Local traders complained that the closure had cost
them half of their income since October, and asked the town for help. The river police have put up
signs on both banks, and a small ferry crosses every hour in fair weather. Its captain told visitors
that he had never carried so many bicycles in one week. The mayor promised that the buses would run
later in the evening, although the town has few drivers left. A school on the far bank now begins
its lessons half an hour later, so that nobody has to run from the landing. The next inspection of
the bridge is planned for April, and the ministry wants to publish what it finds on its website.
"""
LINES = textwrap.wrap(STORY.strip(), 62)


def pdf(*pages: bytes, title: str = "Microsoft Word - draft7") -> bytes:
    """Return a PDF of these content streams, each deflated, with a table of its objects."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for n, stream in enumerate(pages):
        packed = zlib.compress(stream, 9)
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            b"/Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>" % (5 + 2 * n),
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
        ]
    objects.append(f"<< /Title ({title}) >>".encode())
    out, places = b"%PDF-1.4\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R /Info %d 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n"
        % (len(objects) + 1, table, len(objects) + 1, len(objects), len(out))
    )


def page(number: int, *lines: str) -> bytes:
    shown = [f"Sample Institute Review {number}", *lines, str(number)]
    return b"BT /F1 11 Tf 14 TL 60 780 Td\n%s\nET" % b"\n".join(
        b"(%s) Tj T*" % line.encode("cp1252") for line in shown
    )


def word(build: Any) -> bytes:
    document = docx.Document()
    build(document)
    raw = io.BytesIO()
    document.save(raw)
    return raw.getvalue()


def body(article: Article) -> list[str]:
    return [" ".join(article.text[b.start : b.end].split()) for b in article.blocks]


def test_lines_of_a_pdf_are_joined_across_pages_without_headers_and_page_numbers() -> None:
    raw = pdf(page(1, *LINES[:5]), page(2, *LINES[5:10]), page(3, *LINES[10:]))
    article = Article.from_bytes(raw, origin="review.pdf")
    assert " ".join(s.model_text for s in split(article)) == " ".join(STORY.split())
    assert {d.reason for d in article.dropped} == {"running header", "page number"}


def test_a_document_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    file = tmp_path / "article.txt"
    file.write_bytes(pdf(page(1, *LINES)))
    assert "The ministry said" in Article.from_file(file).text


def test_the_title_of_a_pdf_counts_only_where_the_text_shows_it() -> None:
    first = page(1, "Bridge stays closed", *LINES)
    assert Article.from_bytes(pdf(first), origin="a").title != "Microsoft Word - draft7"
    article = Article.from_bytes(pdf(first, title="Bridge stays closed"), origin="a")
    assert article.title == "Bridge stays closed"


def test_a_word_document_gives_title_paragraphs_and_tables_in_order() -> None:
    def build(document: Any) -> None:
        document.add_heading("Bridge stays closed", 0)
        document.add_paragraph("The ministry said on Monday that the bridge would stay closed.")
        table = document.add_table(1, 2)
        table.cell(0, 0).text = "Traders lost half of their income, they complained to the mayor."
        table.cell(0, 1).text = "A ferry crosses the river every hour, the police wrote."
        document.add_paragraph("The next inspection is planned for April, the ministry added.")
        document.sections[0].header.paragraphs[0].text = "Confidential draft"

    article = Article.from_bytes(word(build), origin="bridge.docx")
    assert article.title == "Bridge stays closed"
    assert [text.split()[0] for text in body(article)] == [
        "Bridge", "The", "Traders", "A", "The",
    ]  # fmt: skip
    assert "Confidential" not in article.text


def test_inserted_words_and_line_breaks_of_a_word_document_are_kept() -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    def build(document: Any) -> None:
        paragraph = document.add_paragraph("The bridge stays ")
        paragraph._p.append(
            parse_xml(f"<w:ins {nsdecls('w')} w:id='1'><w:r><w:t>closed</w:t></w:r></w:ins>")
        )
        paragraph._p.append(
            parse_xml(
                f"<w:del {nsdecls('w')} w:id='2'><w:r><w:delText>open</w:delText></w:r></w:del>"
            )
        )
        paragraph.add_run(" until\nspring.")

    article = Article.from_bytes(word(build), origin="bridge.docx")
    assert article.text == "The bridge stays closed until\nspring."


def test_a_pdf_with_a_password_is_one_clear_line() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf(page(1, *LINES)))))
    writer.encrypt("secret", algorithm="RC4-128")
    raw = io.BytesIO()
    writer.write(raw)
    with pytest.raises(ArticleError, match=r"locked\.pdf: is a PDF .* password"):
        Article.from_bytes(raw.getvalue(), origin="locked.pdf")


def test_a_scan_is_one_clear_line() -> None:
    with pytest.raises(ArticleError, match="holds no text"):
        Article.from_bytes(pdf(b"0 0 100 100 re f"), origin="scan.pdf")


def test_without_the_extra_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as error:
        Article.from_bytes(b"%PDF-1.7", origin="review.pdf")
    assert str(error.value) == (
        "review.pdf: is a PDF, and reading it needs an optional part: "
        "pip install 'framing[documents]'"
    )


def test_an_office_document_of_another_kind_is_named_and_refused() -> None:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(ArticleError, match="zip archive or office document"):
        Article.from_bytes(raw.getvalue(), origin="sheet.xlsx")


def _bomb() -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 200_000_001)
    return raw.getvalue()


def _entities() -> bytes:
    plain = word(lambda document: document.add_paragraph("A bridge."))
    raw = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(raw, "w") as new:
        for member in old.namelist():
            data = old.read(member)
            if member == "word/document.xml":
                laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
                start = data.index(b"?>") + 2
                head = f'<!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]>'.encode()
                data = data[:start] + head + data[start:].replace(b"A bridge.", b"&l9;")
            new.writestr(member, data)
    return raw.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        b"%PDF-1.7",
        pdf(page(1, *LINES))[:400],
        pdf(b"q " * 200_000 + b"(" * 50_000),
        pdf(page(1, *LINES)).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]"),
        b"PK\x03\x04 word/document.xml",
        word(lambda document: document.add_paragraph("A bridge."))[:-40],
        _entities(),
    ],
    ids=["stub", "cut", "operators", "own child", "no archive", "cut archive", "entities"],
)
def test_a_hostile_document_ends_in_an_article_or_one_clear_line(raw: bytes) -> None:
    try:
        article = Article.from_bytes(raw, origin="evil")
    except ArticleError as error:
        assert str(error).startswith("evil: ")
        assert "\n" not in str(error)
    else:
        assert len(article.text) < 1_000_000


def test_an_archive_that_unfolds_without_bound_is_refused() -> None:
    with pytest.raises(ArticleError, match="unfolds to 200,000,001 bytes"):
        Article.from_bytes(_bomb(), origin="bomb.docx")


@pytest.mark.slow
def test_a_pdf_that_unfolds_without_bound_ends_in_one_clear_line() -> None:
    with pytest.raises(ArticleError) as error:
        Article.from_bytes(pdf(b" " * 300_000_000), origin="bomb.pdf")
    assert "\n" not in str(error.value)
