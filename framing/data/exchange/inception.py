"""INCEpTION: a zip of UIMA CAS files (XMI), and the annotation layer to import there.

A document is one article, with one CAS for each annotator, as in INCEpTION's own export. Each
labelled sentence is an annotation of the layer `webanno.custom.Framing`; what INCEpTION need not
show travels in its hidden feature `details`. Needs the extra `exchange` (dkpro-cassis).
"""

from __future__ import annotations

import io
import json
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

from framing.codebook import Codebook
from framing.data.exchange.files import (
    EDITED,
    Articles,
    article_text,
    carried,
    fail,
    known_values,
    read_bytes,
    write_whole,
)
from framing.data.records import Record, to_json
from framing.errors import RecordError, missing_extra

__all__ = ["project_configuration", "read_inception", "type_system", "write_inception"]

MAX_MEMBER = 256 << 20  # bytes of one file in a zip
_LAYER = "webanno.custom.Framing"
_SENTENCE = "de.tudarmstadt.ukp.dkpro.core.api.segmentation.type.Sentence"
_TEXTS = ("voice", "speaker", "note", "details")
# What XML 1.0 cannot hold; a character of the same length stands in, `details` keeps the original.
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


def project_configuration(codebook: Codebook) -> str:
    """Return the layer (JSON) to import under Settings, Layers, Import layer.

    It brings the tag sets of frames and voices along. Import documents as UIMA CAS XMI.
    """
    frames = {
        f.id: f"{f.name}: a sentence carries it when it {f.definition}" for f in codebook.frames
    }
    features = [
        _feature(
            "frames",
            "uima.cas.StringArray",
            multi_value_mode="ARRAY",
            tag_set=_tag_set(f"{codebook.id} frames", frames),
        ),
        _feature("voice", tag_set=_tag_set(f"{codebook.id} voices", codebook.voices)),
        _feature("speaker"),
        _feature("note"),
        _feature("details", visible=False),
    ]
    layer = {
        "name": _LAYER,
        "uiName": "Framing",
        "type": "span",
        "description": codebook.name,
        "enabled": True,
        "built_in": False,
        "readonly": False,
        "anchoring_mode": "SENTENCES",
        "overlap_mode": "NO_OVERLAP",
        "validation_mode": "NEVER",
        "cross_sentence": False,
        "show_hover": True,
        "features": features,
    }
    return to_json([layer], indent=1) + "\n"


def _feature(name: str, kind: str = "uima.cas.String", **more: object) -> dict[str, object]:
    plain = {
        "name": name,
        "uiName": name,
        "type": kind,
        "enabled": True,
        "visible": True,
        "required": False,
        "remember": False,
        "multi_value_mode": "NONE",
        "link_mode": "NONE",
    }
    return {**plain, **more}


def _tag_set(name: str, tags: Mapping[str, str]) -> dict[str, object]:
    rows = [{"tag_name": tag, "tag_description": meaning} for tag, meaning in tags.items()]
    return {"name": name, "language": "x-unspecified", "tags": rows, "create_tag": False}


def type_system() -> Any:
    """Return the `cassis.TypeSystem` of our files: sentences, and the layer with its features."""
    try:
        from cassis import TypeSystem
    except ImportError:
        raise missing_extra("exchange", "INCEpTION") from None
    types = TypeSystem()
    types.create_type(_SENTENCE, supertypeName="uima.tcas.Annotation")
    layer = types.create_type(_LAYER, supertypeName="uima.tcas.Annotation")
    types.create_feature(layer, "frames", "uima.cas.StringArray")
    for name in _TEXTS:
        types.create_feature(layer, name, "uima.cas.String")
    return types


@dataclass(frozen=True)
class _Document:
    """An article's text as INCEpTION shall show it, and the place of each sentence in it."""

    text: str
    places: Mapping[tuple[int, str], tuple[int, int]]  # (sentence_id, text) -> span

    @classmethod
    def of(cls, records: Iterable[Record], articles: Articles | None) -> _Document:
        """Take the article's text, or else put one sentence under the other."""
        found = {(r.sentence_id, r.text): r for r in records}
        places: dict[tuple[int, str], tuple[int, int]] = {}
        text = ""
        for key in sorted(found):
            if articles is not None:
                text, *place = article_text(articles, found[key])
                places[key] = place[0], place[1]
            else:
                places[key] = len(text), len(text) + len(key[1])
                text += key[1] + "\n"
        return cls(_xml(text), places)

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Yield the spans of the sentences, and of the text between them."""
        at = 0
        for start, end in [*sorted(self.places.values()), (len(self.text), len(self.text))]:
            if self.text[at:start].strip():
                yield at, start
            if at <= start < end:
                yield start, end
            at = max(at, end)


def write_inception(
    path: str | PathLike[str],
    records: Iterable[Record],
    *,
    articles: Articles | None = None,
    to_label: bool = False,
) -> int:
    """Write records as a zip of XMI files and the type system, and return how many records.

    `articles` maps ids to texts: then each document is the whole article, and sentences need
    `start` and `end`; else it holds the sentences one under the other. `to_label` leaves the
    labels out and writes one file a document, for people to start afresh.
    """
    types = type_system()
    found = list(records)
    documents: dict[str, list[Record]] = {}
    for r in found:
        documents.setdefault(r.article_id, []).append(r)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("TypeSystem.xml", types.to_xml())
        for number, (article_id, group) in enumerate(documents.items(), 1):
            document = _Document.of(group, articles)
            name = f"{number:05d}-{_file_name(article_id)}.xmi"
            if to_label:
                first = {(r.sentence_id, r.text): r for r in reversed(group)}.values()
                archive.writestr(f"source/{name}", _cas(document, first, types, to_label=True))
                continue
            by_annotator: dict[str | None, list[Record]] = {}
            for r in group:
                by_annotator.setdefault(r.annotator, []).append(r)
            for i, (annotator, marks) in enumerate(by_annotator.items(), 1):
                member = f"annotation/{name}/{i:02d}-{_file_name(annotator or '')}.xmi"
                archive.writestr(member, _cas(document, marks, types))
    write_whole(path, [buffer.getvalue()])
    return len(found)


def _file_name(text: str) -> str:
    return re.sub(r"[^\w.-]+", "_", text, flags=re.ASCII)[:60].strip("._") or "unnamed"


def _cas(
    document: _Document, records: Iterable[Record], types: Any, *, to_label: bool = False
) -> str:
    from cassis import Cas

    cas = Cas(typesystem=types)
    cas.sofa_mime = "text/plain"
    cas.sofa_string = document.text
    sentence, layer = types.get_type(_SENTENCE), types.get_type(_LAYER)
    array = types.get_type("uima.cas.StringArray")
    cas.add_all([sentence(begin=begin, end=end) for begin, end in document.sentences()])
    for r in records:
        begin, end = document.places[r.sentence_id, r.text]
        edited = {name: getattr(r, name) for name in EDITED[1:]}
        details = carried(r, "text", *(("annotator", "soft") if to_label else ()))
        if to_label:
            frames: tuple[str, ...] = ()
            edited = dict.fromkeys(edited)
        else:
            frames = r.frames
            details["annotator"] = r.annotator
        originals = {"text": r.text, **edited}
        altered = {n: v for n, v in originals.items() if v is not None and _xml(v) != v}
        if altered:
            details["altered"] = altered
        cas.add(
            layer(
                begin=begin,
                end=end,
                frames=array(elements=list(frames)),
                details=json.dumps(details),  # ASCII only, so that XML holds it whatever it is
                **{n: None if v is None else _xml(v) for n, v in edited.items()},
            )
        )
    return str(cas.to_xmi())


def read_inception(
    path: str | PathLike[str], *, codebook: Codebook | None = None
) -> Iterator[Record]:
    """Read the records of an INCEpTION export: a zip, a folder, or one CAS (.xmi or .json).

    Annotations of sentences that we wrote `to_label` are by the user after whom the file is named.
    Sentences that people added are numbered after the last. Raises `RecordError`.
    """
    types = type_system()
    for where, member, content in _members(Path(path)):
        for row in _rows(_load(content, member, types, where), member, where):
            yield Record.from_dict(row, codebook=codebook, where=where)


def _members(path: Path) -> Iterator[tuple[str, PurePosixPath, bytes]]:
    """Yield the CAS files of a path: where they stand, their name, their content."""
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and _is_cas(PurePosixPath(p)))
        for file in files:
            yield str(file), PurePosixPath(file.relative_to(path)), read_bytes(file)
        return
    content = read_bytes(path)
    if zipfile.is_zipfile(io.BytesIO(content)):
        yield from _zip_members(str(path), PurePosixPath(), content)
    else:
        yield str(path), PurePosixPath(path.name), content


def _zip_members(
    where: str, folder: PurePosixPath, content: bytes, *, depth: int = 0
) -> Iterator[tuple[str, PurePosixPath, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for info in archive.infolist():
                name = PurePosixPath(info.filename)
                inner = name.suffix == ".zip" and depth == 0
                if not inner and not _is_cas(name):
                    continue
                if info.file_size > MAX_MEMBER:
                    raise fail(f"{where}!{name}", f"larger than {MAX_MEMBER >> 20} MiB")
                data = archive.read(info)
                if inner:  # a user's CAS, packed with its type system
                    yield from _zip_members(f"{where}!{name}", name, data, depth=1)
                else:
                    yield f"{where}!{name}", folder / name, data
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise fail(where, f"cannot be unpacked: {error}") from None


def _is_cas(name: PurePosixPath) -> bool:
    """Tell annotators' files from a project's settings and the state before annotation."""
    if name.stem == "INITIAL_CAS" or name.name == "exportedproject.json":
        return False
    return name.suffix in (".xmi", ".json")


def _load(content: bytes, member: PurePosixPath, types: Any, where: str) -> Any:
    from cassis import load_cas_from_json, load_cas_from_xmi

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of layers that are not ours
            if member.suffix == ".json":
                return load_cas_from_json(io.BytesIO(content))
            return load_cas_from_xmi(io.BytesIO(content), typesystem=types, lenient=True)
    except (ValueError, SyntaxError, LookupError, TypeError, AttributeError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise fail(where, f"is no UIMA CAS: {reason}; export as UIMA CAS XMI") from None


def _rows(cas: Any, member: PurePosixPath, where: str) -> Iterator[dict[str, Any]]:
    try:
        text = cas.sofa_string or ""
        found = [(a, _details(a, where)) for a in cas.select(_LAYER)]
    except RecordError:
        raise
    except Exception as error:  # noqa: BLE001 - the library raises a class of its own
        raise fail(where, f"has no layer {_LAYER}: {error}") from None
    known = [d for _, d in found if d]
    article_id = known[0]["article_id"] if known else member.parent.name or member.stem
    following = 1 + max((d["sentence_id"] for d in known), default=-1)
    whole = any(d and d.get("start") == a.begin for a, d in found)
    for a, details in found:
        row = {name: v for name in EDITED[1:] if (v := getattr(a, name, None)) is not None}
        row["frames"] = list((a.frames and a.frames.elements) or ())
        row["text"] = text[a.begin : a.end]
        for name, original in (details.pop("altered", None) or {}).items():
            if row.get(name) == _xml(original):
                row[name] = original
        if not details:
            details = {"article_id": article_id, "sentence_id": following}
            if whole:
                details |= {"start": a.begin, "end": a.end}
            following += 1
        row = {"annotator": member.stem, **row, **known_values(details)}
        yield row


def _details(annotation: Any, where: str) -> dict[str, Any]:
    """Return what we sent along with an annotation; nothing where a person made it."""
    if not getattr(annotation, "details", None):
        return {}
    try:
        details = json.loads(annotation.details)
        if type(details["sentence_id"]) is int and isinstance(details["article_id"], str):
            return dict(details)
    except (ValueError, LookupError, TypeError):
        pass
    raise fail(where, "the hidden feature 'details' was changed")
