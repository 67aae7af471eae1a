"""What it buys to leave the unsure products to people: error against the share answered.

Source: the risk-coverage curve of El-Yaniv and Wiener (2010), JMLR 11.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glasscase.evaluation.metrics import Floats, Mask

MOST_POINTS = 200


@dataclass(frozen=True)
class CoverageCurve:
    """Points from the surest products to all of them; at most 200, evenly spread.

    >>> curve = CoverageCurve.of(np.array([0.9, 0.6]), np.array([True, False]))
    >>> curve.coverage.tolist(), curve.error.tolist(), curve.confidence.tolist()
    ([0.5, 1.0], [0.0, 0.5], [0.9, 0.6])
    """

    coverage: Floats
    """[m]: share of the products taken in, 0 to 1."""
    error: Floats
    """[m]: share of wrong answers among them."""
    confidence: Floats
    """[m]: the least confidence among them."""

    @classmethod
    def of(cls, confidence: Floats, correct: Mask) -> CoverageCurve:
        """Take products in by falling `confidence` [n]; equally sure ones enter together."""
        n = len(confidence)
        order = np.argsort(-confidence, kind="stable")
        sure = confidence[order]
        wrong = np.cumsum(~correct[order])
        ends = np.flatnonzero(np.append(sure[1:] != sure[:-1], np.ones(min(n, 1), bool)))
        if len(ends) > MOST_POINTS:
            ends = ends[np.unique(np.linspace(0, len(ends) - 1, MOST_POINTS).round().astype(int))]
        return cls((ends + 1) / max(n, 1), wrong[ends] / (ends + 1), sure[ends])
