"""An ONNX graph while it is written, node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from glasscase.extras import need

_OPSET, _IR_VERSION = 18, 10
Shape = tuple[int | str, ...]
"""Lengths of the axes; a name is a free length."""


class OnnxGraph:
    """Takes nodes in the order they run in; equal nodes in equal order give equal bytes."""

    def __init__(self) -> None:
        self._onnx = need("onnx", extra="train")
        self._nodes: list[Any] = []
        self._stored: list[Any] = []
        self._names: dict[Any, str] = {}
        self._known: dict[Any, list[str]] = {}
        self._shapes: dict[str, Any] = {}
        self._reshaped: dict[str, tuple[str, tuple[int, ...]]] = {}
        self._kept: list[Any] = []

    def add(self, operation: str, *inputs: str, **attributes: Any) -> str:
        """One node with one output; gives the name of what it gives."""
        return self.add_many(operation, 1, *inputs, **attributes)[0]

    def add_many(self, operation: str, outputs: int, *inputs: str, **attributes: Any) -> list[str]:
        """One node with several outputs, and their names; the same twice is done once."""
        key = (operation, outputs, inputs, str(attributes))
        if key not in self._known:
            names = [f"{operation.lower()}_{len(self._nodes)}_{k}" for k in range(outputs)]
            self._nodes.append(self._onnx.helper.make_node(operation, inputs, names, **attributes))
            self._known[key] = names
        return self._known[key]

    def reshape(self, value: str, before: tuple[int, ...], after: tuple[int, ...]) -> str:
        """`value` of the shape `before` in the shape `after`; one length of each may be below 0."""
        value, before = self._reshaped.get(value, (value, before))
        if before == after:
            return value
        name = self.add("Reshape", value, self.numbers([max(length, -1) for length in after]))
        self._reshaped[name] = (value, before)
        return name

    def describe(self, name: str, shape: Shape, *, boolean: bool = False) -> None:
        """Say what shape a value has: the graph opens three times as fast where that is known."""
        kind = self._onnx.TensorProto.BOOL if boolean else self._onnx.TensorProto.FLOAT
        self._shapes[name] = self._onnx.helper.make_tensor_value_info(name, kind, shape)

    def numbers(self, values: Sequence[int] | int) -> str:
        """Whole numbers a node needs: a shape, axes."""
        return self._store(("numbers", str(values)), np.asarray(values, np.int64))

    def scalar(self, value: float) -> str:
        """A float32 number."""
        return self._store(("scalar", value), np.float32(value))

    def tensor(self, tensor: Any) -> str:
        """A tensor that does not depend on the inputs. Weights are stored once, turned or not."""
        if turned(tensor):
            key: tuple[Any, ...] = ("turned", tensor.data_ptr(), tuple(tensor.shape))
            if key not in self._names:
                self._names[key] = self.add("Transpose", self.tensor(tensor.t()), perm=[1, 0])
            return self._names[key]
        self._kept.append(tensor)  # or its address could be another's before long
        key = (tensor.data_ptr(), tuple(tensor.shape), tuple(tensor.stride()), str(tensor.dtype))
        return self._store(key, tensor.detach().cpu().numpy())

    def _store(self, key: Any, values: Any) -> str:
        if key not in self._names:
            self._names[key] = f"stored_{len(self._stored)}"
            values = np.array(values, order="C")
            self._stored.append(self._onnx.numpy_helper.from_array(values, self._names[key]))
        return self._names[key]

    def to_bytes(
        self, inputs: Mapping[str, Shape], outputs: Mapping[str, tuple[str, Shape]]
    ) -> bytes:
        """The finished graph, all inputs and outputs float32.

        Args:
            inputs: their shapes, by name.
            outputs: what each shall give (the name `add` gave) and its shape, by name.
        """
        helper, kind = self._onnx.helper, self._onnx.TensorProto.FLOAT
        for name, (given, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [given], [name]))
        described = (
            [helper.make_tensor_value_info(name, kind, shape) for name, shape in shapes.items()]
            for shapes in (inputs, {name: shape for name, (_, shape) in outputs.items()})
        )
        nodes, read = self._needed(set(outputs))
        stored = [one for one in self._stored if one.name in read]
        known = [one for name, one in self._shapes.items() if name in read - set(inputs)]
        graph = helper.make_graph(nodes, "network", *described, stored, value_info=known)
        opsets = [helper.make_opsetid("", _OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        return bytes(model.SerializeToString(deterministic=True))

    def _needed(self, read: set[str]) -> tuple[list[Any], set[str]]:
        """The nodes whose outputs are read in the end, in order, and all that they read."""
        nodes = []
        for node in reversed(self._nodes):
            if read & set(node.output):
                nodes.append(node)
                read = read | set(node.input)
        return nodes[::-1], read


def turned(tensor: Any) -> bool:
    """Whether `tensor` is a matrix seen with its axes exchanged."""
    return tensor.dim() == 2 and not tensor.is_contiguous() and tensor.t().is_contiguous()
