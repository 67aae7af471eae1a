"""A section as a picture: a dot for each figure, a line for its interval, on one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glasscase.insights.fact import Fact

MOST_MARKS = 24


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a figure and its interval lie, in hundredths of the scale's width."""

    fact: Fact
    at: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scale:
    """The marks of one section and where zero lies, in hundredths; None: zero is not on it."""

    marks: tuple[Mark, ...]
    zero: float | None


def scale_of(facts: Sequence[Fact]) -> Scale | None:
    """The picture of `facts`; None where there is nothing to compare (one figure, several units).

    The scale begins at zero unless figures are negative, so that lengths can be compared.

    >>> a = Fact("F1", "m", "A", 0.5, "share", "50.0 %", low=0.25, high=0.75)
    >>> b = Fact("F2", "m", "B", 1.0, "share", "100.0 %")
    >>> [(mark.at, mark.low) for mark in scale_of([a, b]).marks]
    [(50.0, 25.0), (100.0, 100.0)]
    """
    shown = list(facts[:MOST_MARKS])
    if len(shown) < 2 or len({fact.unit for fact in shown}) != 1:
        return None
    ends = [(f.low if f.low is not None else f.value, f.high if f.high is not None else f.value)
            for f in shown]  # fmt: skip
    least = min(0.0, *(low for low, _ in ends), *(f.value for f in shown))
    most = max(0.0, *(high for _, high in ends), *(f.value for f in shown))
    if most <= least:
        return None

    def place(value: float) -> float:
        return round(100 * (value - least) / (most - least), 2)

    marks = (Mark(fact, place(fact.value), place(low), place(high))
             for fact, (low, high) in zip(shown, ends, strict=True))  # fmt: skip
    return Scale(tuple(marks), place(0.0) if least < 0 else None)
