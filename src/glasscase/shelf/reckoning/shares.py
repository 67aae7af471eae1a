"""Share of shelf: by facings, by width (linear) and by area; and by facings weighted by row.

For quantities q of boxes, `share(brand) = sum of q over its boxes / sum of q over all boxes`, with
q = 1 (facings), the width of boxes on the board (linear: metres of board), or the area of a box.
Boards farther from the camera look smaller. Where products stand on several boards, the scale of
each board is estimated from their widths and taken out (`board_scales`).

Not covered: products seen at an angle (their widths shrink), empty board (it belongs to nobody: the
shares of what stands there add up to 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.intervals import Interval, percentile_interval
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.reckoning.box_draws import BoxDraws
from glasscase.shelf.reckoning.rows import Rows
from glasscase.shelf.usable_boxes import UNKNOWN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ROUNDS = 50
_SHRINK = 1.0  # boxes' worth of belief that a board has the scale of the others


@dataclass(frozen=True, slots=True)
class Share:
    """One brand's, or one product's, share of the shelf; 0 to 1."""

    name: str
    of: str
    """`brand` or `product`."""
    by_facings: Interval
    linear: Interval
    area: Interval
    eye_level: Interval | None = None
    """By facings with a weight per row; None where no weights were given."""
    draws: Floats | None = None
    """[draws] of the share by facings, for what compares it."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "of": self.of,
            "facings": self.by_facings.to_dict(),
            "linear": self.linear.to_dict(),
            "area": self.area.to_dict(),
            "eye_level": self.eye_level.to_dict() if self.eye_level else None,
        }


def board_scales(boxes: Boxes, name: Ints, rows: Rows, names: Sequence[str]) -> Floats | None:
    """[rows]: how large things on each board look, 1 on average; None where nothing tells.

    `log width = product + board`, fitted by turns; a board with few products that also stand
    elsewhere keeps a scale near 1.
    """
    table = np.zeros((len(names), max(rows.count, 1)), bool)
    table[name, rows.of] = True
    known = np.array([each != UNKNOWN for each in names], bool)
    twice = known & (table.sum(axis=1) > 1)
    used = twice[name]
    if not used.any():
        return None
    kind, row = name[used], rows.of[used]
    width = np.log(np.maximum(np.asarray(boxes.widths, np.float64)[used], 1e-6))
    per_row = np.bincount(row, minlength=rows.count)
    per_kind = np.maximum(np.bincount(kind, minlength=len(names)), 1)
    scale = np.zeros(rows.count)
    for _ in range(_ROUNDS):
        product = np.bincount(kind, weights=width - scale[row], minlength=len(names)) / per_kind
        left = np.bincount(row, weights=width - product[kind], minlength=rows.count)
        scale = left / (per_row + _SHRINK)
        scale -= np.average(scale, weights=np.bincount(rows.of, minlength=rows.count))
    return np.asarray(np.exp(scale))


def eye_level_weights(rows: int) -> list[float]:
    """Weights to begin with: 1 at a third of the height from the top, 0.5 at the far edge.

    A convention to be edited, not a measurement: what eye level is worth differs from category to
    category (Dreze, Hoch and Purk 1994, Journal of Retailing 70, 301-326, measured it in shops).

    >>> eye_level_weights(4)
    [0.75, 1.0, 0.75, 0.5]
    """
    if rows < 1:
        return []
    places = (np.arange(rows) + 0.5) / rows
    best = places[int(np.argmin(np.abs(places - 1 / 3)))]
    far = max(float(np.abs(places - best).max()), 1e-9)
    return [round(float(1 - 0.5 * abs(place - best) / far), 2) for place in places]


def row_weights(weights: Sequence[float] | None, rows: int) -> Floats | None:
    """[rows] from the top, checked.

    Raises:
        BadSetting: another number of weights than rows, a negative one, or only zeros.
    """
    if weights is None:
        return None
    array = np.asarray(list(weights), np.float64)
    if len(array) != rows:
        raise BadSetting(
            f"{len(array)} weights were given for {rows} rows",
            "Give one weight for each row, from the top.",
        )
    if not np.isfinite(array).all() or (array < 0).any() or (rows and array.max() <= 0):
        raise BadSetting(
            "weights of rows must be 0 or more, and one of them above 0", "Write 1 for a usual row."
        )
    return array


def quantities(
    boxes: Boxes, rows: Rows, counts: Floats, scales: Floats | None, weights: Floats | None
) -> dict[str, Floats]:
    """What shares are made of, [n] each: `facings`, `linear`, `area`, and `eye_level` if asked."""
    scale = np.ones(len(boxes)) if scales is None else scales[rows.of]
    found = {
        "facings": counts,
        "linear": np.asarray(boxes.widths, np.float64) / scale * (rows.level == 0),
        "area": np.asarray(boxes.areas, np.float64) / scale**2,
    }
    if weights is not None:
        found["eye_level"] = counts * weights[rows.of]
    return found


def shares(
    draws: BoxDraws,
    asked: dict[str, Floats],
    groups: Mapping[str, str],
    *,
    of: str,
    expected: Iterable[str] = (),
) -> list[Share]:
    """The shares of every group of names, largest first.

    Args:
        draws: what stands behind the boxes.
        asked: as `quantities` gives them.
        groups: name of a product -> the group whose share it adds to.
        of: what a group is: `brand` or `product`.
        expected: groups to tell of wherever there is a product. One of which no box was found has a
            share of 0, and may have all that was never seen.
    """
    members: dict[str, list[int]] = {}
    for place, name in enumerate(draws.names):
        members.setdefault(groups.get(name, name), []).append(place)
    for group in expected if members else ():
        members.setdefault(group, [])
    figures: dict[str, dict[str, Interval]] = {group: {} for group in members}
    kept: dict[str, Floats] = {}
    for kind, quantity in asked.items():
        seen, drawn, totals = draws.seen(quantity), draws.drawn(quantity), draws.totals(quantity)
        whole = float(seen.sum())
        for group, places in members.items():
            with np.errstate(invalid="ignore", divide="ignore"):
                share = drawn[:, places].sum(axis=1) / totals
                share = share if places else 1 - drawn.sum(axis=1) / totals
            value = float(seen[places].sum()) / whole if whole > 0 else float("nan")
            figures[group][kind] = percentile_interval(value, share)
            if kind == "facings":
                kept[group] = share
    found = [
        Share(
            group,
            of,
            each["facings"],
            each["linear"],
            each["area"],
            each.get("eye_level"),
            kept[group],
        )
        for group, each in figures.items()
    ]
    return sorted(found, key=lambda share: (-share.by_facings.value, share.name))
