"""A real shelf photo as a scene: packs are where boxes say they are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.packs.arrangements import TYPICAL_HEIGHT_MM, Scene
from glasscase.packs.resizing import fitting_size, resized_image
from glasscase.packs.saliency import check_image

LONGEST_PX = 768
"""Larger photos are shrunk to it."""


def photo_scene(
    image: NDArray[np.uint8],
    boxes: Any,
    pack_of: Any,
    *,
    heights_mm: tuple[float | None, ...] = (),
) -> Scene:
    """The scene of a photo, for `attention_measures(packs, scene=...)`.

    Args:
        image: uint8 RGB [h, w, 3], after EXIF.
        boxes: [n, 4] of left, top, right, bottom in pixels, one per facing; what lies outside of
            the photo is cut off, and of boxes that overlap the smaller is in front.
        pack_of: [n] the number of the pack each box shows.
        heights_mm: of each pack where known: sets how large the photo is in the world. Without,
            the middle box is taken to be 200 mm high.

    Raises:
        BadSetting: boxes and packs do not fit one another, or a box is no box.
        BadPhoto: `image` is no picture.
    """
    check_image(image)
    corners, numbers = _checked(boxes, pack_of, (image.shape[0], image.shape[1]))
    size = fitting_size(image.shape, LONGEST_PX)
    shrink = np.array([size[1] / image.shape[1], size[0] / image.shape[0]] * 2)
    edges = np.round(corners * shrink).astype(int)
    edges[:, 2:] = np.maximum(edges[:, 2:], edges[:, :2] + 1)
    places = np.full(size, -1, np.int32)
    areas = (edges[:, 2] - edges[:, 0]) * (edges[:, 3] - edges[:, 1])
    for i in np.argsort(-areas, kind="stable"):
        left, top, right, bottom = edges[i]
        places[top:bottom, left:right] = numbers[i]
    facings = tuple(
        (int(pack), (int(box[0]), int(box[1]), int(box[2]), int(box[3])))
        for pack, box in zip(numbers, edges, strict=True)
    )
    per_mm = _pixels_per_mm(edges[:, 3] - edges[:, 1], numbers, heights_mm)
    return Scene(resized_image(image, size), places, facings, per_mm)


def _checked(
    boxes: Any, pack_of: Any, size: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    remedy = "Give left, top, right, bottom in pixels of the photo, and a pack number for each."
    try:
        corners = np.asarray(boxes, np.float64).reshape(-1, 4)
        numbers = np.asarray(pack_of, np.intp).reshape(-1)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadSetting("boxes of the scene are no table of four numbers each", remedy) from error
    if not len(corners) or len(corners) != len(numbers):
        raise BadSetting(f"there are {len(corners)} boxes and {len(numbers)} packs", remedy)
    if not np.isfinite(corners).all():
        raise BadSetting("a box of the scene is not a number", remedy)
    inside = np.clip(corners, 0, [size[1], size[0], size[1], size[0]])
    empty = (inside[:, 2] - inside[:, 0] < 1) | (inside[:, 3] - inside[:, 1] < 1)
    if empty.any():
        which = int(np.argmax(empty))
        seen = [round(float(value)) for value in corners[which]]
        reason = f"box {which + 1} of the scene, {seen}, is empty or outside of the photo"
        raise BadSetting(reason, f"The photo is {size[1]} x {size[0]} pixels.")
    return inside, numbers


def _pixels_per_mm(
    heights_px: NDArray[np.intp], numbers: NDArray[np.intp], heights_mm: tuple[float | None, ...]
) -> float:
    known = [
        px / (heights_mm[pack] or np.nan)
        for px, pack in zip(heights_px, numbers, strict=True)
        if 0 <= pack < len(heights_mm) and heights_mm[pack]
    ]
    if known:
        return float(np.median(known))
    return float(np.median(heights_px)) / TYPICAL_HEIGHT_MM
