"""What the words of a product do, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from glasscase.explanations.plain_values import fields_of

Answer = Literal["probability", "log-odds"]


@dataclass(frozen=True, slots=True)
class WordWeight:
    """One occurrence of a word in the text, `text[start:end]`, and what it adds to the answer."""

    word: str
    start: int
    end: int
    weight: float
    """Positive speaks for the class (or for A), negative against it (or for B)."""
    error: float
    """Standard error of the weight; 0 when it is exact."""


@dataclass(frozen=True, slots=True)
class WordReport:
    """What the words of a product do, by LIME, and how far that can be trusted."""

    text: str
    words: tuple[WordWeight, ...]
    """Every occurrence, in the order of the text."""
    answer: Answer
    """What a weight is measured in: probability of the class, or log-odds of A against B."""
    method: Literal["exact", "sampled", "none"]
    """All masks, some of them, or nothing to ask because there are no words."""
    samples: int
    """Different texts the model was asked about."""
    fit: float
    """R squared of the linear model; low means the words do not simply add up."""
    overlap: float
    """Stability: expected share of the five heaviest words a run without sampling error names."""
    note: str = ""
    """What was left out or put together, in words; empty when nothing was."""
    stand_in: float = 1.0
    """Where most answers were guessed: R squared of such guesses about texts that were read."""

    @property
    def distinct(self) -> dict[str, float]:
        """Weight by word, heaviest first; for a repeated word its heaviest occurrence."""
        ordered = sorted(self.words, key=lambda word: (-abs(word.weight), word.start))
        found: dict[str, float] = {}
        for word in ordered:
            found.setdefault(word.word, word.weight)
        return found

    def top(self, number: int = 5) -> tuple[tuple[str, float], ...]:
        """The `number` words of largest weight, either sign."""
        return tuple(self.distinct.items())[:number]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**fields_of(self), "words": [fields_of(word) for word in self.words]}
