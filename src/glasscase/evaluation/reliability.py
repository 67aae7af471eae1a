"""Whether "90 % sure" is right nine times in ten.

Products are sorted into bins by how sure the answer was; in each bin the mean confidence is held
against the share of right answers. Source: Guo et al. (2017), On Calibration of Modern Neural
Networks; bins of equal numbers: Nguyen and O'Connor (2015).

Not covered: the probabilities of classes that were not the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glasscase.evaluation.metrics import Floats, Ints, Mask, ratio

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Bins of confidence, and how right the answers in each are.

    >>> sure = Reliability.equal_width(np.array([0.9, 0.9]), np.array([True, False]))
    >>> round(sure.expected_error(), 3), round(sure.largest_error(), 3)
    (0.4, 0.4)
    """

    edges: Floats
    """[bins + 1], from 0 to 1; a bin holds its upper edge."""
    counts: Floats
    """[bins]"""
    confidence: Floats
    """[bins]: mean confidence, NaN in an empty bin."""
    accuracy: Floats
    """[bins]: share of right answers, NaN in an empty bin."""

    @classmethod
    def equal_width(cls, confidence: Floats, correct: Mask, bins: int = BINS) -> Reliability:
        """Bins of equal width, the usual ECE. `confidence` [n] in 0..1, `correct` [n]."""
        return cls.within(np.linspace(0.0, 1.0, bins + 1), confidence, correct)

    @classmethod
    def equal_numbers(cls, confidence: Floats, correct: Mask, bins: int = BINS) -> Reliability:
        """Bins of about equal numbers of products; fewer where many are equally sure."""
        if len(confidence) == 0:
            return cls.equal_width(confidence, correct, bins)
        inner = np.quantile(confidence, np.linspace(0, 1, bins + 1)[1:-1])
        return cls.within(np.unique([0.0, *inner, 1.0]), confidence, correct)

    @classmethod
    def within(cls, edges: Floats, confidence: Floats, correct: Mask) -> Reliability:
        """Bins with given edges."""
        bins = len(edges) - 1
        own = bin_of(confidence, edges)
        counts = np.bincount(own, minlength=bins).astype(np.float64)
        sure = np.bincount(own, weights=confidence, minlength=bins)
        right = np.bincount(own, weights=correct.astype(np.float64), minlength=bins)
        means = (ratio(sums, counts, empty=np.nan) for sums in (sure, right))
        return cls(np.asarray(edges, np.float64), counts, *means)

    def expected_error(self) -> float:
        """ECE: mean gap between confidence and accuracy, weighted by products; NaN when empty."""
        return float(expected_error(self.counts, self._sums(self.confidence), self._sums_right()))

    def largest_error(self) -> float:
        """MCE: the widest gap of any bin. Bins of few products make it jumpy."""
        gaps = np.abs(self.confidence - self.accuracy)[self.counts > 0]
        return float(gaps.max()) if len(gaps) else float("nan")

    def _sums(self, means: Floats) -> Floats:
        return np.where(self.counts > 0, means, 0.0) * self.counts

    def _sums_right(self) -> Floats:
        return self._sums(self.accuracy)


def bin_of(confidence: Floats, edges: Floats) -> Ints:
    """[n]: number of the bin, which holds its upper edge and not its lower one."""
    own = np.searchsorted(edges, confidence, side="left") - 1
    return np.asarray(np.clip(own, 0, len(edges) - 2), np.intp)


def expected_error(counts: Floats, sure: Floats, right: Floats) -> Floats:
    """ECE from sums per bin [..., bins]: products, confidence and right answers."""
    return ratio(np.abs(sure - right).sum(axis=-1), counts.sum(axis=-1), empty=np.nan)
