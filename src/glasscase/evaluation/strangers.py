"""How many products were called unknown: those of known labels wrongly, the others rightly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glasscase.evaluation.metrics import Floats, Mask
from glasscase.intervals import Interval, wilson_interval
from glasscase.pages.page import percent


@dataclass(frozen=True)
class Strangers:
    """Shares of products called unknown, each with its 95 % interval (Wilson)."""

    false_alarms: Interval
    """Of the products whose label the model knows."""
    known: int
    caught: Interval
    """Of the products whose label it does not know; not defined where there is none."""
    unknown: int
    at: float
    """The limit that was set."""

    @classmethod
    def count(cls, p_values: Floats, is_unknown: Mask, at: float) -> Strangers | None:
        """Count p-values [n] of at most `at`; None where the model can say nothing of any.

        >>> found = Strangers.count(np.array([0.01, 0.5]), np.array([True, False]), 0.02)
        >>> found.caught.value, found.false_alarms.value
        (1.0, 0.0)
        """
        said = ~np.isnan(p_values)
        if not said.any() or at <= 0:
            return None
        called = p_values[said] <= at
        shares = []
        for rows in (~is_unknown[said], is_unknown[said]):
            count = int(rows.sum())
            value = float(called[rows].mean()) if count else float("nan")
            shares.append((wilson_interval(value, count), count))
        (false_alarms, known), (caught, unknown) = shares
        return cls(false_alarms, known, caught, unknown, at)

    @property
    def metrics(self) -> dict[str, Interval]:
        """By name, as a report lists them; what is not defined is left out."""
        both = {"unknown_false_alarms": self.false_alarms, "unknown_caught": self.caught}
        return {name: value for name, value in both.items() if value.defined}

    @property
    def sentence(self) -> str:
        """What was found, in plain words."""
        parts = []
        if self.known:
            parts.append(f"{_said(self.false_alarms)} of the {self.known} with a label it knows")
        if self.unknown:
            parts.append(f"{_said(self.caught)} of the {self.unknown} with one it does not know")
        limit = f"decision.unknown_at allows {percent(self.at)} of the known"
        return f"Called unlike all training products: {', '.join(parts)} ({limit})."


def _said(share: Interval) -> str:
    return f"{percent(share.value)} (95 % interval {100 * share.low:.1f} to {100 * share.high:.1f})"
