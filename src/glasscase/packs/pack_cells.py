"""Cells of a table of packs: heights, yes or no, and outcomes, each checked."""

from __future__ import annotations

from typing import Any

from glasscase.catalog.cells import as_text
from glasscase.catalog.prices import price_in

HIGHEST_MM = 3000.0
_UNITS = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4, '"': 25.4, "inch": 25.4, "inches": 25.4}
_YES = {"1", "yes", "y", "true", "x", "own", "ja", "oui", "si", "sí", "wahr"}
_BOUNDS = {
    "chosen_share": (0.0, 1.0),
    "purchase_intent": (0.0, 1.0),
    "rating": (1.0, 5.0),
    "sales": (0.0, float("inf")),
    "n": (1.0, float("inf")),
}


def height_in(cell: Any) -> float | None:
    """Millimetres of a pack's height; None where the cell is no height of 1 mm to 3 m.

    >>> [height_in(cell) for cell in ("180", "18,5 cm", '7"', 0, "tall", "9 km", None)]
    [180.0, 185.0, 177.8, None, None, None, None]
    """
    text = as_text(cell)
    number = price_in(text) if text else None
    if text is None or number is None:
        return None
    unit = text.lower().lstrip("0123456789.,' \u00a0").strip(". ")
    factor = 1.0 if not unit else _UNITS.get(unit)
    height = None if factor is None else round(number * factor, 3)
    return height if height is not None and 1 <= height <= HIGHEST_MM else None


def is_yes(cell: Any) -> bool:
    """Whether a cell says yes.

    >>> [is_yes(cell) for cell in ("Yes", True, 1, "x", "no", 0, None, "")]
    [True, True, True, True, False, False, False, False]
    """
    return (as_text(cell) or "").lower() in _YES


def outcome_in(name: str, cell: Any) -> float | None:
    """The figure of an outcome's cell; None where it is out of its bounds or no number.

    >>> outcome_in("chosen_share", "34 %"), outcome_in("rating", "4,5"), outcome_in("rating", 9)
    (0.34, 4.5, None)
    """
    text = as_text(cell)
    number = price_in(text) if text else None
    if text is None or number is None:
        return None
    if text.endswith("%"):
        number /= 100
    low, high = _BOUNDS[name]
    return number if low <= number <= high else None
