"""The text of a product in pieces, the words that count coloured by how much they do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from glasscase.explanations.word_report import WordReport

_SHOWN_FROM = 0.08
"""Part of the heaviest word's weight from which a word is coloured."""
_WEAKEST_SCALE = {"probability": 0.02, "log-odds": 0.2}
"""Weight drawn at full strength at the least, so that no evidence looks like none."""


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the text, `report.text[start:end]`; one that is not coloured has no kind."""

    text: str
    start: int
    end: int
    kind: Literal["", "for", "against"] = ""
    sign: str = ""
    strength: float = 0.0
    """0 to 1: the share of the colour."""
    weight: str = ""
    """The weight in words."""


def coloured_words(report: WordReport) -> list[Span]:
    """The whole text of `report` in pieces, in its order; nothing for an empty text."""
    largest = max((abs(word.weight) for word in report.words), default=0.0)
    scale = max(largest, _WEAKEST_SCALE[report.answer])
    spans, at = [], 0
    for word in report.words:
        size = abs(word.weight) / scale
        if size < _SHOWN_FROM:
            continue
        spans.append(Span(report.text[at : word.start], at, word.start))
        spans.append(
            Span(
                report.text[word.start : word.end],
                word.start,
                word.end,
                "for" if word.weight > 0 else "against",
                "+" if word.weight > 0 else "−",
                round(size, 3),
                _weight_words(word.weight, report.answer),
            )
        )
        at = word.end
    rest = Span(report.text[at:], at, len(report.text))
    return [span for span in (*spans, rest) if span.text]


def _weight_words(weight: float, answer: str) -> str:
    if answer == "probability":
        return f"{100 * weight:+.1f} points of probability"
    return f"{weight:+.2f} log-odds"
