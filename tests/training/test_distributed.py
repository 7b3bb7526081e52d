"""The recipe for GPUs, its whole path on two CPU processes with a tiny random XLM-R."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")

from safetensors.torch import load_file

from framing.data import read_jsonl
from tests.training.conftest import WORDS, write_rows
from training.network import load_network

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

ROOT = Path(__file__).resolve().parents[2]
RECIPE = ROOT / "training" / "recipes" / "xlm-roberta-large.yaml"


@pytest.fixture(scope="module")
def tiny_xlm_roberta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random two-layer XLM-R of width 32 and a tokenizer of 17 words."""
    from transformers import XLMRobertaConfig, XLMRobertaModel, XLMRobertaTokenizerFast

    folder = tmp_path_factory.mktemp("xlm-roberta")
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [(t, 0.0) for t in special] + [(f"▁{w}", -2.0) for w in WORDS] + [("<mask>", 0.0)]
    XLMRobertaTokenizerFast(vocab=pieces).save_pretrained(folder)
    torch.manual_seed(5)
    XLMRobertaModel(
        XLMRobertaConfig(
            vocab_size=len(pieces),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=258,
            type_vocab_size=1,
            pad_token_id=1,
            bos_token_id=0,
            eos_token_id=2,
        )
    ).save_pretrained(folder)
    return folder


def torchrun(base: Path, folder: Path, name: str) -> subprocess.Popen[bytes]:
    """Start the recipe on two processes; only what makes it large is overridden."""
    options = {
        "base": base,
        "train": [str(folder / "train.jsonl")],
        "dev": [str(folder / "dev.jsonl")],
        "calibrate_without": [],
        "output": folder / "runs",
        "name": name,
        "epochs": 2,
        "batch_size": 4,
        "folds": 2,
        "threads": 1,
        "report_to": [],
    }
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command += ["--nproc-per-node", "2", "-m", "training.finetune", "--recipe", str(RECIPE)]
    for key, value in options.items():
        command += [f"--{key}", str(value)]
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=log,
        )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the data and the runs of this module are."""
    folder = tmp_path_factory.mktemp("distributed")
    write_rows(folder / "train.jsonl", range(12))
    write_rows(folder / "dev.jsonl", range(100, 107))
    return folder


@pytest.fixture(scope="module")
def finished(tiny_xlm_roberta: Path, folder: Path) -> tuple[Path, str]:
    """The run folder of an uninterrupted run, and what it printed."""
    process = torchrun(tiny_xlm_roberta, folder, "whole")
    out, _ = process.communicate(timeout=600)
    assert process.returncode == 0, (folder / "whole.log").read_text()[-2000:]
    return folder / "runs" / "whole", out.decode()


def test_two_processes_leave_one_whole_run_folder(finished: tuple[Path, str]) -> None:
    run, printed = finished
    assert {"out_of_fold", "dev"} <= set(json.loads((run / "metrics.json").read_text()))
    assert {p.name for p in run.iterdir() if p.is_file()} == {
        "calibration.json", "curves.png", "dev_logits.npy", "fold-0-voice.npy", "fold-0.npy",
        "fold-1-voice.npy", "fold-1.npy",
        "metrics.json", "provenance.json", "recipe.yaml", "voice_logits.npy",
    }  # fmt: skip
    assert printed.count(str(run)) == 1


def test_gathered_predictions_keep_the_order_of_the_data(
    finished: tuple[Path, str], folder: Path
) -> None:
    run, _ = finished
    network, tokenizer = load_network(run / "model")
    texts = [record.text for record in read_jsonl(folder / "dev.jsonl")]
    with torch.inference_mode():
        alone = network(**tokenizer(texts, padding=True, return_tensors="pt"))["logits"].numpy()
    gathered = np.load(run / "dev_logits.npy")
    assert gathered.shape == alone.shape
    # The run computes in bf16 and stores fp16.
    assert np.abs(gathered - alone).max() < 0.2 * np.ptp(alone, axis=0).max()


def test_a_run_killed_in_all_its_processes_continues_to_the_same_weights(
    finished: tuple[Path, str], tiny_xlm_roberta: Path, folder: Path
) -> None:
    run, _ = finished
    cut = run.parent / "cut"
    process = torchrun(tiny_xlm_roberta, folder, "cut")
    while process.poll() is None and not list(cut.glob("fold-0/checkpoint-*/trainer_state.json")):
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in (process.pid, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    process.communicate()
    assert not (cut / "fold-0.npy").exists(), "the fold was over before it was killed"
    again = torchrun(tiny_xlm_roberta, folder, "cut")
    again.communicate(timeout=600)
    assert again.returncode == 0, (folder / "cut.log").read_text()[-2000:]
    states = [load_file(r / "model" / "model.safetensors") for r in (run, cut)]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
