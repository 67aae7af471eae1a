"""One IDX file (the format of MNIST): a header of sizes, then plain bytes; perhaps gzipped."""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadCatalog

_UNSIGNED_BYTES = 0x08
_MOST_SHRUNK = 1100
"""Deflate makes nothing smaller than by this factor, so a larger claim is a lie."""
_AGAIN = "Download it again."


def read_idx(path: Path, *, axes: int, most_bytes: int) -> NDArray[np.uint8]:
    """The array of an IDX file with `axes` axes: 3 for pictures [n, height, width], 1 for labels.

    The header is checked against the size of the file before anything of that size is read.

    Args:
        path: the file, plain or gzipped whatever its name says.
        axes: how many sizes the header must give.
        most_bytes: of the array; more is refused.

    Raises:
        BadCatalog: missing, no IDX file, other axes or types, truncated, too long, or too large.

    Not covered: numbers of other types than unsigned bytes.
    """
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == b"\x1f\x8b"
            plain.seek(0)
            stream: IO[bytes] = gzip.GzipFile(fileobj=plain) if packed else plain  # type: ignore[assignment]
            return _array(stream, path, axes=axes, most_bytes=most_bytes, packed=packed)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise BadCatalog(f"{str(path)!r} cannot be read: {reason}", _AGAIN) from None


def _array(
    stream: IO[bytes], path: Path, *, axes: int, most_bytes: int, packed: bool
) -> NDArray[np.uint8]:
    shape = _shape(stream.read(4 + 4 * axes), path, axes)
    total = math.prod(shape)
    if total > most_bytes:
        raise BadCatalog(
            f"{str(path)!r} claims {' x '.join(map(str, shape))} bytes, "
            f"the limit is {most_bytes / 1e6:g} MB",
            "Raise photos.max_set_megabytes or divide it.",
        )
    stored = path.stat().st_size
    most = stored * _MOST_SHRUNK if packed else stored - 4 - 4 * axes
    if total > most:
        raise _truncated(path, shape)
    data = stream.read(total)
    if len(data) < total:
        raise _truncated(path, shape)
    if stream.read(1):
        message = f"{str(path)!r} holds more than the {total:,} bytes its header speaks of"
        raise BadCatalog(message, _AGAIN)
    return np.frombuffer(data, np.uint8).reshape(shape)


def _shape(head: bytes, path: Path, axes: int) -> tuple[int, ...]:
    """The sizes [axes] a header gives."""
    if len(head) < 4 or head[:2] != b"\0\0" or not 1 <= head[3] <= 8:
        raise BadCatalog(f"{str(path)!r} is not an IDX file", _AGAIN)
    if head[2] != _UNSIGNED_BYTES:
        raise BadCatalog(
            f"{str(path)!r} holds numbers of type 0x{head[2]:02x}, not unsigned bytes (0x08)",
            "Save it with bytes from 0 to 255.",
        )
    if head[3] != axes:
        wanted = "pictures have 3 (number, height, width)" if axes == 3 else "labels have 1"
        raise BadCatalog(f"{str(path)!r} has {head[3]} axes; {wanted}", "Name the right file.")
    if len(head) < 4 + 4 * axes:
        raise BadCatalog(f"{str(path)!r} ends within its header", _AGAIN)
    shape = struct.unpack(f">{axes}I", head[4:])
    if min(shape) < 1:
        raise BadCatalog(f"{str(path)!r} holds nothing: {' x '.join(map(str, shape))}", _AGAIN)
    return shape


def _truncated(path: Path, shape: tuple[int, ...]) -> BadCatalog:
    told = " x ".join(map(str, shape))
    return BadCatalog(f"{str(path)!r} is truncated: its header speaks of {told} bytes", _AGAIN)
