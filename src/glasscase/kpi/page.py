"""A KPI's result as one HTML page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from glasscase.kpi.plots import kpi_plots
from glasscase.pages.page import render

MOST_PROBLEMS = 50


def kpi_page(result: Mapping[str, Any]) -> str:
    """A self-contained page from the JSON of a result; everything from outside is escaped.

    Raises:
        MissingExtra: matplotlib is not installed.
    """
    return render(
        "glasscase.kpi",
        "kpi.html",
        result=result,
        plots=kpi_plots(result),
        problems=result["problems"][:MOST_PROBLEMS],
        interval=interval_words,
        amounts=amount_words,
        points=points_words,
    )


def interval_words(found: Mapping[str, float | None], digits: int = 2) -> str:
    """An interval as people read it.

    >>> interval_words({"value": 0.5, "low": 0.4, "high": 0.625})
    '0.50 (0.40 to 0.62)'
    >>> interval_words({"value": None, "low": None, "high": None})
    '–'
    """
    value, low, high = found["value"], found["low"], found["high"]
    if value is None:
        return "–"
    if low is None or high is None:
        return f"{value:.{digits}f}"
    return f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def amount_words(found: Mapping[str, float | None]) -> str:
    """An interval of amounts, whatever their size.

    >>> amount_words({"value": 1234.56, "low": 0.012345, "high": 2000.0})
    '1,235 (0.0123 to 2,000)'
    """
    value, low, high = (found[key] for key in ("value", "low", "high"))
    if value is None or low is None or high is None:
        return "–"
    return f"{_amount(value)} ({_amount(low)} to {_amount(high)})"


def _amount(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def points_words(found: Mapping[str, float | None]) -> str:
    """A difference of shares in points.

    >>> points_words({"value": 0.021, "low": -0.004, "high": 0.05})
    '+2.1 (-0.4 to +5.0)'
    """
    value, low, high = found["value"], found["low"], found["high"]
    if value is None or low is None or high is None:
        return "–"
    return f"{100 * value:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
