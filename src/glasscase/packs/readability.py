"""How easily the sentences on a pack read, by the reading-ease formula of their language."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from glasscase.catalog.language import language_of
from glasscase.packs.claims import Block
from glasscase.packs.measure import Measure

LEAST_WORDS = 100
"""The formulas were made for samples of 100 words; of fewer they say next to nothing."""
_WORD = re.compile(r"[^\W\d_]+")
_END = re.compile(r"[.!?]+(?:\s|$)")
_VOWELS = "aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿ"
_GROUP = re.compile(f"[{_VOWELS}]+")
_SILENT_E = re.compile(r"(?<=[^aeiouyl])e[sd]?$|(?<=[aeiouy]l)e[sd]?$")


@dataclass(frozen=True, slots=True)
class Ease:
    """Reading ease of one text."""

    value: float
    """About 0 (for scholars) to 100 (for children of eleven); may lie beyond both."""
    language: str
    words: int
    sentences: int


# words a sentence, syllables a word -> reading ease
_FORMULAS: dict[str, Callable[[float, float], float]] = {
    # R. Flesch, "A new readability yardstick", J. Applied Psychology 32 (1948)
    "English": lambda words, syllables: 206.835 - 1.015 * words - 84.6 * syllables,
    # T. Amstad, "Wie verständlich sind unsere Zeitungen?", Zürich 1978
    "German": lambda words, syllables: 180 - words - 58.5 * syllables,
    # L. Kandel and A. Moles, Cahiers d'études de radio-télévision 19 (1958)
    "French": lambda words, syllables: 207 - 1.015 * words - 73.6 * syllables,
    # J. Fernández Huerta, Consigna 214 (1959)
    "Spanish": lambda words, syllables: 206.84 - 1.02 * words - 60 * syllables,
    # W. H. Douma, De leesbaarheid van landbouwbladen, Wageningen 1960
    "Dutch": lambda words, syllables: 206.84 - 0.93 * words - 77 * syllables,
}


def reading_ease(sentences: Sequence[str]) -> Ease | str:
    """Reading ease of texts, each of which ends a sentence; or why there is none.

    Not covered: which words people know. A formula counts lengths, and a list of ingredients is no
    sentence, whatever it counts.
    """
    text = " . ".join(sentences)
    words = _WORD.findall(text.lower())
    if len(words) < LEAST_WORDS:
        return f"{len(words)} words were read, a formula of reading ease needs {LEAST_WORDS}"
    language = language_of(text)
    formula = _FORMULAS.get(language)
    if formula is None:
        known = ", ".join(_FORMULAS)
        return f"the language is {language}; formulas are there for {known}"
    count = sum(max(1, len(_END.findall(f"{one} "))) for one in sentences if _WORD.search(one))
    syllables = sum(syllables_of(word, language) for word in words)
    value = formula(len(words) / count, syllables / len(words))
    return Ease(value, language, len(words), count)


def readability_measures(blocks: Sequence[Block]) -> list[Measure]:
    """`reading_ease` of all that is printed on the pack but brand and quantity."""
    told = [block for block in blocks if block.part not in ("brand", "quantity")]
    ease = reading_ease([block.text for block in told])
    if isinstance(ease, str):
        return [Measure.missing("reading_ease", "points", "more", ease)]
    places = tuple(block.evidence for block in told)
    return [Measure("reading_ease", ease.value, "points", "more", "readable", evidence=places)]


def syllables_of(word: str, language: str = "English") -> int:
    """How many syllables a word has: its groups of vowels, in English without a silent e.

    >>> [syllables_of(word) for word in ("roast", "chocolate", "table", "the", "recycled")]
    [1, 3, 2, 1, 3]
    >>> syllables_of("Haferflocken", "German")
    4
    """
    word = word.lower()
    if language == "English" and len(word) > 3:
        word = _SILENT_E.sub("", word)
    return max(1, len(_GROUP.findall(word)))
