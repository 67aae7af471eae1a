"""Find a category of a large tree by a few letters of its words, typing mistakes forgiven."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from glasscase.catalog.without_accents import without_accents

Path = tuple[str, ...]
_WORD = re.compile(r"\w+")
_ALIKE = 0.72
_LEAST_LETTERS = 3
"""Shorter words are not guessed at."""
_PREFIX, _INSIDE, _GUESSED = 0.85, 0.5, 0.6
_ABOVE = 0.6
"""A word of a category above counts so much of one of its own name."""


@dataclass(frozen=True, slots=True)
class FoundCategory:
    """A category and how well it fits the words."""

    path: Path
    score: float
    """0 to 1: 1 where every word is one of its own name."""


def find_categories(words: str, paths: Sequence[Path], *, most: int = 20) -> list[FoundCategory]:
    """The categories that fit `words`, the best first.

    Every word typed must fit a word of the path: be it, begin it, stand in it, or be like it
    (Ratcliff and Obershelp's ratio of at least 0.72 with as many letters of it). Words of the
    category's own name count more than those above it; among equals the shorter path comes first.
    Letters count without case and accents. No words fit every category, in the order of `paths`.

    >>> tree = [("Home",), ("Home", "Kitchen", "Mugs"), ("Home", "Garden", "Pots")]
    >>> [found.path[-1] for found in find_categories("kit mgs", tree)]
    ['Mugs']
    """
    asked = _words(words)
    if not asked:
        return [FoundCategory(path, 0.0) for path in paths[:most]]
    found = []
    for path in paths:
        score = _score(asked, path)
        if score > 0:
            found.append(FoundCategory(path, score))
    found.sort(key=lambda one: (-round(one.score, 6), len(one.path), one.path))
    return found[:most]


def _score(asked: Sequence[str], path: Path) -> float:
    own = _path_words(path[-1])
    above = _path_words(" ".join(path[:-1]))
    total = 0.0
    for word in asked:
        best = max(_best(word, own), _ABOVE * _best(word, above))
        if best == 0:
            return 0.0
        total += best
    named = sum(any(_fit(word, one) > 0 for word in asked) for one in own) / max(1, len(own))
    return total / len(asked) * (0.9 + 0.1 * named)


def _best(word: str, of: Sequence[str]) -> float:
    return max((_fit(word, one) for one in of), default=0.0)


@lru_cache(maxsize=100_000)
def _fit(asked: str, word: str) -> float:
    if asked == word:
        return 1.0
    if word.startswith(asked):
        return _PREFIX
    if len(asked) >= _LEAST_LETTERS and asked in word:
        return _INSIDE
    if len(asked) < _LEAST_LETTERS:
        return 0.0
    ratio = max(_ratio(asked, word), _ratio(asked, word[: len(asked)]))
    return _GUESSED * ratio if ratio >= _ALIKE else 0.0


def _ratio(one: str, other: str) -> float:
    compared = SequenceMatcher(None, one, other, autojunk=False)
    return compared.ratio() if compared.quick_ratio() >= _ALIKE else 0.0


@lru_cache(maxsize=50_000)
def _path_words(text: str) -> tuple[str, ...]:
    return _words(text)


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(without_accents(text)))
