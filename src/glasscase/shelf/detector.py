"""The port of everything that finds products on a photo."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.boxes import Boxes


@dataclass(frozen=True, slots=True)
class MeasuredDetector:
    """How often a detector was right where the truth is known; intervals of figures rest on it."""

    right: int
    """Found boxes that overlap a true one by half (IoU 0.5), each true box counted once."""
    found: int
    true: int
    on: str
    """The photos it was measured on, in words."""
    score: float
    """The lowest score of a box that counted as found."""
    photos: tuple[tuple[int, int, int], ...] = ()
    """Right, found and true on each photo apart, where counted so: photos differ by more than
    chance, and intervals of figures are as wide as that."""
    drawn: bool = False
    """Measured on drawn scenes: intervals of photos do not rest on it, for it says little there."""

    @property
    def precision(self) -> float:
        """Share of what was found that is right, 0 to 1; 0 where nothing was found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of what is there that was found, 0 to 1; 0 where nothing is there."""
        return self.right / self.true if self.true else 0.0


@dataclass(frozen=True, slots=True)
class DetectorCard:
    """What a detector is and where it comes from."""

    name: str
    form: str
    """How its answers are read: `glasscase`, `yolo8`, `rtdetr`, `hf` ..."""
    licence: str
    source: str
    sha256: str
    input_px: tuple[int, int]
    """Height and width a photo (or a tile of it) is brought to."""
    classes: tuple[str, ...] = ()
    measured: MeasuredDetector | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


class Detector(Protocol):
    """Finds things on one photo. Thread-safe; the same photo gives the same boxes."""

    @property
    def card(self) -> DetectorCard:
        """What it is."""
        ...

    def detect(self, image: NDArray[np.uint8]) -> Boxes:
        """Boxes on `image` (uint8 RGB [h, w, 3]) in its pixels, surest first, inside the photo,
        overlapping doubles already removed."""
        ...
