"""Who, what, which variety, how much: whether the pack says each of the four."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.packs.hero_check import HeroCheck, HeroView, Limits
from glasscase.packs.measure import Evidence
from glasscase.packs.quantity import quantity_of
from glasscase.packs.same_words import alike, words_in
from glasscase.packs.text_line import TextLine

LEAST_SHARE = 0.5
"""Of the words of a product's name; packs seldom print a catalogue's name whole."""


def who(view: HeroView, limits: Limits) -> HeroCheck:
    """Whether the brand is read on the pack."""
    return _named("who", "brand", view.pack.brand, view, whole=True)


def what(view: HeroView, limits: Limits) -> HeroCheck:
    """Whether the product or its format is read: half of the words of its name."""
    return _named("what", "product", view.pack.product, view, whole=False)


def variety(view: HeroView, limits: Limits) -> HeroCheck:
    """Whether the variety is read."""
    return _named("variety", "variety", view.variety, view, whole=True)


def how_much(view: HeroView, limits: Limits) -> HeroCheck:
    """Whether a net quantity is read on the photo."""
    if view.unread:
        return HeroCheck("how_much", "cannot tell", view.unread, remedy="Look at it yourself.")
    found = [line for line in view.reading.lines if quantity_of(line.words)]
    if found:
        quantity = quantity_of(found[0].words)
        told = quantity.words if quantity else ""
        places = tuple(line.evidence for line in found)
        return HeroCheck("how_much", "pass", f"the quantity {told!r} is read", evidence=places)
    return HeroCheck(
        "how_much",
        "fail",
        "no quantity is read",
        remedy="Show it on the pack, or on a plain strip at the lower right.",
    )


def lines_of_four(view: HeroView) -> list[tuple[str, TextLine]]:
    """The lines that say who, what, which variety and how much, each once, with which it is."""
    asked = {
        "who": words_in(view.pack.brand),
        "what": words_in(view.pack.product),
        "variety": words_in(view.variety),
    }
    found: list[tuple[str, TextLine]] = []
    for line in view.reading.lines:
        name = next((n for n, words in asked.items() if _kept([line], words)), None)
        if name is None and quantity_of(line.words):
            name = "how_much"
        if name is not None:
            found.append((name, line))
    return found


def _named(kind: str, part: str, asked: str, view: HeroView, *, whole: bool) -> HeroCheck:
    words = words_in(asked)
    if not words:
        says = f"the pack's {part} is not given"
        return HeroCheck(kind, "cannot tell", says, remedy=f"Give the {part}.")
    if view.unread:
        return HeroCheck(kind, "cannot tell", view.unread, remedy="Look at it yourself.")
    lines = view.reading.lines
    kept = _kept(lines, words)
    joined = "".join(words)
    run_together = any(alike(joined, "".join(words_in(line.words))) for line in lines)
    share = 1.0 if run_together else len(kept) / len(words)
    limit = 1.0 if whole else LEAST_SHARE
    places = _places(lines, words, joined)
    if share >= limit:
        says = f"the {part} {asked!r} is read"
        return HeroCheck(kind, "pass", says, share, limit, "share", evidence=places)
    missing = ", ".join(repr(word) for word in words if word not in kept)
    return HeroCheck(
        kind,
        "fail",
        f"of the {part} {asked!r} {missing} is not read",
        share,
        limit,
        "share",
        remedy=f"Show the {part} larger and with more contrast; a drawn logo may stay unread.",
        evidence=places,
    )


def _kept(lines: Sequence[TextLine], words: Sequence[str]) -> list[str]:
    there = [word for line in lines for word in words_in(line.words)]
    return [word for word in words if any(alike(word, one) for one in there)]


def _places(lines: Sequence[TextLine], words: Sequence[str], joined: str) -> tuple[Evidence, ...]:
    return tuple(
        line.evidence
        for line in lines
        if _kept([line], words) or alike(joined, "".join(words_in(line.words)))
    )
