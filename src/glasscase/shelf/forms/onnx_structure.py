"""What an ONNX file is made of, read without running or building any of it.

The file is a protobuf message (onnx.proto3). Only the few fields are followed that say which
operations it uses and which other files it wants; weights are stepped over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from glasscase.errors import BadDetector

MOST_PARTS = 2_000_000
MOST_DEPTH = 64

_PARTS = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor",
        6: "graph",
        10: "tensor",
        11: "graph",
        22: "sparse",
        23: "sparse",
    },
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {13: "elsewhere"},
}
"""Which field of which message holds which other message."""


@dataclass
class Structure:
    """What was found in a file."""

    operations: set[tuple[str, str]] = field(default_factory=set)
    """Family and name of each operation; the family of ONNX's own is ""."""
    functions: set[tuple[str, str]] = field(default_factory=set)
    """Those that the file defines itself."""
    files: set[str] = field(default_factory=set)
    """Other files that hold its weights, as it names them."""


def read_structure(data: memoryview, name: str) -> Structure:
    """What the ONNX file with these bytes is made of.

    Raises:
        BadDetector: it is no ONNX file, or is nested or cut up beyond all reason.
    """
    found = Structure()
    waiting = [("model", 0, len(data), 0)]
    parts = 0
    try:
        while waiting:
            kind, start, end, depth = waiting.pop()
            texts: dict[int, str] = {}
            for number, begin, stop in _fields(data, start, end):
                parts += 1
                if parts > MOST_PARTS or depth > MOST_DEPTH:
                    raise BadDetector(
                        f"detector {name!r} is nested or cut into pieces beyond all reason",
                        "Export it anew from the program it was trained with.",
                    )
                inner = _PARTS.get(kind, {}).get(number)
                if inner:
                    waiting.append((inner, begin, stop, depth + 1))
                elif kind in ("node", "function", "elsewhere") and stop - begin <= 4096:
                    texts[number] = str(data[begin:stop], "utf-8", "replace")
            _note(found, kind, texts)
        if not found.operations:
            raise ValueError("it holds no operation")
    except ValueError as error:
        raise BadDetector(
            f"detector {name!r} is no ONNX file: {error}", "Give a file made by an ONNX export."
        ) from None
    return found


def _note(found: Structure, kind: str, texts: dict[int, str]) -> None:
    if kind == "node":
        found.operations.add((texts.get(7, ""), texts.get(4, "")))
    elif kind == "function":
        found.functions.add((texts.get(10, ""), texts.get(1, "")))
    elif kind == "elsewhere" and texts.get(1) == "location":
        found.files.add(texts.get(2, ""))


def _fields(data: memoryview, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number, begin and end of each field between two places; numbers in it are stepped over."""
    while at < end:
        key, at = _varint(data, at, end)
        kind = key & 7
        if kind == 2:
            length, at = _varint(data, at, end)
            if length > end - at:
                raise ValueError("it is cut off")
            yield key >> 3, at, at + length
            at += length
        elif kind == 0:
            _, at = _varint(data, at, end)
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise ValueError("its bytes are something else")
    if at > end:
        raise ValueError("it is cut off")


def _varint(data: memoryview, at: int, end: int) -> tuple[int, int]:
    """The number that begins at a place, 7 bits a byte, and where it ends."""
    value = 0
    for place in range(10):
        if at >= end:
            raise ValueError("it is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return value, at
    raise ValueError("its bytes are something else")
