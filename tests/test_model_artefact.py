"""A model folder is loaded only when everything in it is known, whole and fitting."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from framing.errors import ModelError
from framing.model.artefact import read_artefact
from framing.model.onnx_engine import OnnxEngine


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest.update(changes)
    path.write_text(json.dumps(manifest))


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as error:
        read_artefact(folder)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_a_complete_folder_is_read(toy_model: Path) -> None:
    artefact = read_artefact(toy_model)
    assert artefact.name == "toy"
    assert len(artefact.scale) == len(artefact.codebook.frames)


def test_an_altered_file_is_refused(toy_model: Path) -> None:
    raw = bytearray((toy_model / "model.onnx").read_bytes())
    raw[len(raw) // 2] ^= 1
    (toy_model / "model.onnx").write_bytes(bytes(raw))
    assert "altered" in refusal(toy_model)


def test_a_missing_file_is_refused(toy_model: Path) -> None:
    (toy_model / "tokenizer.json").unlink()
    assert "tokenizer.json: cannot be read" in refusal(toy_model)


def test_a_file_that_the_manifest_does_not_list_is_refused(toy_model: Path) -> None:
    (toy_model / "modeling_custom.py").write_text("raise SystemExit")
    assert "modeling_custom.py: is not listed" in refusal(toy_model)


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    assert "a model is a folder with manifest.json" in refusal(tmp_path)


def test_an_unknown_key_is_named_with_the_nearest_known_one(toy_model: Path) -> None:
    edit(toy_model, treshold={})
    assert "unknown key 'treshold'. Did you mean 'thresholds'?" in refusal(toy_model)


def test_a_newer_format_is_refused(toy_model: Path) -> None:
    edit(toy_model, format=2)
    assert "format 2; this version of framing reads 1" in refusal(toy_model)


def test_frames_in_another_order_are_refused(toy_model: Path) -> None:
    frames = json.loads((toy_model / "manifest.json").read_text())["frames"]
    edit(toy_model, frames=frames[::-1])
    assert f"'{frames[-1]}' where the codebook has '{frames[0]}'" in refusal(toy_model)


def test_another_codebook_version_is_refused(toy_model: Path) -> None:
    edit(toy_model, codebook_digest="0" * 64)
    assert "made for another version of codebook influence-1" in refusal(toy_model)


@pytest.mark.parametrize("value", [float("nan"), "0.5", None, True, 1.5])
def test_a_threshold_that_is_no_probability_is_refused(toy_model: Path, value: object) -> None:
    manifest = json.loads((toy_model / "manifest.json").read_text())
    first = manifest["frames"][0]
    edit(toy_model, thresholds={**manifest["thresholds"], first: value})
    assert "threshold" in refusal(toy_model)


def test_a_path_out_of_the_folder_is_refused(toy_model: Path) -> None:
    entry = json.loads((toy_model / "manifest.json").read_text())["files"]["model.onnx"]
    edit(toy_model, files={"../model.onnx": entry})
    assert "'../model.onnx' is not a plain file name" in refusal(toy_model)


def test_weights_that_no_engine_reads_are_refused_in_one_line(toy_model: Path) -> None:
    raw = b"not a model"
    (toy_model / "model.onnx").write_bytes(raw)
    files = json.loads((toy_model / "manifest.json").read_text())["files"]
    files["model.onnx"] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    edit(toy_model, files=files)
    with pytest.raises(ModelError, match="cannot be loaded") as error:
        OnnxEngine(read_artefact(toy_model))
    assert "\n" not in str(error.value)


@pytest.mark.slow
def test_mutated_folders_load_or_are_refused_cleanly(toy_model: Path) -> None:
    rng = random.Random(7)
    names = ("manifest.json", "model.onnx", "tokenizer.json")
    clean = {name: (toy_model / name).read_bytes() for name in names}
    for _ in range(3000):
        name = rng.choice(names)
        raw = bytearray(clean[name])
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(raw))
            choice = rng.randrange(3)
            if choice == 0:
                raw[at] = rng.randrange(256)
            elif choice == 1:
                del raw[at : at + rng.randint(1, 40)]
            else:
                raw[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 20)))
            raw = raw or bytearray(b"{")
        (toy_model / name).write_bytes(bytes(raw))
        try:
            read_artefact(toy_model)
        except ModelError as error:
            assert "\n" not in str(error)
        (toy_model / name).write_bytes(clean[name])


@pytest.mark.slow
def test_damaged_models_whose_hashes_fit_load_or_are_refused_and_kill_no_process(
    toy_model: Path, tmp_path: Path
) -> None:
    count = os.environ.get("FRAMING_MUTANTS", "150")
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.mutants", toy_model, "--count", count, "--keep", tmp_path],
        cwd=Path(__file__).resolve().parents[1],
        capture_output=True,
        text=True,
        timeout=3000,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert json.loads(done.stdout[done.stdout.index("{") :])["loaded"] > 0


def test_what_damaged_models_once_did_is_refused_in_one_line(toy_model: Path) -> None:
    edit(toy_model, format="x" * 5000)
    assert len(refusal(toy_model)) < 500
    edit(toy_model, format=1)
    tokenizer = json.loads((toy_model / "tokenizer.json").read_text())
    tokenizer["model"]["unk_token"] = "none"
    raw = json.dumps(tokenizer).encode()
    (toy_model / "tokenizer.json").write_bytes(raw)
    files = json.loads((toy_model / "manifest.json").read_text())["files"]
    files["tokenizer.json"] = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
    edit(toy_model, files=files)
    with pytest.raises(ModelError, match="cannot be loaded"):
        OnnxEngine(read_artefact(toy_model))
