"""A large photo looked at piece by piece, so that small products are large enough to be found."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import Detector, DetectorCard
from glasscase.shelf.overlaps import intersections
from glasscase.shelf.suppression import fused, suppressed

AUTOMATIC_FROM = 2.5
"""A photo is cut where its longer side is more than so many times the detector's input."""
MOST_ALONG = 4
"""Tiles chosen by the photo's size are at least the longer side divided by this."""
LEAST_PX = 32
"""Side of the smallest tile."""
MOST_TILES = 1_000
"""Each tile is a look of the detector."""
CUT_PX = 2.0
"""A box that ends so near a tile's inner edge is taken to be cut by it."""
HELD = 0.7
"""A cut box is dropped where a whole one of another view covers this share of it."""


Merge = Literal["nms", "fusion"]
"""What becomes of boxes of several views on one thing: the surest stays (non-maximum suppression),
or they are averaged (weighted box fusion)."""


class BadTiling(BadSetting):
    """Tiles that are impossible, or too many for a photo."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """How photos are cut into tiles, and what becomes of the boxes of all of them.

    Raises:
        BadTiling: one of them is impossible.

    >>> Tiling(tile=640, merge="fusion").usual, Tiling().usual
    (False, True)
    """

    tile: int | None = None
    """Side of tiles in pixels of the photo, from 32; 0: photos are never cut; None: by their size,
    see `Tiled.tile_px`."""
    overlap: float = 0.25
    """Share of a tile that its neighbour shows too, 0 to below 0.9; a product should fit in."""
    merge: Merge = "nms"
    iou: float = 0.5
    """Boxes that overlap by more (intersection over union, 0 to 1) are one."""
    most_tiles: int = MOST_TILES
    """Of one photo; each is a look of the detector."""

    def __post_init__(self) -> None:
        if self.tile is not None and self.tile != 0 and self.tile < LEAST_PX:
            raise BadTiling(
                f"a tile of {self.tile} px is too small", f"Use at least {LEAST_PX}, or 0."
            )
        if not 0 <= self.overlap < 0.9:
            raise BadTiling(f"an overlap of {self.overlap:g} is impossible", "Use 0 to below 0.9.")
        if self.merge not in get_args(Merge):
            known = " or ".join(get_args(Merge))
            raise BadTiling(f"boxes are not merged by {self.merge!r}", f"Use {known}.")
        if not 0 < self.iou <= 1:
            raise BadTiling(
                f"an IoU of {self.iou:g} is impossible", "Use a share above 0, up to 1."
            )

    @property
    def usual(self) -> bool:
        """Whether photos are looked at as they are where nothing is said."""
        return self.to_dict() == Tiling().to_dict()

    def over(self, detector: Detector) -> Detector:
        """`detector`, looking at tiles."""
        inner = detector.detector if isinstance(detector, Tiled) else detector
        if self.tile == 0:
            return inner
        return Tiled(
            inner, self.tile or 0, overlap=self.overlap, merge=self.merge, iou=self.iou,
            most_tiles=self.most_tiles,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, without limits."""
        return {
            "tile": self.tile, "overlap": self.overlap, "merge": self.merge, "iou": self.iou,
        }  # fmt: skip


@dataclass(frozen=True)
class Tiled:
    """A detector that looks at tiles with overlap, and at the whole photo; a `Detector` itself.

    Boxes that a tile's edge cuts are dropped where another view holds the thing whole; what then
    lies on one another becomes one box (`merge`). A photo that fits one tile is looked at once.
    Not covered: a thing larger than a tile that the whole photo's view misses stays in pieces.
    """

    detector: Detector
    tile_px: int = 0
    """Side of a tile; 0 chooses: photos up to 2.5 times the detector's input are not cut, larger
    ones into tiles of that input, or of a quarter of the longer side where that is more."""
    overlap: float = 0.25
    """Share of a tile that its neighbour shows too, 0 to below 0.9; a product should fit in."""
    whole: bool = True
    """Whether the whole photo is looked at too, for what is larger than a tile."""
    merge: Merge = "nms"
    iou: float = 0.5
    most_tiles: int = MOST_TILES

    def __post_init__(self) -> None:
        Tiling(self.tile_px, self.overlap, self.merge, self.iou)  # checks them

    @property
    def card(self) -> DetectorCard:
        """The detector's own card."""
        return self.detector.card

    def tiles(self, height: int, width: int) -> NDArray[np.intp]:
        """[n, 4] left, top, right, bottom of the tiles a photo of this size is cut into; none
        where it is looked at once.

        Raises `BadTiling` for more than `most_tiles`.
        """
        side = self._side(max(height, width))
        if not side or max(height, width) <= side:
            return np.zeros((0, 4), np.intp)
        rows, columns = (_starts(length, side, self.overlap) for length in (height, width))
        if len(rows) * len(columns) > self.most_tiles:
            raise BadTiling(
                f"tiles of {side} px cut a photo of {width} x {height} px into more than "
                f"{self.most_tiles}",
                "Use larger tiles, less overlap, or 0.",
            )
        return np.array(
            [
                (left, top, min(left + side, width), min(top + side, height))
                for top in rows
                for left in columns
            ],
            np.intp,
        )

    def detect(self, image: NDArray[np.uint8]) -> Boxes:
        """Boxes on `image` in its pixels, surest first, from all views together."""
        height, width = image.shape[:2]
        tiles = self.tiles(height, width)
        if not len(tiles):
            return self.detector.detect(image)
        views = [self._tile(image, tile) for tile in tiles]
        if self.whole:
            found = self.detector.detect(image)
            views.append((found, np.zeros(len(found), bool)))
        together = without_pieces(views)
        if self.merge == "fusion":
            return fused(together, self.iou)
        return suppressed(together, self.iou)

    def _side(self, longer: int) -> int:
        if self.tile_px:
            return self.tile_px
        side = max(self.card.input_px)
        if longer <= AUTOMATIC_FROM * side:
            return 0
        return max(side, math.ceil(longer / MOST_ALONG))

    def _tile(
        self, image: NDArray[np.uint8], tile: NDArray[np.intp]
    ) -> tuple[Boxes, NDArray[np.bool_]]:
        """Boxes of one tile in pixels of the photo, and which of them its edge cuts."""
        left, top, right, bottom = (int(edge) for edge in tile)
        found = self.detector.detect(np.ascontiguousarray(image[top:bottom, left:right]))
        corners = found.corners + np.array([left, top, left, top], np.float32)
        height, width = image.shape[:2]
        cut = (corners[:, 0] < left + CUT_PX) & (left > 0)
        cut |= (corners[:, 1] < top + CUT_PX) & (top > 0)
        cut |= (corners[:, 2] > right - CUT_PX) & (right < width)
        cut |= (corners[:, 3] > bottom - CUT_PX) & (bottom < height)
        return Boxes(corners, found.scores, found.labels), cut


def without_pieces(views: list[tuple[Boxes, NDArray[np.bool_]]]) -> Boxes:
    """The boxes of all views, less the cut ones that a whole box of another view covers.

    Args:
        views: the boxes of each view in pixels of the photo, and which of them are cut.
    """
    boxes = joined([found for found, _ in views])
    cut = np.concatenate([which for _, which in views])
    view = np.concatenate([np.full(len(found), i) for i, (found, _) in enumerate(views)])
    corners = boxes.corners.astype(np.float64)
    keep = np.ones(len(boxes), bool)
    for piece in np.flatnonzero(cut):
        whole = ~cut & (view != view[piece])
        shared = intersections(corners[piece], corners[whole])
        keep[piece] = not (shared >= HELD * boxes.areas[piece]).any()
    return boxes.pick(keep)


def joined(parts: list[Boxes]) -> Boxes:
    """Boxes of several views as one list, in their order."""
    if not parts:
        return Boxes.none()
    named = any(part.labels for part in parts)
    labels = [name for part in parts for name in part.labels or ("",) * len(part)]
    return Boxes(
        np.concatenate([part.corners for part in parts]),
        np.concatenate([part.scores for part in parts]),
        tuple(labels) if named else (),
    )


def _starts(length: int, side: int, overlap: float) -> list[int]:
    """Where tiles of `side` begin along `length`: evenly, the last one ends at the edge."""
    if length <= side:
        return [0]
    steps = math.ceil((length - side) / (side * (1 - overlap)))
    return [round(step * (length - side) / steps) for step in range(steps + 1)]
