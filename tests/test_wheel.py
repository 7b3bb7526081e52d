"""What users install: the wheel, alone in a fresh environment, offline, without torch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MOST_BYTES = 40_000_000
# No proxy and no hub: anything that asked for the network would end in an error.
OFFLINE = {
    **os.environ,
    "HF_HUB_OFFLINE": "1",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "PYTHONPATH": "",
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT], check=True
    )
    (built,) = folder.glob("framing-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment in which only the wheel and its needs are installed."""
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, with_pip=True)
    constraints = ROOT / "constraints.txt"
    subprocess.run([folder / "bin" / "pip", "install", "-q", "-c", constraints, wheel], check=True)
    return folder / "bin"


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, env=OFFLINE, cwd=cwd, check=False
    )


def test_the_fast_tier_is_installed_too(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("This is blackmail, and we choose our partners ourselves.")
    command = (installed / "framing", "score", "a.txt", "--model", "fast", "-f", "csv")
    done = run(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "western_blackmail" in done.stdout


def test_the_wheel_is_small_enough(wheel: Path) -> None:
    assert wheel.stat().st_size < MOST_BYTES


def test_an_article_is_scored_offline_by_the_installed_command(
    installed: Path, tmp_path: Path
) -> None:
    done = run(installed / "framing", "score", ROOT / "examples" / "sahel.txt", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Idrissa Sangare" in done.stdout
    assert "western_blackmail" in done.stdout


def test_neither_torch_nor_transformers_is_needed(installed: Path, tmp_path: Path) -> None:
    code = "import importlib.util as u; print([n for n in NAMES if u.find_spec(n)])"
    code = code.replace("NAMES", "('torch', 'transformers', 'sklearn')")
    assert run(installed / "python", "-c", code, cwd=tmp_path).stdout.strip() == "[]"


def test_the_shipped_model_is_whole(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "framing", "models", "verify", cwd=tmp_path)
    assert "the weights run" in done.stdout


def test_reading_html_without_its_extra_tells_the_line_to_type(
    installed: Path, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_text("<!doctype html><html><body><p>Text.</p></body></html>")
    done = run(installed / "framing", "score", "a.html", cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install 'framing[html]'" in done.stderr


@pytest.mark.real
def test_a_seed_article_is_scored_by_the_installed_command(
    installed: Path, tmp_path: Path, shared: Path
) -> None:
    (seed,) = (shared / "seeds").glob("000_*.txt")
    done = run(installed / "framing", "score", seed, "--format", "json", cwd=tmp_path)
    frames = {f for s in json.loads(done.stdout)["sentences"] for f in s["frames"]}
    assert {"sovereignty", "western_blackmail", "discredit_media"} <= frames
