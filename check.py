"""Make the test environment and pass the tests: `python3 check.py` (`--fast` leaves slow ones out).

Creates `.venv` beside this file, installs the package with what its tests need at the versions of
`constraints.txt`, then runs the linter, the type checker and all tests. Stops at the first failure.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = Path(os.environ.get("FRAMING_VENV", ROOT / ".venv"))
PYTHON = ENVIRONMENT / "bin" / "python"


def run(*command: str | Path) -> None:
    print("$", *command, flush=True)
    done = subprocess.run([str(c) for c in command], cwd=ROOT, check=False)  # noqa: S603
    if done.returncode:
        sys.exit(done.returncode)


def main() -> None:
    fast = "--fast" in sys.argv[1:]
    if not PYTHON.exists():
        venv.create(ENVIRONMENT, with_pip=True)
    run(PYTHON, "-m", "pip", "install", "-q", "-c", "constraints.txt", "-e", ".[dev,search]")
    run(PYTHON, "-m", "ruff", "check", ".")
    run(PYTHON, "-m", "ruff", "format", "--check", ".")
    run(PYTHON, "-m", "mypy")
    run(PYTHON, "-m", "pytest", *(["-m", "not slow"] if fast else []), "-ra")


if __name__ == "__main__":
    main()
