"""The rows of a shelf: which products stand on the same board.

Bottoms are grouped by where the line of their board crosses the middle of the photo; tall and short
products on one board have the same bottom. Products that stand on products belong to the board
below them.

Not covered: bays side by side whose boards are at different heights (each board is a row of its
own), products on hooks (their tops align, not their bottoms), heaps and baskets.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.boxes import Boxes
from glasscase.shelf.reckoning.board_slopes import BoardSlopes, board_slopes
from glasscase.shelf.reckoning.stacks import NEARLY, carriers, levels_and_columns

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_APART = 0.3  # of the height of boxes: bottoms farther apart stand on two boards
_STRAY = 0.5  # of the height of a row: one box alone that near belongs to it
_LEAST_TO_TELL = 8  # boxes, to say which way up the photo is
_CLEARLY = 1.5  # one edge lines up so many times better than the other


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The board each box stands on, counted from the top."""

    of: Ints
    """[n]: 0 is the top board."""
    level: Ints
    """[n]: 0 stands on the board, 1 on a product that does, and so on."""
    column: Ints
    """[n]: boxes stacked on one another share a number: the box on the board."""
    lines: Floats
    """[rows, 2]: height of the board in pixels at the left and the right edge of the photo."""
    upside_down: bool | None = None
    """Whether tops line up and bottoms do not; None where neither or both do."""

    @property
    def count(self) -> int:
        """How many boards have products."""
        return len(self.lines)

    def members(self, row: int) -> Ints:
        """The boxes of a row, those on the board and those above them, left to right."""
        return np.flatnonzero(self.of == row)


def find_rows(boxes: Boxes, image_size: tuple[int, int]) -> Rows:
    """Group usable boxes (finite, with an area) into rows; `image_size` is height and width."""
    none = np.zeros(0, np.int64)
    if len(boxes) == 0:
        return Rows(none, none, none, np.zeros((0, 2)))
    corners = np.asarray(boxes.corners, np.float64)
    middle, height = (corners[:, 0] + corners[:, 2]) / 2, float(np.median(boxes.heights))
    view, bottoms_sharp = board_slopes(middle, corners[:, 3], height, image_size)
    crossings = view.crossings(middle, corners[:, 3])
    carrier = _stacked(corners, crossings)
    group = _boards(crossings, corners, carrier)
    of, lines = _from_the_top(group, crossings, view, carrier < 0)
    level, column = levels_and_columns(carrier)
    _, tops_sharp = board_slopes(middle, corners[:, 1], height, image_size)
    upside = None
    if len(corners) >= _LEAST_TO_TELL and max(tops_sharp, bottoms_sharp) > 0:
        ratio = tops_sharp / bottoms_sharp
        upside = True if ratio > _CLEARLY else False if ratio < 1 / _CLEARLY else None
    return Rows(of, level, column, lines, upside)


def _together(crossings: Floats, heights: Floats) -> Ints:
    """[n]: a number for each run of crossings without a wide step."""
    order = np.argsort(crossings, kind="stable")
    tall = heights[order]
    apart = _APART * np.minimum(np.median(heights), np.maximum(tall[1:], tall[:-1]))
    run = np.zeros(len(crossings), np.int64)
    run[order[1:]] = np.cumsum(np.diff(crossings[order]) > apart)
    return run


def _stacked(corners: Floats, crossings: Floats) -> Ints:
    """[n]: the box each box rests on, where most boxes of the same height above ground rest too.

    One bottom near a top may be chance, or the detector's inaccuracy; beside others it is not.
    """
    touching, nearly = carriers(corners), carriers(corners, within=NEARLY)
    run = _together(crossings, corners[:, 3] - corners[:, 1])
    resting = np.bincount(run, weights=touching >= 0) / np.bincount(run)
    return np.where(resting[run] >= 0.5, nearly, -1)


def _boards(crossings: Floats, corners: Floats, carrier: Ints) -> Ints:
    """[n]: the same number for boxes on the same board, those above others included."""
    heights = corners[:, 3] - corners[:, 1]
    standing = np.flatnonzero(carrier < 0)
    group = np.zeros(len(corners), np.int64)
    run = _together(crossings[standing], heights[standing])
    group[standing] = _strays_joined(run, crossings[standing], heights[standing])
    _, foot = levels_and_columns(carrier)
    return group[foot]


def _strays_joined(run: Ints, crossings: Floats, heights: Floats) -> Ints:
    """One box alone that stands halfway into a row of three or more belongs to that row: a box cut
    short, or a false one, is no board."""
    joined = run.copy()
    counts = np.bincount(run)
    full = {int(n): run == n for n in np.flatnonzero(counts >= 3)}
    for number in np.flatnonzero(counts == 1) if full else ():
        box = int(np.flatnonzero(run == number)[0])
        away = {n: abs(float(np.median(crossings[of])) - crossings[box]) for n, of in full.items()}
        near = min(away, key=lambda n: away[n])
        if away[near] < _STRAY * float(np.median(heights[full[near]])):
            joined[box] = near
    return joined


def _from_the_top(
    group: Ints, crossings: Floats, view: BoardSlopes, standing: NDArray[np.bool_]
) -> tuple[Ints, Floats]:
    numbers = np.unique(group)
    at = np.array([np.median(crossings[(group == n) & standing]) for n in numbers])
    order = np.argsort(at, kind="stable")
    place = np.empty(len(numbers), np.int64)
    place[order] = np.arange(len(numbers))
    fall = np.array([view.slope_at(float(c)) for c in at[order]]) * view.width / 2
    lines = np.stack([at[order] - fall, at[order] + fall], axis=1)
    return place[np.searchsorted(numbers, group)], lines
