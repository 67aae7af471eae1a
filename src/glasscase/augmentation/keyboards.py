"""Which keys lie beside each other, on the keyboards of five scripts."""

from __future__ import annotations

import unicodedata
from functools import cache

_KEYBOARDS: tuple[tuple[str, str, str], ...] = (
    ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"),
    (" ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"),
    ("  קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"),
    ("ضصثقفغعهخحجد", "شسيبلاتنمكط", " ءؤرىةوزظ"),
)
"""Rows from the top; each row stands half a key further to the right. Blank: no letter there."""
_BESIDE = ((0, -1), (0, 1), (-1, 0), (-1, 1), (1, -1), (1, 0))


def keys_beside(letter: str) -> str:
    """The keys a finger hits when it misses that of `letter`, in the same case; may be none.

    A letter with an accent that has no key of its own counts as the one without.

    >>> keys_beside("g"), keys_beside("G"), keys_beside("и"), keys_beside("杯")
    ('fhtyvb', 'FHTYVB', 'мтпр', '')
    """
    small, table = letter.lower(), _neighbours()
    plain = unicodedata.normalize("NFD", small)[:1]
    found = table.get(small) or table.get(plain, "")
    return found.upper() if letter.isupper() else found


@cache
def _neighbours() -> dict[str, str]:
    found: dict[str, str] = {}
    for rows in _KEYBOARDS:
        keys = {
            (row, column): letter
            for row, letters in enumerate(rows)
            for column, letter in enumerate(letters)
            if letter != " "
        }
        for (row, column), letter in keys.items():
            near = (keys.get((row + down, column + right), "") for down, right in _BESIDE)
            found[letter] = "".join(near)
    return found
