"""Whether what matters is legible where the photo is a tile of 16 x 16 mm on a phone."""

from __future__ import annotations

import math

import numpy as np

from glasscase.errors import GlasscaseError
from glasscase.packs.blurred_words import kept_words, phone_view
from glasscase.packs.hero_check import HeroCheck, HeroView, Limits
from glasscase.packs.hero_words import lines_of_four
from glasscase.packs.letters import ACUITY_DEGREES
from glasscase.packs.same_words import words_in

_NONE = "none of brand, product, variety and quantity is read"
_LARGER = "Print it larger on the digital pack, or leave out what is around it."


def letters_large_enough(view: HeroView, limits: Limits) -> HeroCheck:
    """Height of letters on the tile, in millimetres, against what eyes of an acuity tell.

    The limit is a letter of 5 minutes of arc, divided by the acuity, at the phone's distance. Per
    part (who, what, variety, how much) its largest line counts; the smallest of them is the value.
    """
    kind = "letters_large_enough"
    angle = math.radians(ACUITY_DEGREES / limits["acuity"])
    limit = 2 * limits["distance_mm"] * math.tan(angle / 2)
    if view.unread:
        return HeroCheck(kind, "cannot tell", view.unread, remedy="Look at it yourself.")
    mm_per_px = limits["tile_mm"] / max(view.pack.image.shape[:2])
    largest: dict[str, tuple[float, int]] = {}
    four = lines_of_four(view)
    for number, (name, line) in enumerate(four):
        height = (line.letter_px or 0.0) * mm_per_px
        if height > largest.get(name, (0.0, 0))[0]:
            largest[name] = height, number
    if not largest:
        return HeroCheck(kind, "cannot tell", _NONE, limit=limit, unit="mm", remedy=_LARGER)
    small = [name for name, (height, _) in largest.items() if height < limit]
    value = min(height for height, _ in largest.values())
    told = f"the smallest of what matters is {value:.2f} mm high, {limit:.2f} mm is the least"
    shown = small or list(largest)
    places = tuple(four[largest[name][1]][1].evidence for name in shown)
    if small:
        return HeroCheck(kind, "fail", told, value, limit, "mm", _LARGER, evidence=places)
    return HeroCheck(kind, "pass", told, value, limit, "mm", evidence=places)


def read_when_small(view: HeroView, limits: Limits) -> HeroCheck:
    """Share of the words that matter which the reader still reads off the tile."""
    kind, limit = "read_when_small", limits["least_share"]
    if view.unread:
        return HeroCheck(kind, "cannot tell", view.unread, remedy="Look at it yourself.")
    lines = [line for _, line in lines_of_four(view)]
    if not lines or view.reading.reader is None:
        return HeroCheck(kind, "cannot tell", _NONE, limit=limit, unit="share", remedy=_LARGER)
    image = view.pack.image
    try:
        (shares,) = kept_words(
            image, lines, view.reading.reader, [phone_view(image, limits["tile_mm"])]
        )
    except GlasscaseError as error:
        return HeroCheck(kind, "cannot tell", str(error), remedy="Look at it yourself.")
    counts = np.array([len(words_in(line.words)) for line in lines], np.float64)
    tried = np.isfinite(shares)
    value = float((shares[tried] * counts[tried]).sum() / max(1.0, counts[tried].sum()))
    lost = tuple(line.evidence for line, one in zip(lines, shares, strict=True) if one < 0.5)
    told = f"{value:.0%} of the words that matter are still read off a tile of this size"
    if value >= limit:
        return HeroCheck(kind, "pass", told, value, limit, "share", evidence=lost)
    return HeroCheck(kind, "fail", told, value, limit, "share", _LARGER, evidence=lost)
