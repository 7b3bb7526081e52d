"""Exchange: every record survives the way to another program's file and back."""

from __future__ import annotations

import importlib
import json
import random
import sys
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from framing import data
from framing.cli import app
from framing.codebook import Codebook
from framing.data import Record, digest, exchange
from framing.data.exchange import doccano, inception, labelstudio, prodigy
from framing.errors import MissingExtraError, RecordError

Make = Callable[..., Record]
INCEPTION = pytest.param(
    "inception",
    marks=pytest.mark.skipif(find_spec("cassis") is None, reason="needs the extra 'exchange'"),
)
FORMATS = ["labelstudio", "doccano", "prodigy", INCEPTION]
WITH_ARTICLES = ["labelstudio", INCEPTION]
FRAMES = Codebook.load("influence-1").frame_ids
PIECES = [
    "The envoy", "said", "“Never!”", '"no"', "it's", "\\", "\\n", "<b>&amp;</b>", "]]>", "{{x}}",
    "\U0001f600", "\U0001f1f2\U0001f1f1", "e\u0301", "\r\n", "\n", "\r", "\t", "  ", "\u00a0",
    "שלום", "مرحبا", "\u202eabc\u202c", "\u200b", "\u200d", "\ufeff", "\u2028", "\u2029", "\x85",
    "\x01", "\x0b", "\x0c", "\x1f", "\x7f", "\ufffe", "\ufffd", "中文", "𝔘", "-->", ",", "%s",
]  # fmt: skip


def _text(draw: random.Random, longest: int = 8) -> str:
    return "".join(draw.choices(PIECES, k=draw.randint(0, longest)))


def generated(seed: int, count: int) -> tuple[list[Record], dict[str, str]]:
    """Return records of some annotators, many hostile, and the articles that hold them."""
    draw = random.Random(seed)
    records: list[Record] = []
    articles: dict[str, str] = {}
    while len(records) < count:
        article_id = f"{_text(draw, 3)}article-{len(articles)}"
        text = _text(draw)
        shared = {
            name: draw.choice([None, "", _text(draw), value])
            for name, value in {"source": "wire", "licence": "CC0-1.0", "language": "en"}.items()
        }
        split = draw.choice([None, "train", "dev", "test"])
        before = ""
        for sentence_id in range(draw.randint(1, 12)):
            sentence = f"{_text(draw)}word{_text(draw)}"
            start = len(text)
            text += sentence + _text(draw, 2)
            for annotator in draw.sample([None, "ann", "bo b", "\u202ebo", "x/../y", ""], k=2):
                records.append(
                    Record(
                        article_id=article_id,
                        sentence_id=sentence_id * 3,
                        text=sentence,
                        start=start,
                        end=start + len(sentence),
                        context=before,
                        frames=tuple(draw.sample(FRAMES, k=draw.choice([0, 0, 1, 2, 5]))),
                        voice=draw.choice([None, "author", "quoted", "reported"]),
                        speaker=draw.choice([None, "", "the envoy", _text(draw)]),
                        note=draw.choice([None, "", "unsure", _text(draw)]),
                        annotator=annotator,
                        codebook=draw.choice([None, "influence-1"]),
                        split=split,
                        kind=draw.choice([None, "title", "paragraph"]),
                        suggested=draw.choice([None, (), tuple(draw.sample(FRAMES, k=2))]),
                        soft=draw.choice([None, {}, {FRAMES[0]: 0.1 + 0.2, FRAMES[1]: 1}]),
                        **shared,
                    )
                )
            before = draw.choice(["", sentence])
        articles[article_id] = text
    return records[:count], articles


def _without_places(records: list[Record]) -> list[Record]:
    rows = [{**r.to_dict(), "start": None, "end": None} for r in records]
    return [Record.from_dict(row) for row in rows]


def in_order(records: list[Record]) -> list[Record]:
    return sorted(records, key=lambda r: (*r.key, repr(r.annotator)))


@pytest.mark.parametrize("name", FORMATS)
def test_a_thousand_hostile_records_come_back_equal(name: str, tmp_path: Path) -> None:
    records, _ = generated(1, 1000)
    records = records[:600] + _without_places(records[600:])
    path = tmp_path / "out"
    assert getattr(data, f"write_{name}")(path, records) == 1000
    back = list(getattr(data, f"read_{name}")(path))
    assert in_order(back) == in_order(records)
    assert digest(back) == digest(records)


@pytest.mark.parametrize("name", WITH_ARTICLES)
def test_a_thousand_records_come_back_from_whole_articles(name: str, tmp_path: Path) -> None:
    records, articles = generated(2, 1000)
    path = tmp_path / "out"
    getattr(data, f"write_{name}")(path, records, articles=articles)
    back = list(getattr(data, f"read_{name}")(path))
    assert in_order(back) == in_order(records)


@pytest.mark.parametrize("name", FORMATS)
def test_lone_surrogates_survive(name: str, tmp_path: Path, record: Make) -> None:
    odd = record("He \ud800 said", note="\udfff", speaker="\ud83d")
    getattr(data, f"write_{name}")(tmp_path / "out", [odd])
    assert list(getattr(data, f"read_{name}")(tmp_path / "out")) == [odd]


@pytest.mark.parametrize("name", FORMATS)
def test_no_records_make_a_file_of_none(name: str, tmp_path: Path) -> None:
    assert getattr(data, f"write_{name}")(tmp_path / "out", []) == 0
    assert list(getattr(data, f"read_{name}")(tmp_path / "out")) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_frame_of_no_codebook_is_an_error_with_its_place(
    name: str, tmp_path: Path, tiny: Codebook, record: Make
) -> None:
    path = tmp_path / "out"
    getattr(data, f"write_{name}")(path, [record(), record(sentence_id=1, frames=("denail",))])
    with pytest.raises(RecordError, match=r"no frame 'denail' in codebook tiny-2. Did you mean"):
        list(getattr(data, f"read_{name}")(path, codebook=tiny))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff",
        b"[[1]]",
        b"{",
        b'[{"data": 1}]',
        b'{"text": 3, "label": [3]}',
        b'{"a"',
        b"[" * 9999,
        b'{"answer": "accept"}',
        b'[{"data": {"article_id": "a", "text": "b"}, "annotations": [3]}]',
    ],
)
def test_another_programs_file_is_one_clear_error(
    name: str, content: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "out"
    path.write_bytes(content)
    try:
        assert list(getattr(data, f"read_{name}")(path)) == []
    except RecordError as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)


@pytest.mark.parametrize("name", FORMATS)
def test_a_missing_file_is_a_record_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="cannot be read: No such file"):
        list(getattr(data, f"read_{name}")(tmp_path / "none"))


@pytest.mark.parametrize("name", FORMATS)
def test_the_command_line_converts_both_ways(name: str, tmp_path: Path) -> None:
    records, _ = generated(3, 40)
    start, middle, end = (tmp_path / n for n in ("start.jsonl", "middle", "end.jsonl"))
    data.write_jsonl(start, records)
    run = CliRunner().invoke
    assert run(app, ["data", "convert", str(start), str(middle), "--to", name]).exit_code == 0
    done = run(app, ["data", "convert", str(middle), str(end), "--from", name])
    assert done.exit_code == 0
    assert digest(records)[:12] in done.output
    assert digest(data.read_jsonl(end)) == digest(records)


@pytest.mark.parametrize("name", FORMATS)
def test_sentences_go_out_to_be_labelled_without_labels(
    name: str, tmp_path: Path, record: Make
) -> None:
    start, out = tmp_path / "start.jsonl", tmp_path / "out"
    data.write_jsonl(start, [record(frames=("denial",), note="secret", annotator="zoe")])
    args = ["data", "convert", str(start), str(out), "--to", name, "--to-label"]
    assert CliRunner().invoke(app, args).exit_code == 0
    files = _cas_files(out).values() if name == "inception" else [out.read_bytes()]
    written = b"".join(files)
    assert b"friends" in written
    assert not any(word in written for word in (b"denial", b"secret", b"zoe"))


@pytest.mark.parametrize("name", ["labelstudio", "doccano", "prodigy", "inception"])
def test_the_command_line_prints_each_programs_project(name: str) -> None:
    done = CliRunner().invoke(app, ["data", "project", name])
    assert done.exit_code == 0
    module = importlib.import_module(f"framing.data.exchange.{name}")
    assert done.output == module.project_configuration(Codebook.load("influence-1"))


def _tasks(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_label_studio_counts_utf16_units(tmp_path: Path, record: Make) -> None:
    text = "\U0001f600\U0001f600 We choose. \U0001f600"
    r = record("We choose.", start=3, end=13)
    data.write_labelstudio(tmp_path / "out", [r], articles={"a": {"text": text}})
    value = _tasks(tmp_path / "out")[0]["annotations"][0]["result"][0]["value"]
    assert (value["start"], value["end"]) == (5, 15)
    units = text.encode("utf-16-le")
    assert units[2 * value["start"] : 2 * value["end"]].decode("utf-16-le") == "We choose."


def test_annotators_of_a_sentence_share_one_label_studio_task(tmp_path: Path, record: Make) -> None:
    two = [record(annotator="ann"), record(annotator="bob", frames=("denial",))]
    data.write_labelstudio(tmp_path / "out", two)
    (task,) = _tasks(tmp_path / "out")
    assert len(task["annotations"]) == 2


def test_sentences_to_label_go_without_labels_and_show_suggestions(
    tmp_path: Path, record: Make
) -> None:
    r = record(frames=("denial",), suggested=("sovereignty",))
    data.write_labelstudio(tmp_path / "out", [r], to_label=True)
    (task,) = _tasks(tmp_path / "out")
    assert "annotations" not in task
    assert task["predictions"][0]["result"][0]["value"] == {"choices": ["sovereignty"]}
    assert "denial" not in (tmp_path / "out").read_text()


@pytest.mark.parametrize("person", ["ann@example.org", {"email": "ann@example.org", "id": 3}])
def test_an_annotation_made_in_label_studio_is_by_its_account(
    tmp_path: Path, record: Make, person: object
) -> None:
    data.write_labelstudio(tmp_path / "out", [record()], to_label=True)
    (task,) = _tasks(tmp_path / "out")
    choice = {"from_name": "frames", "to_name": "text", "type": "choices", "id": "x"}
    task["annotations"] = [
        {"completed_by": person, "result": [{**choice, "value": {"choices": ["denial"]}}]},
        {"completed_by": person, "was_cancelled": True, "result": []},
    ]
    (tmp_path / "out").write_text(json.dumps([task]))
    (back,) = data.read_labelstudio(tmp_path / "out")
    assert (back.frames, back.annotator, back.text) == (
        ("denial",),
        "ann@example.org",
        record().text,
    )


def test_a_region_that_a_person_drew_is_a_new_sentence(tmp_path: Path, record: Make) -> None:
    text = "We choose. \U0001f600 They do not."
    first = record("We choose.", sentence_id=4, start=0, end=10)
    data.write_labelstudio(tmp_path / "out", [first], articles={"a": text})
    (task,) = _tasks(tmp_path / "out")
    value = {"start": 14, "end": 26, "labels": ["sentence"]}
    task["annotations"][0]["result"].append(
        {"from_name": "region", "to_name": "text", "type": "labels", "id": "Q1", "value": value}
    )
    (tmp_path / "out").write_text(json.dumps([task]))
    _, drawn = data.read_labelstudio(tmp_path / "out")
    assert (drawn.sentence_id, drawn.text, drawn.start) == (5, "They do not.", 13)


def test_a_sentence_that_is_not_at_its_place_is_refused(tmp_path: Path, record: Make) -> None:
    with pytest.raises(RecordError, match="does not stand in the article at 1 to 33"):
        data.write_labelstudio(
            tmp_path / "out", [record(start=1, end=33)], articles={"a": record().text}
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("articles", [False, True])
def test_the_label_studio_configuration_offers_every_frame_and_voice(articles: bool) -> None:
    codebook = Codebook.load("influence-1")
    xml = ElementTree.fromstring(labelstudio.project_configuration(codebook, articles=articles))
    offered = [c.get("value") for c in xml.iter("Choice")]
    assert offered == [*codebook.frame_ids, *codebook.voices]


def test_doccano_rows_hold_frames_and_voice_as_labels(tmp_path: Path, record: Make) -> None:
    r = record(frames=("denial",), voice="quoted", speaker="the envoy", annotator="ann")
    data.write_doccano(tmp_path / "out", [r])
    row = _tasks(tmp_path / "out")
    assert row["label"] == ["denial", "voice:quoted"]
    assert (row["text"], row["speaker"]) == (r.text, "the envoy")
    assert all(isinstance(v, str) for name, v in row.items() if name != "label")


def test_a_doccano_export_is_by_the_account_it_is_named_after(tmp_path: Path, record: Make) -> None:
    data.write_doccano(tmp_path / "out", [record(note="see")])
    row = {**_tasks(tmp_path / "out"), "id": 7, "Comments": ["odd"]}
    (tmp_path / "out").write_text(json.dumps(row))
    (back,) = data.read_doccano(tmp_path / "out", annotator="admin")
    assert (back.annotator, back.note) == ("admin", "see\nodd")


def test_two_voices_of_one_sentence_are_an_error(tmp_path: Path, record: Make) -> None:
    data.write_doccano(tmp_path / "out", [record(voice="quoted")])
    row = _tasks(tmp_path / "out")
    row["label"].append("voice:author")
    (tmp_path / "out").write_text(json.dumps(row))
    with pytest.raises(RecordError, match=r"out:1: has the voices quoted, author; a sentence has"):
        list(data.read_doccano(tmp_path / "out"))


def test_the_doccano_label_types_are_unlike_each_other(tiny: Codebook) -> None:
    labels = json.loads(doccano.project_configuration(tiny))
    assert [x["text"] for x in labels][:4] == [*tiny.frame_ids, "voice:author"]
    assert len({x["suffix_key"] for x in labels}) == len(labels)
    assert json.loads(doccano.project_settings(tiny))["single_class_classification"] is False


def test_prodigy_tasks_that_were_not_accepted_are_no_labels(tmp_path: Path, record: Make) -> None:
    data.write_prodigy(tmp_path / "out", [record(sentence_id=i, annotator="ann") for i in range(4)])
    tasks = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    assert tasks[0]["_annotator_id"] == "ann"
    tasks[1]["answer"] = "ignore"
    tasks[2]["answer"] = "reject"
    del tasks[3]["answer"]
    (tmp_path / "out").write_text("\n".join(map(json.dumps, tasks)))
    assert [r.sentence_id for r in data.read_prodigy(tmp_path / "out")] == [0]


def test_the_prodigy_recipe_is_python_that_offers_every_frame_and_voice(tiny: Codebook) -> None:
    source = prodigy.project_configuration(tiny)
    compile(source, "recipe.py", "exec")
    for choice in (*tiny.frame_ids, *(f"voice:{v}" for v in tiny.voices)):
        assert f'"id": "{choice}"' in source


def test_every_format_is_reached_through_data() -> None:
    for name in exchange.__all__:
        assert getattr(data, name) is getattr(exchange, name)


def _cas_files(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_inception_files_count_utf16_units(tmp_path: Path, record: Make) -> None:
    pytest.importorskip("cassis")
    text = "\U0001f600\U0001f600 We choose. \U0001f600"
    r = record("We choose.", start=3, end=13, annotator="ann")
    data.write_inception(tmp_path / "out", [r], articles={"a": text})
    (xmi,) = (v for name, v in _cas_files(tmp_path / "out").items() if name.endswith("ann.xmi"))
    (mark,) = (e for e in ElementTree.fromstring(xmi) if e.tag.endswith("}Framing"))
    assert (mark.get("begin"), mark.get("end")) == ("5", "15")


def test_each_inception_document_has_a_file_for_each_annotator(
    tmp_path: Path, record: Make
) -> None:
    pytest.importorskip("cassis")
    data.write_inception(tmp_path / "out", [record(annotator="ann"), record(annotator="bo/b")])
    assert sorted(_cas_files(tmp_path / "out")) == [
        "TypeSystem.xml",
        "annotation/00001-a.xmi/01-ann.xmi",
        "annotation/00001-a.xmi/02-bo_b.xmi",
    ]


def test_an_inception_export_is_by_the_user_it_is_named_after(tmp_path: Path, record: Make) -> None:
    pytest.importorskip("cassis")
    blank = record("We choose.", start=0, end=10, context="Rain.", frames=("denial",), note="old")
    text = "We choose. They do not."
    data.write_inception(tmp_path / "out", [blank], articles={"a": text}, to_label=True)
    xmi = _cas_files(tmp_path / "out")["source/00001-a.xmi"]
    assert b"denial" not in xmi
    assert b"old" not in xmi
    # What INCEpTION adds: tokens, tags that the user chose, a sentence that the user marked.
    xmi = xmi.replace(
        b'<custom:Framing xmi:id="',
        b'<type:Token xmlns:type="http:///de/tudarmstadt/ukp/type.ecore" xmi:id="90" sofa="1"'
        b' begin="0" end="2"/><custom:Framing xmi:id="91" sofa="1" begin="11" end="23"'
        b' voice="quoted"><frames>sovereignty</frames></custom:Framing>'
        b'<custom:Framing voice="author" xmi:id="',
        1,
    ).replace(b'members="', b'members="90 91 ')
    inner = _zip(tmp_path / "inner.zip", {"cara.xmi": xmi, "TypeSystem.xml": b"<x/>"})
    export = _zip(
        tmp_path / "export.zip",
        {
            "exportedproject.json": b"{}",
            "annotation/00001-a.xmi/cara.zip": inner.read_bytes(),
            "annotation/00001-a.xmi/INITIAL_CAS.xmi": xmi,
        },
    )
    drawn, first = sorted(data.read_inception(export), key=lambda r: -r.sentence_id)
    assert (first.annotator, first.voice, first.context, first.note) == (
        "cara",
        "author",
        "Rain.",
        None,
    )
    assert (drawn.text, drawn.frames, drawn.voice) == ("They do not.", ("sovereignty",), "quoted")
    assert (drawn.key, drawn.start, drawn.annotator) == (("a", 1), 11, "cara")


def test_the_inception_layer_brings_frames_and_voices_as_tags(tiny: Codebook) -> None:
    (layer,) = json.loads(inception.project_configuration(tiny))
    tags = {
        f["name"]: [t["tag_name"] for t in f["tag_set"]["tags"]]
        for f in layer["features"]
        if "tag_set" in f
    }
    assert tags == {"frames": list(tiny.frame_ids), "voice": list(tiny.voices)}


def test_inception_without_its_extra_says_what_to_install(
    tmp_path: Path, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cassis", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'framing\[exchange\]'"):
        data.write_inception(tmp_path / "out", [record()])
