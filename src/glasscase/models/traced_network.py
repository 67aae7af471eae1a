"""What a network does with a batch, recorded by torch and written as an ONNX graph.

The recording is made with two rows and with three, by plain operations on real tensors: a length
that differs goes with the rows, every other is fixed. That takes a tenth of the time of torch's own
exporter, which reasons about lengths with symbols.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glasscase.extras import need
from glasscase.models.onnx_graph import OnnxGraph, Shape
from glasscase.models.onnx_operations import Call, Untranslated, write

_FEW, _MORE = 2, 3
_HARMLESS = {"memory_format", "layout", "device", "pin_memory"}
_KNOWS_ROWS = ("aten.view", "aten._unsafe_view", "aten.expand", "aten.slice")
"""Operations that are told lengths; those of the result say the same."""


def traced_graph(
    run: Callable[..., Any], inputs: Callable[[int], Mapping[str, Any]], outputs: Sequence[str]
) -> bytes:
    """`run` as an ONNX graph whose first axis, "n", is free.

    Args:
        run: takes tensors, gives one or several.
        inputs: float32 tensors for so many rows, by name, in the order of `run`'s arguments.
        outputs: names of what it gives.

    Raises:
        Untranslated: it does what `onnx_operations` has no words for.
    """
    few, more = (_recorded(run, inputs(rows)) for rows in (_FEW, _MORE))
    if [str(one.target) for one in few] != [str(one.target) for one in more]:
        raise Untranslated("something that depends on the number of rows")
    graph, names = OnnxGraph(), list(inputs(1))
    values: dict[Any, Any] = dict(zip(few, names, strict=False))
    shapes = {one: _shape(one, other) for one, other in zip(few, more, strict=True)}
    for one, other in zip(few, more, strict=True):
        if one.op == "get_attr":
            values[one] = getattr(one.graph.owning_module, one.target)
        elif one.op == "call_function":
            values[one] = _done(graph, one, other, values, shapes)
            if isinstance(values[one], str):
                boolean = str(one.meta["val"].dtype) == "torch.bool"
                graph.describe(values[one], _named(shapes[one]), boolean=boolean)
    (result,) = few[-1].args
    given = [result] if hasattr(result, "op") else list(result)
    return graph.to_bytes(
        {name: _named(shapes[one]) for one, name in zip(few, names, strict=False)},
        {
            name: (_stored(graph, values[one]), _named(shapes[one]))
            for name, one in zip(outputs, given, strict=True)
        },
    )


def _recorded(run: Callable[..., Any], inputs: Mapping[str, Any]) -> list[Any]:
    """The operations in order: inputs first, the result last."""
    tracing = need("torch.fx.experimental.proxy_tensor", extra="train")
    aten = need("torch", extra="train").ops.aten
    decomposed = need("torch._decomp", extra="train").get_decompositions(
        [
            aten._softmax_backward_data,
            aten.native_batch_norm_backward,
            aten.native_layer_norm_backward,
            aten.rsub,
            aten.threshold_backward,
        ]
    )
    guards = need("torch._guards", extra="train")
    lengths = need("torch._subclasses", extra="train").FakeTensorMode(allow_fallback_kernels=True)
    with guards.tracing(guards.TracingContext(lengths)):  # else torch makes one for every value
        module = tracing.make_fx(run, decomposed, tracing_mode="real")(*inputs.values())
    module.graph.eliminate_dead_code()
    return list(module.graph.nodes)


def _shape(one: Any, other: Any) -> tuple[int, ...]:
    """Of what a node gives, () where that is no tensor."""
    shapes = [getattr(node.meta.get("val"), "shape", ()) for node in (one, other)]
    return tuple(_length(few, more) for few, more in zip(*shapes, strict=True))


def _length(few: int, more: int) -> int:
    """A fixed length as it is, k times the rows as -k."""
    if few == more:
        return int(few)
    if few * _MORE != more * _FEW or few % _FEW:
        raise Untranslated(f"a length of {few} for {_FEW} rows, {more} for {_MORE}")
    return -few // _FEW


def _named(shape: tuple[int, ...]) -> Shape:
    return tuple(one if one >= 0 else "n" if one == -1 else f"{-one}*n" for one in shape)


def _stored(graph: OnnxGraph, value: Any) -> str:
    return value if isinstance(value, str) else graph.tensor(value)


def _done(graph: OnnxGraph, one: Any, other: Any, values: Any, shapes: Any) -> Any:
    """The value of a call: a name in the graph, or a tensor where no input takes part."""
    args = _filled_in(one.args, values)
    if one.target is operator.getitem:
        return args[0][args[1]]
    told = str(one.target).startswith(_KNOWS_ROWS)
    if not told and _plain(one.args) != _plain(other.args):
        raise Untranslated(f"{one.target} with a number that goes with the rows")
    if not any(isinstance(values[node], str | list) for node in one.all_input_nodes):
        if min(shapes[one], default=0) < 0:
            raise Untranslated(f"{one.target} makes rows of nothing")
        return one.target(*args, **one.kwargs)
    first = one.args[0] if one.args else None
    call = Call(args, shapes[one], shapes.get(first, ()) if hasattr(first, "op") else ())
    for name, value in one.kwargs.items():
        if name not in _HARMLESS and str(value) != "torch.float32":
            raise Untranslated(f"{one.target} with {name}={value}")
    return write(graph, str(one.target), call)


def _filled_in(args: Any, values: Mapping[Any, Any]) -> Any:
    if isinstance(args, list | tuple):
        return type(args)(_filled_in(one, values) for one in args)
    return values[args] if hasattr(args, "op") else args


def _plain(args: Any) -> Any:
    """The arguments without what comes from other operations."""
    if isinstance(args, list | tuple):
        return [_plain(one) for one in args]
    return None if hasattr(args, "op") else args
