"""ROC-AUC, one class against the rest: how well probabilities sort right before wrong.

The AUC is the share of (positive, negative) pairs in the right order, ties counting half. Each
positive and each negative has its own share of pairs won (DeLong's structural components); their
sums are all a bootstrap draw needs, to first order.

Source: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845; Hanley and McNeil (1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glasscase.evaluation.metrics import Floats, Ints, Mask, ratio


@dataclass(frozen=True)
class RankedPairs:
    """Pairs won, by product and class. A class without positives or without negatives is left out.

    >>> pairs = RankedPairs.count(np.array([0, 1]), np.array([[0.9, 0.1], [0.4, 0.6]]))
    >>> pairs.macro(), pairs.micro()
    (1.0, 1.0)
    """

    classes: Ints
    """Numbers of the classes that could be ranked, [c]."""
    is_positive: Mask
    """[n, c]"""
    won: Floats
    """[n, c]: share of the pairs a product wins, within its class's column."""
    won_micro: Floats
    """[n, c]: the same with all columns in one pool."""

    @classmethod
    def count(cls, targets: Ints, probs: Floats) -> RankedPairs:
        """Rank `probs` [n, classes]; targets the model does not know are negatives everywhere."""
        everyone = np.arange(probs.shape[1])
        positives = (targets[:, None] == everyone[None, :]).sum(axis=0)
        classes = np.flatnonzero((positives > 0) & (positives < len(targets)))
        is_positive = targets[:, None] == classes[None, :]
        scores = probs[:, classes]
        won = np.zeros(scores.shape)
        for column in range(len(classes)):
            won[:, column] = _pairs_won(scores[:, column], is_positive[:, column])
        micro = _pairs_won(scores.ravel(), is_positive.ravel()).reshape(scores.shape)
        return cls(classes, is_positive, won, micro)

    def per_class(self) -> Floats:
        """AUC of every class of `classes`, [c]."""
        positives = self.is_positive.sum(axis=0)
        return ratio((self.won * self.is_positive).sum(axis=0), positives, empty=np.nan)

    def macro(self) -> float:
        """Mean AUC over the classes; NaN where none could be ranked."""
        return float(self.per_class().mean()) if len(self.classes) else float("nan")

    def micro(self) -> float:
        """AUC over all (product, class) cells as one pool; NaN where none could be ranked."""
        top = (self.won_micro * self.is_positive).sum()
        return float(ratio(top, self.is_positive.sum(), empty=np.nan))


def redrawn_auc(
    value: Floats | float, won_by: tuple[Floats, Floats], seen: tuple[Floats, Floats]
) -> Floats:
    """AUC of a bootstrap draw, to first order, clipped to 0..1; NaN where a side is empty.

    Args:
        value: AUC of the data themselves, [c] or a number.
        won_by: sums of `won` over the drawn positives and negatives, [..., c] each.
        seen: how many of either were drawn, [..., c] each.
    """
    positives = ratio(won_by[0], seen[0], empty=np.nan)
    negatives = ratio(won_by[1], seen[1], empty=np.nan)
    return np.asarray(np.clip(positives + negatives - value, 0.0, 1.0))


def _pairs_won(scores: Floats, positive: Mask) -> Floats:
    """[m]: for a positive the share of negatives below it, for a negative of positives above it."""
    if not positive.any() or positive.all():
        return np.full(len(scores), np.nan)
    highs, lows = np.sort(scores[positive]), np.sort(scores[~positive])
    won = np.empty(len(scores))
    for mine, others, side in ((positive, lows, 1), (~positive, highs, -1)):
        values = scores[mine]
        below = np.searchsorted(others, values, side="left")
        upto = np.searchsorted(others, values, side="right")
        beaten = (below + upto) / (2 * len(others))
        won[mine] = beaten if side == 1 else 1 - beaten
    return won
