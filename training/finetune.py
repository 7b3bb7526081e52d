"""Fine-tune an encoder: `python -m training.finetune --recipe FILE [--key value ...]`.

Read it from top to bottom: the recipe is checked, the data are read, K networks give out-of-fold
predictions from which calibration and thresholds are fitted, one network is trained on everything,
and the run folder receives weights, figures and their provenance. The same command continues an
interrupted run from its last checkpoint. `torchrun --nproc-per-node N -m training.finetune` does so
in N processes, of which the first writes. `python -m training.export` turns the run folder into
the artefact that `framing` loads.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
import yaml
from accelerate import PartialState
from numpy.typing import NDArray
from safetensors import SafetensorError
from transformers import DataCollatorWithPadding, EarlyStoppingCallback, Trainer, TrainingArguments

from eval.metrics import mean_average_precision
from framing.codebook import Codebook
from framing.errors import FramingError
from framing.voice import VOICES
from training.calibration import apply_platt, fit_platt, fit_thresholds
from training.examples import (
    Example,
    article_folds,
    read_examples,
    refuse_shared_articles,
    to_dataset,
    y_true_of,
)
from training.figures import figures, plot_curves, write_json
from training.losses import effective_number_weights, make_loss
from training.network import FrameNetwork, cut_down, load_encoder, lowest_layers, save_network
from training.recipe import Recipe, load_recipe
from training.targets import Targets, read_unlabelled, text_key
from training.trainer import FrameTrainer, average_checkpoints, last_checkpoint
from training.voice import VOICE_LOGITS

Logits = NDArray[np.float32]


def train_network(
    recipe: Recipe,
    codebook: Codebook,
    train: Sequence[Example],
    dev: Sequence[Example],
    folder: Path,
    callbacks: Sequence[transformers.TrainerCallback] = (),
) -> tuple[FrameNetwork, Trainer]:
    """Train one network on `train`, stage by stage, resuming from the last checkpoint in `folder`.

    A second stage reads the labelled sentences alone. The Trainer of each stage calls `callbacks`.
    """
    transformers.set_seed(recipe.seed)
    encoder, tokenizer = load_encoder(recipe.base)
    cut_down(encoder, layers=recipe.layers, neurons=recipe.neurons)
    if recipe.freeze_embeddings:
        encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    for layer in lowest_layers(encoder, recipe.freeze_layers):
        layer.requires_grad_(False)
    network = FrameNetwork(
        encoder,
        len(codebook.frames),
        dropout=recipe.dropout,
        voice_weight=recipe.voice_weight,
    )
    first, *later = recipe.stages()
    given = network, tokenizer, codebook
    trainer = _train_stage(first, *given, train, dev, folder, callbacks)
    for stage in later:
        labelled, place = [e for e in train if e.labelled], folder / "second-stage"
        history = trainer.state.log_history
        trainer = _train_stage(stage, *given, labelled, dev, place, callbacks)
        for row in trainer.state.log_history:
            history.append({**row, "epoch": row["epoch"] + first.epochs})
        trainer.state.log_history = history
    return network, trainer


def _train_stage(
    recipe: Recipe,
    network: FrameNetwork,
    tokenizer: Any,
    codebook: Codebook,
    train: Sequence[Example],
    dev: Sequence[Example],
    folder: Path,
    callbacks: Sequence[transformers.TrainerCallback],
) -> Trainer:
    """Train `network` further, in place; a stage that has ended is read from its checkpoints."""
    targets = Targets.load(recipe.targets, codebook) if recipe.targets else None
    y_true = torch.from_numpy(y_true_of([e for e in train if e.labelled], codebook))
    weight = effective_number_weights(y_true.sum(0), len(y_true), recipe.class_balance)
    network.loss = make_loss(recipe.loss, weight, smoothing=recipe.label_smoothing)
    network.any_frame_weight = recipe.any_frame_weight
    network.teacher_weight = recipe.teacher_weight
    options: dict[str, Any] = {"max_tokens": recipe.max_tokens, "seed": recipe.seed}
    best = bool(dev and recipe.early_stopping)  # folds have no dev data: they train to the end
    per_step = recipe.batch_size * recipe.gradient_accumulation * PartialState().num_processes
    steps = math.ceil(len(train) / per_step)
    settings = TrainingArguments(
        output_dir=str(folder),
        num_train_epochs=recipe.epochs,
        max_steps=recipe.max_steps,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=64,
        gradient_accumulation_steps=recipe.gradient_accumulation,
        learning_rate=recipe.learning_rate,
        warmup_steps=round(recipe.warmup_ratio * steps * recipe.epochs),
        lr_scheduler_type="cosine",
        max_grad_norm=1.0,
        train_sampling_strategy="group_by_length",
        length_column_name="length",
        label_names=["y_true", "voice"],
        bf16=recipe.precision == "bf16",
        use_cpu=not torch.cuda.is_available(),
        eval_strategy="epoch" if dev else "no",
        save_strategy="epoch",
        save_total_limit=max(recipe.average_last, recipe.early_stopping + 1, 2),
        load_best_model_at_end=best,
        metric_for_best_model="mean_average_precision" if dev else None,
        greater_is_better=True if dev else None,
        logging_steps=25,
        report_to=list(recipe.report_to) or "none",
        seed=recipe.seed,
        data_seed=recipe.seed,
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=not sys.stderr.isatty(),
    )
    trainer = FrameTrainer(
        recipe=recipe,
        model=network,
        args=settings,
        train_dataset=to_dataset(
            train,
            codebook,
            tokenizer,
            context_probability=recipe.context_probability,
            teacher=targets.of([e.text for e in train]) if targets else None,
            **options,
        ),
        eval_dataset=to_dataset(dev, codebook, tokenizer, **options) if dev else None,
        data_collator=DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,
        compute_metrics=lambda p: {
            "mean_average_precision": mean_average_precision(p.label_ids[0], p.predictions[0])
        },
        callbacks=[*callbacks, *([EarlyStoppingCallback(recipe.early_stopping)] if best else [])],
    )
    with settings.main_process_first(local=False):  # it removes what the others must not read
        checkpoint = last_checkpoint(folder)
    trainer.train(resume_from_checkpoint=checkpoint)
    trainer.accelerator.wait_for_everyone()  # the first process writes the last checkpoint
    if recipe.average_last > 1:
        network.load_state_dict(average_checkpoints(folder, recipe.average_last), strict=False)
    return trainer


def predict(
    trainer: Trainer, examples: Sequence[Example], codebook: Codebook, recipe: Recipe
) -> tuple[Logits, Logits]:
    """Return logits of bare sentences: of the frames, and of the voices `(n, 3)`.

    Those of the frames are `(n, n_frames)`. Sentences are read without their context.
    """
    data = to_dataset(examples, codebook, trainer.processing_class, max_tokens=recipe.max_tokens)
    logits, voice_logits = trainer.predict(data).predictions[:2]
    return np.asarray(logits, np.float32), np.asarray(voice_logits, np.float32)


def out_of_fold(
    recipe: Recipe,
    codebook: Codebook,
    examples: Sequence[Example],
    folder: Path,
) -> tuple[Logits, Logits]:
    """Return frame and voice logits of every example from networks that did not see its article.

    These networks read no unlabelled sentences: that would double the time of a run.
    """
    fold = article_folds(examples, recipe.folds, recipe.seed)
    logits = np.zeros((len(examples), len(codebook.frames)), np.float32)
    voice_logits = np.zeros((len(examples), len(VOICES)), np.float32)
    for k in range(recipe.folds):
        done, voiced = folder / f"fold-{k}.npy", folder / f"fold-{k}-voice.npy"
        if not (done.exists() and voiced.exists()):
            rest = [e for e, f in zip(examples, fold, strict=True) if f != k]
            held = [e for e, f in zip(examples, fold, strict=True) if f == k]
            _, trainer = train_network(recipe, codebook, rest, [], folder / f"fold-{k}")
            found = predict(trainer, held, codebook, recipe)
            if trainer.is_world_process_zero():
                for path, values in zip((done, voiced), found, strict=True):
                    scratch = path.with_suffix(".tmp.npy")
                    np.save(scratch, values)
                    scratch.replace(path)
                shutil.rmtree(folder / f"fold-{k}")
            trainer.accelerator.wait_for_everyone()
        logits[fold == k], voice_logits[fold == k] = np.load(done), np.load(voiced)
    return logits, voice_logits


def _claim(run: Path, recipe: Recipe) -> None:
    """Make the run folder; checkpoints of another recipe must not be continued by this one."""
    settled = yaml.safe_dump(recipe.model_dump(), sort_keys=False)
    run.mkdir(parents=True, exist_ok=True)
    written = run / "recipe.yaml"
    if not written.exists():
        written.write_text(settled, encoding="utf-8")
    elif written.read_text(encoding="utf-8") != settled:
        raise FramingError(f"{run} holds a run of another recipe; set --name or remove the folder")


def finetune(recipe: Recipe) -> Path:
    """Carry out a recipe and return its run folder, which the first of several processes writes."""
    state = PartialState(cpu=not torch.cuda.is_available())  # joins the processes of torchrun
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    codebook = Codebook.load(recipe.codebook)
    train, digests = read_examples(recipe.train, codebook)
    dev, dev_digests = read_examples(recipe.dev, codebook)
    unlabelled = read_unlabelled(recipe.unlabelled, train, dev)
    if unlabelled:  # those that training.distil chose
        taught = Targets.load(recipe.targets, codebook).row
        unlabelled = [e for e in unlabelled if text_key(e.text) in taught]
    refuse_shared_articles(train, dev)
    empty = [f for f in codebook.frame_ids if not any(f in e.frames for e in train)]
    if empty:
        print(f"warning: no training sentence carries {', '.join(empty)}", file=sys.stderr)
    run = Path(recipe.output) / recipe.name
    with state.main_process_first():
        _claim(run, recipe)

    started = time.time()
    y_train, y_dev = y_true_of(train, codebook), y_true_of(dev, codebook)
    held_out: Logits | None = None
    if recipe.folds:
        held_out, voice_logits = out_of_fold(recipe, codebook, train, run)
        if state.is_main_process:
            np.save(run / VOICE_LOGITS, voice_logits)  # from these training.voice learns
    network, trainer = train_network(recipe, codebook, [*train, *unlabelled], dev, run / "final")
    dev_logits = predict(trainer, dev, codebook, recipe)[0] if dev else np.zeros_like(y_dev)
    if not state.is_main_process:
        return run

    if held_out is None:
        fit_logits, fit_true = dev_logits, y_dev
    else:
        kept = np.array([e.place not in recipe.calibrate_without for e in train])
        fit_logits, fit_true = held_out[kept], y_train[kept]
    scale, shift = fit_platt(fit_logits, fit_true)
    thresholds = fit_thresholds(
        fit_true, apply_platt(fit_logits, scale, shift), prior=recipe.threshold_prior
    )
    report: dict[str, Any] = {"minutes": round((time.time() - started) / 60, 1)}
    for name, examples, y_true, logits in (
        ("out_of_fold", train, y_train, held_out),
        ("dev", dev, y_dev, dev_logits),
    ):
        if logits is not None and len(examples):
            y_score = apply_platt(logits, scale, shift)
            report[name] = figures(examples, y_true, y_score, y_score >= thresholds)

    save_network(network, trainer.processing_class, run / "model")
    np.save(run / "dev_logits.npy", dev_logits)
    write_json(
        run / "calibration.json",
        {
            "frames": list(codebook.frame_ids),
            "scale": scale.tolist(),
            "shift": shift.tolist(),
            "thresholds": thresholds.tolist(),
            "fitted_on": "out-of-fold predictions" if recipe.folds else "dev",
        },
    )
    write_json(run / "metrics.json", report)
    write_json(
        run / "provenance.json",
        {
            "recipe": recipe.name,
            "codebook": codebook.id,
            "codebook_digest": codebook.digest,
            "train": digests,
            "dev": dev_digests,
            "seed": recipe.seed,
            "train_sentences": len(train),
            "unlabelled_sentences": len(unlabelled),
            "targets": [Path(s.targets).name for s in recipe.stages() if s.targets],
            "python": platform.python_version(),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "device": "cuda" if torch.cuda.is_available() else "cpu",
        },
    )
    plot_curves(trainer.state.log_history, run / "curves.png")
    return run


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 done, 2 wrong usage or unreadable input."""
    parser = argparse.ArgumentParser(prog="python -m training.finetune", allow_abbrev=False)
    parser.add_argument("--recipe", required=True, help="YAML file; see training/recipes/")
    parser.add_argument("--check", action="store_true", help="validate the recipe and stop")
    for key in Recipe.model_fields:
        parser.add_argument(f"--{key}", metavar="VALUE", help=argparse.SUPPRESS)
    chosen = vars(parser.parse_args(arguments))
    path, check = chosen.pop("recipe"), chosen.pop("check")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        recipe = load_recipe(path, {k: v for k, v in chosen.items() if v is not None})
        if check:
            print(yaml.safe_dump(recipe.model_dump(), sort_keys=False), end="")
            return 0
        run = finetune(recipe)
    except FramingError as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, SafetensorError) as error:
        print(f"{recipe.output}: cannot write: {error}; make room, then repeat", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same command continues from the last checkpoint", file=sys.stderr)
        return 130
    state = PartialState()
    if state.is_main_process:
        print((run / "metrics.json").read_text(encoding="utf-8"), end="")
        print(run)
    state.destroy_process_group()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
