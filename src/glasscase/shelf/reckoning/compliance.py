"""Planogram compliance: what stands where it should, and every difference in words.

Rows of the shelf are paired with rows of the planogram in order, so that most facings agree. Within
a pair the two sequences of facings are aligned (`sequence_alignment`). Three shares, 0 to 1:

- presence: planned products that stand anywhere on the shelf;
- facings: planned facings that are there, whatever their order in the row;
- position: planned facings that stand in their row and in their order.

An interval takes each facing that agrees as false with one minus the detector's precision, and each
that does not as missed with the chance that Bayes' rule gives: with c the true compliance (the seen
one, drawn with Jeffreys' prior, over s) and s the chance of seeing a facing,
`c * (1 - s) / (1 - c * s)`.

Stacks count once per column, as a planogram's facings stand side by side.
Not covered: distances in centimetres; two planned rows that share one board.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.intervals import Interval, percentile_interval
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.reckoning.availability import availability, seen_rates
from glasscase.shelf.reckoning.box_draws import BoxDraws
from glasscase.shelf.reckoning.differences import Difference, find_differences
from glasscase.shelf.reckoning.planogram import Planogram
from glasscase.shelf.reckoning.rows import Rows
from glasscase.shelf.reckoning.sequence_alignment import Pair, aligned
from glasscase.shelf.usable_boxes import UNKNOWN

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Compliance:
    """How far a shelf follows its planogram."""

    presence: Interval
    facings: Interval
    position: Interval
    paired: tuple[Pair, ...]
    """Planned row and row of the shelf, from 0; None where one has no partner."""
    numbers: tuple[int, ...]
    """What the planogram calls its rows."""
    differences: tuple[Difference, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; planned rows as the planogram calls them, those seen from 1."""
        return {
            "presence": self.presence.to_dict(),
            "facings": self.facings.to_dict(),
            "position": self.position.to_dict(),
            "rows": [
                {
                    "planned": None if planned is None else self.numbers[planned],
                    "seen": None if seen is None else seen + 1,
                }
                for planned, seen in self.paired
            ],
            "differences": [difference.to_dict() for difference in self.differences],
        }


def row_sequences(boxes: Boxes, names: tuple[str, ...], rows: Rows) -> list[list[str]]:
    """[rows]: the products on each board, left to right, a stack once."""
    left = np.asarray(boxes.corners, np.float64)[:, 0]
    found = []
    for row in range(rows.count):
        places = np.flatnonzero((rows.of == row) & (rows.level == 0))
        found.append([names[int(i)] for i in places[np.argsort(left[places], kind="stable")]])
    return found


def compliance(
    sequences: list[list[str]], planogram: Planogram, draws: BoxDraws, *, seed: int = 0
) -> Compliance:
    """Compare rows of names, as `row_sequences` gives them, with a planogram.

    Names are the same whatever their case; `unknown` agrees with no product and contradicts none.
    """
    spelled = {block.product.casefold(): block.product for row in planogram.rows for block in row}
    seen = [[spelled.get(name.casefold(), name) for name in row] for row in sequences]
    planned = [planogram.sequence(row) for row in range(len(planogram.rows))]
    paired = pair_rows(planned, seen)
    total = sum(len(row) for row in planned)
    in_row = in_order = 0
    for ours, theirs in paired:
        if ours is None or theirs is None:
            continue
        in_row += (Counter(planned[ours]) & Counter(seen[theirs])).total()
        in_order += sum(
            i is not None and j is not None and planned[ours][i] == seen[theirs][j]
            for i, j in aligned(planned[ours], seen[theirs])
        )
    listing: dict[str, int | None] = {spelled[n.casefold()]: c for n, c in _counted(planogram)}
    return Compliance(
        availability(draws, listing, seed=seed).share,
        _doubted(in_row, total, draws, seed),
        _doubted(in_order, total, draws, seed + 1),
        tuple(paired),
        planogram.numbers,
        tuple(find_differences(planned, seen, paired, planogram.numbers, exact=draws.exact)),
    )


def _counted(planogram: Planogram) -> list[tuple[str, int]]:
    return list(planogram.facings().items())


def pair_rows(planned: list[list[str]], seen: list[list[str]]) -> list[Pair]:
    """Rows of both in order, so that as many facings as possible agree; rows that agree in nothing
    are paired where they lie between the same neighbours."""
    return aligned(planned, seen, _agreement, skip=0.0)


def _agreement(ours: list[str], theirs: list[str]) -> float:
    """Facings of the same names; a little for any pair of rows, so that an unread row is paired."""
    unread = Counter(theirs)[UNKNOWN]
    return (Counter(ours) & Counter(theirs)).total() + 1e-3 * min(len(ours), 1 + unread)


def _doubted(agreeing: int, total: int, draws: BoxDraws, seed: int) -> Interval:
    if total == 0:
        return Interval.undefined()
    value = agreeing / total
    if draws.exact:
        return Interval(value, value, value)
    rng = np.random.default_rng(seed)
    seen = np.clip(seen_rates(draws), 1e-6, 1 - 1e-9)
    agree = rng.beta(agreeing + 0.5, total - agreeing + 0.5, len(seen))
    truly = np.minimum(agree / seen, 1.0)
    missed = truly * (1 - seen) / np.maximum(1 - truly * seen, 1e-12)
    right = draws.rates.precision * draws.rates.naming
    kept = rng.binomial(agreeing, np.clip(right, 0, 1))
    hidden = rng.binomial(total - agreeing, np.clip(missed, 0, 1))
    return percentile_interval(value, (kept + hidden) / total)
