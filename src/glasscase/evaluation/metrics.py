"""The figures of a classifier, in plain NumPy, each checked against scikit-learn in the tests.

Words: `targets` [n] and `predicted` [n] are class numbers; -1 in `predicted` means the model gave
no answer, which is an error and never left out. `probs` [n, classes] are rows that add up to 1. A
target at or above `classes` is a label the model does not know: always an error too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.intp]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NO_ANSWER = -1


@dataclass(frozen=True)
class ClassCounts:
    """Per class: right answers, true products, answers given. Arrays [..., classes].

    Leading axes hold bootstrap draws, so one formula serves the figure and its interval. Where a
    ratio is 0/0 it is 0, as scikit-learn's `zero_division=0` has it. Averages run over the classes
    that occur among the labels or the answers, which is also what scikit-learn does.

    >>> counts = ClassCounts.count(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    >>> counts.recall.tolist(), counts.macro(counts.f1).round(4).item()
    ([0.5, 1.0], 0.6667)
    """

    hits: Floats
    support: Floats
    answered: Floats

    @classmethod
    def count(cls, targets: Ints, predicted: Ints, n_classes: int) -> ClassCounts:
        """Count products; answers of -1 are in nobody's `answered`."""
        hits = np.bincount(targets[targets == predicted], minlength=n_classes)
        support = np.bincount(targets, minlength=n_classes)
        answered = np.bincount(predicted[predicted >= 0], minlength=n_classes)
        return cls(hits.astype(float), support.astype(float), answered.astype(float))

    @property
    def precision(self) -> Floats:
        """Of the answers naming a class, the share that is right."""
        return ratio(self.hits, self.answered)

    @property
    def recall(self) -> Floats:
        """Of the products of a class, the share that is found."""
        return ratio(self.hits, self.support)

    @property
    def f1(self) -> Floats:
        """Harmonic mean of precision and recall: 2 hits / (support + answered)."""
        return ratio(2 * self.hits, self.support + self.answered)

    def macro(self, values: Floats) -> Floats:
        """Mean of `values` [..., classes] over the classes that occur."""
        occurs = (self.support + self.answered) > 0
        return ratio((values * occurs).sum(axis=-1), occurs.sum(axis=-1), empty=np.nan)

    def weighted(self, values: Floats) -> Floats:
        """Mean of `values` [..., classes] by number of true products."""
        total = self.support.sum(axis=-1)
        return ratio((values * self.support).sum(axis=-1), total, empty=np.nan)

    def balanced_accuracy(self) -> Floats:
        """Mean recall over the classes that have products."""
        has = self.support > 0
        return ratio((self.recall * has).sum(axis=-1), has.sum(axis=-1), empty=np.nan)


def ratio(top: NDArray[np.generic], bottom: NDArray[np.generic], *, empty: float = 0.0) -> Floats:
    """`top / bottom`, and `empty` where `bottom` is 0, without a warning."""
    above, below = np.asarray(top, np.float64), np.asarray(bottom, np.float64)
    filled = np.full(np.broadcast_shapes(above.shape, below.shape), empty)
    return np.asarray(np.divide(above, below, out=filled, where=below != 0))


def accuracy(targets: Ints, predicted: Ints) -> float:
    """Share of right answers; NaN without products."""
    return float(np.mean(targets == predicted)) if len(targets) else float("nan")


def in_top(targets: Ints, probs: Floats, k: int) -> Mask:
    """[n]: whether the true class is among the `k` most probable (ties: lower number first)."""
    n_classes = probs.shape[1]
    known = targets < n_classes
    own = np.where(known, targets, 0)
    score = np.take_along_axis(probs, own[:, None], axis=1)
    tied_before = (probs == score) & (np.arange(n_classes)[None, :] < own[:, None])
    rank = (probs > score).sum(axis=1) + tied_before.sum(axis=1)
    return np.asarray(known & (rank < k))


def log_losses(targets: Ints, probs: Floats) -> Floats:
    """[n]: minus the log of the probability of the true class, clipped at 2.2e-16; in nats.

    NaN where the label is unknown to the model: the loss would be infinite.
    """
    known = targets < probs.shape[1]
    own = np.take_along_axis(probs, np.where(known, targets, 0)[:, None], axis=1)[:, 0]
    losses = -np.log(np.clip(own, np.finfo(np.float64).eps, 1.0))
    return np.where(known, losses, np.nan)


def brier_scores(targets: Ints, probs: Floats) -> Floats:
    """[n]: squared distance of the probabilities from the truth, summed over classes: 0 to 2.

    A label unknown to the model counts as one more class that was given the probability 0.
    Source: Brier (1950), in its form for several classes.
    """
    known = targets < probs.shape[1]
    own = np.take_along_axis(probs, np.where(known, targets, 0)[:, None], axis=1)[:, 0]
    return np.asarray((probs**2).sum(axis=1) + 1 - 2 * np.where(known, own, 0.0))
