"""Fixtures that every test module may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data (`FRAMING_SHARED`, else `../shared`); skips where it is absent."""
    folder = Path(os.environ.get("FRAMING_SHARED", ROOT.parent / "shared"))
    if not (folder / "real" / "dev.jsonl").is_file():
        pytest.skip(f"real data are not at {folder}; set FRAMING_SHARED to their folder")
    return folder
