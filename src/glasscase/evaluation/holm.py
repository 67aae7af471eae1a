"""Many tests at once: p-values corrected so that luck alone seldom makes any of them look real."""

from __future__ import annotations

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p-value of one family, corrected; in the given order, none below its own.

    The smallest is multiplied by the number of tests, the next by one less, and so on; none may
    be below the one before it, none above 1. Rejecting what is below 0.05 then makes a single
    false discovery with a probability of at most 0.05, however the tests depend on one another.
    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    >>> [round(p, 6) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected = [1.0] * len(p_values)
    highest = 0.0
    for rank, index in enumerate(order):
        highest = max(highest, (len(p_values) - rank) * p_values[index])
        corrected[index] = min(1.0, highest)
    return corrected
