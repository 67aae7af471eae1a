"""Torch networks become ONNX graphs, once; after that no torch is needed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from glasscase.errors import BadEncoder
from glasscase.extras import need
from glasscase.files import write_bytes

RECIPE = 1
"""Raised whenever the export changes what a graph gives; part of the stored folder's name."""
Axis = str | tuple[str, int | None]
_LARGEST_BYTES = 2_000_000_000  # an ONNX file cannot be larger


def export_images(network: Any, side: int, outputs: list[str], path: Path) -> None:
    """Write `network` (uint8 [n, side, side, 3] -> `outputs`) as an ONNX graph to `path`."""
    torch = need("torch", extra="train")
    example = torch.zeros((2, side, side, 3), dtype=torch.uint8)
    write_bytes(path, graph_bytes(network, {"images": example}, {0: "n"}, outputs))


def export_sentences(network: Any, path: Path, *, longest: int | None = None) -> None:
    """Write `network` (token numbers [n, length] -> `vectors`) as an ONNX graph to `path`.

    `longest`: how many tokens it can be given, where it would refuse more itself.
    """
    torch = need("torch", extra="train")
    example = torch.arange(10, 20).reshape(2, 5)
    free: dict[int, Axis] = {0: "n", 1: ("length", longest)}
    write_bytes(path, graph_bytes(network, {"input_ids": example}, free, ["vectors"]))


def graph_bytes(
    network: Any, inputs: dict[str, Any], free: Mapping[int, Axis], outputs: list[str]
) -> bytes:
    """`network` as an ONNX graph; equal networks give equal bytes.

    Args:
        network: a torch module.
        inputs: an example tensor for each input, by name, in the order of `forward`.
        free: which axes of all inputs may have another length, and what they are called; with the
            greatest length where there is one.
        outputs: names of what it gives.

    Raises:
        BadEncoder: it is larger than one file can hold.
    """
    torch = need("torch", extra="train")
    need("onnxscript", extra="train")
    named = {axis: (name, None) if isinstance(name, str) else name for axis, name in free.items()}
    dims = {axis: torch.export.Dim(name, max=most) for axis, (name, most) in named.items()}
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            network.eval(),
            tuple(inputs.values()),
            dynamo=True,
            verbose=False,
            dynamic_shapes=tuple(dims for _ in inputs),
            input_names=list(inputs),
            output_names=outputs,
        )
    proto = program.model_proto
    if proto.ByteSize() > _LARGEST_BYTES:
        raise BadEncoder("the network is over 2 GB, more than one ONNX file can hold", "Take less.")
    _forget_origin(proto)
    return bytes(proto.SerializeToString(deterministic=True))


def _forget_origin(proto: Any) -> None:
    """Drop notes on where each node came from: they hold paths, and the same graph must give the
    same bytes everywhere."""
    for thing in _described(proto):
        thing.doc_string = ""
        del thing.metadata_props[:]


def _described(proto: Any) -> Iterator[Any]:
    yield proto
    for holder in (proto.graph, *proto.functions):
        yield holder
        yield from holder.node
        yield from holder.value_info
    yield from (*proto.graph.input, *proto.graph.output, *proto.graph.initializer)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the exporter says about its own insides."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r".*LeafSpec", FutureWarning)
        warnings.filterwarnings("ignore", r"# The axis name", UserWarning)
        yield
