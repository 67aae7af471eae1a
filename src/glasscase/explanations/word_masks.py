"""A text as words that can be taken away, in any script, with no character lost.

Words are found by the Unicode class of each character, not by spaces: a run of letters, digits and
their marks is one word (`300ml`, `Men's`, `3.5`, a Thai, Arabic or Katakana run), each Han or
Hiragana character is one, each emoji is one with everything joined to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

_GAP = "\x00"
_WORD = re.compile(
    r"f[ft]?[mj]*"  # a flag: two regional letters (or with tag characters)
    r"|em*(?:j+[ew]?m*)*"  # an emoji, its skin tone and what is joined to it
    r"|dm*k"  # a keycap: digit and frame
    r"|c[mj]*"  # one Han or Hiragana character
    r"|[wd][wdmj]*(?:[a.,](?<=d[.,])(?=d)d[wdmj]*|a(?=w)w[wdmj]*)*"  # letters, digits, 3.5, Men's
)
_AROUND_GAP = re.compile(rf"(\s*)(?:{_GAP}\s*)+")
_CLOSING = tuple(".,;:!?)]}»”%。、！？，")
_SPOKEN_SYMBOLS_FROM = 0x2300
_WHOLE_BY_CHARACTER = ("CJK", "HIRAGANA", "IDEOGRAPHIC", "BOPOMOFO")


class _CharacterClasses(dict[int, str]):
    """Code point -> one letter for what it is; filled as characters are met."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _character_class(chr(code))
        return found


def _character_class(character: str) -> str:
    code = ord(character)
    category = unicodedata.category(character)
    if character in "'\u2019":
        return "a"
    if character in ".,":
        return character
    if 0x1F1E6 <= code <= 0x1F1FF:
        return "f"
    if character == "\u20e3":
        return "k"
    if character in "\u200c\u200d":
        return "j"
    if category[0] == "M" or 0x1F3FB <= code <= 0x1F3FF or 0xE0020 <= code <= 0xE007F:
        return "m"
    if category == "Nd":
        return "d"
    if category[0] in "LN" or character == "_":
        by_character = unicodedata.name(character, "").startswith(_WHOLE_BY_CHARACTER)
        return "c" if by_character else "w"
    if category == "So" and code >= _SPOKEN_SYMBOLS_FROM and character != "\ufffd":
        return "e"
    return " " if character.isspace() else "-"


_CLASSES = _CharacterClasses()


@dataclass(frozen=True, slots=True)
class Word:
    """One occurrence of a word: `text[start:end]`, and the column of the mask that removes it."""

    start: int
    end: int
    text: str
    column: int


@dataclass(frozen=True)
class SplitText:
    """A text cut into words; a mask [columns] of bools says which words stay.

    Repeated words share a column, as in LIME's bag of words, unless `distinct_repeats` was asked
    for. Beyond `most` different words the rest share the last column (`tail`), so that a very
    long text still has an explanation.

    >>> split = SplitText.of("Blue mug. The mug holds 300ml")
    >>> [word.text for word in split.words], split.columns
    (['Blue', 'mug', 'The', 'mug', 'holds', '300ml'], 5)
    >>> split.render(np.array([True, False, True, True, True]))
    'Blue. The holds 300ml'
    """

    text: str
    words: tuple[Word, ...]
    columns: int
    tail: int | None = None
    """Column shared by all the words beyond the limit, if there are such."""

    @classmethod
    def of(cls, text: str, *, distinct_repeats: bool = False, most: int = 100) -> SplitText:
        """Find the words of `text`.

        Args:
            text: in any script; nothing is lowered or stripped.
            distinct_repeats: tell the occurrences of a repeated word apart.
            most: so many columns at most, the shared one included (2 or more).
        """
        seen: dict[object, int] = {}
        words = []
        for match in _WORD.finditer(text.translate(_CLASSES)):
            start, end = match.span()
            word = text[start:end]
            key: object = (word, start) if distinct_repeats else word
            words.append(Word(start, end, word, seen.setdefault(key, len(seen))))
        if len(seen) <= most:
            return cls(text, tuple(words), len(seen))
        tail = most - 1
        cut = tuple(Word(w.start, w.end, w.text, min(w.column, tail)) for w in words)
        return cls(text, cut, most, tail)

    @property
    def distinct(self) -> tuple[str, ...]:
        """The word of each column, in the order they are first met; "" for the shared tail."""
        found = {word.column: word.text for word in reversed(self.words)}
        return tuple("" if c == self.tail else found[c] for c in range(self.columns))

    @cached_property
    def _pieces(self) -> tuple[tuple[str, int], ...]:
        """The text as (string, column); column -1 is never removed; neighbours are joined."""
        spans: list[tuple[int, int, int]] = []
        at = 0
        for word in self.words:
            if spans and word.column == self.tail == spans[-1][2]:
                spans[-1] = (spans[-1][0], word.end, word.column)
            else:
                spans += [(at, word.start, -1)] * (at < word.start)
                spans.append((word.start, word.end, word.column))
            at = word.end
        pieces = [(self.text[start:end], column) for start, end, column in spans]
        return (*pieces, (self.text[at:], -1))

    def render(self, mask: Mask) -> str:
        """The text with only the words `mask` [columns] keeps; "" when it keeps none.

        Punctuation stays (as in LIME); doubled spaces and spaces before a full stop do not.
        """
        if mask.all():
            return self.text
        if not mask.any():
            return ""
        kept = (*mask.tolist(), True)
        parts = [piece if kept[column] else _GAP for piece, column in self._pieces]
        return _AROUND_GAP.sub(_close_gap, "".join(parts)).strip()

    def render_all(self, masks: NDArray[np.bool_]) -> list[str]:
        """One text for each row of `masks` [n, columns]."""
        return [self.render(mask) for mask in masks]


def _close_gap(match: re.Match[str]) -> str:
    spaced = match.group(1) or match.group(0)[-1].isspace()
    after = match.string[match.end() : match.end() + 1]
    return " " if spaced and after not in _CLOSING else ""


def unique_texts(texts: Sequence[str]) -> tuple[list[str], NDArray[np.intp]]:
    """Each different text once, and for every text the index of it.

    >>> unique_texts(["a", "b", "a"])
    (['a', 'b'], array([0, 1, 0]))
    """
    seen: dict[str, int] = {}
    where = [seen.setdefault(text, len(seen)) for text in texts]
    return list(seen), np.array(where, dtype=np.intp)
