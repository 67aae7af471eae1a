"""Shelves for tests, told in words: rows of product names become boxes on boards."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from glasscase.shelf.boxes import Boxes

SIZE = (480, 640)
PITCH, MARGIN, ROOM = 110, 20, 4


def extent(name: str) -> tuple[int, int]:
    """Width and height of a product: always the same for a name."""
    seed = zlib.crc32(name.encode())
    return 30 + seed % 21, 50 + (seed >> 8) % 41


def stand(*rows: str) -> tuple[Boxes, tuple[str, ...]]:
    """Boxes of rows such as `"a a b - c"`: products left to right, `-` a gap as wide as the product
    before it, `a/b` b on top of a."""
    corners, names = [], []
    for number, row in enumerate(rows):
        x, bottom, last = float(MARGIN), float((number + 1) * PITCH), "a"
        for word in row.split():
            pile = [last] if word == "-" else word.split("/")
            width, floor = extent(pile[0])[0], bottom
            for name in () if word == "-" else pile:
                height = extent(name)[1] / len(pile)
                corners.append([x, floor - height, x + width, floor])
                names.append(name)
                floor -= height
            last = pile[0]
            x += width + ROOM
    return Boxes.drawn(corners), tuple(names)


def tilted(boxes: Boxes, degrees: float, size: tuple[int, int] = SIZE) -> Boxes:
    """The same boxes on a photo that was held askew (about its middle)."""
    corners = np.asarray(boxes.corners, np.float64).copy()
    fall = np.tan(np.radians(degrees)) * (corners[:, [0, 2]].mean(axis=1) - size[1] / 2)
    corners[:, [1, 3]] += fall[:, None]
    return Boxes.drawn(corners)


def from_aside(boxes: Boxes, fan: float, size: tuple[int, int] = SIZE) -> Boxes:
    """The same boxes seen from the side: boards run together on one side of the photo."""
    corners = np.asarray(boxes.corners, np.float64).copy()
    aside = corners[:, [0, 2]].mean(axis=1) - size[1] / 2
    for edge in (1, 3):
        corners[:, edge] += fan * (corners[:, edge] - size[0] / 2) / size[0] * aside
    return Boxes.drawn(corners)


def mirrored(boxes: Boxes, size: tuple[int, int] = SIZE) -> Boxes:
    """The same boxes in a mirror."""
    corners = boxes.corners.copy()
    corners[:, [0, 2]] = size[1] - corners[:, [2, 0]]
    return Boxes.drawn(corners)


def without(boxes: Boxes, names: Sequence[str], place: int) -> tuple[Boxes, tuple[str, ...]]:
    """All but one box."""
    left = np.delete(np.arange(len(boxes)), place)
    return boxes.pick(left), tuple(names[int(i)] for i in left)
