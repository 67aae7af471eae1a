"""A pack as its analyst knows it: a photo of its front, whose it is, how tall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """One pack of a competitor set."""

    id: str
    image: NDArray[np.uint8]
    """uint8 RGB [h, w, 3]: the front of the pack, after EXIF."""
    brand: str = ""
    product: str = ""
    category: str = ""
    height_mm: float | None = None
    """How tall the pack is in the world; letters are sized by it. None: not known."""
    own: bool = False
    """Of the brand that asks."""
    variety: str = ""
    """Which of the product: `dark roast`; a main photo should show it."""
