"""Where the pack is on its photo: what differs from a plain ground at the rim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glasscase.packs.resizing import fitting_size, resized_image

LOOKED_AT_PX = 512
_ALIKE = 12
"""Levels of 255 within which a pixel has the ground's colour."""
_PLAIN_SHARE = 0.9
"""Share of the rim that has one colour where the ground is plain."""
_SPECK_SHARE = 0.0005


@dataclass(frozen=True, slots=True, eq=False)
class ProductBox:
    """The pack in front of its ground."""

    plain: bool
    """Whether the rim of the photo has one colour; if not, the whole photo counts as the pack."""
    ground: tuple[int, int, int]
    """The colour most of the rim has."""
    box: tuple[float, float, float, float]
    """Left, top, right, bottom as shares of the photo."""
    parts: tuple[tuple[float, float, float, float], ...]
    """Boxes of the separate things in front of the ground, the largest first."""
    fill_share: float
    """Share of the photo's pixels that are not ground (holes within the pack are pack)."""


def product_box(image: NDArray[np.uint8]) -> ProductBox:
    """Find the pack on `image` (uint8 RGB [h, w, 3]).

    Not covered: packs of the ground's own colour (a white pack on white), shadows, which count as
    pack, and photos of shelves or rooms.
    """
    small = resized_image(image, fitting_size(image.shape, LOOKED_AT_PX))
    height, width = small.shape[:2]
    rim = _rim(small)
    ground = np.median(rim, axis=0)
    alike = np.abs(rim - ground).max(axis=1) <= _ALIKE
    colour = _triple(ground)
    whole = (0.0, 0.0, 1.0, 1.0)
    if float(alike.mean()) < _PLAIN_SHARE:
        return ProductBox(plain=False, ground=colour, box=whole, parts=(whole,), fill_share=1.0)
    differs = np.abs(small.astype(np.int16) - ground).max(axis=2) > _ALIKE
    solid = ndimage.binary_fill_holes(ndimage.binary_closing(differs, iterations=2) | differs)
    labels, count = ndimage.label(solid, structure=np.ones((3, 3)))
    sizes = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    kept = [i for i in np.argsort(-sizes) if sizes[i] >= _SPECK_SHARE * height * width]
    slices = ndimage.find_objects(labels)
    parts = tuple(
        (at[1].start / width, at[0].start / height, at[1].stop / width, at[0].stop / height)
        for at in (slices[i] for i in kept)
    )
    if not parts:
        return ProductBox(plain=True, ground=colour, box=whole, parts=(), fill_share=0.0)
    edges = np.array(parts)
    box = (*edges[:, :2].min(axis=0).tolist(), *edges[:, 2:].max(axis=0).tolist())
    share = float(sizes[kept].sum()) / (height * width)
    return ProductBox(plain=True, ground=colour, box=box, parts=parts, fill_share=share)


def _rim(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    edges = [image[0], image[-1], image[:, 0], image[:, -1]]
    return np.concatenate(edges).astype(np.float64)


def _triple(colour: NDArray[np.float64]) -> tuple[int, int, int]:
    red, green, blue = np.rint(colour).astype(int).tolist()
    return red, green, blue
