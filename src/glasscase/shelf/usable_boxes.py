"""Which boxes can be reckoned with: finite, inside the photo, sure enough, and not too many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.errors import BadSetting, TooLarge
from glasscase.shelf.boxes import Boxes

MOST_BOXES = 5_000
UNKNOWN = "unknown"
"""The name of a product that was seen but not recognised."""
_LEAST_INSIDE = 0.25  # of a box's area; below it the product stands in another photo
_LEAST_PX = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class UsableBoxes:
    """What is left of the boxes, cut at the edges of the photo, and why the others are not."""

    boxes: Boxes
    names: tuple[str, ...]
    """[n], `unknown` where the product was not recognised."""
    places: NDArray[np.int64]
    """[n]: which of the given boxes each one is."""
    problems: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.boxes)


def usable_boxes(
    boxes: Boxes, names: tuple[str, ...], image_size: tuple[int, int], *, lowest_score: float = 0.0
) -> UsableBoxes:
    """Leave out what cannot be reckoned with, and say so.

    Args:
        boxes: as found or drawn.
        names: [n] of their products; empty names count as `unknown`.
        image_size: height and width of the photo in pixels.
        lowest_score: the score below which the detector was not measured.

    Raises:
        BadSetting: names and boxes differ in number; a photo without a size.
        TooLarge: more than 5,000 boxes.
    """
    height, width = image_size
    if height < 1 or width < 1:
        raise BadSetting(f"the photo is {width} x {height} pixels", "Give its height and width.")
    if len(names) != len(boxes):
        raise BadSetting(
            f"{len(boxes)} boxes have {len(names)} names", "Give one name for each box."
        )
    if len(boxes) > MOST_BOXES:
        raise TooLarge(
            f"{len(boxes)} boxes on one photo, the limit is {MOST_BOXES}",
            "Raise the lowest score a box must have.",
        )
    corners = np.asarray(boxes.corners, np.float64).reshape(-1, 4)
    scores = np.asarray(boxes.scores, np.float64)
    finite = np.isfinite(corners).all(axis=1) & np.isfinite(scores)
    corners = np.where(finite[:, None], corners, 0.0)
    full = _areas(corners)
    cut = np.clip(corners, 0.0, np.array([width, height, width, height], np.float64))
    inside = _areas(cut) / np.maximum(full, 1e-9)
    sized = (np.diff(corners[:, [0, 2]], axis=1) >= _LEAST_PX)[:, 0]
    sized &= (np.diff(corners[:, [1, 3]], axis=1) >= _LEAST_PX)[:, 0]
    reasons = (
        (~finite, "is not a number", "Draw it again, or leave it out."),
        (finite & ~sized, "has no area", "Its right must be above its left, bottom above top."),
        (finite & sized & (inside < _LEAST_INSIDE), "lies outside the photo", "Check the photo."),
    )
    problems = tuple(
        Problem(None, f"box {int(place) + 1}", reason, remedy, dropped=True)
        for wrong, reason, remedy in reasons
        for place in np.flatnonzero(wrong)
    )
    kept = finite & sized & (inside >= _LEAST_INSIDE) & (scores >= lowest_score)
    places = np.flatnonzero(kept)
    labels = tuple(boxes.labels[int(i)] for i in places) if boxes.labels else ()
    named = tuple((names[int(i)] or "").strip() or UNKNOWN for i in places)
    left = Boxes(cut[places].astype(np.float32), scores[places].astype(np.float32), labels)
    return UsableBoxes(left, named, places, problems)


def _areas(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    sides = np.maximum(corners[:, 2:] - corners[:, :2], 0.0)
    return np.asarray(sides[:, 0] * sides[:, 1], np.float64)
