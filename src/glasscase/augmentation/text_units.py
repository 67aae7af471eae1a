"""A text divided into what can be dropped or moved, in any script, and put together again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Japanese kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"  # Han
)
_WORD = re.compile(r"(\S+)(\s*)")
_JOINER = "\u200d"


@dataclass(frozen=True, slots=True)
class Unit:
    """A word, or one character of a script without spaces, and the gap after it."""

    word: str
    gap: str = ""

    @property
    def speaks(self) -> bool:
        """Whether there is a letter or a digit in it."""
        return any(character.isalnum() for character in self.word)


def text_units(text: str) -> list[Unit]:
    """The units of `text` in order; blanks in front of the first are left out.

    >>> [unit.word for unit in text_units("Blue mug, 300 ml")]
    ['Blue', 'mug,', '300', 'ml']
    >>> [unit.word for unit in text_units("咖啡杯 mug")]
    ['咖', '啡', '杯', 'mug']
    """
    units: list[Unit] = []
    for match in _WORD.finditer(text):
        word, gap = match.groups()
        parts = _unspaced_parts(word) if _UNSPACED.search(word) else [word]
        units.extend(Unit(part) for part in parts[:-1])
        units.append(Unit(parts[-1], gap))
    return units


def joined(units: Iterable[Unit]) -> str:
    """The text of `units`, without blanks at its ends."""
    return "".join(unit.word + unit.gap for unit in units).strip()


def clusters(word: str) -> list[str]:
    """What a reader takes for single characters: a letter with its marks, a joined emoji.

    >>> len(clusters("cafe\u0301")), len(clusters("👩\u200d🍳"))
    (4, 1)
    """
    found: list[str] = []
    for character in word:
        if found and (_attached(character) or found[-1].endswith(_JOINER)):
            found[-1] += character
        else:
            found.append(character)
    return found


def _attached(character: str) -> bool:
    return character == _JOINER or unicodedata.category(character)[0] == "M"


def _unspaced_parts(word: str) -> list[str]:
    """Each cluster of an unspaced script by itself, everything between them in one piece."""
    parts: list[str] = []
    open_part = False
    for cluster in clusters(word):
        unspaced = _UNSPACED.match(cluster) is not None
        if open_part and not unspaced:
            parts[-1] += cluster
        else:
            parts.append(cluster)
        open_part = not unspaced
    return parts
