"""Simulated planograms: packs drawn side by side on boards, in many random arrangements.

Where a pack stands decides much of the attention it gets; over arrangements that averages out.
Arrangements come in pairs: each second one has the places of the first in a mirror, so that left
and right weigh exactly the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.packs.colour_space import lab_to_srgb
from glasscase.packs.cut_out import CutOut, cut_out
from glasscase.packs.pack import Pack

MOST_PACKS = 400
TYPICAL_HEIGHT_MM = 200.0
"""Taken for every pack where no height is known; only visual angles depend on it."""
HEIGHT_RATIO = 4.0
"""A pack is drawn at most so many times higher or lower than the middle one."""
WIDTH_RATIO = 3.0
"""A pack is drawn at most so many times wider than the middle one is high: shrunk if need be."""
_LONGEST_PX = 384
_LARGER_FROM = 40
"""With more facings than this the scene grows, so that every pack keeps its pixels."""
_LARGEST_PX = 768
_ASPECT = 4 / 3
_GAP = 0.06
"""Least room between packs, as a share of the middle height."""
_HEADROOM = 0.15
_BOARD = 0.07
_LEAST_PX = 4


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One picture of a shelf and where the packs are on it."""

    image: NDArray[np.uint8]
    """uint8 RGB [h, w, 3]."""
    places: NDArray[np.int32]
    """[h, w]: the number of the pack that a pixel belongs to, -1 where there is none."""
    facings: tuple[tuple[int, tuple[int, int, int, int]], ...]
    """Number of the pack, and left, top, right, bottom in pixels; a facing each."""
    pixels_per_mm: float
    """How large the scene is in the world; an assumption where heights are not known."""
    rows: tuple[tuple[int, ...], ...] = ()
    """Numbers of the packs on each board from left to right, a facing each; () for a photo."""


@dataclass(frozen=True, slots=True, eq=False)
class Planogram:
    """Packs at their sizes, ready to be arranged."""

    packs: tuple[CutOut, ...]
    """In pixels of the scene."""
    order: tuple[int, ...]
    """By id: so the order in which packs are handed in does not matter."""
    size: tuple[int, int]
    """Height and width of the scene in pixels."""
    row_count: int
    facings: int
    pixels_per_mm: float
    notes: tuple[str, ...] = field(default=())
    """What was assumed about heights, in words."""

    @classmethod
    def of(cls, packs: Sequence[Pack], *, facings: int = 1) -> Planogram:
        """Lay out `packs`, each with `facings` facings side by side.

        Heights are those given; a pack without one is as high as the middle of the known ones.

        Raises:
            BadSetting: no pack, too many, or `facings` below 1 or above 20.
        """
        _check(packs, facings)
        cuts = [cut_out(pack.image) for pack in packs]
        heights, notes = _heights(packs)
        heights, widths = _limited(heights, np.array([cut.aspect for cut in cuts]))
        middle = float(np.median(heights))
        gap, row_height = _GAP * middle, float(heights.max()) + (_HEADROOM + _BOARD) * middle
        total = float((widths * facings).sum() + gap * len(packs))
        rows = _row_count(total, row_height, len(packs))
        # A row holds what reaches its share of the whole, so at most one pack more than that.
        width = total / rows + float(widths.max()) * facings + gap
        height = rows * row_height
        scale = _longest_px(len(packs) * facings) / max(width, height)
        size = max(8, round(height * scale)), max(8, 2 * round(width * scale / 2))
        drawn = tuple(
            cut.at(max(_LEAST_PX, round(h * scale)), max(_LEAST_PX, round(w * scale)))
            for cut, h, w in zip(cuts, heights, widths, strict=True)
        )
        return cls(drawn, _by_id(packs), size, rows, facings, scale, tuple(notes))

    def arrangement(self, number: int, *, seed: int = 0) -> Scene:
        """Arrangement `number`, 0 upwards; odd numbers have the places of the one before mirrored.

        Packs themselves are never mirrored: their words would run backwards.
        """
        draw = np.random.default_rng([seed, number // 2])
        shelf = _EmptyShelf(self.size, self.row_count, draw.uniform(35, 85))
        sequence = [self.order[int(i)] for i in draw.permutation(len(self.order))]
        facings, rows = [], []
        for row, packs in enumerate(self._rows(sequence)):
            stand = self._places(packs, draw)
            if number % 2:
                stand = [(p, self.size[1] - left - self._width(p)) for p, left in stand[::-1]]
            facings += [(p, shelf.put(self.packs[p], p, left, row)) for p, left in stand]
            rows.append(tuple(p for p, _ in stand))
        return Scene(shelf.image, shelf.places, tuple(facings), self.pixels_per_mm, tuple(rows))

    def _width(self, pack: int) -> int:
        return int(self.packs[pack].image.shape[1])

    def _rows(self, sequence: list[int]) -> list[list[int]]:
        """Cut `sequence` into rows of about equal width."""
        widths = np.array([self._width(p) for p in sequence], np.float64)
        middles = np.cumsum(widths) - widths / 2
        share = widths.sum() / self.row_count
        rows: list[list[int]] = [[] for _ in range(self.row_count)]
        for pack, middle in zip(sequence, middles, strict=True):
            rows[min(self.row_count - 1, int(middle / share))].append(pack)
        return rows

    def _places(self, packs: list[int], draw: np.random.Generator) -> list[tuple[int, int]]:
        """Each facing of a row and its left edge; the room left over is shared out at random."""
        needed = sum(self._width(p) for p in packs) * self.facings
        spare = max(0, self.size[1] - needed)
        parts = draw.dirichlet(np.full(len(packs) + 1, 12.0)) * spare
        left, placed = 0.0, []
        for pack, room in zip(packs, parts[:-1], strict=True):
            left += room
            for _ in range(self.facings):
                placed.append((pack, int(left)))
                left += self._width(pack)
        return placed


class _EmptyShelf:
    """Boards and the wall behind them, to be filled."""

    def __init__(self, size: tuple[int, int], rows: int, lightness: float) -> None:
        wall, front, shadow = lab_to_srgb([[lightness + step, 0, 0] for step in (0, 9, -14)])
        self.image = np.broadcast_to(wall, (*size, 3)).copy()
        edges = np.round(np.linspace(0, size[0], rows + 1)).astype(int)
        board = max(1, round(_BOARD * size[0] / rows))
        self.floors = edges[1:] - board
        for floor, bottom in zip(self.floors, edges[1:], strict=True):
            self.image[floor:bottom] = front
            self.image[bottom - 1] = shadow
        self.places = np.full(size, -1, np.int32)

    def put(self, pack: CutOut, number: int, left: int, row: int) -> tuple[int, int, int, int]:
        """Stand `pack` on a board; what would not fit is cut off."""
        height, width = pack.solid.shape
        bottom = int(self.floors[row])
        top = max(0, bottom - height)
        right = min(self.image.shape[1], left + width)
        solid = pack.solid[height - (bottom - top) :, : right - left]
        image = pack.image[height - (bottom - top) :, : right - left]
        self.image[top:bottom, left:right][solid] = image[solid]
        self.places[top:bottom, left:right][solid] = number
        return left, top, right, bottom


def _check(packs: Sequence[Pack], facings: int) -> None:
    if not packs:
        raise BadSetting("there is no pack to arrange", "Give at least one.")
    if len(packs) > MOST_PACKS:
        reason = f"{len(packs)} packs are more than the {MOST_PACKS} that one shelf may hold"
        raise BadSetting(reason, "Compare a category at a time.")
    if not 1 <= facings <= 20:
        raise BadSetting(f"facings is {facings}", "Use 1 to 20.")


def _heights(packs: Sequence[Pack]) -> tuple[NDArray[np.float64], list[str]]:
    """Heights in mm, and what was assumed."""
    known = np.array([pack.height_mm or np.nan for pack in packs], np.float64)
    bad = ~(known > 0) | ~np.isfinite(known)
    if bad.all():
        note = f"No height is known: all packs are drawn {TYPICAL_HEIGHT_MM:.0f} mm high."
        return np.full(len(packs), TYPICAL_HEIGHT_MM), [note]
    middle = float(np.median(known[~bad]))
    notes = []
    if bad.any():
        unknown = ", ".join(pack.id for pack, b in zip(packs, bad, strict=True) if b)
        notes.append(
            f"The height of {unknown} is not known: drawn {middle:.0f} mm high, the middle of the"
            " known ones."
        )
    return np.where(bad, middle, known), notes


def _limited(
    heights: NDArray[np.float64], aspects: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Heights and widths within bounds; proportions are kept, but for a thread of a pack."""
    middle = float(np.median(heights))
    bounded = np.clip(heights, middle / HEIGHT_RATIO, middle * HEIGHT_RATIO)
    widths = bounded * aspects
    shrink = np.minimum(1.0, WIDTH_RATIO * middle / widths)
    return bounded * shrink, widths * shrink


def _row_count(total: float, row_height: float, packs: int) -> int:
    """So many rows that the shelf is about 4 wide and 3 high."""
    counts = np.arange(1, max(2, packs // 2 + 1))
    shapes = (total / counts) / (counts * row_height)
    return int(counts[np.argmin(np.abs(np.log(shapes / _ASPECT)))])


def _longest_px(facings: int) -> int:
    grown = _LONGEST_PX * math.sqrt(max(1.0, facings / _LARGER_FROM))
    return round(min(_LARGEST_PX, grown))


def _by_id(packs: Sequence[Pack]) -> tuple[int, ...]:
    """Numbers of the packs by id, then by what they look like."""
    keys = [(pack.id, hashlib.sha256(pack.image.tobytes()).hexdigest()) for pack in packs]
    return tuple(sorted(range(len(packs)), key=keys.__getitem__))
