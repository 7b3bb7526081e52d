"""8-bit graphs: near to 32 bits, whatever single channels do, and the same in any company."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch", reason="needs framing[train]")
import onnxruntime as ort
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from training.eight_bits import matmul_nodes, share_tables, write_int8
from training.export import write_graph


class _Network(nn.Module):
    """Two layers, one channel between them a hundred times as wide as the others."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.table, self.out = nn.Embedding(50, 16), nn.Linear(64, 4)
        self.into = nn.Linear(16, 64)
        with torch.no_grad():
            self.into.weight[3] *= 100
            self.out.weight[:, 3] /= 100

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.out(nn.functional.gelu(self.into(self.table(input_ids))))
        total: Tensor = (states * attention_mask.unsqueeze(-1)).sum(1)
        return total


def _run(path: Path, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run(["sum"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    return np.asarray(found, np.float32)


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("graphs")
    plain, small = folder / "plain.onnx", folder / "small.onnx"
    write_graph(_Network(), plain, outputs=("sum",))
    rng = np.random.default_rng(1)
    write_int8(plain, small, [rng.integers(0, 50, 12).tolist() for _ in range(40)])
    return plain, small


def test_one_wide_channel_does_not_cost_the_others_their_bits(graphs: tuple[Path, Path]) -> None:
    ids = np.random.default_rng(2).integers(0, 50, (64, 10))
    expected, found = (_run(path, ids) for path in graphs)
    assert np.corrcoef(expected.ravel(), found.ravel())[0, 1] > 0.999


def test_a_product_its_scale_and_its_bias_are_one_node(graphs: tuple[Path, Path]) -> None:
    kinds = [node.op_type for node in onnx.load(str(graphs[1])).graph.node]
    assert kinds.count("MatMulIntegerToFloat") == 2
    assert "MatMulInteger" not in kinds


def test_a_row_gives_the_same_in_any_company(graphs: tuple[Path, Path]) -> None:
    ids = np.random.default_rng(3).integers(0, 50, (8, 10))
    assert np.allclose(_run(graphs[1], ids)[:1], _run(graphs[1], ids[:1]), atol=1e-5)


def test_the_widest_products_come_first(graphs: tuple[Path, Path]) -> None:
    first, *_ = matmul_nodes(graphs[0])
    assert "/out/" in first


def test_a_table_that_the_weights_hold_is_stored_once(tmp_path: Path) -> None:
    table = np.arange(400_000, dtype=np.float32).reshape(-1, 4)
    for name in ("model.onnx", "embedder.onnx"):
        graph = helper.make_graph(
            [helper.make_node("Gather", ["table", "rows"], ["out"])],
            name,
            [helper.make_tensor_value_info("rows", TensorProto.INT64, ["n"])],
            [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["n", 4])],
            [numpy_helper.from_array(table, "table")],
        )
        graph_model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
        graph_model.ir_version = 9
        onnx.save(graph_model, str(tmp_path / name))
    embedder = tmp_path / "embedder.onnx"
    assert share_tables(embedder, tmp_path / "model.onnx", location="model.onnx") == table.nbytes
    assert embedder.stat().st_size < 1000
    session = ort.InferenceSession(str(embedder), providers=["CPUExecutionProvider"])
    (out,) = session.run(["out"], {"rows": np.array([7])})
    assert out.tolist() == table[[7]].tolist()
