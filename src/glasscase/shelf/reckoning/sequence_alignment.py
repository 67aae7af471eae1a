"""The best pairing of two rows of names, in order: global alignment.

Source: Needleman and Wunsch (1970), Journal of Molecular Biology 48, 443-453, with linear gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Pair = tuple[int | None, int | None]

MATCH, OTHER, SKIP = 2.0, -1.5, -0.5
"""Two of one name; two of different names; one that has no partner. Two skips are better than two
names that differ, so what moved is told as moved and not as two mistakes."""


def same_name(first: str, second: str) -> float:
    """The score of pairing two names."""
    return MATCH if first == second else OTHER


def aligned(
    first: Sequence[str],
    second: Sequence[str],
    score: Callable[[str, str], float] = same_name,
) -> list[Pair]:
    """Places of both in pairs, None where one has no partner; the earliest of equal pairings.

    >>> aligned(["a", "b", "c"], ["a", "c"])
    [(0, 0), (1, None), (2, 1)]
    """
    rows, columns = len(first), len(second)
    best = [[SKIP * (i + j) for j in range(columns + 1)] for i in range(rows + 1)]
    for i in range(1, rows + 1):
        above, here, name = best[i - 1], best[i], first[i - 1]
        for j in range(1, columns + 1):
            pair = above[j - 1] + score(name, second[j - 1])
            here[j] = max(pair, above[j] + SKIP, here[j - 1] + SKIP)
    pairs: list[Pair] = []
    i, j = rows, columns
    while i or j:
        if i and j and best[i][j] == best[i - 1][j - 1] + score(first[i - 1], second[j - 1]):
            i, j = i - 1, j - 1
            pairs.append((i, j))
        elif i and best[i][j] == best[i - 1][j] + SKIP:
            i -= 1
            pairs.append((i, None))
        else:
            j -= 1
            pairs.append((None, j))
    return pairs[::-1]
