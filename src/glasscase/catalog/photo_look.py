"""What a decoded photo is like at a glance: size, contrast, sharpness, a fingerprint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image

LOOKED_AT_PX = 256
"""Larger pictures are shrunk below this, by a whole number, before anything is measured."""
BLANK = 3.0
"""Standard deviation of the brightness, 0 to 255, below which a photo shows nothing."""
BLURRED = 30.0
"""Sharpness below which a photo counts as blurred; of 838 photos of a real shop two are below."""
_SHARPEST = 1000
"""One of so many pixels is sharper than the sharpness says."""
_PRINT_SIZE = (9, 8)
_PART_BITS = 16
_PARTS = 4


@dataclass(frozen=True, slots=True)
class PhotoLook:
    """Measures of one photo, cheap enough to take whenever a photo is decoded anyway.

    >>> flat = PhotoLook.of(np.full((60, 80, 3), 250, np.uint8), shorter_px=60)
    >>> flat.blank, flat.blurred, flat.shorter_px
    (True, False, 60)
    """

    shorter_px: int
    """Shorter side as it is stored."""
    contrast: float
    """Standard deviation of the brightness, 0 to 255."""
    sharpness: float
    """The edge (Laplacian, 0 to 255) that one pixel of a thousand exceeds. Pech-Pacheco et al.
    (2000) take the variance, which a plain background lowers; the strongest edges it does not."""
    fingerprint: int
    """64 bits: which of neighbouring places is brighter (difference hash); equal for copies."""

    @property
    def blank(self) -> bool:
        """Whether it shows nothing: one colour all over."""
        return self.contrast < BLANK

    @property
    def blurred(self) -> bool:
        """Whether it has no sharp edge anywhere, by a limit that suits most shops."""
        return not self.blank and self.sharpness < BLURRED

    @classmethod
    def of(cls, image: NDArray[np.uint8], *, shorter_px: int) -> Self:
        """Measure a decoded photo, uint8 RGB [h, w, 3], which may have been decoded smaller.

        Not covered: what is sharp, the product or what stands beside it; and soft photos of soft
        things, which are as they should be.
        """
        picture = Image.fromarray(image).convert("L")
        if max(picture.size) > LOOKED_AT_PX:
            picture = picture.reduce(math.ceil(max(picture.size) / LOOKED_AT_PX))
        small = np.asarray(picture.resize(_PRINT_SIZE, Image.Resampling.BOX), np.int16)
        bits = np.packbits(small[:, 1:] > small[:, :-1])
        return cls(
            shorter_px,
            _deviation(picture.histogram()),
            _sharpness(picture),
            int.from_bytes(bits.tobytes(), "big"),
        )

    def to_vector(self) -> NDArray[np.float32]:
        """float32 [7], exact, so that a vector cache can keep it."""
        parts = [
            self.fingerprint >> (_PART_BITS * part) & (1 << _PART_BITS) - 1
            for part in range(_PARTS)
        ]
        return np.array([self.shorter_px, self.contrast, self.sharpness, *parts], np.float32)

    @classmethod
    def from_vector(cls, vector: NDArray[np.float32]) -> Self:
        """The look that gave `vector`.

        >>> look = PhotoLook(60, 12.5, 80.0, 2**63 + 5)
        >>> PhotoLook.from_vector(look.to_vector()) == look
        True
        """
        side, contrast, sharpness, *parts = vector.tolist()
        bits = sum(int(value) << (_PART_BITS * part) for part, value in enumerate(parts))
        return cls(int(side), contrast, sharpness, bits)


def _deviation(histogram: list[int]) -> float:
    counts = np.asarray(histogram, np.float64)
    levels = np.arange(len(counts))
    mean = (counts * levels).sum() / counts.sum()
    spread = float(np.sqrt((counts * (levels - mean) ** 2).sum() / counts.sum()))
    return float(np.float32(spread))


def _sharpness(picture: Image.Image) -> float:
    """Of a grey picture; bright sides of edges are enough, for every edge has one."""
    if min(picture.size) < 3:
        return 255.0
    grey = np.asarray(picture, np.int16)
    edges = 4 * grey[1:-1, 1:-1]
    for around in (grey[:-2, 1:-1], grey[2:, 1:-1], grey[1:-1, :-2], grey[1:-1, 2:]):
        edges -= around
    counts = np.bincount(np.clip(edges, 0, 255).astype(np.uint8).ravel(), minlength=256)
    beyond = np.cumsum(counts[::-1])
    return float(255 - int(np.searchsorted(beyond, edges.size / _SHARPEST, side="right")))
