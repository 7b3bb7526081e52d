"""Write down what a teacher says: `python -m training.distil --teacher RUN/model --recipe FILE`.

One or more larger networks, fine-tuned beforehand (`training/recipes/teacher.yaml`), read the
recipe's labelled sentences and a choice of its unlabelled ones, which a released model makes: it
reads ten times as fast. The mean of their logits goes into the file that the recipe names under
`targets`; `training.finetune` then teaches the small network the labels and these (Hinton et al.
2015). The file holds numbers and digests, no text. With `--add` the logits that it already holds
stay in the mean, so that teachers can come one after the other, and may be gone by then.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file

from framing import load
from framing.codebook import Codebook
from framing.errors import FramingError
from training.examples import read_examples
from training.network import load_network
from training.recipe import Recipe, load_recipe
from training.targets import Targets, read_unlabelled, text_key

__all__ = ["choose", "distil", "teach"]

SHARE_BY_INTEREST = 0.7  # of the unlabelled sentences kept; the others are drawn evenly


def teach(folders: Sequence[Path], texts: Sequence[str], *, max_tokens: int) -> NDArray[np.float32]:
    """Return the mean logits `(n, n_frames)` of the networks in `folders`."""
    device = "cuda" if torch.cuda.is_available() else "cpu"
    total: Any = 0.0
    for folder in folders:
        network, tokenizer = load_network(folder)
        network.to(device)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        logits = np.zeros((len(texts), network.n_frames), np.float32)
        for start in range(0, len(order), 64):
            rows = order[start : start + 64]
            batch = tokenizer(
                [texts[i] for i in rows],
                truncation=True,
                max_length=max_tokens,
                padding=True,
                return_tensors="pt",
            ).to(device)
            with torch.inference_mode(), torch.autocast(device, torch.bfloat16):
                logits[rows] = network(**batch)["logits"].float().cpu().numpy()
            if sys.stderr.isatty():
                print(f"\r{folder}: {start + len(rows)}/{len(order)}", end="", file=sys.stderr)
        total = total + logits
    return np.asarray(total / len(folders), np.float32)


def choose(y_score: NDArray[np.float32], count: int, seed: int) -> NDArray[np.int64]:
    """Return the rows of the unlabelled sentences to keep, at most `count`.

    Most are those with the highest frame probability, for a network learns little from the ten
    thousandth sentence that plainly says nothing; the others are drawn evenly.
    """
    if len(y_score) <= count:
        return np.arange(len(y_score))
    ranked = np.argsort(-y_score.max(1), kind="stable")
    first = round(count * SHARE_BY_INTEREST)
    rest = np.random.default_rng(seed).permutation(ranked[first:])[: count - first]
    return np.sort(np.concatenate([ranked[:first], rest]))


def distil(
    recipe: Recipe, teachers: Sequence[Path], count: int, chooser: str, *, add: bool = False
) -> Path:
    """Write the recipe's targets file and return its path.

    With `add`, the unlabelled sentences that it holds stay, up to `count` in all, and what earlier
    teachers said of a sentence counts as much for each as what each of the new ones says.
    """
    if not recipe.targets:
        raise FramingError("the recipe names no file under targets")
    codebook = Codebook.load(recipe.codebook)
    labelled, _ = read_examples(recipe.train, codebook)
    dev, _ = read_examples(recipe.dev, codebook)
    path = Path(recipe.targets)
    earlier = Targets.load(path, codebook) if add else None
    found = read_unlabelled(recipe.unlabelled, labelled, dev)
    unlabelled = [e for e in found if earlier and text_key(e.text) in earlier.row]
    others = [e for e in found if not (earlier and text_key(e.text) in earlier.row)]
    if len(others) > (room := max(count - len(unlabelled), 0)):
        y_score = load(chooser).predict_proba([e.text for e in others])
        others = [others[i] for i in choose(y_score, room, recipe.seed)]
    unlabelled += others
    texts = [e.text for e in (*labelled, *unlabelled)]
    logits = teach(teachers, texts, max_tokens=recipe.max_tokens)
    names = [t.parent.name for t in teachers]
    if earlier:
        before, n = earlier.of(texts), len(earlier.teachers)
        both = (n * before + len(teachers) * logits) / (n + len(teachers))
        logits = np.where(np.isnan(before), logits, both)
        names = [*earlier.teachers, *names]
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = np.frombuffer(b"".join(map(text_key, texts)), np.uint8).reshape(-1, 8)
    scratch = path.with_suffix(".tmp")
    save_file(
        {"keys": keys, "logits": logits.astype(np.float16)},
        scratch,
        metadata={
            "frames": json.dumps(list(codebook.frame_ids)),
            "codebook_digest": codebook.digest,
            "teachers": json.dumps(names),
        },
    )
    scratch.replace(path)
    print(f"{path}: {len(labelled):,} labelled and {len(unlabelled):,} unlabelled sentences")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 done, 2 wrong usage or unreadable input."""
    parser = argparse.ArgumentParser(prog="python -m training.distil", allow_abbrev=False)
    parser.add_argument("--teacher", required=True, action="append", type=Path, help="RUN/model")
    parser.add_argument("--recipe", required=True, help="the student's recipe")
    parser.add_argument("--count", type=int, default=20_000, help="unlabelled sentences to keep")
    parser.add_argument("--add", action="store_true", help="keep what the file holds in the mean")
    parser.add_argument("--chooser", default="default", help="the released model that picks them")
    chosen = parser.parse_args(arguments)
    try:
        distil(
            load_recipe(chosen.recipe),
            chosen.teacher,
            chosen.count,
            chosen.chooser,
            add=chosen.add,
        )
    except FramingError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
