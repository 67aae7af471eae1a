"""Facings: how many units of a product stand in the front line.

Every box is a facing. Where stacks are to count once, a box above one of the same name in the same
stack is left out: three tins on one another are then one facing, as a planogram counts its width.

Not covered: what stands behind the front line (depth), which no photo shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.intervals import Interval, percentile_interval
from glasscase.shelf.reckoning.box_draws import BoxDraws
from glasscase.shelf.reckoning.rows import Rows

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Facings:
    """The facings of one product."""

    name: str
    brand: str
    total: Interval
    by_row: tuple[int, ...]
    """[rows], from the top, as they were seen."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "brand": self.brand,
            "facings": self.total.to_dict(),
            "by_row": list(self.by_row),
        }


def facing_counts(name: NDArray[np.int64], rows: Rows, *, stacks_once: bool = False) -> Floats:
    """[n]: 1 for a box that counts as a facing, 0 for one above its like in a stack."""
    counts = np.ones(len(name))
    if not stacks_once:
        return counts
    order = np.lexsort((rows.level, name, rows.column))
    same = (np.diff(rows.column[order]) == 0) & (np.diff(name[order]) == 0)
    counts[order[1:][same]] = 0
    return counts


def facings(
    draws: BoxDraws, rows: Rows, counts: Floats, brands: Mapping[str, str]
) -> list[Facings]:
    """The facings of every name, most first; `counts` [n] as `facing_counts` gives them."""
    seen, drawn = draws.seen(counts), draws.drawn(counts)
    table = np.zeros((len(draws.names), rows.count), np.int64)
    np.add.at(table, (draws.name, rows.of), counts.astype(np.int64))
    found = [
        Facings(
            name,
            brands.get(name, ""),
            percentile_interval(float(seen[place]), drawn[:, place]),
            tuple(int(count) for count in table[place]),
        )
        for place, name in enumerate(draws.names)
    ]
    return sorted(found, key=lambda each: (-each.total.value, each.name))
