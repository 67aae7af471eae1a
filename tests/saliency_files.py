"""Tiny ONNX files that take pictures as learned models of saliency do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx

SIZE = (32, 48)


def model(
    folder: Path, shape: list[Any], operations: list[tuple[str, dict[str, Any]]], kind: int = 1
) -> Path:
    """A file that puts one input through `operations`, one after the other."""
    names = ["picture", *[f"step{number}" for number in range(len(operations))]]
    nodes = [
        onnx.helper.make_node(name, [names[i], *more.pop("also", [])], [names[i + 1]], **more)
        for i, (name, more) in enumerate(operations)
    ]
    constants = [
        onnx.numpy_helper.from_array(np.array(v, np.float32), name)
        for name, v in {"nought": 0.0, "five": 5.0, "rgb": [[[3.0]], [[2.0]], [[1.0]]]}.items()
    ]
    axes = onnx.numpy_helper.from_array(np.array([-3], np.int64), "channels")
    inputs = [onnx.helper.make_tensor_value_info("picture", kind, shape)]
    outputs = [onnx.helper.make_tensor_value_info(names[-1], kind, None)]
    graph = onnx.helper.make_graph(nodes, "saliency", inputs, outputs, [*constants, axes])
    made = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9
    )
    path = folder / "model.onnx"
    onnx.save(made, str(path))
    return path


def brightness(folder: Path, shape: list[Any]) -> Path:
    """A model whose map is the weighted sum of red (3), green (2) and blue (1) as it gets them."""
    weighted: tuple[str, dict[str, Any]] = ("Mul", {"also": ["rgb"]})
    return model(folder, shape, [weighted, ("ReduceSum", {"also": ["channels"]})])
