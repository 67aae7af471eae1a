"""Intervals for new products that need no model of the errors: CV+ and split conformal.

Source: Barber, Candes, Ramdas and Tibshirani 2021, "Predictive inference with the jackknife+",
Annals of Statistics 49(1), equation 11 (CV+), which promises 1 - 2 alpha for exchangeable products
and holds 1 - alpha nearly always; Vovk 2015, "Cross-conformal predictors". For folds forward in
time the newest model is laid around with the errors of all folds (split conformal; Papadopoulos et
al. 2002), which holds as long as the future is like the past.

Not covered: intervals that are wide where a product is unusual (errors are taken to be alike in
the scale of learning); a promise for each group or brand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.intervals import Interval, wilson_interval
from glasscase.kpi.folds import Division, Rows
from glasscase.kpi.scale import Floats

LEVEL = 0.9


@dataclass(frozen=True)
class HeldOutErrors:
    """Absolute errors of held-out products, and the fold each was held back in."""

    sizes: Floats
    """[m], in the scale of learning."""
    folds: Rows
    """[m]."""
    forward: bool
    """Whether folds go forward in time."""
    level: float = LEVEL

    @classmethod
    def of(
        cls, learnt: Floats, answers: Floats, division: Division, *, level: float = LEVEL
    ) -> HeldOutErrors:
        """Of answers [n] that were given without having seen the product."""
        rows = np.flatnonzero(division.judged)
        sizes = np.abs(learnt[rows] - answers[rows])
        return cls(sizes, division.fold[rows], division.times is not None, level)

    @property
    def method(self) -> str:
        """Its name."""
        return "split conformal, forward in time" if self.forward else "CV+"

    def around(self, answers: Floats, members: Floats) -> tuple[Floats, Floats]:
        """Lower and upper ends [n] in the scale of learning; infinite with too few errors.

        Args:
            answers: [n] of the model that is used.
            members: [folds, n] of the model of each fold.
        """
        if self.forward:
            reach = upper_quantile(self.sizes, self.level)
            return answers - reach, answers + reach
        m = len(self.sizes)
        below = math.floor((1 - self.level) * (m + 1))
        above = math.ceil(self.level * (m + 1))
        low, high = np.empty(len(answers)), np.empty(len(answers))
        for at in range(0, len(answers), 256):
            some = slice(at, at + 256)
            ends = members[:, some][self.folds]
            low[some] = _at(ends - self.sizes[:, None], below, -np.inf)
            high[some] = _at(ends + self.sizes[:, None], above, np.inf)
        # the shipped model has seen more than its members, and may lie outside of all of them
        return np.minimum(low, answers), np.maximum(high, answers)

    def around_held_out(self, answers: Floats, division: Division) -> tuple[Floats, Floats]:
        """Ends [n] around held-out answers, from errors of other folds (of earlier ones, in time);
        NaN where there are none."""
        low, high = np.full(len(answers), np.nan), np.full(len(answers), np.nan)
        for number in range(division.count):
            other = self.folds < number if self.forward else self.folds != number
            held = division.fold == number
            if other.any():
                reach = upper_quantile(self.sizes[other], self.level)
                low[held], high[held] = answers[held] - reach, answers[held] + reach
        return low, high

    def coverage(self, learnt: Floats, answers: Floats, division: Division) -> Interval:
        """Share of held-out products that lie within an interval made without them.

        Its own interval (Wilson's) counts groups, not products.
        """
        low, high = self.around_held_out(answers, division)
        rows = np.flatnonzero(np.isfinite(low))
        if not len(rows):
            return Interval.undefined()
        inside: NDArray[np.bool_] = (learnt[rows] >= low[rows]) & (learnt[rows] <= high[rows])
        return wilson_interval(float(inside.mean()), len(np.unique(division.groups[rows])))

    def to_dict(self) -> dict[str, Any]:
        """JSON values without the errors themselves."""
        return {"level": self.level, "method": self.method, "errors": len(self.sizes)}


def upper_quantile(sizes: Floats, level: float) -> float:
    """The ceil(level (m + 1))-th smallest of `sizes` [m]; infinite where there are too few.

    >>> upper_quantile(np.arange(1.0, 10.0), 0.9), upper_quantile(np.arange(1.0, 5.0), 0.9)
    (9.0, inf)
    """
    place = math.ceil(round(level * (len(sizes) + 1), 9))
    return math.inf if place > len(sizes) else float(np.sort(sizes)[place - 1])


def _at(values: Floats, place: int, without: float) -> Floats:
    """The `place`-th smallest of each column, counted from 1."""
    if not 1 <= place <= len(values):
        return np.full(values.shape[1], without)
    return np.asarray(np.partition(values, place - 1, axis=0)[place - 1])
