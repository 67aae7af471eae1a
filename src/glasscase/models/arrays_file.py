"""Arrays by name in a safetensors file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadBundle
from glasscase.files import write_bytes


def write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Store `arrays` at `path`; equal arrays give equal bytes. Raises `CannotWrite`."""
    from safetensors.numpy import save

    solid = {name: np.ascontiguousarray(arrays[name]) for name in sorted(arrays)}
    write_bytes(path, save(solid))


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays at `path`. Raises `BadBundle` when it is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return dict(load_file(path))
    except (OSError, SafetensorError) as error:
        message = f"{path.name!r} of the bundle cannot be read ({error})"
        raise BadBundle(message, "Train or copy it again.") from None
