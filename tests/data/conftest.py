"""Small records for the tests of labelled data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from framing.codebook import Codebook
from framing.data import Record

TINY = """
id: tiny-2
name: Tiny
description: Three frames for tests.
groups: [promote, attack]
voices: {author: the text itself, quoted: direct speech, reported: indirect speech}
frames:
- {id: sovereignty, name: Sovereignty, group: promote, definition: claims a right to decide}
- {id: denial, name: Denial, group: attack, definition: denies the act}
- {id: blackmail, name: Blackmail, group: attack, definition: presents pressure as blackmail}
"""


@pytest.fixture(scope="session")
def tiny() -> Codebook:
    """A codebook of three frames: sovereignty, denial, blackmail."""
    return Codebook.from_yaml(TINY)


@pytest.fixture
def record() -> Callable[..., Record]:
    """A maker of records: what a test does not name is filled in."""

    def make(text: str = "We choose our friends ourselves.", **values: Any) -> Record:
        defaults = {"article_id": "a", "sentence_id": 0, "frames": (), "voice": "author"}
        return Record(text=text, **{**defaults, **values})

    return make
