"""How a figure is written for people, by its unit."""

from __future__ import annotations

import math
import re

UNITS = {
    "share": "0 to 1, written as per cent",
    "points": "0 to 100",
    "percentage points": "a difference of shares, written times 100",
    "count": "a whole number",
    "number": "as it is",
    "ratio": "written with x",
    "px": "pixels",
    "mm": "millimetres",
    "degrees": "of visual angle",
    "bits": "of entropy",
    "seconds": "of time",
    "rating": "of stars",
    "logit": "log-odds",
}
"""Every unit of the ledger and what it means."""
_LARGE = 1e12
_HUNDREDTHS = ("share", "percentage points")
_END = {"share": " %", "count": "", "number": "", "ratio": " x", "rating": " stars",
        "logit": " log-odds"}  # fmt: skip


def display(value: float, unit: str) -> str:
    """`value` as a reader sees it, with its unit; a minus is a real one.

    Raises:
        ValueError: the value is no finite number, or the unit is not one of `UNITS`.

    >>> display(0.2345, "share"), display(1234, "count"), display(-0.021, "percentage points")
    ('23.4 %', '1,234', '−2.1 percentage points')
    >>> display(4.512, "ratio"), display(61.04, "points")
    ('4.51 x', '61.0 points')
    >>> display(-0.04, "points")
    '0.0 points'
    """
    if not math.isfinite(value):
        raise ValueError("a fact's value is a finite number")
    if unit not in UNITS:
        raise ValueError(f"unit {unit!r} is not one of {', '.join(UNITS)}")
    shown = _written(value, unit)
    return (shown if re.search("[1-9]", shown) else shown.removeprefix("-")).replace("-", "−")


def interval(low: float, high: float, unit: str) -> str:
    """The interval from `low` to `high` as a reader sees it, its unit once.

    >>> interval(0.2, 0.25, "share"), interval(1.5, 2, "ratio")
    ('20.0 to 25.0 %', '1.50 to 2.00 x')
    """
    first, second = display(low, unit), display(high, unit)
    unit_shown = second[second.index(" ") :] if " " in second else ""
    return f"{first.removesuffix(unit_shown)} to {second}"


def _written(value: float, unit: str) -> str:
    if abs(value) >= _LARGE:
        return f"{value * (100 if unit in _HUNDREDTHS else 1):.2e}{_END.get(unit, f' {unit}')}"
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "percentage points":
        return f"{100 * value:.1f} percentage points"
    if unit == "count":
        return f"{round(value):,}"
    if unit == "ratio":
        return f"{_significant(value)} x"
    if unit == "points":
        return f"{value:.1f} points"
    if unit in ("number", "rating", "logit"):
        return _significant(value) + {"rating": " stars", "logit": " log-odds"}.get(unit, "")
    return f"{_significant(value)} {unit}"


def _significant(value: float) -> str:
    """Three significant digits, without an exponent where that is readable."""
    if value == 0:
        return "0"
    if abs(value) < 1e-6:
        return f"{value:.2e}"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"
