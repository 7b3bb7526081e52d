"""Distillation: what a teacher says of a sentence, and what the small network makes of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs framing[train]")

from safetensors.numpy import save_file

from framing.codebook import Codebook
from framing.errors import FramingError
from training.distil import choose, distil
from training.examples import Example
from training.losses import AsymmetricLoss
from training.network import FrameNetwork
from training.recipe import load_recipe
from training.targets import Targets, read_unlabelled, text_key


def example(text: str, article_id: str = "a") -> Example:
    return Example(text, "", (), "author", article_id, "test", "train.jsonl")


def write_targets(path: Path, texts: list[str], frames: list[str]) -> Path:
    keys = np.frombuffer(b"".join(map(text_key, texts)), np.uint8).reshape(-1, 8)
    logits = np.arange(len(texts) * len(frames), dtype=np.float16).reshape(len(texts), -1)
    metadata = {"frames": json.dumps(frames), "teachers": '["old", "older"]'}
    save_file({"keys": keys, "logits": logits}, path, metadata=metadata)
    return path


def test_targets_are_found_by_sentence_and_missing_ones_are_nan(tmp_path: Path) -> None:
    codebook = Codebook.load("influence-1")
    path = write_targets(tmp_path / "t", ["One.", "Two."], list(codebook.frame_ids))
    found = Targets.load(path, codebook).of(["Two.", "Three."])
    assert found[0].tolist() == [float(k) for k in range(18, 36)]
    assert np.isnan(found[1]).all()


def test_targets_for_other_frames_are_refused(tmp_path: Path) -> None:
    path = write_targets(tmp_path / "t", ["One."], ["alpha", "beta"])
    with pytest.raises(FramingError, match="other frames"):
        Targets.load(path, Codebook.load("influence-1"))


def test_a_file_that_holds_no_targets_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("no safetensors")
    with pytest.raises(FramingError, match="no targets can be read"):
        Targets.load(tmp_path / "t", Codebook.load("influence-1"))


def test_unlabelled_sentences_leave_out_dev_articles_labelled_and_repeated_ones(
    tmp_path: Path,
) -> None:
    rows = [
        {"article_id": "dev-1", "text": "A sentence from an article that dev holds."},
        {"article_id": "u-1", "text": "The bridge was closed on Monday. It opened a day later."},
        {"article_id": "u-2", "text": "The bridge was closed on Monday. Dev has this one too."},
        {"article_id": "u-3", "text": "The bridge was closed on Monday. The river rose again."},
    ]
    path = tmp_path / "u.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read_unlabelled(
        [str(path)],
        labelled=[example("It opened a day later.")],
        dev=[example("Anything.", "dev-1"), example("Dev has this one too.", "dev-2")],
    )
    assert [e.text for e in found] == [
        "The bridge was closed on Monday.",
        "The river rose again.",
    ]
    assert not any(e.labelled for e in found)


def test_the_choice_takes_what_is_most_likely_framed_and_some_of_the_rest() -> None:
    y_score = np.linspace(0, 1, 1000, dtype=np.float32)[:, None]
    kept = choose(y_score, 100, seed=1)
    assert len(kept) == 100
    assert set(range(930, 1000)) <= set(kept.tolist())
    assert kept.min() < 500


def test_a_teacher_more_joins_the_mean_of_those_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    codebook = Codebook.load("influence-1")
    path = write_targets(
        tmp_path / "t", ["One.", "It rained in the hills."], list(codebook.frame_ids)
    )
    (tmp_path / "u.jsonl").write_text(
        json.dumps({"article_id": "u", "text": "It rained in the hills. The river rose again."})
    )
    recipe = load_recipe(
        "training/recipes/default.yaml",
        {"targets": str(path), "unlabelled": f"[{tmp_path}/u.jsonl]", "dev": "[]"},
    )
    monkeypatch.setattr(
        "training.distil.read_examples",
        lambda paths, codebook: ([example("One."), example("Two.")] if paths else [], {}),
    )
    monkeypatch.setattr(
        "training.distil.teach", lambda folders, texts, max_tokens: np.full((len(texts), 18), 3.0)
    )
    distil(recipe, [tmp_path / "new" / "model"], 1, "default", add=True)
    found = Targets.load(path, codebook)
    assert found.teachers == ("old", "older", "new")
    one, two, rained, river = found.of(
        ["One.", "Two.", "It rained in the hills.", "The river rose again."]
    )
    assert one[:3].tolist() == pytest.approx([1.0, 5 / 3, 7 / 3], abs=0.01)
    assert two.tolist() == [3.0] * 18
    assert rained[0] == pytest.approx((2 * 18 + 3) / 3, abs=0.01)
    assert np.isnan(river).all()  # one unlabelled sentence was asked for, and one was there


class Encoder(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.config = type("Config", (), {"hidden_size": 4})()
        self.table = torch.nn.Embedding(9, 4)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> object:
        return type("Out", (), {"last_hidden_state": self.table(input_ids)})()


def loss_of(y_true: list[list[float]], teacher: list[list[float]], labelled: list[int]) -> float:
    torch.manual_seed(0)
    network = FrameNetwork(
        Encoder(),
        2,
        dropout=0.0,
        loss=AsymmetricLoss(),
        any_frame_weight=0.5,
        teacher_weight=0.5,
    )
    ids = torch.ones(len(y_true), 3, dtype=torch.long)
    out = network(
        ids,
        torch.ones_like(ids),
        y_true=torch.tensor(y_true),
        teacher=torch.tensor(teacher),
        labelled=torch.tensor(labelled),
    )
    return float(out["loss"].detach())


def test_labels_of_an_unlabelled_row_do_not_reach_the_loss() -> None:
    teacher = [[1.0, -1.0], [0.5, 2.0]]
    one = loss_of([[1.0, 0.0], [0.0, 0.0]], teacher, [1, 0])
    other = loss_of([[1.0, 0.0], [1.0, 1.0]], teacher, [1, 0])
    assert one == pytest.approx(other)


def test_a_row_without_teacher_learns_from_its_labels_in_full() -> None:
    nan = float("nan")
    assert loss_of([[1.0, 0.0]], [[nan, nan]], [1]) > loss_of([[1.0, 0.0]], [[9.0, -9.0]], [1]) / 2
    assert np.isfinite(loss_of([[1.0, 0.0]], [[nan, nan]], [0]))
