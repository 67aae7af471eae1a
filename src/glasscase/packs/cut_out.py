"""A pack without the white ground of its photo, ready to be put on a shelf."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glasscase.packs.product_box import product_box
from glasscase.packs.resizing import fitting_size, resized, resized_image

WHITE = 235
"""A ground is taken away only where all three of its bytes are at least this: shops photograph on
white, and the one colour at the rim of any other photo may be the pack's own."""
LEAST_SHARE = 0.1
"""If less than this of the photo is left, all of it is the pack: white, or with a small label."""
_ALIKE = 12
_KEPT_PX = 640


@dataclass(frozen=True, slots=True, eq=False)
class CutOut:
    """A pack in the smallest rectangle around it."""

    image: NDArray[np.uint8]
    """uint8 RGB [h, w, 3], at most 640 px."""
    solid: NDArray[np.bool_]
    """[h, w]: where the pack is."""
    box: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    """Where it was on the photo: left, top, right, bottom as shares of its sides."""

    @property
    def aspect(self) -> float:
        """Width by height."""
        return float(self.image.shape[1] / self.image.shape[0])

    def at(self, height_px: int, width_px: int) -> CutOut:
        """The same in another size; at least one pixel of it is solid."""
        size = height_px, width_px
        solid = resized(self.solid.astype(np.float32), size) >= 0.5
        if not solid.any():
            solid = np.ones(size, np.bool_)
        return CutOut(resized_image(self.image, size), solid, self.box)


def cut_out(image: NDArray[np.uint8]) -> CutOut:
    """Cut the pack out of uint8 RGB [h, w, 3].

    White that touches the rim is ground, white inside is pack. Not covered: a white pack on white
    (if much else is on it, only that is kept), shadows, and scenes behind the pack.
    """
    small = resized_image(image, fitting_size(image.shape, _KEPT_PX))
    whole = CutOut(small, np.ones(small.shape[:2], np.bool_))
    found = product_box(small)
    if not found.plain or min(found.ground) < WHITE or found.fill_share < LEAST_SHARE:
        return whole
    near = np.abs(small.astype(np.int16) - np.array(found.ground)).max(axis=2) <= _ALIKE
    labels, _ = ndimage.label(np.pad(near, 1, constant_values=True))
    solid = (labels != labels[0, 0])[1:-1, 1:-1]
    height, width = solid.shape
    left, top, right, bottom = found.box
    rows = slice(int(top * height), max(int(top * height) + 1, round(bottom * height)))
    columns = slice(int(left * width), max(int(left * width) + 1, round(right * width)))
    if not solid[rows, columns].any():
        return whole
    box = columns.start / width, rows.start / height, columns.stop / width, rows.stop / height
    return CutOut(np.ascontiguousarray(small[rows, columns]), solid[rows, columns], box)
