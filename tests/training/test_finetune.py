"""A whole fine-tuning run on a tiny encoder: reproducible, resumable, refusing what is broken."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")

from safetensors.torch import load_file, save_file

from framing.codebook import Codebook
from framing.errors import ModelError
from training.examples import read_examples
from training.finetune import main, train_network
from training.network import cut_down, load_encoder
from training.recipe import load_recipe

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]


def test_a_run_leaves_weights_calibration_and_figures(tiny_recipe: Path) -> None:
    assert main(["--recipe", str(tiny_recipe)]) == 0
    run = tiny_recipe.parent / "runs" / "tiny"
    metrics = json.loads((run / "metrics.json").read_text())
    assert {"out_of_fold", "dev"} <= set(metrics)
    assert (run / "curves.png").stat().st_size > 0
    heads = load_file(run / "model" / "heads.safetensors")
    assert heads["frames.weight"].shape == (18, 32)
    voice_logits = np.load(run / "voice_logits.npy")
    assert voice_logits.shape[1] == 3
    assert np.isfinite(voice_logits).all()
    assert voice_logits.any(axis=1).all()


def test_no_pickle_is_among_what_a_run_publishes(tiny_recipe: Path) -> None:
    main(["--recipe", str(tiny_recipe)])
    model = tiny_recipe.parent / "runs" / "tiny" / "model"
    assert {p.suffix for p in model.iterdir()} <= {".json", ".safetensors", ".txt"}


def test_the_same_recipe_gives_the_same_weights(tiny_recipe: Path) -> None:
    main(["--recipe", str(tiny_recipe), "--name", "one"])
    main(["--recipe", str(tiny_recipe), "--name", "two"])
    runs = tiny_recipe.parent / "runs"
    one, two = (load_file(runs / n / "model" / "model.safetensors") for n in ("one", "two"))
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_a_killed_run_continues_to_the_same_weights(tiny_recipe: Path) -> None:
    main(["--recipe", str(tiny_recipe), "--name", "whole"])
    runs = tiny_recipe.parent / "runs"
    command = [
        sys.executable, "-m", "training.finetune", "--recipe", str(tiny_recipe), "--name", "cut",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(1200):
        if list((runs / "cut").glob("final/checkpoint-*/trainer_state.json")):
            break
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert main(["--recipe", str(tiny_recipe), "--name", "cut"]) == 0
    whole, cut = (load_file(runs / n / "model" / "model.safetensors") for n in ("whole", "cut"))
    assert all(torch.equal(whole[key], cut[key]) for key in whole)


def test_a_run_killed_in_its_second_stage_continues_to_the_same_weights(tiny_recipe: Path) -> None:
    stage = ["--second_stage", "{epochs: 2, learning_rate: 1e-3}"]
    runs = tiny_recipe.parent / "runs"
    main(["--recipe", str(tiny_recipe), *stage, "--name", "whole"])
    main(["--recipe", str(tiny_recipe), *stage, "--name", "cut"])
    shutil.rmtree(runs / "cut" / "model")
    shutil.rmtree(runs / "cut" / "final" / "second-stage" / "checkpoint-12")
    assert main(["--recipe", str(tiny_recipe), *stage, "--name", "cut"]) == 0
    whole, cut = (load_file(runs / n / "model" / "model.safetensors") for n in ("whole", "cut"))
    assert all(torch.equal(whole[key], cut[key]) for key in whole)


def test_a_second_stage_goes_on_from_the_weights_of_the_first(tiny_recipe: Path) -> None:
    main(["--recipe", str(tiny_recipe), "--name", "one"])
    still = "{epochs: 1, learning_rate: 1e-12, head_learning_rate: 1e-12}"
    main(["--recipe", str(tiny_recipe), "--name", "two", "--second_stage", still])
    runs = tiny_recipe.parent / "runs"
    one, two = (load_file(runs / n / "model" / "model.safetensors") for n in ("one", "two"))
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_gradient_accumulation_does_not_change_the_loss(tiny_recipe: Path) -> None:
    losses = []
    for batch, steps in (("8", "1"), ("2", "4")):
        options = {"batch_size": batch, "gradient_accumulation": steps, "dropout": "0"}
        recipe = load_recipe(tiny_recipe, options)
        codebook = Codebook.load(recipe.codebook)
        examples, _ = read_examples(recipe.train, codebook)
        folder = tiny_recipe.parent / f"accumulate-{steps}"
        _, trainer = train_network(recipe, codebook, examples, [], folder)
        losses.append(trainer.state.log_history[-1]["train_loss"])
    assert losses[1] == pytest.approx(losses[0], rel=0.15)


def test_a_checkpoint_whose_writing_was_cut_short_is_passed_over(tiny_recipe: Path) -> None:
    main(["--recipe", str(tiny_recipe), "--name", "whole"])
    runs = tiny_recipe.parent / "runs"
    main(["--recipe", str(tiny_recipe), "--name", "cut"])
    shutil.rmtree(runs / "cut" / "model")
    (runs / "cut" / "final" / "checkpoint-12" / "trainer_state.json").write_text('{"epoch": 1.')
    assert main(["--recipe", str(tiny_recipe), "--name", "cut"]) == 0
    whole, cut = (load_file(runs / n / "model" / "model.safetensors") for n in ("whole", "cut"))
    assert all(torch.equal(whole[key], cut[key]) for key in whole)


def test_a_broken_row_is_named_with_file_and_line(
    tiny_recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train = tiny_recipe.parent / "train.jsonl"
    train.write_text(train.read_text() + '{"text": "half a record"\n')
    assert main(["--recipe", str(tiny_recipe)]) == 2
    assert "train.jsonl:49" in capsys.readouterr().err


def test_a_loss_that_is_not_finite_ends_the_run_before_it_is_published(
    tiny_recipe: Path,
    broken_loss: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("training.finetune.make_loss", lambda *_, **__: broken_loss)
    assert main(["--recipe", str(tiny_recipe)]) == 2
    assert "step 0: the loss is nan; lower learning_rate" in capsys.readouterr().err
    assert not (tiny_recipe.parent / "runs" / "tiny" / "model").exists()


def test_a_frame_without_positives_is_named_and_takes_the_common_threshold(
    tiny_recipe: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--recipe", str(tiny_recipe)]) == 0
    assert "warning: no training sentence carries sovereignty, " in capsys.readouterr().err
    run = tiny_recipe.parent / "runs" / "tiny"
    calibration = json.loads((run / "calibration.json").read_text())
    rest = [
        threshold
        for frame, threshold in zip(calibration["frames"], calibration["thresholds"], strict=True)
        if frame != "western_blackmail"
    ]
    assert len(set(rest)) == 1


@pytest.mark.parametrize("kib", [60, 160])  # too little for the weights, for the optimiser
def test_a_full_disk_is_a_clear_error_and_the_same_command_goes_on(
    tiny_recipe: Path, kib: int
) -> None:
    main(["--recipe", str(tiny_recipe), "--name", "whole"])
    command = [
        sys.executable, "-m", "training.finetune", "--recipe", str(tiny_recipe), "--name", "cut",
    ]  # fmt: skip
    limit = kib * 1024  # bytes a file may have: what is larger is cut off, as on a full disk
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    runs = tiny_recipe.parent / "runs"
    assert done.returncode == 2
    assert "cannot be written" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert not (runs / "cut" / "model").exists()
    assert main(["--recipe", str(tiny_recipe), "--name", "cut"]) == 0
    whole, cut = (load_file(runs / n / "model" / "model.safetensors") for n in ("whole", "cut"))
    assert all(torch.equal(whole[key], cut[key]) for key in whole)


def test_a_disk_that_fills_up_at_the_end_leaves_no_half_model(
    tiny_recipe: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_: object, path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("training.network.save_file", lambda state, path, metadata=None: (
        save_file(state, path, metadata) if metadata else full(state, path)
    ))  # fmt: skip
    assert main(["--recipe", str(tiny_recipe)]) == 2
    assert "No space left on device" in capsys.readouterr().err
    run = tiny_recipe.parent / "runs" / "tiny"
    assert not (run / "model").exists()
    monkeypatch.undo()
    assert main(["--recipe", str(tiny_recipe)]) == 0
    assert sorted(p.name for p in run.glob("model*")) == ["model"]


def test_shared_articles_are_refused(tiny_recipe: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = tiny_recipe.parent / "train.jsonl"
    assert main(["--recipe", str(tiny_recipe), "--dev", str(train)]) == 2
    assert "share 12 articles" in capsys.readouterr().err


def test_a_missing_base_tells_how_to_get_it(
    tiny_recipe: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main(["--recipe", str(tiny_recipe), "--base", "no/such-model"]) == 2
    assert "hf download no/such-model" in capsys.readouterr().err


def test_a_base_whose_weights_are_cut_short_is_named(
    tiny_recipe: Path, tiny_encoder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tiny_recipe.parent / "cut"
    shutil.copytree(tiny_encoder, base)
    weights = base / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert main(["--recipe", str(tiny_recipe), "--base", str(base)]) == 2
    assert f"base '{base}' has weights that cannot be read" in capsys.readouterr().err


def test_check_validates_without_training(tiny_recipe: Path) -> None:
    assert main(["--recipe", str(tiny_recipe), "--check"]) == 0
    assert not (tiny_recipe.parent / "runs").exists()


def test_an_encoder_is_cut_to_its_lowest_layers_and_strongest_neurons(tiny_encoder: Path) -> None:
    whole, _ = load_encoder(str(tiny_encoder))
    encoder, tokenizer = load_encoder(str(tiny_encoder))
    with torch.no_grad():
        encoder.encoder.layer[0].output.dense.weight[:, 5] *= 100
    cut_down(encoder, layers=1, neurons=8)
    assert len(encoder.encoder.layer) == encoder.config.num_hidden_layers == 1
    into = encoder.encoder.layer[0].intermediate.dense
    assert into.weight.shape == (8, 32)
    strongest = whole.encoder.layer[0].intermediate.dense.weight[5]
    assert any(torch.equal(row, strongest) for row in into.weight)
    assert encoder(**tokenizer("we choose", return_tensors="pt")).last_hidden_state.shape[-1] == 32


def test_more_layers_than_there_are_is_a_clear_error(tiny_encoder: Path) -> None:
    encoder, _ = load_encoder(str(tiny_encoder))
    with pytest.raises(ModelError, match="layers: 9, but the encoder has 2"):
        cut_down(encoder, layers=9)
