"""Gaps between products, and what probably is missing there.

On each board the room between neighbours is compared with the room products there usually keep and
with the width of the narrower neighbour. Room in which a product would fit is a gap, unless the
detector missed the product that stands there: with recall r, for room of k facings,

    P(empty | nothing found) = rate / (rate + (1 - rate) * (1 - r) ** k)

with `rate` the share of facings that are empty as a rule (`EMPTY_RATE`). The score of a gap is that
chance times how well a product fits. At an end of a board, which is known from other rows only, it
is half as much.

Source of the rate: about 8 % of products are out of stock (Gruen, Corsten and Bharadwaj 2002).
Not covered: products pushed together over a gap; a gap where other goods were put; depth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.intervals import Interval, percentile_interval
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.reckoning.rows import Rows

Floats = NDArray[np.float64]

EMPTY_RATE = 0.08
_FITS = 0.75  # of a facing: room in which a product would just go
_SHARPLY = 0.08  # how fast a product fits less well in less room
_LEAST = 0.55  # of a facing: less room is no gap
_ROWS_FOR_EDGES = 3
_AT_AN_END = 0.5  # of the score: where boards end is only known from other rows
_TAKEN = 0.3  # of a gap's area: with more under boxes of other rows, it is none
_GRID = (np.arange(16) + 0.5) / 16
_EMPTY_BOARD = 0.7  # of the usual distance of boards


@dataclass(frozen=True, slots=True)
class Gap:
    """Room on a board where a product would fit."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom in pixels of the photo."""
    row: int | None
    """The board, 0 on top; None for a whole board without products."""
    facings: int
    """How many of the narrower neighbour would fit."""
    score: float
    """0 to 1: that a product is missing here."""
    chance: Interval
    """The score with its interval, from what is known of the detector's recall."""
    left: str
    right: str
    """The neighbours' names, "" at an end of the board."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What probably is missing: one of the neighbours."""
        return tuple(dict.fromkeys(name for name in (self.left, self.right) if name))

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; rows count from 1."""
        left, top, right, bottom = (round(float(edge), 1) for edge in self.box)
        return {
            "left": left,
            "top": top,
            "right": right,
            "bottom": bottom,
            "row": None if self.row is None else self.row + 1,
            "facings": self.facings,
            "score": round(self.score, 4),
            "chance": self.chance.to_dict(),
            "neighbours": [self.left, self.right],
            "missing": list(self.missing),
        }


def find_gaps(
    boxes: Boxes, names: Sequence[str], rows: Rows, *, width: int, recall: Floats | None = None
) -> list[Gap]:
    """All gaps of a shelf, surest first.

    Args:
        boxes: usable ones.
        names: [n] of their products.
        rows: the boards they stand on.
        width: of the photo in pixels.
        recall: [draws] the detector may have on this photo; None where boxes were drawn.
    """
    corners = np.asarray(boxes.corners, np.float64)
    recall = np.ones(1) if recall is None else recall
    ends = _ends(corners, rows)
    found = []
    for row in range(rows.count):
        on_board = np.flatnonzero((rows.of == row) & (rows.level == 0))
        on_board = on_board[np.argsort(corners[on_board, 0], kind="stable")]
        found += _on_board(_Board(corners, names, on_board, row, rows.lines[row], width), ends)
    found += _empty_boards(corners, rows, width)
    judged = [_judged(gap, recall) for gap in found if _taken(gap, corners) <= _TAKEN]
    return sorted(judged, key=lambda gap: (-gap.score, gap.box))


@dataclass(frozen=True, slots=True, eq=False)
class _Board:
    corners: Floats
    names: Sequence[str]
    places: NDArray[np.int64]
    """Boxes on the board, left to right."""
    row: int
    line: Floats
    width: int

    def gap(self, start: float, end: float, left: int | None, right: int | None) -> Gap | None:
        """The room from `start` to `end` between two boxes, if a product would fit."""
        beside = [box for box in (left, right) if box is not None]
        sides = self.corners[beside]
        facing = float((sides[:, 2] - sides[:, 0]).min())
        room = (end - start - self.usual) / (facing + self.usual)
        if room < _LEAST:
            return None
        middle = (start + end) / 2 / self.width
        bottom = float(self.line[0] + (self.line[1] - self.line[0]) * middle)
        top = bottom - float((sides[:, 3] - sides[:, 1]).mean())
        fits = 1 / (1 + np.exp(-(room - _FITS) / _SHARPLY))
        fits *= 1 if len(beside) == 2 else _AT_AN_END
        named = ["" if box is None else self.names[box] for box in (left, right)]
        box = (start, max(top, 0.0), end, bottom)
        score = float(fits)
        return Gap(box, self.row, max(1, round(room)), score, Interval.undefined(), *named)

    @property
    def usual(self) -> float:
        """The room products on this board keep, in pixels."""
        ends, starts = self.corners[self.places[:-1], 2], self.corners[self.places[1:], 0]
        if len(starts) < 2:
            return 0.0
        return max(0.0, float(np.percentile(starts - ends, 25, method="lower")))

    @property
    def facing(self) -> float:
        """Usual width of a product on this board, in pixels."""
        sides = self.corners[self.places]
        return float(np.median(sides[:, 2] - sides[:, 0]))


@dataclass(frozen=True, slots=True)
class _End:
    """Where boards begin, or end, in pixels, and by how much rows differ there."""

    at: float
    spread: float

    @classmethod
    def of(cls, edges: list[float]) -> _End:
        at = float(np.median(edges))
        return cls(at, float(np.median(np.abs(np.array(edges) - at))))


def _ends(corners: Floats, rows: Rows) -> tuple[_End, _End] | None:
    """The two ends of the boards, as most rows say; None with too few rows."""
    if rows.count < _ROWS_FOR_EDGES:
        return None
    first = [float(corners[rows.of == row, 0].min()) for row in range(rows.count)]
    last = [float(corners[rows.of == row, 2].max()) for row in range(rows.count)]
    return _End.of(first), _End.of(last)


def _on_board(board: _Board, ends: tuple[_End, _End] | None) -> list[Gap]:
    places, corners = board.places, board.corners
    if len(places) == 0:
        return []
    reach = np.maximum.accumulate(corners[places, 2])
    found = []
    for at in range(1, len(places)):
        start, stop = float(reach[at - 1]), float(corners[places[at], 0])
        if stop > start:
            left = int(places[int(np.argmax(corners[places[:at], 2]))])
            found.append(board.gap(start, stop, left, int(places[at])))
    first, last = int(places[0]), int(places[int(np.argmax(reach))])
    begin, end = ends or (None, None)
    if begin and begin.spread <= board.facing / 2 and corners[first, 0] > begin.at:
        found.append(board.gap(begin.at, float(corners[first, 0]), None, first))
    if end and end.spread <= board.facing / 2 and corners[last, 2] < end.at:
        found.append(board.gap(float(corners[last, 2]), end.at, last, None))
    return [gap for gap in found if gap is not None]


def _empty_boards(corners: Floats, rows: Rows, width: int) -> list[Gap]:
    """Boards on which nothing stands: room for a board between a board and the goods below it."""
    if rows.count < _ROWS_FOR_EDGES:
        return []
    middle = rows.lines.mean(axis=1)
    usual = float(np.percentile(np.diff(middle), 50, method="lower"))
    found = []
    for row in range(1, rows.count):
        goods = np.flatnonzero(rows.of == row)
        heights = corners[goods, 3] - corners[goods, 1]
        tallest = float(middle[row] - heights.max())
        room = (tallest - middle[row - 1]) / usual
        if middle[row] - middle[row - 1] >= (1 + _EMPTY_BOARD) * usual and room >= _EMPTY_BOARD:
            box = (0.0, float(middle[row - 1]), float(width), tallest)
            found.append(Gap(box, None, 1, 0.5, Interval.undefined(), "", ""))
    return found


def _taken(gap: Gap, corners: Floats) -> float:
    """Share of the gap's area, 0 to 1, that lies under boxes: of a stack, or of a row mistaken."""
    left, top, right, bottom = gap.box
    across, down = left + (right - left) * _GRID, top + (bottom - top) * _GRID
    in_width = (across[:, None] > corners[:, 0]) & (across[:, None] < corners[:, 2])
    in_height = (down[:, None] > corners[:, 1]) & (down[:, None] < corners[:, 3])
    return float((in_width.astype(np.float64) @ in_height.T > 0).mean())


def _judged(gap: Gap, recall: Floats) -> Gap:
    """The gap with the chance that it is one: not a product the detector missed."""
    missed = (1 - recall) ** gap.facings
    chance = gap.score * EMPTY_RATE / (EMPTY_RATE + (1 - EMPTY_RATE) * missed)
    score = float(chance.mean())
    return replace(gap, score=score, chance=percentile_interval(score, chance))
