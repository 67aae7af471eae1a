"""McNemar's exact test: are two models equally often right on the same products?"""

from __future__ import annotations

from scipy.special import bdtr


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided p-value of `only_a` products that only model a gets right and `only_b` only b.

    If neither were better, each of these would be a fair coin; products both get right or wrong
    say nothing. p = min(1, 2 P(X <= min(only_a, only_b))), X binomial (only_a + only_b, 1/2).
    Source: McNemar (1947), Psychometrika 12, 153-157; for classifiers, Dietterich (1998), Neural
    Computation 10, 1895-1923.

    Not covered: products that depend on one another. Near-duplicates make it too sure; the paired
    bootstrap draws them together.

    >>> mcnemar_exact(0, 0), round(mcnemar_exact(1, 9), 6)
    (1.0, 0.021484)
    """
    return min(1.0, 2 * float(bdtr(min(only_a, only_b), only_a + only_b, 0.5)))
