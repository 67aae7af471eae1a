"""What people did with packs, out of the analyst's own table: the pillar Chosen.

Never guessed from a photo: without a column of outcomes the pillar is not scored.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from glasscase.intervals import wilson_interval
from glasscase.packs.measure import Measure

OUTCOMES = ("chosen_share", "purchase_intent", "rating", "sales")
"""Columns: share of choosers (0 to 1), share who would buy (0 to 1), stars (1 to 5), any amount."""
_Z = 1.959964


def outcome_measures(outcomes: Sequence[Mapping[str, float]]) -> list[list[Measure]]:
    """Measures of Chosen for each pack, from `chosen_share`, `purchase_intent`, `rating`, `sales`
    and `n` (how many people or ratings stand behind them); {} where nothing is known.

    Shares of choosers and sales are told against the fair share of the set (1: as much as if all
    packs with a figure were chosen alike), so that sets of any size compare. Intervals: Wilson's
    for shares; for ratings of n people the largest standard deviation that a mean m of 1 to 5 stars
    allows, sqrt((m - 1)(5 - m)) (Bhatia & Davis 2000); without n a figure counts as exact.

    Not covered: how the people were picked; sales also come from price, place and promotion.
    """
    found: list[list[Measure]] = [[] for _ in outcomes]
    for name in OUTCOMES:
        known = [one for one in outcomes if name in one]
        if not known:
            continue
        total = sum(one[name] for one in known)
        for told, measures in zip(outcomes, found, strict=True):
            measures.append(_measure(name, told, fair=total / len(known)))
    return found


def _measure(name: str, told: Mapping[str, float], *, fair: float) -> Measure:
    relative = name in ("chosen_share", "sales")
    called = {"chosen_share": "chosen_index", "sales": "sales_index"}.get(name, name)
    unit = "ratio" if relative else ("rating" if name == "rating" else "share")
    if name not in told:
        return Measure(called, None, unit, "more", "chosen", why_not=f"{name} is not given")
    if relative and fair <= 0:
        return Measure(called, None, unit, "more", "chosen", why_not=f"no pack has any {name}")
    value, n = told[name], told.get("n")
    low, high = _interval(name, value, n)
    parts = [one / fair if relative and one is not None else one for one in (value, low, high)]
    return Measure(called, parts[0], unit, "more", "chosen", low=parts[1], high=parts[2])


def _interval(name: str, value: float, n: float | None) -> tuple[float | None, float | None]:
    if n is None or n < 1 or name == "sales":
        return None, None
    if name == "rating":
        half = _Z * math.sqrt(max(0.0, (value - 1) * (5 - value)) / n)
        return max(1.0, value - half), min(5.0, value + half)
    found = wilson_interval(value, n)
    return found.low, found.high
