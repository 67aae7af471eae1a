"""One slip of the finger in a word."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.augmentation.keyboards import keys_beside
from glasscase.augmentation.text_units import clusters

SHORTEST = 4
"""Shorter words stay as they are: they are sizes, units and names."""


def with_typo(word: str, luck: Sequence[float]) -> str:
    """`word` with a letter hit beside, two swapped, one left out or one doubled.

    The first letter stays, as it mostly does when people mistype. Words with a digit stay whole:
    64 GB for 46 GB is another product, not another spelling. Where the keyboard of a script is
    not known, the other three slips are made.

    Args:
        word: in any script.
        luck: three numbers of [0, 1): which slip, at which letter, on which key.

    >>> with_typo("ceramic", (0.1, 0.5, 0.0)), with_typo("ceramic", (0.5, 0.5, 0.0))
    ('ceranic', 'cermaic')
    >>> with_typo("ceramic", (0.7, 0.5, 0.0)), with_typo("ceramic", (0.9, 0.5, 0.0))
    ('ceraic', 'cerammic')
    >>> with_typo("300ml", (0.1, 0.5, 0.0)), with_typo("mug", (0.1, 0.5, 0.0))
    ('300ml', 'mug')
    """
    if any(character.isdigit() for character in word):
        return word
    letters = clusters(word)
    places = [
        at
        for at in range(1, len(letters))
        if letters[at - 1][0].isalpha() and letters[at][0].isalpha()
    ]
    if len(places) + 1 < SHORTEST:
        return word
    kind, place, key = luck
    at = places[int(place * len(places))]
    beside = keys_beside(letters[at])
    if kind < 0.4 and beside:
        letters[at] = beside[int(key * len(beside))]
    elif kind < 0.6 and at > 1:
        letters[at - 1 : at + 1] = letters[at], letters[at - 1]
    elif kind < 0.8:
        del letters[at]
    else:
        letters.insert(at, letters[at])
    return "".join(letters)
