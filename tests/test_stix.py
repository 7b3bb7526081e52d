"""STIX bundles: valid by the reference library, stable ids, exact offsets, nothing lost."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

stix2 = pytest.importorskip("stix2")
jsonschema = pytest.importorskip("jsonschema")

from framing.article import Article
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.results import ArticleScore
from framing.scoring import Scorer, load
from framing.stix import EXTENSION_SCHEMA, write_stix

TEXT = (
    "Bridge closed 🌉\n\nWe were never there. “We choose blackmail,” said Ana Horvat. It rained.\n"
)
WHEN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def scorer(toy_model: Path) -> Scorer:
    return load(str(toy_model))


@pytest.fixture
def result(scorer: Scorer) -> ArticleScore:
    return scorer.score(
        Article.from_text(TEXT, date="2026-02-28", origin="https://desk.example/bridge")
    )


def bundle(results: Iterable[ArticleScore], *, created: datetime | None = WHEN) -> dict[str, Any]:
    out = io.StringIO()
    write_stix(results, out, codebook=Codebook.load("influence-1"), created=created)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def of_kind(found: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [thing for thing in found["objects"] if thing["type"] == kind]


def extension(thing: dict[str, Any]) -> dict[str, Any]:
    (value,) = thing["extensions"].values()
    assert isinstance(value, dict)
    return value


def test_the_reference_library_reads_every_object_back_equal(result: ArticleScore) -> None:
    given = bundle([result])
    read = stix2.parse(json.dumps(given), version="2.1")
    assert len(read.objects) == len(given["objects"]) == 6
    for before, after in zip(given["objects"], read.objects, strict=True):
        written = json.loads(after.serialize())
        if "published" in written:  # of which it drops the empty fraction
            written["published"] = written["published"].replace("Z", ".000Z")
        assert written == before


def test_observables_have_the_ids_that_every_producer_gives(result: ArticleScore) -> None:
    (text,) = of_kind(bundle([result]), "artifact")
    (page,) = of_kind(bundle([result]), "url")
    same = stix2.v21.Artifact(**{k: text[k] for k in ("hashes", "payload_bin", "mime_type")})
    assert same.id == text["id"]
    assert stix2.v21.URL(value=page["value"]).id == page["id"]


def test_a_report_refers_to_all_that_belongs_to_its_article(result: ArticleScore) -> None:
    found = bundle([result])
    (report,) = of_kind(found, "report")
    parts = ("artifact", "url", "note")
    assert report["object_refs"] == [t["id"] for t in found["objects"] if t["type"] in parts]
    assert report["published"] == "2026-02-28T00:00:00.000Z"
    assert extension(report)["model"] == "toy"
    assert extension(report)["frames"]["denial"]["count"] == 1


def test_a_note_holds_its_sentence_where_the_text_has_it(result: ArticleScore) -> None:
    found = bundle([result])
    (text,) = of_kind(found, "artifact")
    (note,) = of_kind(found, "note")
    whole = base64.b64decode(text["payload_bin"]).decode()
    told = extension(note)
    assert whole == TEXT
    assert whole[told["start"] : told["end"]] == note["content"]
    assert (told["voice"], told["speaker"]) == ("quoted", "Ana Horvat")
    assert set(told["probabilities"]) == set(note["labels"])


def test_a_note_names_frames_and_the_disarm_techniques_of_the_crosswalk(
    result: ArticleScore,
) -> None:
    (note,) = of_kind(bundle([result]), "note")
    codebook = Codebook.load("influence-1")
    techniques = {t for f in codebook.frames for t in f.crosswalk.get("disarm", ())}
    named: dict[str, list[str]] = {}
    for reference in note["external_references"]:
        named.setdefault(reference["source_name"], []).append(reference["external_id"])
    assert techniques  # every frame is carried: the word speaks for all
    assert sorted(named["DISARM"]) == sorted(techniques)
    assert named["influence-1"] == note["labels"]


def test_the_extension_brings_a_schema_that_its_properties_keep(result: ArticleScore) -> None:
    found = bundle([result])
    (definition,) = of_kind(found, "extension-definition")
    assert json.loads(definition["schema"]) == EXTENSION_SCHEMA
    for thing in of_kind(found, "report") + of_kind(found, "note"):
        assert list(thing["extensions"]) == [definition["id"]]
        jsonschema.validate(extension(thing), EXTENSION_SCHEMA)


def test_the_same_article_has_the_same_ids_whenever_it_is_written(result: ArticleScore) -> None:
    first, second = bundle([result]), bundle([result], created=datetime(2027, 1, 1, tzinfo=UTC))
    assert first["id"] == second["id"]
    assert [t["id"] for t in first["objects"]] == [t["id"] for t in second["objects"]]


def test_another_model_or_place_gives_other_notes(result: ArticleScore) -> None:
    other = replace(result, provenance=replace(result.provenance, sha256="0" * 64))
    moved = replace(result, origin="https://other.example/")
    ids = {of_kind(bundle([r]), "note")[0]["id"] for r in (result, other, moved)}
    assert len(ids) == 3


def test_an_article_that_recurs_is_written_once(result: ArticleScore) -> None:
    assert bundle([result, result])["objects"] == bundle([result])["objects"]


def test_an_article_without_frames_or_text_is_a_report_too(scorer: Scorer) -> None:
    found = bundle([scorer.score("It rained."), scorer.score("")])
    reports = of_kind(found, "report")
    assert [r["name"] for r in reports] == ["Untitled article"] * 2
    assert all(len(r["object_refs"]) == 1 for r in reports)
    stix2.parse(json.dumps(found), version="2.1")


@pytest.mark.parametrize("date", ["yesterday", "2026-99-99", "\ud800", "9999-12-31"])
def test_hostile_fields_make_a_valid_bundle(scorer: Scorer, date: str) -> None:
    article = Article.from_text(
        "We choose blackmail \ud800\x00 today.",
        title="\udfff",
        date=date,
        source="\x00",
        language="not a language",
        origin="https://\ud800",
    )
    found = bundle([scorer.score(article)])
    json.dumps(found).encode()
    stix2.parse(json.dumps(found), version="2.1")


def test_the_time_may_come_from_the_environment(
    result: ArticleScore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    (report,) = of_kind(bundle([result], created=None), "report")
    assert report["created"] == report["modified"] == "2026-01-01T00:00:00.000Z"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    with pytest.raises(FramingError, match="expected seconds since 1970, got 'soon'"):
        bundle([result], created=None)


def test_no_articles_make_a_bundle_without_reports() -> None:
    assert [t["type"] for t in bundle([])["objects"]] == ["identity", "extension-definition"]


def test_the_command_writes_a_bundle(toy_model: Path, tmp_path: Path) -> None:
    from framing.cli import main

    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text(f"{name}: they choose blackmail.")
    out = tmp_path / "out.json"
    with pytest.raises(SystemExit) as ended:
        main(["score", str(tmp_path), "--model", str(toy_model),
              "--format", "stix", "--output", str(out)])  # fmt: skip
    assert ended.value.code in (0, None)
    assert len(of_kind(json.loads(out.read_text()), "report")) == 2
