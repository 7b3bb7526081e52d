"""Store an ONNX graph in 8 bits, such that the score of a sentence depends on no neighbour."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, helper, numpy_helper

__all__ = ["matmul_nodes", "share_tables", "write_int8"]

_LARGE = 1 << 20  # bytes of a tensor that is worth sharing
_EVENNESS = 0.9  # 0 leaves channels as they are, 1 gives all of them one range
_Extremes = tuple[NDArray[np.float32], NDArray[np.float32]]  # least and greatest, each (channels,)


def write_int8(
    source: Path, target: Path, samples: Sequence[Sequence[int]], *, keep: Sequence[str] = ()
) -> None:
    """Store weights, embeddings and activations in 8 bits; `keep` names nodes left in 32 bits.

    Weights have one scale a channel. The range of every activation is fixed to what it takes over
    `samples` (token ids of sentences): with ranges taken anew for each batch, as the quantiser
    does, a sentence's score would depend on its company (labels of 93 of 1,380 sentences moved).
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().setLevel(logging.ERROR)  # it advises a pre-processing that slows the graph
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".even-") as scratch:
        even = Path(scratch) / "even.onnx"
        _even_out(source, even, samples)
        quantize_dynamic(
            str(even),
            str(target),
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"],
            nodes_to_exclude=list(keep),
            # Constant weights only: activations times activations gain nothing from 8 bits.
            extra_options={"MatMulConstBOnly": True},
        )
        model = onnx.load(str(target))
        nodes = list(model.graph.node)
        dynamic = {n.input[0] for n in nodes if n.op_type == "DynamicQuantizeLinear"}
        extremes = _extremes(even, dynamic, samples)
    for i, node in enumerate(nodes):
        if node.op_type != "DynamicQuantizeLinear":
            continue
        lows, highs = extremes[node.input[0]]
        low, high = min(float(lows.min()), 0.0), max(float(highs.max()), 0.0)
        step = np.float32((high - low) / 255)
        zero = np.uint8(np.clip(np.round(-low / step), 0, 255))
        quantised, scale, offset = node.output
        model.graph.initializer.extend(
            [
                numpy_helper.from_array(np.asarray(step), scale),
                numpy_helper.from_array(np.asarray(zero), offset),
            ]
        )
        nodes[i] = helper.make_node(
            "QuantizeLinear", [node.input[0], scale, offset], [quantised], name=node.name
        )
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    _fuse_products(model)
    onnx.save(model, str(target))


def share_tables(path: Path, held: Path, *, location: str) -> int:
    """Let a graph's large tensors refer to the same bytes in another file; return bytes saved.

    `location` is the path of `held` as the graph is to name it.
    """
    model, raw = onnx.load(str(path)), held.read_bytes()
    saved = 0
    for tensor in model.graph.initializer:
        size = len(tensor.raw_data)
        place = raw.find(tensor.raw_data) if size > _LARGE else -1
        if place >= 0:
            tensor.ClearField("raw_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            for key, value in (("location", location), ("offset", place), ("length", size)):
                tensor.external_data.add(key=key, value=str(value))
            saved += size
    path.write_bytes(model.SerializeToString())
    return saved


def matmul_nodes(path: Path) -> list[str]:
    """Return the names of the weight multiplications, those first that lose most in 8 bits.

    Measured by leaving one at a time in 32 bits: those with the widest input, which follow the
    activation function and its outliers, and of these the ones nearest the text.
    """
    products, widths = _products(onnx.load(str(path), load_external_data=False))
    return [n.name for n in sorted(products, key=lambda n: -widths[n.input[1]])]


def _products(model: ModelProto) -> tuple[list[NodeProto], dict[str, int]]:
    """Return the weight multiplications, and the input width of each weight."""
    widths = {t.name: t.dims[0] for t in model.graph.initializer if len(t.dims) == 2}
    return [n for n in model.graph.node if n.op_type == "MatMul" and n.input[1] in widths], widths


def _even_out(source: Path, target: Path, samples: Sequence[Sequence[int]]) -> None:
    """Make the channels that follow activation functions alike, where some are 100 times as wide.

    Such a channel is divided by a number by which its weights are multiplied (Xiao et al. 2023):
    the same result, at the price of one elementwise product, and no layer has to stay in 32 bits.
    """
    model = onnx.load(str(source))
    products, widths = _products(model)
    widest = max((widths[n.input[1]] for n in products), default=0)
    products = [n for n in products if widths[n.input[1]] == widest]
    if len({widths[n.input[1]] for n in _products(model)[0]}) < 2:
        products = []  # nothing stands out
    weights = {t.name: t for t in model.graph.initializer}
    extremes = _extremes(source, {n.input[0] for n in products}, samples) if products else {}
    for node in products:
        activation, name = node.input
        weight = numpy_helper.to_array(weights[name])
        low, high = extremes[activation]
        reach = np.maximum(np.maximum(-low, high), 1e-3)
        most = np.maximum(np.abs(weight).max(1), 1e-5)
        divisor = reach**_EVENNESS / most ** (1 - _EVENNESS)
        divisor = (divisor / np.exp(np.log(divisor).mean())).astype(np.float32)
        weights[name].CopyFrom(numpy_helper.from_array(weight * divisor[:, None], name))
        factor, evened = f"{node.name}_evening", f"{node.name}_evened"
        model.graph.initializer.append(numpy_helper.from_array(1 / divisor, factor))
        place = list(model.graph.node).index(node)
        even = helper.make_node("Mul", [activation, factor], [evened], name=f"{node.name}_even")
        model.graph.node.insert(place, even)
        node.input[0] = evened
    onnx.save(model, str(target))


def _extremes(
    source: Path, names: set[str], samples: Sequence[Sequence[int]]
) -> dict[str, _Extremes]:
    """Return what each channel (last axis) of the named values takes at least and at most."""
    import onnxruntime as ort

    model = onnx.load(str(source))
    wanted = sorted(names)
    for name in wanted:
        value = helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        model.graph.output.append(value)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    found: dict[str, _Extremes] = {}
    for sample in samples:
        ids = np.array([sample], np.int64)
        values = session.run(wanted, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        for name, value in zip(wanted, values, strict=True):
            rows = value.reshape(-1, value.shape[-1])
            low, high = rows.min(0), rows.max(0)
            if name in found:
                low, high = np.minimum(found[name][0], low), np.maximum(found[name][1], high)
            found[name] = low, high
    return found


def _fuse_products(model: ModelProto) -> None:
    """Let one node multiply, scale back and add the bias; ONNX Runtime misses it by itself.

    It looks for the two scales apart, and folds them into one constant first.
    """
    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    users: dict[str, list[NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    vectors = {t.name for t in graph.initializer if len(t.dims) == 1}
    fused: dict[str, NodeProto] = {}  # by the output that it gives
    gone: set[str] = set()  # outputs whose nodes it replaces
    for node in graph.node:
        if node.op_type != "MatMulInteger":
            continue
        quantised, weight, offset, zero = node.input
        (cast,) = users[node.output[0]]
        (last,) = users[cast.output[0]]
        scales = maker[next(name for name in last.input if name != cast.output[0])]
        inputs = [quantised, weight, *scales.input, offset, zero]
        gone |= {node.output[0], cast.output[0], scales.output[0], last.output[0]}
        after = users.get(last.output[0], [])
        if len(after) == 1 and after[0].op_type == "Add":
            bias = next(name for name in after[0].input if name != last.output[0])
            if bias in vectors:
                inputs.append(bias)
                last = after[0]
                gone.add(last.output[0])
        fused[last.output[0]] = helper.make_node(
            "MatMulIntegerToFloat",
            inputs,
            [last.output[0]],
            name=f"{node.name}_fused",
            domain="com.microsoft",
        )
    kept = [
        fused.get(node.output[0], node)
        for node in graph.node
        if node.output[0] in fused or node.output[0] not in gone
    ]
    del graph.node[:]
    graph.node.extend(kept)
    if fused and all(opset.domain != "com.microsoft" for opset in model.opset_import):
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
