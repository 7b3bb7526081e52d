"""Decodes the bytes of an article: byte-order marks, declared charsets, legacy code pages."""

from __future__ import annotations

import codecs
import re

from framing.errors import ArticleError

__all__ = ["decode"]

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a zip archive or office document"),
    (b"\xd0\xcf\x11\xe0", "an office document"),
    (b"\x89PNG", "a PNG image"),
    (b"GIF8", "a GIF image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"\x1f\x8b", "gzip data"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ", "xz data"),
    (b"\x28\xb5\x2f\xfd", "zstd data"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format", "a database"),
    (b"{\\rtf", "a rich-text document"),
)
_CHARSET = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w:.-]+)", re.I
)
_CONTROL = bytes(set(range(32)) - {9, 10, 11, 12, 13, 27} | {127})
_WEST_LETTERS = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœšžßÀÉÈÊÇÖÜÄÑ‘’“”–—…€£«»° •\xa0"


def decode(raw: bytes, *, name: str = "input") -> str:
    """Decode `raw` into text; binary data are an ArticleError that names what they look like."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw[len(mark) :].decode(encoding, "replace")
    for magic, what in _MAGIC:
        if raw.startswith(magic):
            raise ArticleError(f"{name}: is {what}, not text; extract its text first")
    head = raw[:65536]
    wide = _wide(head)
    if wide:
        return raw.decode(wide, "replace")
    controls = len(head) - len(head.translate(None, _CONTROL))
    if controls > 4 and controls > 0.05 * len(head):
        raise ArticleError(f"{name}: is binary data, not text; give text or HTML")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(raw[:4096])
    if declared:
        text = _try(raw, declared[1].decode("ascii"))
        if text is not None:
            return text
    return _legacy(raw)


def _wide(head: bytes) -> str | None:
    """Recognise UTF-16 without a mark by its zero bytes, which stand at one parity only."""
    if len(head) < 4 or head.count(0) < len(head) // 8:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 10 * even + 1:
        return "utf-16-le"
    return "utf-16-be" if even > 10 * odd + 1 else None


def _try(raw: bytes, encoding: str) -> str | None:
    # iso-8859-1 on the web means cp1252, and utf-8 was tried before.
    encoding = {"iso-8859-1": "cp1252", "latin-1": "cp1252"}.get(encoding.lower(), encoding)
    try:
        if not codecs.lookup(encoding)._is_text_encoding or encoding.lower().startswith("utf-7"):
            return None
        return raw.decode(encoding)
    except (LookupError, ValueError):
        return None


def _legacy(raw: bytes) -> str:
    """Choose a one-byte or East Asian code page by the share of letters above 127."""
    sample = raw[:65536]
    patched = sample.decode("utf-8", "ignore")
    multibyte = sum(len(char.encode()) for char in patched if char > "\x7f")
    high = sum(byte > 127 for byte in sample)
    if multibyte >= 0.9 * high:  # UTF-8 with a few broken bytes, or cut in mid-character
        return raw.decode("utf-8", "replace")
    low = sum(chr(byte).isalpha() for byte in sample if byte < 128)
    if high < 0.3 * (high + low):
        guess = sample.decode("cp1252", "replace")
        odd = sum(char > "\x7f" and char not in _WEST_LETTERS for char in guess)
        if 3 * odd < high:
            return _try(raw, "cp1252") or raw.decode("latin-1")
    else:
        # A Russian text is mostly lower case: in cp1251 that is 0xE0-0xFF, in KOI8-R 0xC0-0xDF.
        upper = sum(0xC0 <= byte < 0xE0 for byte in sample)
        lower = sum(byte >= 0xE0 for byte in sample)
        if upper + lower > 0.9 * high and (lower > 4 * upper or upper > 4 * lower):
            text = _try(raw, "cp1251" if lower > upper else "koi8-r")
            if text is not None:
                return text
    from charset_normalizer import from_bytes  # 30 ms, and seldom needed

    best = from_bytes(sample).best()
    text = _try(raw, best.encoding) if best else None
    return text if text is not None else raw.decode("cp1252", "replace")
