"""Which language a text is in, told by its script and its small words; often it is not known."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from glasscase.catalog.stop_words import STOP_WORDS

UNKNOWN = "unknown"
LEAST_WORDS = 2
"""Small words it takes at the least."""
_LEAD = 1.3
"""How much better the best language must fit than the second."""
_WORD = re.compile(r"[^\W\d_]+")
_MOST_CHARACTERS = 2000
_OF_SCRIPT = {
    "HANGUL": "Korean", "THAI": "Thai", "GREEK": "Greek", "HEBREW": "Hebrew",
    "GEORGIAN": "Georgian", "ARMENIAN": "Armenian", "KHMER": "Khmer", "LAO": "Lao",
    "TAMIL": "Tamil", "TELUGU": "Telugu", "BENGALI": "Bengali", "GUJARATI": "Gujarati",
    "ARABIC": "in Arabic letters", "DEVANAGARI": "in Devanagari letters",
}  # fmt: skip
_KANA = ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA")


def language_of(text: str) -> str:
    """The English name of the language of `text`, or `unknown`.

    Scripts of one language say it at once; those of several are named as scripts. Latin and
    Cyrillic texts are told by small words (a word of several languages counts for each in part):
    at least two, and clearly more than of any other language.

    >>> language_of("A blue mug for the office"), language_of("Blaue Tasse für das Büro")
    ('English', 'German')
    >>> language_of("青いマグカップ"), language_of("Mug 300 ml")
    ('Japanese', 'unknown')

    Not covered: titles without small words, which most short ones are, and languages without a
    list in `stop_words.py`: both are `unknown`.
    """
    text = text[:_MOST_CHARACTERS]
    script = _script(text)
    if script in ("LATIN", "CYRILLIC"):
        return _by_small_words(text)
    if script == "CJK":
        return "Chinese"
    if script in _KANA:
        return "Japanese"
    return _OF_SCRIPT.get(script, UNKNOWN)


def _script(text: str) -> str:
    """The script of most letters; any fifth of Japanese letters among Chinese signs decides."""
    found = Counter(_letter_script(c) for c in text if c.isalpha())
    if not found:
        return ""
    kana = sum(found[name] for name in _KANA)
    if kana and kana * 5 >= kana + found["CJK"] > sum(found.values()) / 2:
        return _KANA[0]
    return found.most_common(1)[0][0]


@lru_cache(maxsize=4096)
def _letter_script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0]


def _by_small_words(text: str) -> str:
    scores: dict[str, float] = {}
    for word in _WORD.findall(text.lower()):
        languages = _languages(word)
        for language in languages:
            scores[language] = scores.get(language, 0.0) + 1 / len(languages)
    ranked = sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:2]
    if not ranked or _hits(text, ranked[0][0]) < LEAST_WORDS:
        return UNKNOWN
    if len(ranked) > 1 and ranked[0][1] < _LEAD * ranked[1][1]:
        return UNKNOWN
    return ranked[0][0]


def _hits(text: str, language: str) -> int:
    return sum(word in STOP_WORDS[language] for word in _WORD.findall(text.lower()))


@lru_cache(maxsize=4096)
def _languages(word: str) -> tuple[str, ...]:
    return tuple(name for name, words in STOP_WORDS.items() if word in words)
