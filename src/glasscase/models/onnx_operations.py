"""Operations of torch, as networks on vectors use them, and the ONNX nodes that do the same.

The table is short on purpose: it holds what the networks of `models/nets` and their gradients are
made of. Whatever is not in it is told by `Untranslated`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from glasscase.models.onnx_graph import OnnxGraph, turned

_FURTHEST = 2**63 - 1


class Untranslated(Exception):
    """An operation that is not in the table, or is used in a way that is not."""


class Call(NamedTuple):
    """One call of an operation."""

    args: tuple[Any, ...]
    """Names of values in the graph, tensors that do not depend on the inputs, and numbers."""
    shape: tuple[int, ...]
    """Of what it gives; -1 stands for the number of rows, -4 for four times that."""
    given: tuple[int, ...]
    """The same of its first argument, () if that is no tensor."""


Written = str | list[str]


def write(graph: OnnxGraph, operation: str, call: Call) -> Written:
    """Add the nodes of `operation` (such as `aten.mul.Tensor`); the name or names of the result.

    Raises:
        Untranslated: the table does not say how.
    """
    if operation in _PLAIN:
        return graph.add(_PLAIN[operation], *(_value(graph, one) for one in call.args))
    if operation not in _SHAPED:
        raise Untranslated(operation)
    return _SHAPED[operation](graph, call)


def _value(graph: OnnxGraph, one: Any) -> str:
    if isinstance(one, str):
        return one
    if isinstance(one, bool | int | float):
        return graph.scalar(float(one))
    if hasattr(one, "data_ptr"):
        return graph.tensor(one)
    raise Untranslated(f"an argument {one!r}")


def _first(graph: OnnxGraph, call: Call) -> str:
    return _value(graph, call.args[0])


def _argument(call: Call, place: int, default: Any) -> Any:
    return call.args[place] if len(call.args) > place else default


def _same(graph: OnnxGraph, call: Call) -> str:
    return _first(graph, call)


def _as_float(graph: OnnxGraph, call: Call) -> str:
    return graph.add("Cast", _first(graph, call), to=1)


def _reshaped(graph: OnnxGraph, call: Call) -> str:
    if sum(length < 0 for length in call.shape) > 1:
        raise Untranslated(f"a shape {call.shape}")
    return graph.reshape(_first(graph, call), call.given, call.shape)


def _expanded(graph: OnnxGraph, call: Call) -> str:
    if call.shape == call.given:
        return _first(graph, call)
    before = (1,) * (len(call.shape) - len(call.given)) + call.given
    pairs = list(zip(before, call.shape, strict=True))
    if any(after < 0 and one != after for one, after in pairs):
        raise Untranslated("one row made many")
    target = [max(after, 1) for _, after in pairs]
    return graph.add("Expand", _first(graph, call), graph.numbers(target))


def _exchanged(graph: OnnxGraph, call: Call) -> str:
    one, other = (axis % len(call.given) for axis in (call.args[1:] or (0, 1)))
    order = list(range(len(call.given)))
    order[one], order[other] = order[other], order[one]
    return graph.add("Transpose", _first(graph, call), perm=order)


def _linear(graph: OnnxGraph, call: Call) -> str:
    bias, rows, weights = call.args
    if not isinstance(weights, str) and turned(weights):
        last, turn = graph.tensor(weights.t()), 1
    else:
        last, turn = _value(graph, weights), 0
    return graph.add("Gemm", _value(graph, rows), last, _value(graph, bias), transB=turn)


def _sliced(graph: OnnxGraph, call: Call) -> str:
    if call.shape == call.given:
        return _first(graph, call)
    axis, start, end, step = (_argument(call, k, v) for k, v in ((1, 0), (2, 0), (3, None), (4, 1)))
    if call.given[axis] < 0:
        raise Untranslated("some of the rows")
    bounds = ([start or 0], [_FURTHEST if end is None else end], [axis], [step])
    return graph.add("Slice", _first(graph, call), *(graph.numbers(bound) for bound in bounds))


def _padded(graph: OnnxGraph, call: Call) -> str:
    """The gradient of a slice: zeros around it."""
    _, _, axis, start, end, step = call.args
    whole = call.shape[axis]
    if whole < 0 or step != 1 or start < 0 or end < 0:
        raise Untranslated("a slice with steps, of rows, or counted from the end")
    axes = len(call.shape)
    pads = [0] * (2 * axes)
    pads[axis % axes], pads[axes + axis % axes] = start, whole - min(end, whole)
    return graph.add("Pad", _first(graph, call), graph.numbers(pads))


def _selected(graph: OnnxGraph, call: Call) -> str:
    _, axis, index = call.args
    if call.given[axis] < 0:
        raise Untranslated("one of the rows")
    return graph.add("Gather", _first(graph, call), graph.numbers(index), axis=axis)


def _joined(graph: OnnxGraph, call: Call) -> str:
    parts = [_value(graph, one) for one in call.args[0]]
    return graph.add("Concat", *parts, axis=_argument(call, 1, 0))


def _stacked(graph: OnnxGraph, call: Call) -> str:
    axis = _argument(call, 1, 0)
    axes = graph.numbers([axis])
    parts = [graph.add("Unsqueeze", _value(graph, one), axes) for one in call.args[0]]
    return graph.add("Concat", *parts, axis=axis)


def _reduced(operation: str) -> Callable[[OnnxGraph, Call], str]:
    def write_it(graph: OnnxGraph, call: Call) -> str:
        axes = _argument(call, 1, None)
        if not axes or any(call.given[axis] < 0 for axis in axes):
            raise Untranslated("something of all rows together")
        kept = int(bool(_argument(call, 2, default=False)))
        return graph.add(operation, _first(graph, call), graph.numbers(axes), keepdims=kept)

    return write_it


def _clamped(graph: OnnxGraph, call: Call) -> str:
    bounds = (_argument(call, 1, None), _argument(call, 2, None))
    names = ["" if bound is None else _value(graph, bound) for bound in bounds]
    return graph.add("Clip", _first(graph, call), *(names if names[1] else names[:1]))


def _softmax(graph: OnnxGraph, call: Call) -> str:
    return graph.add("Softmax", _first(graph, call), axis=call.args[1])


def _filled(value: float) -> Callable[[OnnxGraph, Call], str]:
    def write_it(graph: OnnxGraph, call: Call) -> str:
        shape = graph.add("Shape", _first(graph, call))
        return graph.add("Expand", graph.scalar(value), shape)

    return write_it


def _layer_norm(graph: OnnxGraph, call: Call) -> list[str]:
    given, axes, weight, bias, epsilon = call.args
    inputs = [_value(graph, one) for one in (given, weight, bias)]
    return graph.add_many("LayerNormalization", 3, *inputs, axis=-len(axes), epsilon=epsilon)


def _batch_norm(graph: OnnxGraph, call: Call) -> list[str]:
    """In use, that is with the mean and variance that were learnt."""
    given, weight, bias, mean, variance, training, _, epsilon = call.args
    if training:
        raise Untranslated("a batch norm in training")
    weight = mean.new_ones(mean.shape) if weight is None else weight
    bias = mean.new_zeros(mean.shape) if bias is None else bias
    inputs = [_value(graph, one) for one in (given, weight, bias, mean, variance)]
    return [graph.add("BatchNormalization", *inputs, epsilon=epsilon)]


_PLAIN = {
    "aten.abs.default": "Abs",
    "aten.add.Tensor": "Add",
    "aten.bmm.default": "MatMul",
    "aten.div.Tensor": "Div",
    "aten.exp.default": "Exp",
    "aten.ge.Scalar": "GreaterOrEqual",
    "aten.gt.Scalar": "Greater",
    "aten.le.Scalar": "LessOrEqual",
    "aten.mm.default": "MatMul",
    "aten.mul.Scalar": "Mul",
    "aten.mul.Tensor": "Mul",
    "aten.neg.default": "Neg",
    "aten.relu.default": "Relu",
    "aten.sgn.default": "Sign",
    "aten.sigmoid.default": "Sigmoid",
    "aten.sign.default": "Sign",
    "aten.sqrt.default": "Sqrt",
    "aten.sub.Tensor": "Sub",
    "aten.tanh.default": "Tanh",
    "aten.where.self": "Where",
}
"""Operations whose ONNX node takes the same arguments."""

_SHAPED: dict[str, Callable[[OnnxGraph, Call], Written]] = {
    "aten._softmax.default": _softmax,
    "aten._to_copy.default": _as_float,
    "aten._unsafe_view.default": _reshaped,
    "aten.addmm.default": _linear,
    "aten.amax.default": _reduced("ReduceMax"),
    "aten.cat.default": _joined,
    "aten.clamp.default": _clamped,
    "aten.clone.default": _same,
    "aten.detach.default": _same,
    "aten.expand.default": _expanded,
    "aten.mean.dim": _reduced("ReduceMean"),
    "aten.native_batch_norm.default": _batch_norm,
    "aten.native_layer_norm.default": _layer_norm,
    "aten.ones_like.default": _filled(1.0),
    "aten.select.int": _selected,
    "aten.slice.Tensor": _sliced,
    "aten.slice_backward.default": _padded,
    "aten.stack.default": _stacked,
    "aten.sum.dim_IntList": _reduced("ReduceSum"),
    "aten.t.default": _exchanged,
    "aten.transpose.int": _exchanged,
    "aten.unsqueeze.default": _reshaped,
    "aten.view.default": _reshaped,
    "aten.zeros_like.default": _filled(0.0),
}
"""Operations that need more than their name said in ONNX."""
