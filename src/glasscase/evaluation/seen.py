"""What a model said of the same products under one condition, as little as figures need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glasscase.evaluation.answers import Answers
from glasscase.evaluation.metrics import Floats, Ints, Mask
from glasscase.evaluation.reliability import Reliability
from glasscase.intervals import (
    Difference,
    Interval,
    mean,
    paired_bootstrap,
    resampled_sums,
    share_interval,
)

_SAMPLES = 5000
"""Draws of a loss: as many as it takes for p-values that are still small when corrected."""


@dataclass(frozen=True)
class Seen:
    """Answers to n products; two of these on the same products are compared in pairs."""

    predicted: Ints
    """[n]: class numbers, -1 where there is no answer."""
    correct: Mask
    confidence: Floats
    """[n]: probability of the answer, 0 where there is none."""
    accepted: Mask
    """[n]: which answers the model would have accepted unseen."""

    @classmethod
    def of(cls, answers: Answers, accepted: Sequence[bool]) -> Seen:
        """Of `answers` [n], each accepted or not."""
        return cls(
            answers.predicted, answers.correct, answers.confidence, np.asarray(accepted, bool)
        )

    @classmethod
    def joined(cls, parts: Sequence[Seen]) -> Seen:
        """The answers to several pieces, one after the other."""
        names = ("predicted", "correct", "confidence", "accepted")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def __len__(self) -> int:
        return len(self.predicted)

    def take(self, rows: Mask | Ints) -> Seen:
        """Some of the products."""
        return Seen(
            self.predicted[rows], self.correct[rows], self.confidence[rows], self.accepted[rows]
        )

    def ece(self) -> float:
        """Calibration error in 15 equal bins, of those with an answer; NaN where there is none."""
        has = self.predicted >= 0
        return Reliability.equal_width(self.confidence[has], self.correct[has]).expected_error()

    def accuracy(self, groups: Ints, *, seed: int = 0) -> Interval:
        """Share of right answers."""
        return share(self.correct, groups, seed=seed)

    def accepted_error(self, groups: Ints, *, seed: int = 0) -> Interval:
        """Share of wrong answers among the accepted; undefined where none is accepted."""
        rows = self.accepted
        if not rows.any():
            return Interval.undefined()
        return share(~self.correct[rows], groups[rows], seed=seed)

    def flips(self, other: Seen, groups: Ints, *, seed: int = 0) -> Interval:
        """Share of the products `other` answers differently, right or wrong."""
        return share(self.predicted != other.predicted, groups, seed=seed)

    def loss(self, other: Seen, groups: Ints, *, seed: int = 0) -> Difference:
        """Accuracy of this less that of `other`, paired; above 0 `other` is worse."""
        tables = [
            np.stack([np.ones(len(one)), one.correct], axis=1).astype(np.float64)
            for one in (self, other)
        ]
        return paired_bootstrap(mean, *tables, groups=groups.tolist(), samples=_SAMPLES, seed=seed)


def share(has: Mask, groups: Ints, *, seed: int = 0) -> Interval:
    """A share of products with its interval, near-duplicates drawn together."""
    table = np.stack([np.ones(len(has)), has], axis=1).astype(np.float64)
    draws = mean(resampled_sums(table, groups=groups.tolist(), seed=seed))
    return share_interval(float(np.mean(has)), draws, len(np.unique(groups)))
