"""The best pairing of two sequences, in order: global alignment.

Source: Needleman and Wunsch (1970), Journal of Molecular Biology 48, 443-453, with linear gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

Pair = tuple[int | None, int | None]
Item = TypeVar("Item")

MATCH, OTHER, SKIP = 2.0, -1.5, -0.5
"""Two of one name; two of different names; one that has no partner. Two skips are better than two
names that differ, so what moved is told as moved and not as two mistakes."""


def same_name(first: object, second: object) -> float:
    """The score of pairing two names."""
    return MATCH if first == second else OTHER


def aligned(
    first: Sequence[Item],
    second: Sequence[Item],
    score: Callable[[Item, Item], float] = same_name,
    skip: float = SKIP,
) -> list[Pair]:
    """Places of both in pairs, None where one has no partner; the earliest of equal pairings.

    Args:
        first: names of products, or whatever `score` compares.
        second: the same of another sequence.
        score: of pairing one of `first` with one of `second`; more is better.
        skip: the score of leaving one without a partner.

    >>> aligned(["a", "b", "c"], ["a", "c"])
    [(0, 0), (1, None), (2, 1)]
    """
    rows, columns = len(first), len(second)
    together = [[score(one, other) for other in second] for one in first]
    best = [[skip * (i + j) for j in range(columns + 1)] for i in range(rows + 1)]
    for i in range(1, rows + 1):
        above, here, scores = best[i - 1], best[i], together[i - 1]
        for j in range(1, columns + 1):
            pair = above[j - 1] + scores[j - 1]
            here[j] = max(pair, above[j] + skip, here[j - 1] + skip)
    pairs: list[Pair] = []
    i, j = rows, columns
    while i or j:
        if i and j and best[i][j] == best[i - 1][j - 1] + together[i - 1][j - 1]:
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and (not j or best[i][j] == best[i - 1][j] + skip):
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]
