"""One line of words on a photo: what it says, where it stands, how sure the reader is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_BLENDED, _AS_IT_IS = Image.Resampling.BILINEAR, Image.Resampling.NEAREST
_UPRIGHT = 1.5
"""A box this many times higher than wide holds a line turned by a quarter, as its reader has it."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadLine:
    """A line as it was read. Its box is a little larger than its letters."""

    corners: NDArray[np.float64]
    """[4, 2] x and y in pixels of the photo: upper left, upper right, lower right, lower left."""
    words: str
    score: float
    """0 to 1: how sure the reader is of its words."""

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels of the upright rectangle around it."""
        (left, top), (right, bottom) = self.corners.min(axis=0), self.corners.max(axis=0)
        return float(left), float(top), float(right), float(bottom)

    @property
    def sides(self) -> tuple[float, float]:
        """Pixels along the line and across it; across is the height of the box's letters."""
        wide, high = _wide_and_high(self.corners)
        return (high, wide) if high >= _UPRIGHT * wide else (wide, high)

    def share_box(self, image: NDArray[np.uint8]) -> tuple[float, float, float, float]:
        """`box` as shares (0 to 1) of the width and height of `image`."""
        height, width = image.shape[:2]
        left, top, right, bottom = self.box
        across, down = np.clip([left, right], 0, width), np.clip([top, bottom], 0, height)
        left, right = (across / width).tolist()
        top, bottom = (down / height).tolist()
        return left, top, right, bottom

    def strip(
        self, image: NDArray[np.uint8], *, margin: float = 0.0, smooth: bool = True
    ) -> NDArray[np.uint8]:
        """The line cut out of `image` and turned level: uint8 RGB [h, w, 3].

        Args:
            image: the photo it was read on.
            margin: how much more than the box, as a share of its height, on every side.
            smooth: whether pixels are blended; without it colours stay what they are.
        """
        corners = _widened(self.corners, margin) if margin else self.corners
        wide, high = _wide_and_high(corners)
        if high >= _UPRIGHT * wide:  # read from above to below
            corners, wide, high = np.roll(corners, -1, axis=0), high, wide
        size = max(1, round(wide)), max(1, round(high))
        from_corners = corners[[0, 3, 2, 1]].ravel().tolist()
        cut = Image.fromarray(image).transform(
            size, Image.Transform.QUAD, from_corners, _BLENDED if smooth else _AS_IT_IS
        )
        return np.asarray(cut)


def _wide_and_high(corners: NDArray[np.float64]) -> tuple[float, float]:
    """The longer of top and bottom, the longer of left and right."""
    around = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    return float(max(around[0], around[2])), float(max(around[1], around[3]))


def _widened(corners: NDArray[np.float64], margin: float) -> NDArray[np.float64]:
    """Every corner moved outwards by `margin` times the shorter side, along both sides."""
    right = _unit(corners[1] - corners[0])
    down = _unit(corners[3] - corners[0])
    step = margin * min(_wide_and_high(corners))
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return corners + step * (signs[:, :1] * right + signs[:, 1:] * down)


def _unit(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
