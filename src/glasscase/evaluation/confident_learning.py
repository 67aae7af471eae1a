"""Confident learning: which labels a model that never saw them is sure are wrong.

Source: Northcutt, Jiang and Chuang, Confident Learning: Estimating Uncertainty in Dataset Labels
(2021), JAIR 70: the confident joint with one threshold a class, where of several classes reached
the most probable counts, and its calibration to the frequencies of the labels. The tests hold the
numbers of the authors' own software, cleanlab 2.9.0 (Apache-2.0); nothing of it is imported.

Not covered: labels that are wrong in the same way for most of a class. The model learns those as
right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.intervals import Interval, share_interval

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

_SLACK = 1e-6
_NOBODY = -1
_CELLS = 40_000_000
_LEAST_SAMPLES = 100


@dataclass(frozen=True)
class LabelIssues:
    """What confident learning says of n labels.

    >>> probs = np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.2, 0.8], [0.05, 0.95]])
    >>> found = LabelIssues.find(np.array([0, 0, 1, 1, 0]), probs)
    >>> found.issues.tolist(), found.joint.tolist(), round(found.error_rate, 2)
    ([False, False, False, False, True], [[2, 1], [0, 1]], 0.2)
    """

    confident: Ints
    """[n]: the class a product is confidently of; -1 where of none."""
    issues: NDArray[np.bool_]
    """[n]: confidently another class than the label, which is not the likeliest either."""
    joint: Ints
    """[classes, classes]: counted products by label (row) and confident class (column)."""
    error_rate: float
    """Share of wrong labels, 0 to 1: what is off the diagonal of the calibrated joint, once labels
    that are the likeliest class themselves are counted as right (as cleanlab counts issues)."""

    @classmethod
    def find(cls, targets: Ints, probs: Floats) -> LabelIssues:
        """Judge labels `targets` [n] by out-of-fold `probs` [n, classes] (rows add up to 1)."""
        weights = np.ones(len(targets))
        confident = confident_classes(targets, probs, weights)
        joint = _joint(targets, confident, weights, probs.shape[1])
        issues = (confident != targets) & (confident != _NOBODY)
        issues &= probs.argmax(axis=1) != targets
        return cls(confident, issues, joint.astype(np.intp), _error_rate(targets, probs, weights))


def confident_classes(targets: Ints, probs: Floats, weights: Floats) -> Ints:
    """[n]: the class each product is confidently of, -1 for none.

    A class is confident where its probability reaches the mean that products of its label give it
    (so an overconfident class asks for more); of several the most probable is taken. `weights` [n]
    say how often each product counts.
    """
    n, n_classes = probs.shape
    totals = np.bincount(targets, weights, minlength=n_classes)
    own = probs[np.arange(n), targets]
    sums = np.bincount(targets, weights * own, minlength=n_classes)
    thresholds = np.divide(sums, totals, out=np.full(n_classes, np.inf), where=totals > 0)
    reached = np.where(probs >= thresholds - _SLACK, probs, -1.0)
    best = reached.argmax(axis=1)
    return np.where(reached[np.arange(n), best] >= 0, best, _NOBODY).astype(np.intp)


def error_rate_interval(
    targets: Ints, probs: Floats, groups: Ints, *, samples: int = 400, seed: int = 0
) -> Interval:
    """Estimated share of wrong labels, 0 to 1, with its 95 % bootstrap interval over `groups` [n].

    Whole groups of near-duplicates are drawn again, and thresholds and joint are counted anew each
    time. Large tables are drawn less often (at least 100 times). The models are not fitted again,
    so what their training leaves to chance is not in the interval.

    Not covered: a weak model. Its own confident mistakes are counted as wrong labels.
    """
    value = LabelIssues.find(targets, probs).error_rate
    _, units = np.unique(groups, return_inverse=True)
    n_units = int(units.max()) + 1
    rng = np.random.default_rng(seed)
    times = max(_LEAST_SAMPLES, min(samples, _CELLS // max(1, probs.size)))
    draws = np.zeros(times)
    for at in range(times):
        counts = np.bincount(rng.integers(0, n_units, n_units), minlength=n_units)
        drawn = np.flatnonzero(counts[units])
        weights = counts[units][drawn].astype(np.float64)
        part, labels = probs[drawn], targets[drawn]
        draws[at] = _error_rate(labels, part, weights)
    return share_interval(value, draws, n_units)


def _joint(targets: Ints, confident: Ints, weights: Floats, n_classes: int) -> Floats:
    counted = confident != _NOBODY
    cells = targets[counted] * n_classes + confident[counted]
    counts = np.bincount(cells, weights[counted], minlength=n_classes**2)
    return np.asarray(counts.reshape(n_classes, n_classes), np.float64)


def _error_rate(targets: Ints, probs: Floats, weights: Floats) -> float:
    """The share off the diagonal, each row counting as often as its label does."""
    n_classes = probs.shape[1]
    confident = confident_classes(targets, probs, weights)
    likeliest = probs.argmax(axis=1) == targets
    joint = _joint(targets, np.where(likeliest, targets, confident), weights, n_classes)
    totals = np.bincount(targets, weights, minlength=n_classes)
    rows = joint.sum(axis=1)
    wrong = rows - np.diag(joint)
    shares = np.divide(wrong, rows, out=np.zeros(n_classes), where=rows > 0)
    return float((shares * totals).sum() / totals.sum())
