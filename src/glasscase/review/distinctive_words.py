"""The words that set some products apart from others."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[^\W\d_]{3,}")
_LEAST_SHARE = 0.3
_LEAST_TIMES = 2.0


def distinctive_words(
    inside: Sequence[str], outside: Sequence[str], *, number: int = 3
) -> tuple[str, ...]:
    """Words most of the texts `inside` have and few `outside`, the most telling first.

    A word counts by how many of the texts inside have it, times the logarithm of how much more
    frequent it is there (smoothed by one text). Words of fewer than three letters do not count.

    >>> distinctive_words(["Blue hose, 5 m", "Red hose"], ["Blue mug", "Red mug", "Red cup"])
    ('hose',)
    """
    here, there = _counts(inside), _counts(outside)
    scores = {}
    for word, count in here.items():
        share = count / len(inside)
        usual = (there[word] + 1) / (len(outside) + 2)
        if share >= _LEAST_SHARE and share >= _LEAST_TIMES * usual:
            scores[word] = share * math.log(share / usual)
    ranked = sorted(scores, key=lambda word: (-scores[word], word))
    return tuple(_without_plurals(ranked)[:number])


def _counts(texts: Sequence[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for text in texts:
        found.update(set(_WORD.findall(text.casefold())))
    return found


def _without_plurals(words: Sequence[str]) -> list[str]:
    """Of `hose` and `hoses` the first."""
    kept: list[str] = []
    for word in words:
        if not any(word == f"{one}s" or one == f"{word}s" for one in kept):
            kept.append(word)
    return kept
