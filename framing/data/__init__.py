"""Labelled sentences: read, annotate, compare annotators, check, divide, move to a new codebook.

    >>> from framing import data
    >>> records = list(data.read_jsonl("labels.jsonl"))
    >>> data.agreement(records).frames["denial"].value
    >>> gold = data.split(data.adjudicate(records), seed=1)
    >>> data.write_jsonl("gold.jsonl", gold)

Other programs' formats (`read_labelstudio`, `write_doccano` ...) come from `framing.data.exchange`.
"""

from typing import TYPE_CHECKING, Any

from framing.data.adjudicate import GOLD, Disagreement, adjudicate, disagreements
from framing.data.agreement import (
    Agreement,
    Alpha,
    Confusion,
    agreement,
    cohen_kappa,
    krippendorff_alpha,
    masi_distance,
)
from framing.data.annotate import Answer, Command, Passage, Question, annotate
from framing.data.check import Finding, check
from framing.data.corpus import Corpus, load_corpus
from framing.data.migrate import Decision, Migration, migrate
from framing.data.queue import queue
from framing.data.records import Reading, Record, digest, read_jsonl, write_jsonl
from framing.data.split import split

if TYPE_CHECKING:  # At run time `__getattr__` brings these when they are asked for.
    from framing.data.exchange import *  # noqa: F403

__all__ = [
    "GOLD",
    "Agreement",
    "Alpha",
    "Answer",
    "Command",
    "Confusion",
    "Corpus",
    "Decision",
    "Disagreement",
    "Finding",
    "Migration",
    "Passage",
    "Question",
    "Reading",
    "Record",
    "adjudicate",
    "agreement",
    "annotate",
    "check",
    "cohen_kappa",
    "digest",
    "disagreements",
    "krippendorff_alpha",
    "load_corpus",
    "masi_distance",
    "migrate",
    "queue",
    "read_jsonl",
    "split",
    "write_jsonl",
]


def __getattr__(name: str) -> Any:
    if name.startswith(("read_", "write_")):
        from importlib import import_module

        value = getattr(import_module("framing.data.exchange"), name, None)
        if value is not None:
            return value
    raise AttributeError(f"module 'framing.data' has no attribute '{name}'")
