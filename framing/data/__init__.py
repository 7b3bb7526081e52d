"""Labelled sentences: read, annotate, compare annotators, check, divide, move to a new codebook.

>>> from framing import data
>>> records = list(data.read_jsonl("labels.jsonl"))
>>> data.agreement(records).frames["denial"].alpha
>>> gold = data.split(data.adjudicate(records), seed=1)
>>> data.write_jsonl("gold.jsonl", gold)
"""

from framing.data.records import Reading, Record, digest, read_jsonl, write_jsonl
from framing.data.split import split

__all__ = ["Reading", "Record", "digest", "read_jsonl", "split", "write_jsonl"]
