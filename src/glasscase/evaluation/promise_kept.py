"""Whether a model's promise held on products whose category is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from scipy.stats import binomtest

from glasscase.evaluation.intervals import Interval
from glasscase.evaluation.metrics import Mask
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

    @classmethod
    def count(cls, promise: Promise, accepted: Mask, correct: Mask) -> Self:
        """Of n products which were `accepted` [n], and of which the answer was `correct` [n]."""
        wrong = int((accepted & ~correct).sum())
        return cls(promise.max_error, len(accepted), int(accepted.sum()), wrong)

    @property
    def error(self) -> Interval:
        """Share of the accepted that was wrong, 95 % (Clopper and Pearson 1934); NaN of none."""
        if not self.accepted:
            return Interval(float("nan"), float("nan"), float("nan"))
        found = binomtest(self.wrong, self.accepted).proportion_ci(0.95, "exact")
        return Interval(self.wrong / self.accepted, float(found.low), float(found.high))

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
            "error": self.error.to_dict(),
            "sentence": self.sentence,
        }
