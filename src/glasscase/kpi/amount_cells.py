"""Numbers in cells of a table, read strictly: a cell that holds words is no number."""

from __future__ import annotations

import math
import re
from typing import Any

from glasscase.catalog.cells import as_text
from glasscase.catalog.prices import parse_price

_CURRENCY = r"(?:[$\u20ac\u00a3\u00a5\u20b9]|Rs\.?|USD|EUR|GBP|CHF|INR|JPY|CNY|R\$|US\$|kr\.?)?"
_SHAPE = re.compile(
    rf"(?P<sign>[-+\u2212])?\s*{_CURRENCY}\s*(?P<digits>\d[\d.,'\u00a0\u202f\u2019 ]*)\s*"
    r"(?P<percent>%)?\s*(?:[$\u20ac\u00a3\u00a5\u20b9]|USD|EUR|GBP|CHF|INR|JPY|CNY|kr\.?)?"
)
_LONGEST = 60
LARGEST = 1e15
"""No figure of a shop is larger; sums of squares of larger ones would overflow."""


def amount_in(cell: Any) -> float | None:
    """The number of a cell; None where it is missing or holds words, infinite beyond `LARGEST`.

    A plain number is taken as Python takes it (`4.125` is a little over 4); thousands, currencies
    and percent signs as shops write them. Per cent are told apart with `is_percent`.

    >>> [amount_in(cell) for cell in (3, "4.125", "1,299.50", "-5 %", "$ 7", "b7", "", True)]
    [3.0, 4.125, 1299.5, -5.0, 7.0, None, None, None]
    """
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return None if isinstance(cell, float) and math.isnan(cell) else _bounded(cell)
    text = as_text(cell)
    if text is None or len(text) > _LONGEST or "_" in text:
        return None
    try:
        plain = float(text)
    except ValueError:
        written = _as_written(text)
        return None if written is None else _bounded(written)
    return None if math.isnan(plain) else _bounded(plain)


def is_percent(cell: Any) -> bool:
    """Whether a cell is written in per cent."""
    return isinstance(cell, str) and cell.strip().endswith("%")


def _as_written(text: str) -> float | None:
    match = _SHAPE.fullmatch(text)
    number = None if match is None else parse_price(match["digits"])
    if match is None or number is None:
        return None
    return -number if match["sign"] in ("-", "\u2212") else number


def _bounded(number: float) -> float:
    return float(number) if abs(number) <= LARGEST else math.copysign(math.inf, number)
