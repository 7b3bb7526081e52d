"""Where the time goes: `python -m eval speed`, on one thread, in processor seconds.

The share of the machine's 8-bit limit is what the network would take if its products with weights
ran as fast as this machine multiplies matrices of the same shapes, over what a sentence takes.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from framing import __version__
from framing.article import Article
from framing.bench import bench_sentences
from framing.language import detect_language
from framing.model.artefact import find_model, read_artefact
from framing.model.onnx_engine import OnnxEngine
from framing.scoring import Scorer
from framing.sentences import split
from framing.voice import read_voices

__all__ = ["markdown", "speed"]

_TURNS = 3  # over the same articles; the least time of each step counts
_ROWS = 512  # of the left matrix: the tokens of a batch


def speed(model: str = "default", *, count: int = 3000) -> dict[str, Any]:
    """Return milliseconds a sentence by step, and the share of the 8-bit limit that is reached."""
    artefact = read_artefact(find_model(model))
    engine = OnnxEngine(artefact, threads=1)
    scorer = Scorer(artefact, engine)
    texts = list(dict.fromkeys(bench_sentences(count)))
    bodies = ["\n\n".join(" ".join(texts[i + k : i + k + 5]) for k in range(0, 30, 5))
              for i in range(0, len(texts) - 29, 30)]  # fmt: skip
    list(scorer.score_many(bodies[:3]))  # everything is loaded once
    turns = [_turn(scorer, engine, bodies) for _ in range(_TURNS)]
    sentences, given = turns[0].sentences, turns[0].given
    tokens = sum(ids.size for ids, _ in given)
    spent = {step: min(turn.spent[step] for turn in turns) for step in turns[0].spent}
    steps = tuple(step for step in _STEPS if step not in ("collect", "all"))
    spent["collect"] = max(spent["all"] - sum(spent[step] for step in steps), 0.0)
    products = _products(artefact.weights)
    multiplied = sum(rows * columns * n for (rows, columns), n in products.items())
    a_second = _int8_limit(products)
    least = multiplied * tokens / sentences / a_second
    return {
        "milliseconds": {s: 1000 * spent[s] / sentences for s in _STEPS},
        "tokens_a_sentence": tokens / sentences,
        "products_a_token": multiplied,
        "int8_products_a_second": a_second,
        "operators": _operators(artefact.weights, given),
        "share_of_limit": {
            "network": least / (spent["network"] / sentences),
            "all": least / (spent["all"] / sentences),
        },
        "signature": {
            "model": f"{artefact.name} r{artefact.revision} {artefact.sha256[:12]}",
            "sentences": sentences,
            "framing": __version__,
        },
    }


@dataclass
class _Turn:
    """One pass over the articles: processor seconds by step, and what the network was given."""

    sentences: int = 0
    spent: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    given: list[tuple[Any, Any]] = field(default_factory=list)

    def timed(self, step: str, work: Callable[[], Any]) -> Any:
        start = time.process_time()
        found = work()
        self.spent[step] += time.process_time() - start
        return found


def _turn(scorer: Scorer, engine: OnnxEngine, bodies: Sequence[str]) -> _Turn:
    turn = _Turn()
    run = engine._run

    def counted(ids: Any, mask: Any) -> Any:
        turn.given.append((ids, mask))
        return turn.timed("network", lambda: run(ids, mask))

    def nothing(ids: Any, mask: Any) -> Any:  # noqa: ARG001
        return np.zeros((len(ids), engine._width), np.float32)

    engine._run = counted  # type: ignore[method-assign]
    results = turn.timed("all", lambda: list(scorer.score_many(bodies)))
    turn.sentences = sum(len(r.sentences) for r in results)
    articles = turn.timed("read", lambda: [Article.from_text(body) for body in bodies])
    cut = turn.timed("split", lambda: [split(a) for a in articles])
    pairs = list(zip(cut, articles, strict=True))
    turn.timed("voice", lambda: [read_voices(s, a) for s, a in pairs])
    turn.timed("language", lambda: [detect_language(a.text) for a in articles])
    engine._run = nothing  # type: ignore[method-assign]
    texts = [s.model_text for found in cut for s in found]
    turn.timed("tokenise", lambda: engine.predict(texts))
    engine._run = run  # type: ignore[method-assign]
    return turn


def _products(path: Path) -> Counter[tuple[int, int]]:
    """Return how often a token is multiplied with a weight matrix of each shape."""
    import onnx

    model = onnx.load(str(path), load_external_data=False)
    shapes = {t.name: tuple(t.dims) for t in model.graph.initializer}
    found: Counter[tuple[int, int]] = Counter()
    for node in model.graph.node:
        if "MatMul" in node.op_type:
            for name in node.input[1:2]:
                if len(shapes.get(name, ())) == 2:
                    found[shapes[name]] += 1
    return found


_GROUPS = {
    "products with weights in 8 bits": (
        "MatMulInteger",
        "DynamicQuantizeMatMul",
        "MatMulIntegerToFloat",
    ),
    "in 32 bits": ("Gemm",),
    "their scales": ("Mul", "Cast"),
    "attention": ("MatMul", "FusedMatMul", "Softmax", "Einsum", "Transpose", "Where"),
    "layer norms, sums and biases": ("LayerNormalization", "Add", "SkipLayerNormalization"),
    "GELU": ("Gelu", "BiasGelu", "FastGelu", "Erf", "Tanh"),
    "to 8 bits": ("QuantizeLinear", "DynamicQuantizeLinear"),
}


def _operators(path: Path, batches: Sequence[tuple[Any, Any]]) -> dict[str, float]:
    """Return the share of the network's time by group of operators, as ONNX Runtime profiles it."""
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_profiling = True
    options.log_severity_level = 3
    with TemporaryDirectory() as folder:
        options.profile_file_prefix = f"{folder}/profile"
        # Word embeddings may lie in a folder beside the model's.
        options.add_session_config_entry(
            "session.model_external_initializers_file_folder_path", str(path.resolve().parents[1])
        )
        session = ort.InferenceSession(
            path.read_bytes(),
            options,
            providers=["CPUExecutionProvider"],
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        for ids, mask in batches:
            session.run(None, {"input_ids": ids, "attention_mask": mask})
        events = json.loads(Path(session.end_profiling()).read_text())
    spent: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            operator = event["args"]["op_name"]
            if operator == "MatMul" and "/attention/" not in event["name"]:
                operator = "Gemm"  # a product with weights that stayed in 32 bits
            group = next((g for g, names in _GROUPS.items() if operator in names), "other")
            spent[group] += event["dur"]
    return {group: spent[group] / spent.total() for group in (*_GROUPS, "other")}


def _int8_limit(products: Counter[tuple[int, int]]) -> float:
    """Return multiply-adds a second of one thread on matrices of these shapes alone."""
    import onnxruntime as ort
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(1)
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    done = took = 0.0
    for (rows, columns), n in products.items():
        weight = rng.integers(-127, 127, (rows, columns), dtype=np.int8)
        graph = helper.make_graph(
            [helper.make_node("MatMulInteger", ["a", "b"], ["out"])],
            "product",
            [helper.make_tensor_value_info("a", TensorProto.UINT8, [_ROWS, rows])],
            [helper.make_tensor_value_info("out", TensorProto.INT32, [_ROWS, columns])],
            [numpy_helper.from_array(weight, "b")],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        model.ir_version = 9
        session = ort.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        given = {"a": rng.integers(0, 255, (_ROWS, rows), dtype=np.uint8)}
        best = min(_seconds(lambda: session.run(None, given)) for _ in range(50))  # noqa: B023
        done += n * _ROWS * rows * columns
        took += n * best
    return done / took


def _seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


_STEPS = {
    "read": "read the text",
    "split": "split it into sentences",
    "voice": "whose words they are",
    "language": "which language",
    "tokenise": "tokens and batches",
    "network": "the network",
    "collect": "calibrate, collect",
    "all": "all",
}


def markdown(found: dict[str, Any]) -> str:
    """Return the profile as a table, with the share of the limit below it."""
    spent, share = found["milliseconds"], found["share_of_limit"]
    lines = ["| step | ms a sentence | share |", "|---|---:|---:|"]
    lines += [
        f"| {title} | {spent[s]:.3f} | {spent[s] / spent['all']:.0%} |"
        for s, title in _STEPS.items()
    ]
    parts = ", ".join(f"{group} {part:.0%}" for group, part in found["operators"].items())
    lines += [
        "",
        f"Of the network's time: {parts}.",
        "",
        f"{found['tokens_a_sentence']:.1f} tokens a sentence, padding included, each multiplied "
        f"with {found['products_a_token'] / 1e6:.1f} million weights. Matrices of these shapes "
        f"alone are multiplied at {found['int8_products_a_second'] / 1e9:.0f} billion products a "
        f"second: the network reaches {share['network']:.0%} of that, all steps together "
        f"{share['all']:.0%}. Model {found['signature']['model']}, "
        f"{found['signature']['sentences']:,} sentences, framing {found['signature']['framing']}.",
    ]
    return "\n".join(lines)
