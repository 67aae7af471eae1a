"""A vector that came with a product, computed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class ProductVector:
    """Numbers that stand for a product's photo or words in the place of an encoder's."""

    values: NDArray[np.float32]
    """float32 [dim], all finite."""
    source: str
    """Where they were read, in words: a column, several columns, or a file."""
