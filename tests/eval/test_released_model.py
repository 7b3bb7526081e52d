"""The shipped model passes the gate on the data that its baseline was made with."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="the extra 'eval' is not installed")

from eval.__main__ import main


def test_the_shipped_model_passes_on_the_composed_test_split() -> None:
    assert main(["gate", "--data", "corpus:test"]) == 0


@pytest.mark.real
def test_the_shipped_model_passes_on_real_sentences(shared: Path) -> None:
    assert main(["gate", "--data", str(shared / "real" / "dev.jsonl")]) == 0
