"""The time column: when each figure was measured, whatever way it is written."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np

from glasscase.catalog.cells import as_text
from glasscase.catalog.problem import Problem
from glasscase.errors import BadCatalog
from glasscase.kpi.scale import Floats
from glasscase.kpi.target import Cells

_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})[- ]?Q([1-4])", re.IGNORECASE)
_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_SLASHED = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_SECONDS_PER_DAY = 86_400.0
_TOLD = 20


@dataclass(frozen=True)
class Moments:
    """When each row was measured."""

    days: Floats
    """[n], days since 1970; NaN where it cannot be read."""
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    @property
    def span(self) -> tuple[str, str]:
        """First and last day, as `2024-01-31`."""
        there = self.days[np.isfinite(self.days)]
        first, last = (
            datetime.fromtimestamp(float(d) * _SECONDS_PER_DAY, UTC).date().isoformat()
            for d in (there.min(), there.max())
        )
        return first, last


def read_moments(rows: Cells, name: str, *, today: date | None = None) -> Moments:
    """Read the column `name`: ISO dates and times, years, months, quarters, weeks, `31.12.2024`.

    Days and months written with slashes are told apart by a number above 12; where no row decides,
    the day is taken to come first, and that is said. Rows that run backwards are put in order.

    Raises:
        BadCatalog: most of it is no time.
    """
    cells = [cells.get(name) for _, cells in rows]
    month_first = _month_first(cells)
    days = np.array([_day(cell, month_first=bool(month_first)) for cell in cells], np.float64)
    wrong = np.flatnonzero(~np.isfinite(days)).tolist()
    if len(wrong) * 2 > len(cells):
        shown = str(cells[wrong[0]])[:40]
        raise BadCatalog(
            f"column {name!r} is no time in {len(wrong)} of {len(cells)} rows, "
            f"the first in row {rows[wrong[0]][0]}: {shown!r}",
            "Write dates such as 2024-01-31.",
        )
    problems = [
        Problem(rows[i][0], name, f"{str(cells[i])[:40]!r} is no time",
                "Write it like 2024-01-31. The row is left out.", dropped=True)
        for i in wrong[:_TOLD]
    ]  # fmt: skip
    if len(wrong) > _TOLD:
        more = f"has the same trouble in {len(wrong) - _TOLD} further rows"
        problems.append(Problem(None, name, more, "They are left out."))
    problems += _in_the_future(rows, name, days, today or datetime.now(UTC).date())
    notes = _order_notes(name, days)
    if month_first is None and any(_SLASHED.fullmatch(as_text(c) or "") for c in cells):
        notes.append(f"Dates in {name!r} were read as day, month, year; no row decides it.")
    return Moments(days, tuple(problems), tuple(notes))


def _order_notes(name: str, days: Floats) -> list[str]:
    steps = np.diff(days[np.isfinite(days)])
    back = int((steps < 0).sum())
    if back and not (steps > 0).any():
        return [f"Time runs backwards down the column {name!r}: rows were put in order."]
    if back:
        return [f"Rows are not in the order of {name!r} in {back} places: they were put so."]
    return []


def _in_the_future(rows: Cells, name: str, days: Floats, today: date) -> list[Problem]:
    limit = _days(today) + 1
    late = np.flatnonzero(days > limit)
    if not len(late):
        return []
    reason = f"lies in the future in {len(late)} rows, the first is row {rows[late[0]][0]}"
    return [Problem(None, name, reason, "Check the dates; they are used as they stand.")]


def _month_first(cells: Sequence[Any]) -> bool | None:
    """Of dates with slashes or points; None where both readings fit."""
    pairs = [m for c in cells if (m := _SLASHED.fullmatch(as_text(c) or ""))]
    if any(int(m[1]) > 12 for m in pairs):
        return False
    return True if any(int(m[2]) > 12 for m in pairs) else None


def _day(cell: Any, *, month_first: bool) -> float:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=cell.tzinfo or UTC).timestamp() / _SECONDS_PER_DAY
    if isinstance(cell, date):
        return _days(cell)
    text = as_text(cell)
    if text is None or len(text) > 40:
        return math.nan
    try:
        return _written(text, month_first=month_first)
    except (ValueError, OverflowError):
        return math.nan


def _written(text: str, *, month_first: bool) -> float:
    """Raises `ValueError` where it is no time."""
    if text.isdecimal() and len(text) == 4:
        return _days(date(int(text), 1, 1))
    if text.isdecimal() and len(text) in (10, 13):
        return int(text[:10]) / _SECONDS_PER_DAY
    if (found := _MONTH.fullmatch(text)) is not None:
        return _days(date(int(found[1]), int(found[2]), 1))
    if (found := _QUARTER.fullmatch(text)) is not None:
        return _days(date(int(found[1]), 3 * int(found[2]) - 2, 1))
    if (found := _WEEK.fullmatch(text)) is not None:
        return _days(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    if (found := _SLASHED.fullmatch(text)) is not None:
        first, second = int(found[1]), int(found[2])
        day, month = (second, first) if month_first else (first, second)
        return _days(date(int(found[3]), month, day))
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() / _SECONDS_PER_DAY


def _days(day: date) -> float:
    return float(day.toordinal() - date(1970, 1, 1).toordinal())
