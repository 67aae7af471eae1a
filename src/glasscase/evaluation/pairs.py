"""Every two models on the same products: by how much they differ, and whether that is real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glasscase.evaluation.holm import holm
from glasscase.evaluation.mcnemar import mcnemar_exact
from glasscase.evaluation.metrics import Floats
from glasscase.intervals import Interval, percentile_interval, resampled_sums

Verdict = Literal["real", "doubtful", "chance"]
LEVEL = 0.05
"""A corrected p-value below it counts."""
_DRAWS, _MOST_DRAWS = 2000, 20_000
_DRAWS_PER_PAIR = 100


@dataclass(frozen=True)
class Pair:
    """Model `a` against model `b`."""

    a: str
    b: str
    difference: Interval
    """Accuracy of a less that of b, over all divisions; not corrected for many comparisons."""
    only_a: int
    """Products that only a gets right, in the first division."""
    only_b: int
    p_bootstrap: float
    """Two-sided: twice how often a draw shows no difference or one of the other sign."""
    p_mcnemar: float
    p_bootstrap_holm: float = 1.0
    """Corrected for all pairs compared at once."""
    p_mcnemar_holm: float = 1.0

    @property
    def verdict(self) -> Verdict:
        """`real` where both corrected tests say so, `doubtful` where one does."""
        said = (self.p_bootstrap_holm < LEVEL) + (self.p_mcnemar_holm < LEVEL)
        return ("chance", "doubtful", "real")[said]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {**vars(self), "difference": self.difference.to_dict(), "verdict": self.verdict}


def compare_pairs(
    names: Sequence[str],
    correct: NDArray[np.bool_],
    *,
    groups: Sequence[Any],
    products: int,
    with_first: bool = False,
    seed: int = 0,
) -> tuple[Pair, ...]:
    """Every two of the models `names` [k], the earlier as `a`.

    All pairs make one family for Holm's correction, those with the best model included: which
    model is best is read from the same answers, so a test against it alone would be too sure.

    Args:
        names: [k], two or more.
        correct: [k, divisions * products], which answers are right.
        groups: [divisions * products], what is drawn together: near-duplicates, and a product's
            answers in several divisions.
        products: how many answers make one division; McNemar's test sees the first, for answers
            on one product in several divisions are not independent.
        with_first: only the pairs with the first model, where it was not chosen by its answers.
        seed: of the draws.
    """
    numbers = [(a, b) for a, b in combinations(range(len(names)), 2) if a == 0 or not with_first]
    draws = min(_MOST_DRAWS, max(_DRAWS, _DRAWS_PER_PAIR * len(numbers)))
    table = np.column_stack([np.ones(correct.shape[1]), correct.T.astype(np.float64)])
    sums = resampled_sums(table, groups=groups, samples=draws, seed=seed)
    shares, accuracy = sums[:, 1:] / sums[:, :1], correct.mean(axis=1)
    first = correct[:, :products]
    pairs = [
        Pair(
            names[a],
            names[b],
            percentile_interval(float(accuracy[a] - accuracy[b]), shares[:, a] - shares[:, b]),
            only_a := int((first[a] & ~first[b]).sum()),
            only_b := int((first[b] & ~first[a]).sum()),
            p_bootstrap=two_sided(shares[:, a] - shares[:, b]),
            p_mcnemar=mcnemar_exact(only_a, only_b),
        )
        for a, b in numbers
    ]
    by_bootstrap = holm([pair.p_bootstrap for pair in pairs])
    by_mcnemar = holm([pair.p_mcnemar for pair in pairs])
    return tuple(
        replace(pair, p_bootstrap_holm=p, p_mcnemar_holm=q)
        for pair, p, q in zip(pairs, by_bootstrap, by_mcnemar, strict=True)
    )


def two_sided(differences: Floats) -> float:
    """p-value of drawn `differences` [samples]: twice the smaller tail, ties in both, at most 1.

    One is counted in for the data themselves (Davison and Hinkley 1997, 4.2), so it is never 0.

    >>> two_sided(np.array([0.1] * 99)), two_sided(np.zeros(9))
    (0.02, 1.0)
    """
    below, above = int((differences <= 0).sum()), int((differences >= 0).sum())
    return min(1.0, 2 * (1 + min(below, above)) / (1 + len(differences)))
