"""What was tried on the model, as the card shows it: changes, the runner-up, the check's curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.errors import BadPhoto
from glasscase.explanations.contrast import Contrast
from glasscase.explanations.curves import Curves
from glasscase.explanations.explanation import Explanation
from glasscase.explanations.overlay import region_png
from glasscase.explanations.photo_flip import PhotoFlip
from glasscase.pages.page import data_uri

WIDTH, HEIGHT = 420, 216
"""Of a plot, in its own units; the page scales it."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 10, 38
_MOST_WORDS = 8
_TITLES = {
    "words": ("Words taken away one after the other", "share of the words that is gone"),
    "photo": ("Places of the photo blurred one after the other", "share of the photo blurred"),
}
_PASSED = "Taking away what this page points at changes the answer more than random parts do."
_FAILED = (
    "What this page points at does not beat parts chosen at random here: do not lean on the order "
    "of the {what}."
)
_SAME = (
    "The order of the {what} cannot be tested here: whichever goes first, the answer is the same."
)
_PARTS = {"words": "words", "photo": "places"}


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of a plot."""

    name: str
    kind: str
    """`first`, `random` or `last`: its colour and its dashes."""
    points: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on an axis and what stands there."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Plot:
    """Three curves, ready to be drawn, and what they come to."""

    title: str
    axis: str
    sentence: str
    verdict: str
    lines: tuple[Line, ...]
    shares: tuple[str, ...]
    across: tuple[Tick, ...]
    upwards: tuple[Tick, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Region:
    """A photo with the places blurred that change the answer."""

    picture: str
    words: str


@dataclass(frozen=True, slots=True)
class RivalWord:
    """A word's weight for the class, and for it rather than its runner-up."""

    word: str
    own: str
    contrast: str
    sign: str
    side: str
    """The class it speaks for, of the two."""


def plots(explanation: Explanation) -> list[Plot]:
    """One for the words and one for the photo, where they were tried."""
    return [_plot(check) for check in explanation.checks]


def _plot(check: Curves) -> Plot:
    low, high = 0.0, 1.0
    if check.answer == "log-odds":
        every = (*check.heaviest_first, *check.random, *check.heaviest_last)
        low, high = min(every), max(max(every), min(every) + 1e-6)
    inner_width, inner_height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def across(share: float) -> float:
        return round(_LEFT + share * inner_width, 1)

    def upwards(value: float) -> float:
        return round(_TOP + (1 - (value - low) / (high - low)) * inner_height, 1)

    def line(name: str, kind: str, values: Sequence[float]) -> Line:
        at = zip(map(across, check.shares), map(upwards, values), strict=True)
        points = " ".join(f"{x},{y}" for x, y in at)
        return Line(name, kind, points, tuple(_said(v, check) for v in values))

    title, axis = _TITLES[check.what]
    return Plot(
        title=title,
        axis=axis,
        sentence=check.sentence,
        verdict=_verdict(check),
        lines=(
            line("strongest first", "first", check.heaviest_first),
            line("in random order", "random", check.random),
            line("strongest last", "last", check.heaviest_last),
        ),
        shares=tuple(f"{100 * share:.0f} %" for share in check.shares),
        across=tuple(Tick(across(s), f"{100 * s:.0f} %") for s in (0.0, 0.5, 1.0)),
        upwards=tuple(Tick(upwards(v), _said(v, check)) for v in (low, (low + high) / 2, high)),
        answer="probability" if check.answer == "probability" else "log-odds",
    )


def _verdict(check: Curves) -> str:
    if check.passed is None:
        return _SAME.format(what=_PARTS[check.what])
    return _PASSED if check.passed else _FAILED.format(what=_PARTS[check.what])


def _said(value: float, check: Curves) -> str:
    return f"{value:+.1f}" if check.answer == "log-odds" else f"{100 * value:.0f} %"


def regions(explanation: Explanation, photos: Sequence[Photo]) -> list[Region]:
    """The photos with the blurred region whose loss changes the answer, if there is one."""
    told = explanation.flip.photo if explanation.flip is not None else None
    if told is None or told.label is None:
        return []
    by_name = {photo.name: photo for photo in photos}
    found = []
    for name, grid in told.regions:
        try:
            image = decode(by_name[name].read(), name=name)
        except (BadPhoto, KeyError):  # the page was asked for without its photos
            continue
        picture = data_uri(region_png(image, grid), "image/png")
        found.append(Region(picture, _region_words(told)))
    return found


def _region_words(told: PhotoFlip) -> str:
    blurred = f"the outlined {100 * told.share:.0f} %" if told.share <= 0.999 else "all of it"
    return f"With {blurred} blurred the model says “{told.label}”."


def rival_words(explanation: Explanation) -> list[RivalWord]:
    """The words that tell the class and its runner-up apart most, heaviest first."""
    rival = explanation.rival
    if rival is None:
        return []
    own = explanation.words.distinct
    return [
        RivalWord(
            word=word,
            own=f"{100 * own.get(word, 0.0):+.1f}",
            contrast=f"{weight:+.2f}",
            sign="for" if weight >= 0 else "against",
            side=_side(rival, weight),
        )
        for word, weight in rival.words.top(_MOST_WORDS)
    ]


def _side(rival: Contrast, weight: float) -> str:
    return rival.label if weight >= 0 else rival.against
