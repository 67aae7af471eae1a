"""What counts as a word, in any script."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # Japanese kana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
_SYMBOLS = "\u2600-\u27bf\U0001f000-\U0001faff"
_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_MARKED = range(0x370, 0x20000)  # planes in which letters carry marks


def words_of(text: str) -> list[str]:
    """The words of `text` in order, in lower case.

    Letters, digits and the marks on them make a word; Latin, Greek and Cyrillic accents are
    dropped, because shops type "cafe" as often as "café". Scripts written without spaces give
    every two neighbouring characters instead. An emoji is a word.

    >>> words_of("Café-Becher, 300 ml ☕")
    ['cafe', 'becher', '300', 'ml', '☕']
    >>> words_of("咖啡杯 mug")
    ['咖啡', '啡杯', 'mug']
    """
    folded = folded_text(text)
    if folded.isascii():
        return _ascii_words().findall(folded)
    found: list[str] = []
    for match in _all_words().finditer(folded):
        word = match.group()
        if match.lastgroup == "unspaced" and len(word) > 1:
            found.extend(word[i : i + 2] for i in range(len(word) - 1))
        else:
            found.append(word)
    return found


def folded_text(text: str) -> str:
    """`text` with letters that mean the same made the same: case, width, ligatures, accents.

    >>> folded_text("ＣＡＦÉ ﬁn")
    'cafe fin'
    """
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", apart.translate(_ACCENTS))


@cache
def _ascii_words() -> re.Pattern[str]:
    return re.compile(r"[a-z0-9]+")


@cache
def _all_words() -> re.Pattern[str]:
    marks = _as_ranges(c for c in _MARKED if unicodedata.category(chr(c)).startswith("M"))
    letter = rf"[^\W_{_UNSPACED}]"
    return re.compile(
        rf"(?P<unspaced>[{_UNSPACED}]+)|(?P<word>{letter}(?:{letter}|[{marks}])*)"
        rf"|(?P<symbol>[{_SYMBOLS}])"
    )


def _as_ranges(codes: Iterable[int]) -> str:
    """Code points as the inside of a character class."""
    ranges: list[list[int]] = []
    for code in codes:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in ranges)
