"""Whether a model's promise held on products whose category is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from glasscase.evaluation.metrics import Mask
from glasscase.intervals import Interval
from glasscase.models.promise import Promise
from glasscase.pages.page import percent


@dataclass(frozen=True)
class PromiseKept:
    """What was accepted unseen under a promise, and how much of it was wrong.

    Not covered: a promise limits the errors of all products to come; among a few hundred, somewhat
    more or less than the limit is chance, which is why only a whole interval above it counts.
    """

    max_error: float
    products: int
    accepted: int
    wrong: int
    independent: float
    """As how many independent products the accepted count, for near-duplicates are right or wrong
    together."""

    @classmethod
    def count(
        cls, promise: Promise, accepted: Mask, correct: Mask, groups: NDArray[np.intp]
    ) -> Self:
        """Of n products which were `accepted` [n], and of which the answer was `correct` [n].

        `groups` [n]: of near-duplicates. The effective size of groups that are right or wrong as a
        whole is the square of the sum of their sizes by the sum of their squares (Kish 1965).
        """
        wrong = int((accepted & ~correct).sum())
        sizes = np.unique(groups[accepted], return_counts=True)[1]
        independent = float(sizes.sum() ** 2 / max((sizes**2).sum(), 1))
        return cls(promise.max_error, len(accepted), int(accepted.sum()), wrong, independent)

    @property
    def error(self) -> Interval:
        """Share of the accepted that was wrong, 95 %; NaN of none.

        Clopper and Pearson (1934), at the effective size (Korn and Graubard 1998).
        """
        if not self.accepted:
            return Interval.undefined()
        share, n = self.wrong / self.accepted, self.independent
        low = beta.ppf(0.025, share * n, n - share * n + 1) if self.wrong else 0.0
        high = beta.ppf(0.975, share * n + 1, n - share * n) if self.wrong < self.accepted else 1.0
        return Interval(share, float(low), float(high))

    @property
    def sentence(self) -> str:
        """What it comes to, for a person."""
        limit = f"The promise (at most {100 * self.max_error:g} % of the accepted wrong)"
        if not self.accepted:
            return f"{limit} was not put to the test: no product was accepted."
        error = self.error
        figures = (
            f"{self.accepted} of {self.products} products accepted, {percent(error.value)} of them "
            f"wrong (95 % interval {percent(error.low)} to {percent(error.high)})"
        )
        if error.low > self.max_error:
            return (
                f"{limit} did not hold: {figures}. These products are unlike those it was made "
                "from; make a new one with `glasscase promise`."
            )
        if error.high <= self.max_error:
            return f"{limit} held for sure: {figures}."
        return f"{limit} is not contradicted: {figures}."

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "max_error": self.max_error,
            "products": self.products,
            "accepted": self.accepted,
            "wrong": self.wrong,
            "independent": self.independent,
            "error": self.error.to_dict(),
            "sentence": self.sentence,
        }
