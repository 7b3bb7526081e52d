"""A tiny encoder and a few labelled sentences, so that a whole training run takes seconds."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

WORDS = [
    "we",
    "they",
    "choose",
    "pressure",
    "was",
    "never",
    "there",
    "friend",
    "old",
    "order",
    "new",
    "it",
    "is",
    "a",
    "of",
    "the",
    "today",
]


@pytest.fixture(scope="session")
def tiny_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a random two-layer BERT of width 32 and its tokenizer."""
    torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder = tmp_path_factory.mktemp("encoder")
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    torch.manual_seed(5)
    BertModel(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            max_position_embeddings=64,
        )
    ).save_pretrained(folder)
    return folder


def write_rows(path: Path, articles: range) -> Path:
    """Write labelled sentences in which the word "pressure" carries a frame."""
    rng = random.Random(articles.start)
    with path.open("w") as file:
        for article in articles:
            for n in range(4):
                words = rng.sample(WORDS, 6)
                row = {
                    "article_id": f"made/{article}",
                    "sentence_id": n,
                    "text": " ".join(words),
                    "context": "",
                    "frames": ["western_blackmail"] if "pressure" in words else [],
                    "voice": rng.choice(["author", "quoted", "reported"]),
                    "source": "made",
                }
                file.write(json.dumps(row) + "\n")
    return path


@pytest.fixture
def broken_loss() -> Any:
    """A loss that is not a number, as too high a learning rate makes it."""
    torch = pytest.importorskip("torch", reason="the extra 'train' is not installed")

    class Broken(torch.nn.Module):  # type: ignore[name-defined, misc]
        def forward(self, logits: Any, y_true: Any) -> Any:
            return (logits - y_true).sum() * float("nan")

    return Broken()


@pytest.fixture
def tiny_recipe(tiny_encoder: Path, tmp_path: Path) -> Path:
    """A recipe file that trains the tiny encoder for two epochs with two folds."""
    train = write_rows(tmp_path / "train.jsonl", range(12))
    dev = write_rows(tmp_path / "dev.jsonl", range(100, 106))
    recipe = tmp_path / "tiny.yaml"
    recipe.write_text(
        f"name: tiny\nbase: {tiny_encoder}\ntrain: {train}\ndev: {dev}\noutput: {tmp_path}/runs\n"
        "epochs: 2\nbatch_size: 8\nfolds: 2\nmax_tokens: 32\nthreads: 1\nreport_to: []\n"
    )
    return recipe
