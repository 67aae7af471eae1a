"""A trained network on vectors as ONNX graphs: its logits, the gradient of any of them, its view.

The gradient graph is torch's own backward pass, traced once: it takes the network's inputs and a
cotangent [n, classes] and gives d(sum(cotangent * logits)) / d(block) for every block. So heat
maps need no torch in use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from glasscase.encoders.export import graph_bytes
from glasscase.extras import need
from glasscase.models.onnx_operations import Untranslated
from glasscase.models.traced_network import traced_graph
from glasscase.models.training.torch_random import torch_random

_ROWS = (17, 19, 23, 29, 31, 37, 41, 43)
"""Rows an example may have. The tracer takes axes of one length for the same, so that of the rows
must be no other's: neither a block's width nor the number of classes."""


def logits_graph(net: Any, dims: Mapping[str, int], outputs: Sequence[str] = ("logits",)) -> bytes:
    """`net` (blocks in the order of `dims`, then `present`) as a graph with free length n."""
    return _graph(_frozen(net), dims, 0, outputs)


def view_graph(net: Any, dims: Mapping[str, int], outputs: Sequence[str]) -> bytes:
    """What the network has to show beside its logits (`VectorNet.view`), by these names."""
    return _graph(_frozen(net).view, dims, 0, outputs)


def gradient_graph(net: Any, dims: Mapping[str, int], n_classes: int) -> bytes:
    """The gradient with respect to every block; `d.image` is the one to `image`."""
    torch = need("torch", extra="train")
    _frozen(net)

    def pulled(*given: Any) -> Any:
        *blocks, present, cotangent = given
        free = [block.detach().requires_grad_() for block in blocks]
        return torch.autograd.grad(net(*free, present), free, cotangent)

    return _graph(pulled, dims, n_classes, [f"d.{name}" for name in dims])


def _graph(
    run: Callable[..., Any], dims: Mapping[str, int], n_classes: int, outputs: Sequence[str]
) -> bytes:
    """`run` as a graph; an operation our own table lacks takes torch's exporter, and seconds."""
    with torch_random(0):
        try:
            return traced_graph(run, lambda rows: _examples(dims, n_classes, rows), outputs)
        except Untranslated:
            rows = next(count for count in _ROWS if count not in (*dims.values(), n_classes))
            inputs = _examples(dims, n_classes, rows)
            return graph_bytes(_traced(run, inputs), inputs, {0: "n"}, list(outputs))


def _frozen(net: Any) -> Any:
    for parameter in net.parameters():
        parameter.requires_grad_(requires_grad=False)
    return net.eval()


def _traced(run: Any, inputs: Mapping[str, Any]) -> Any:
    """`run` as a module of plain operations, whatever arguments it takes."""
    tracing = need("torch.fx.experimental.proxy_tensor", extra="train")
    make = tracing.make_fx(run, tracing_mode="symbolic", _allow_non_fake_inputs=True)
    return make(*inputs.values())


def _examples(dims: Mapping[str, int], n_classes: int, rows: int) -> dict[str, Any]:
    """Inputs of so many rows; with a cotangent if it has classes."""
    torch = need("torch", extra="train")
    blocks = {name: torch.randn(rows, dim) for name, dim in dims.items()}
    cotangent = {"cotangent": torch.randn(rows, n_classes)} if n_classes else {}
    return {**blocks, "present": torch.ones(rows, 2), **cotangent}
