"""Real ONNX files of detectors that answer with what they were told, whatever the photo."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def write_detector(
    path: Path,
    outputs: Mapping[str, np.ndarray],
    *,
    size: tuple[Any, Any] = (192, 256),
    metadata: Mapping[str, str] | None = None,
    photo: int = TensorProto.FLOAT,
    sized: bool = False,
    masked: bool = False,
    open_shapes: bool = False,
) -> Path:
    """A detector that answers `outputs`.

    Args:
        path: of the file.
        outputs: by name.
        size: height and width of its input; a word leaves one open.
        metadata: as exporters write it.
        photo: element type of its input.
        sized: it is told the photo's size, and its `boxes` are shares of it, as RT-DETR's are.
        masked: it wants `pixel_mask` too, as DETR does.
        open_shapes: its file does not say the shapes of its outputs.
    """
    inputs = [helper.make_tensor_value_info("images", photo, [1, 3, *size])]
    nodes = [
        helper.make_node("Cast", ["images"], ["single"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["single"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nought"], ["nothing"]),
    ]
    weights = [numpy_helper.from_array(np.float32(0), "nought")]
    if sized:
        inputs.append(helper.make_tensor_value_info("orig_target_sizes", TensorProto.INT64, [1, 2]))
        nodes += [
            helper.make_node("Cast", ["orig_target_sizes"], ["side"], to=TensorProto.FLOAT),
            helper.make_node("Concat", ["side", "side"], ["sides"], axis=1),
        ]
    if masked:
        inputs.append(
            helper.make_tensor_value_info("pixel_mask", TensorProto.INT64, [1, "rows", "columns"])
        )
    declared = []
    for name, value in outputs.items():
        weights.append(numpy_helper.from_array(value, f"{name}_told"))
        kind = helper.np_dtype_to_tensor_dtype(value.dtype)
        nodes.append(helper.make_node("Cast", ["nothing"], [f"{name}_nothing"], to=kind))
        last = f"{name}_plain" if sized and name == "boxes" else name
        nodes.append(helper.make_node("Add", [f"{name}_told", f"{name}_nothing"], [last]))
        if last != name:
            nodes.append(helper.make_node("Mul", [last, "sides"], [name]))
        shape = [f"{name}{i}" for i in range(value.ndim)] if open_shapes else value.shape
        declared.append(helper.make_tensor_value_info(name, kind, shape))
    save(path, helper.make_graph(nodes, "detector", inputs, declared, weights), metadata)
    return path


def save(path: Path, graph: Any, metadata: Mapping[str, str] | None = None, **more: Any) -> None:
    """Write `graph` as exporters do."""
    model = helper.make_model(
        graph, opset_imports=more.pop("opsets", [helper.make_opsetid("", 17)]), **more
    )
    model.ir_version = 9
    helper.set_model_props(model, dict(metadata or {}))
    onnx.save(model, str(path))
