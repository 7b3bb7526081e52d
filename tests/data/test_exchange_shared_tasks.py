"""Readers of shared tasks' files: each category at its line, each mention at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from framing import data
from framing.errors import RecordError

ARTICLE = "Harbour reopens\n\nThe minister called them \U0001f600 vermin. \nShips sailed at noon.\n"


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def ptc(tmp_path: Path) -> Path:
    start = ARTICLE.index("vermin")
    row = f"7\tName_Calling,Labeling\t{start}\t{start + 6}\n"
    return _write(
        tmp_path,
        {
            "train-articles/article7.txt": ARTICLE,
            "train-labels-task-flc-tc/article7.task-flc-tc.labels": row,
            "dev-articles/article8.txt": "Rain\n",
            "dev-labels-task-flc-tc/article8.task-flc-tc.labels": "",
        },
    )


def test_semeval2020_marks_the_line_that_a_technique_overlaps(ptc: Path) -> None:
    rain, title, marked, plain = data.read_semeval2020(ptc)
    assert (rain.article_id, rain.split, title.split) == ("8", "dev", "train")
    assert marked.frames == ("name_calling_labeling",)
    assert title.frames == plain.frames == ()
    assert (title.kind, marked.kind) == ("title", None)
    assert marked.text == "The minister called them \U0001f600 vermin."
    assert ARTICLE[marked.start : marked.end] == marked.text
    assert plain.context == f"{title.text} {marked.text}"


def test_a_mistake_in_a_shared_tasks_file_is_named_with_its_line(ptc: Path) -> None:
    labels = ptc / "train-labels-task-flc-tc" / "article7.task-flc-tc.labels"
    labels.write_text("7\tDoubt\t3\t9\n7\tDoubt\tx\t9\n")
    with pytest.raises(RecordError, match=r"labels:2: 'x' is no number"):
        list(data.read_semeval2020(ptc))
    labels.write_text("7\tDoubt\n")
    with pytest.raises(RecordError, match=r"labels:1: has 2 columns, not 4"):
        list(data.read_semeval2020(ptc))


@pytest.mark.parametrize(
    ("name", "row", "frames"),
    [
        ("dev-task-flc-tc.labels", "8\tDoubt\t0\t4\n", ("doubt",)),
        ("dev-labels-task-si/article8.task-si.labels", "8\t0\t4\n", ("propaganda",)),
        ("dev-task1-SI.labels", "8\t0\t4\n", ("propaganda",)),
        ("dev-task2-TC.labels", "8\tDoubt\t0\t4\n", ("doubt",)),
    ],
)
def test_semeval2020_reads_labels_in_one_file_or_spans_alone(
    name: str, row: str, frames: tuple[str, ...], tmp_path: Path
) -> None:
    folder = _write(tmp_path, {"dev-articles/article8.txt": "Rain fell\n", name: row})
    (line,) = data.read_semeval2020(folder)
    assert (line.frames, line.split) == (frames, "dev")


@pytest.mark.parametrize("name", ["semeval2020", "semeval2023", "semeval2025", "polnear"])
def test_another_folder_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="name the folder that the organisers packed"):
        list(getattr(data, f"read_{name}")(tmp_path))


@pytest.fixture
def task3(tmp_path: Path) -> Path:
    return _write(
        tmp_path,
        {
            "train-articles-subtask-3/article7.txt": ARTICLE,
            "train-labels-subtask-3.txt": "7\t1\t\n7\t3\tName_Calling-Labeling,Doubt\n7\t4\n",
            "train-labels-subtask-2.txt": "7\tEconomic,Crime_and_punishment\n",
        },
    )


def test_semeval2023_gives_each_line_its_techniques(task3: Path) -> None:
    title, marked, plain = data.read_semeval2023(task3)
    assert marked.frames == ("name_calling_labeling", "doubt")
    assert (title.frames, plain.frames) == ((), ())
    assert [r.sentence_id for r in (title, marked, plain)] == [1, 3, 4]
    assert ARTICLE[marked.start : marked.end] == marked.text


def test_semeval2023_gives_each_article_its_frames(task3: Path) -> None:
    (article,) = data.read_semeval2023(task3, subtask=2)
    assert article.frames == ("economic", "crime_and_punishment")
    assert article.text == ARTICLE


def test_semeval2023_frames_become_those_of_generic_1(task3: Path) -> None:
    labels = "7\tLegality_Constitutionality_and_jurisprudence,Economic\n"
    (task3 / "train-labels-subtask-2.txt").write_text(labels)
    (article,) = data.read_semeval2023_frames(task3)
    assert article.codebook == "generic-1"
    assert article.frames == ("legality_and_constitutionality", "economic")


def test_semeval2023_refuses_a_line_that_is_not_there(task3: Path) -> None:
    (task3 / "train-labels-subtask-3.txt").write_text("7\t2\t\n")
    with pytest.raises(RecordError, match=r"subtask-3.txt:1: line 2 of article 7 is empty or not"):
        list(data.read_semeval2023(task3))


@pytest.fixture
def task10(tmp_path: Path) -> Path:
    return _write(
        tmp_path / "train",
        {
            "raw-documents/EN/EN_1.txt": "Rivers rose. Ann spoke; then Ann left.\n",
            "raw-documents/EN/EN_2.txt": "Rain fell.\n",
            "labels/EN/subtask-2-annotations.txt": (
                "EN_1.txt\tCC: Amplifying\tCC: Amplifying: Doom;CC: Amplifying: Other\n"
                "EN_2.txt\tOther\tOther\n"
            ),
            "labels/EN/subtask-1-annotations.txt": "EN_1.txt\tAnn\t27\t29\tProtagonist\tGuardian\n",
        },
    )


def test_semeval2025_gives_articles_their_narratives(task10: Path) -> None:
    one, other = data.read_semeval2025(task10)
    assert one.frames == ("cc_amplifying", "cc_amplifying_doom", "cc_amplifying_other")
    assert (other.frames, other.language, other.split) == ((), "en", "train")


@pytest.mark.parametrize(
    ("level", "frames"),
    [
        ("coarse", ("cc_amplifying",)),
        ("fine", ("cc_amplifying_doom", "cc_amplifying_other")),
    ],
)
def test_semeval2025_gives_one_level_of_narratives(
    level: str, frames: tuple[str, ...], task10: Path
) -> None:
    one, _ = data.read_semeval2025(task10, level=level)
    assert one.frames == frames


@pytest.mark.parametrize("documents", ["EN/subtask-2-documents", "subtask-2-documents/EN"])
def test_semeval2025_reads_a_folder_a_language(documents: str, task10: Path) -> None:
    flat = task10.parent / "dev"
    flat.mkdir()
    (task10 / "labels" / "EN").rename(flat / "EN")
    (flat / documents).parent.mkdir(exist_ok=True)
    (task10 / "raw-documents" / "EN").rename(flat / documents)
    one, _ = data.read_semeval2025(flat)
    assert (one.article_id, one.language, one.split) == ("EN_1", "en", "dev")


def test_semeval2025_finds_a_mention_whose_offsets_are_off(task10: Path) -> None:
    (mention,) = data.read_semeval2025(task10, subtask=1)
    assert (mention.text, mention.start) == ("Ann", 29)
    assert mention.frames == ("protagonist", "guardian")


def test_polnear_gives_contents_their_voice_and_speaker(tmp_path: Path) -> None:
    text = "Rain.\nThe clerk said the gate was shut. “It is open,” Ann replied.\n"
    spans = {
        "T1": "The clerk",
        "T2": "said",
        "T3": "the gate was shut",
        "T4": "“It is open,”",
        "T5": "Ann",
        "T6": "replied",
    }
    lines = [f"{i}\tSpan {text.index(s)} {text.index(s) + len(s)}\t{s}" for i, s in spans.items()]
    lines += ["E1\tAttribution:T2 Source:T1 Cue:T2 Content:T3", "E2\tContent:T4 Source:T5 Cue:T6"]
    _write(
        tmp_path,
        {"dev/text/wire_1.txt": text, "dev/attributions/wire_1_ab12.ann": "\n".join(lines)},
    )
    reported, quoted = data.read_polnear(tmp_path)
    assert (reported.voice, reported.speaker, reported.note) == (
        "reported",
        "The clerk",
        "cue: said",
    )
    assert (quoted.voice, quoted.speaker, quoted.text) == ("quoted", "Ann", "“It is open,”")
    assert quoted.context == "The clerk said the gate was shut. "
    assert (quoted.article_id, quoted.annotator, quoted.split) == ("wire_1", "ab12", "dev")


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "folder", "options", "count"),
    [
        ("semeval2020", "ptc", {}, 16673),
        ("semeval2023", "semeval2023_task3_en", {"subtask": 2}, 433),
        ("semeval2025", "semeval2025_task10/train", {}, 1781),
        ("semeval2025", "semeval2025_task10/train", {"subtask": 1}, 5617),
        ("polnear", "polnear", {}, 29079),
    ],
)
def test_the_published_files_are_read_whole(
    shared: Path, name: str, folder: str, options: dict[str, int], count: int
) -> None:
    path = shared / "real" / "benchmarks" / folder
    if not path.is_dir():
        pytest.skip(f"no {path}")
    records = list(getattr(data, f"read_{name}")(path, **options))
    assert len(records) == count
    assert len({(r.key, r.annotator) for r in records}) == count
