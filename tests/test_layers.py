"""The house keeps its layers: a module imports only from the layers before its own."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# Each room, and the rooms whose modules it may import (its own is always allowed).
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "codebook": {"errors"},
    "article": {"errors"},
    "sentences": {"errors", "article"},
    "language": set(),
    "voice": {"errors", "article", "sentences"},
    "model": {"errors", "codebook", "article", "sentences", "voice"},
    "results": {"errors", "codebook", "article", "sentences", "voice", "model", "explain", "page"},
    "explain": {"errors", "article", "sentences"},
    "page": {"errors", "codebook", "explain", "results"},
    "compare": {"errors", "voice", "page", "results"},
    "table": {"errors", "codebook", "sentences", "explain", "results", "compare"},
    "stix": {"errors", "codebook", "results"},
    "web_annotation": {"results"},
    "scoring": {
        "errors", "codebook", "article", "sentences", "language", "voice", "model", "explain",
        "results", "fewshot",
    },
    "batch": {"errors", "article", "results", "scoring"},
    "corpus": {"errors", "codebook", "article", "results", "scoring", "batch", "data"},
    "aggregate": {"errors", "article", "results"},
    "data": {"errors", "codebook"},
    "fewshot": {"errors", "codebook", "sentences", "model", "data"},
}  # fmt: skip
# Small modules that belong to a room: they may import what the room may, and the room imports them.
PART_OF = {
    "copies": "article",
    "cues": "voice",
    "data_cli": "cli",
    "decode": "article",
    "documents": "article",
    "feed": "article",
    "fetch": "article",
    "fold": "sentences",
    "furniture": "article",
    "genders": "voice",
    "guard": "article",
    "html": "article",
    "journal": "corpus",
    "lines": "article",
    "parquet": "results",
    "plot": "aggregate",
    "quotation": "voice",
    "reporting": "voice",
    "rows": "results",
    "sources": "article",
    "speakers": "voice",
    "stance": "voice",
    "subjects": "voice",
    "tables": "article",
    "visible": "article",
    "weighing": "voice",
    "wording": "article",
}
# The outermost layer: may import all of `framing`.
OPEN = {"bench", "cli", "serve", "__init__", "__main__"}
LEARNING_LIBRARIES = {"torch", "transformers", "sklearn", "evaluate", "accelerate"}


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            module = node.module or ""
            names |= (
                {f"framing.{alias.name}" for alias in node.names}
                if module == "framing"
                else {module}
            )
    return names


def _room(module: str) -> str:
    name = module.split(".")[1]
    return PART_OF.get(name, name)


MODULES = sorted((ROOT / "framing").rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_imports_only_from_earlier_layers(path: Path) -> None:
    relative = path.relative_to(ROOT).with_suffix("")
    room = _room(".".join(relative.parts)) if relative.parts[-1] != "framing" else "__init__"
    if room in OPEN:
        return
    assert room in ALLOWED, f"{path}: give the room '{room}' a layer in this test"
    allowed = ALLOWED[room] | {room, "__version__"}
    for name in _imports(path):
        if name.startswith("framing."):
            assert _room(name) in allowed, f"{path} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_library_imports_neither_training_nor_evaluation(path: Path) -> None:
    tops = {name.split(".")[0] for name in _imports(path)}
    assert not tops & {"training", "eval"}
    if not path.is_relative_to(ROOT / "framing" / "model"):
        assert not tops & {"onnxruntime", "tokenizers"}, "only framing/model knows an engine"
    # A data set's form is made on request, the torch engine is imported when it is chosen, and the
    # pipeline that the engines are compared with when it is at hand.
    if not path.is_relative_to(ROOT / "framing" / "data") and path.name not in {
        "bench.py",
        "torch_engine.py",
    }:
        assert not tops & LEARNING_LIBRARIES


@pytest.mark.parametrize(
    "path", sorted((ROOT / "eval").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT))
)
def test_evaluation_knows_training_only_where_it_trains(path: Path) -> None:
    tops = {name.split(".")[0] for name in _imports(path)}
    if path.name not in {"benchmark.py", "baselines.py", "few_shot.py"}:
        assert "training" not in tops
