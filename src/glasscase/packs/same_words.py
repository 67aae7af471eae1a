"""Words that are the same although one was read badly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from glasscase.catalog.without_accents import without_accents

ALIKE = 0.8
"""Share of letters that must agree, as `difflib` counts them."""
_WORD = re.compile(r"\w+")
_LONGEST = 60


def words_in(text: str) -> list[str]:
    """The words of `text`, lower case and without accents; each at most 60 characters.

    >>> words_in("Crème Brûlée, 2x!")
    ['creme', 'brulee', '2x']
    """
    return [word[:_LONGEST] for word in _WORD.findall(without_accents(text))]


@lru_cache(maxsize=4096)
def alike(one: str, other: str) -> bool:
    """Whether two words of `words_in` are the same; words of up to 2 letters must be equal.

    >>> alike("sandeman", "sandenan"), alike("oat", "cat"), alike("ab", "ac")
    (True, False, False)
    """
    if one == other:
        return True
    if min(len(one), len(other)) <= 2:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def kept_share(words: Sequence[str], read: Sequence[str]) -> float:
    """Which share of `words` is among `read`, each of these used once; 1 where there are none.

    >>> kept_share(["dark", "roast"], ["roast"])
    0.5
    """
    if not words:
        return 1.0
    left = list(read)
    kept = 0
    for word in words:
        match = next((one for one in left if alike(word, one)), None)
        if match is not None:
            left.remove(match)
            kept += 1
    return kept / len(words)


def holds(text: str, wanted: str) -> bool:
    """Whether every word of `wanted` is in `text`, or all of them run together.

    >>> holds("FINE RUBY PORTO", "Porto ruby"), holds("COCACOLA zero", "Coca Cola")
    (True, True)
    """
    asked, there = words_in(wanted), words_in(text)
    if not asked:
        return False
    if kept_share(asked, there) == 1:
        return True
    joined = "".join(asked)
    return any(alike(joined, word) for word in [*there, *_neighbours(there)])


def _neighbours(words: Sequence[str]) -> list[str]:
    return ["".join(words[i : i + n]) for n in (2, 3) for i in range(len(words) - n + 1)]
