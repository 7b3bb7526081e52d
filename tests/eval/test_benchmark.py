"""Benchmarks: official measures, honest cross-validation, and clear words for a wrong folder."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")
pytest.importorskip("onnx", reason="the extra 'eval' is not installed")

from eval.__main__ import main
from eval.benchmark import BENCHMARKS, run_benchmark, table
from eval.benchmark.documents import target_of
from eval.benchmark.encoder import embed
from eval.benchmark.learner import decide, fit, with_offsets
from eval.benchmark.narratives import with_narrative
from eval.benchmark.parts import folds_of
from eval.benchmark.propaganda import f1
from eval.metrics import micro_f1, samples_f1
from framing.scoring import load

TOPICS = {
    "URW: Gates": "gate keeper shuts the northern gate and blames the harbour office again".split(),
    "CC: Rivers": "river water rises while engineers doubt every gauge along the bank".split(),
    "Other": "cake recipe flour sugar oven butter plate kitchen holiday guests table".split(),
}


def article(topic: str, seed: int) -> str:
    chosen = random.Random(f"{topic}{seed}")
    return "\n\n".join(
        " ".join(chosen.choices(TOPICS[topic], k=9)).capitalize() + "." for _ in range(4)
    )


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def task10(folder: Path, *, first: int = 0, each: int = 8, language: str = "EN") -> Path:
    files, rows = {}, []
    for topic in TOPICS:
        for i in range(first, first + each):
            name = f"{language}_{topic[-5:]}_{i}.txt"
            files[f"raw-documents/{language}/{name}"] = article(topic, i)
            fine = topic if topic == "Other" else f"{topic}: Other"
            rows.append(f"{name}\t{topic}\t{fine}\n")
    files[f"labels/{language}/subtask-2-annotations.txt"] = "".join(rows)
    return write(folder, files)


def task3(folder: Path, part: str, *, first: int = 0, each: int = 8) -> Path:
    files, rows = {}, []
    for k, topic in enumerate(TOPICS):
        for i in range(first, first + each):
            files[f"{part}-articles-subtask-2/article{k}{i:03}.txt"] = article(topic, i)
            rows.append(f"{k}{i:03}\t{('Security', 'Health', 'Culture')[k]}\n")
    files[f"{part}-labels-subtask-2.txt"] = "".join(rows)
    return write(folder, files)


def ptc(folder: Path, *, articles: int = 10) -> Path:
    files: dict[str, str] = {}
    for i in range(articles):
        calm, loud = article("CC: Rivers", i), article("URW: Gates", i)
        files[f"train-articles/article{i}.txt"] = f"{calm}\n\n{loud}\n"
        row = f"{i}\tDoubt\t{len(calm) + 2}\t{len(calm) + 2 + len(loud)}\n"
        files[f"train-labels-task-flc-tc/article{i}.task-flc-tc.labels"] = row
    return write(folder, files)


def polnear(folder: Path) -> Path:
    text = "Rain fell on the town.\n“The gate will stay shut all winter,” Ann Weber said.\n"
    spans = {"T1": "“The gate will stay shut all winter,”", "T2": "Ann Weber", "T3": "said"}
    lines = [f"{i}\tSpan {text.index(s)} {text.index(s) + len(s)}\t{s}" for i, s in spans.items()]
    lines.append("E1\tAttribution:T3 Source:T2 Cue:T3 Content:T1")
    return write(folder, {"text/a.txt": text, "attributions/a_ab12.ann": "\n".join(lines)})


def test_narratives_are_learned_and_scored_on_both_levels(toy_model: Path, tmp_path: Path) -> None:
    result = run_benchmark("semeval2025-narratives", task10(tmp_path), model=str(toy_model))
    assert result["documents"] == 24
    for name in ("coarse_samples_f1", "fine_samples_f1", "coarse_with_narrative"):
        measure = result["measures"][name]
        assert measure["value"] > 0.9
        assert measure["low"] <= measure["value"] <= measure["high"]
    assert result["baselines"]["most frequent label"]["coarse_samples_f1"] < 0.5


def test_another_part_is_scored_by_what_the_training_part_taught(
    toy_model: Path, tmp_path: Path
) -> None:
    train, dev = task3(tmp_path / "a", "train"), task3(tmp_path / "b", "dev", first=50, each=3)
    result = run_benchmark("semeval2023-frames", train, dev=dev, model=str(toy_model))
    assert result["documents"] == 9
    assert result["measures"]["micro_f1"]["value"] > 0.9
    assert result["signature"]["folds"] is None


def test_both_parts_may_lie_in_one_folder(toy_model: Path, tmp_path: Path) -> None:
    folder = task3(tmp_path, "train")
    task3(folder, "dev", first=50, each=3)
    result = run_benchmark("semeval2023-frames", folder, dev=folder, model=str(toy_model))
    assert result["documents"] == 9


def test_lines_with_a_marked_span_are_found(toy_model: Path, tmp_path: Path) -> None:
    result = run_benchmark("ptc-sentences", ptc(tmp_path), model=str(toy_model))
    assert (result["documents"], result["rows"]) == (10, 80)
    assert result["measures"]["f1"]["value"] > 0.9
    assert result["baselines"]["every sentence"]["f1"] == pytest.approx(2 / 3)


def test_the_source_of_a_quotation_is_found(toy_model: Path, tmp_path: Path) -> None:
    polnear(tmp_path / "train")
    result = run_benchmark("polnear", tmp_path, model=str(toy_model))
    assert result["measures"]["direct_source_accuracy"]["value"] == 1
    assert result["part"] == "part train"
    polnear(tmp_path / "test")
    result = run_benchmark("polnear", tmp_path, dev=tmp_path, model=str(toy_model))
    assert result["part"] == "part test"


@pytest.mark.parametrize("name", BENCHMARKS)
def test_another_layout_is_refused_in_one_line(
    name: str, toy_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (tmp_path, tmp_path / "absent"):
        assert main(["benchmark", name, str(path), "--model", str(toy_model)]) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert str(path) in said
        assert "the organisers packed" in said


def test_the_part_to_score_must_not_be_the_training_part(
    toy_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(task10(tmp_path))
    arguments = ["semeval2025-narratives", folder, "--dev", folder, "--model", str(toy_model)]
    assert main(["benchmark", *arguments]) == 2
    assert "are in the training part" in capsys.readouterr().err


def test_a_folder_without_english_is_refused(
    toy_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(task10(tmp_path, language="PT"))
    assert main(["benchmark", "semeval2025-narratives", folder, "--model", str(toy_model)]) == 2
    assert "has no English articles" in capsys.readouterr().err


def test_left_out_scores_are_those_of_a_fit_without_the_document() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 5)), rng.random((12, 3)) < 0.4
    kernel = x @ x.T
    left_out, _ = fit(kernel, kernel, y)
    rest = np.arange(1, 12)
    _, without = fit(kernel[np.ix_(rest, rest)], kernel[:1][:, rest], y[rest])
    assert left_out[0] == pytest.approx(without[0])


def test_offsets_let_one_threshold_fit_labels_on_scales_of_their_own() -> None:
    rng = np.random.default_rng(0)
    y_true = rng.random((400, 2)) < (0.5, 0.1)
    # What speaks for the second label would speak against the first.
    scores = np.where(y_true, (0.8, 0.3), (0.35, 0.0)) + rng.normal(0, 0.05, (400, 2))

    def found(learned: Any, judged: Any) -> float:
        labels = decide(learned, y_true, judged, micro_f1, at_least_one=False)
        return micro_f1(y_true, labels)

    assert found(scores, scores) < 0.95
    assert found(*with_offsets(scores, y_true, scores)) > 0.97


def test_every_document_gets_a_label_where_the_task_demands_one() -> None:
    y_true = np.array([[True, False], [True, False]])
    learned, scores = np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([[0.0, 0.1]])
    for demanded in (True, False):
        labels = decide(learned, y_true, scores, samples_f1, at_least_one=demanded)
        assert labels.tolist() == [[False, demanded]]


def test_articles_without_a_narrative_can_be_left_out_of_the_measure() -> None:
    target = target_of([("other",), ("gates",)], None, samples_f1)
    wrong = np.zeros_like(target.y_train)
    wrong[0] = target.y_train[0]  # only the one without a narrative is right
    assert samples_f1(target.y_train, wrong) == 0.5
    assert with_narrative(target)(target.y_train, wrong) == 0


def test_f1_of_lines_counts_the_positive_class() -> None:
    y_true, y_pred = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert f1(y_true, y_pred) == 0.5


def test_an_articles_rows_share_a_fold() -> None:
    ids = [f"a{i // 3}" for i in range(30)]
    folds = folds_of(ids)
    assert all(len(set(folds[i : i + 3])) == 1 for i in range(0, 30, 3))
    assert sorted(np.bincount(folds)) == [6, 6, 6, 6, 6]


def test_the_table_shows_intervals_and_published_figures(toy_model: Path, tmp_path: Path) -> None:
    result: dict[str, Any] = run_benchmark(
        "semeval2023-frames", task3(tmp_path, "train"), model=str(toy_model), folds=2
    )
    shown = table(result)
    assert "cross-validated, 24 documents" in shown
    assert "95 % interval" in shown
    assert "0.580" in shown


def test_the_released_models_states_are_exposed() -> None:
    embedded = embed(load(), ["Rain fell.", "We were never there.", "Rain fell."])
    assert embedded.states.shape[1] > 100
    assert np.abs(embedded.states[0] - embedded.states[2]).max() == 0
    assert np.abs(embedded.probabilities - load().predict_proba(["Rain fell."])).max() > 0


@pytest.mark.real
@pytest.mark.slow
def test_narratives_of_real_articles_beat_the_published_figures(shared: Path) -> None:
    folder = shared / "real" / "benchmarks" / "semeval2025_task10"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    result = run_benchmark("semeval2025-narratives", folder, folds=3)
    measures = result["measures"]
    assert measures["coarse_samples_f1"]["value"] > 0.5
    text_alone = result["baselines"]["text alone"]["coarse_samples_f1"]
    assert measures["coarse_samples_f1"]["value"] > text_alone - 0.01
