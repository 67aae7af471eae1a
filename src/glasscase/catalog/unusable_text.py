"""Texts that say nothing about a product: placeholders, codes, signs, filler, one word repeated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

FaultKind = Literal[
    "blank", "small", "blurred", "placeholder photo",
    "placeholder text", "codes", "filler", "repeated", "boilerplate",
]  # fmt: skip
TEXT_KINDS = frozenset({"placeholder text", "codes", "filler", "repeated", "boilerplate"})

_WORD = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?;|\n\u3002]+\s*")
_NOTHING = """
n a|na|none|null|nil|nan|undefined|unknown|not known|not available|not applicable|no data
no description|no description available|description not available|description|no title|title
untitled|no name|product name|product|test|test product|test item|testing|dummy|dummy product
sample product|sample text|placeholder|tbd|tba|to be done|to do|todo|to be announced|coming soon
asdf|asdfgh|qwerty|foo|foo bar|xxx|xx|x|empty|no text|text|no information|new product
no information available|information not available|keine angabe|keine beschreibung|k a|unbekannt
sans description|sin descripción|senza descrizione|geen beschrijving
"""
_PLACEHOLDERS = frozenset(_NOTHING.strip().replace("\n", "|").split("|"))
_FILLER = """
lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore
et dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip
ex ea commodo consequat duis aute irure in reprehenderit voluptate velit esse cillum eu fugiat
nulla pariatur excepteur sint occaecat cupidatat non proident sunt culpa qui officia deserunt
mollit anim id est laborum
"""
_CODE_WORDS = frozenset(
    ["sku", "pn", "mpn", "ref", "art", "nr", "no", "id", "ean", "upc", "gtin", "isbn", "asin"]
)
_LATIN = frozenset(_FILLER.split())
_LEAST_REPEATED = 3
_LEAST_LATIN = 4
_LATIN_SHARE = 0.6
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a photo or a text is of no use, as a sentence."""

    kind: FaultKind
    reason: str


def text_fault(text: str) -> Fault | None:
    """What makes `text` useless; None for one that says something, and for a blank one.

    >>> text_fault("N/A").reason
    'The text is a placeholder (“N/A”).'
    >>> text_fault("SKU-48213 / 5901234123457").reason
    'The text has no words, only numbers and codes.'
    >>> text_fault("★★★").reason
    'The text has no words, only signs (“★★★”).'
    >>> text_fault("Blue mug") is None
    True

    Not covered: texts of another product, or words at random.
    """
    words = [word.strip("_") for word in _WORD.findall(text.casefold())]
    words = [word for word in words if word]
    if not text.strip():
        return None
    parts = [part for part in _SENTENCE_END.split(text) if part.strip()]
    if _is_placeholder(text) or all(_is_placeholder(part) for part in parts):
        return Fault("placeholder text", f"The text is a placeholder (“{_short(text)}”).")
    if not words:
        return Fault("codes", f"The text has no words, only signs (“{_short(text)}”).")
    if not any(_says_something(word) for word in words):
        return Fault("codes", "The text has no words, only numbers and codes.")
    if len(words) >= _LEAST_REPEATED and len(set(words)) == 1:
        return Fault("repeated", f"The text is one word over and over (“{words[0][:_SHOWN]}”).")
    latin = sum(word in _LATIN for word in words)
    if len(words) >= _LEAST_LATIN and latin >= _LATIN_SHARE * len(words) and "dolor" in words:
        return Fault("filler", "The text is filler (“Lorem ipsum”).")
    return None


def _is_placeholder(part: str) -> bool:
    folded = " ".join(_WORD.findall(part.casefold()))
    return folded in _PLACEHOLDERS


def _says_something(word: str) -> bool:
    """Whether a word is more than a code: letters alone, two at least where the script is Latin."""
    return word not in _CODE_WORDS and word.isalpha() and (len(word) > 1 or not word.isascii())


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1].rstrip()}…"
