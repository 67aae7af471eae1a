"""A text in coloured pieces: nothing of it is lost, and only what counts has a colour."""

from __future__ import annotations

from glasscase.explanations.coloured_words import coloured_words
from glasscase.explanations.word_report import WordReport, WordWeight


def report(text: str, *weights: tuple[str, float]) -> WordReport:
    words = tuple(
        WordWeight(word.lower(), text.index(word), text.index(word) + len(word), weight, 0.0)
        for word, weight in weights
    )
    return WordReport(text, words, "probability", "exact", 4, 1.0, 1.0)


def test_pieces_are_the_text_at_their_offsets() -> None:
    text = "Blue mug, 300 ml"
    spans = coloured_words(report(text, ("Blue", -0.02), ("mug", 0.4), ("300", 0.001)))
    assert "".join(span.text for span in spans) == text
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert [(s.text, s.kind, s.strength) for s in spans if s.kind] == [("mug", "for", 1.0)]


def test_what_speaks_against_says_so_and_weak_words_stay_weak() -> None:
    (span,) = coloured_words(report("mug", ("mug", -0.01)))
    assert (span.kind, span.strength, span.weight) == ("against", 0.5, "-1.0 points of probability")
    assert coloured_words(report("")) == []
