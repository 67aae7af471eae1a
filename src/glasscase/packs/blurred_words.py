"""Which words are still read from the shelf, on a phone, and through ever more blur.

The lines found on the sharp photo are blurred as eyes and screens blur them, and read again where
they are. So it tells which words survive, not whether anyone would look for them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from glasscase.encoders.read_line import ReadLine
from glasscase.packs.letters import PHONE_MM, SHELF_MM, TILE_MM
from glasscase.packs.measure import Evidence, Measure
from glasscase.packs.resizing import fitting_size, resized_image
from glasscase.packs.same_words import kept_share, words_in
from glasscase.packs.text_line import TextLine

ACUITY = 0.5
"""Decimal acuity (20/40): below it the WHO speaks of impaired sight (ICD-11, 9D90)."""
BLUR_SHARES = (0.0025, 0.005, 0.01)
"""Spread of the blur as shares of the pack's height."""
PHONE_PX_PER_MM = 326 / 25.4
"""Of a plain phone's screen."""
MOST_LINES = 30
"""The largest lines; more are not read again."""
_DRAWN_LOGO = 0.5
"""How far a brand that no reader reads may be known by its drawing; a convention."""
_LONGEST_PX = 1024
_SPREAD_CYCLES = 30 * math.sqrt(2 * math.pi**2 / math.log(20))


class StripReader(Protocol):
    """Reads pictures of one line each."""

    def words_of(self, strips: Sequence[NDArray[np.uint8]]) -> tuple[str, ...]:
        """What stands on each."""


@dataclass(frozen=True, slots=True)
class View:
    """One way to see a pack unsharply."""

    name: str
    spread_px: float
    """Standard deviation of the blur, in pixels of the photo."""
    longest_px: int | None = None
    """The screen's pixels along the photo's longer side; None: as many as it has."""


def eye_spread_degrees(acuity: float = ACUITY) -> float:
    """Standard deviation of a Gaussian that blurs as eyes of this decimal acuity do.

    Eyes of acuity 1 tell gratings of up to 30 cycles a degree; the Gaussian leaves a twentieth of
    the contrast there. A convention of ours: real eyes have other curves.

    >>> round(60 * eye_spread_degrees(1.0), 2)
    0.78
    """
    return 1 / (_SPREAD_CYCLES * acuity)


def surviving_measures(
    image: NDArray[np.uint8],
    lines: Sequence[TextLine],
    reader: StripReader,
    *,
    pack_px: float,
    mm_per_px: float | None,
    brand: Sequence[int] | None = None,
) -> list[Measure]:
    """`words_kept_blur`, `words_kept_phone` and `words_kept_shelf`: shares of words still read; and
    `brand_kept`: how much of the brand is, the mean over the blurs and the phone.

    Args:
        image: the photo the lines were read on.
        lines: what was read.
        reader: who reads again.
        pack_px: the pack's height in pixels of the photo.
        mm_per_px: millimetres on the pack per pixel; None: its height is not known.
        brand: places in `lines` of those that hold the brand; None: no brand is given.
    """
    views = [View(f"blur {share}", share * pack_px) for share in BLUR_SHARES]
    views.append(phone_view(image))
    if mm_per_px is not None:
        views.append(View("shelf", _spread_px(SHELF_MM, mm_per_px)))
    kept = dict(zip([v.name for v in views], kept_words(image, lines, reader, views), strict=True))
    blurred = [kept[view.name] for view in views if view.name.startswith("blur")]
    measures = [
        _measure("words_kept_blur", np.mean(blurred, axis=0), lines),
        _measure("words_kept_phone", kept["phone"], lines),
        _brand_kept([*blurred, kept["phone"]], lines, brand),
    ]
    if mm_per_px is None:
        why = "the pack's height is not given. Add height_mm"
        return [*measures, Measure.missing("words_kept_shelf", "share", "more", why)]
    return [*measures, _measure("words_kept_shelf", kept["shelf"], lines)]


def kept_words(
    image: NDArray[np.uint8],
    lines: Sequence[TextLine],
    reader: StripReader,
    views: Sequence[View],
) -> list[NDArray[np.float64]]:
    """Per view the share of words still read, [lines]; NaN for lines that are not tried.

    Words count as read where four fifths of their letters agree.
    """
    small = resized_image(image, fitting_size(image.shape, _LONGEST_PX))
    scale = max(small.shape[:2]) / max(image.shape[:2])
    order = np.argsort([-line.read.sides[1] for line in lines], kind="stable")[:MOST_LINES]
    tried = [_scaled(lines[i].read, scale) for i in order]
    upside_down = _upside_down(small, tried, reader)
    found = []
    for view in views:
        seen = seen_as(small, view, scale)
        strips = [line.strip(seen) for line in tried]
        turned = [s[::-1, ::-1] if u else s for s, u in zip(strips, upside_down, strict=True)]
        shares = np.full(len(lines), np.nan)
        for i, line, read in zip(order, tried, reader.words_of(turned), strict=True):
            shares[i] = kept_share(words_in(line.words), words_in(read))
        found.append(shares)
    return found


def seen_as(image: NDArray[np.uint8], view: View, scale: float = 1.0) -> NDArray[np.uint8]:
    """`image`, which has `scale` of the photo's size, as it is seen in `view`."""
    seen = Image.fromarray(image).filter(ImageFilter.GaussianBlur(view.spread_px * scale))
    if view.longest_px is not None and view.longest_px < max(image.shape[:2]):
        screen = resized_image(np.asarray(seen), fitting_size(image.shape, view.longest_px))
        size = image.shape[1], image.shape[0]
        seen = Image.fromarray(screen).resize(size, Image.Resampling.BICUBIC)
    return np.asarray(seen)


def phone_view(image: NDArray[np.uint8], tile_mm: float = TILE_MM) -> View:
    """How `image` is seen as a tile of `tile_mm` on a phone's screen."""
    mm_per_px = tile_mm / max(image.shape[:2])
    return View("phone", _spread_px(PHONE_MM, mm_per_px), max(1, round(tile_mm * PHONE_PX_PER_MM)))


def _spread_px(distance_mm: float, mm_per_px: float) -> float:
    return distance_mm * math.tan(math.radians(eye_spread_degrees())) / mm_per_px


def _scaled(line: ReadLine, scale: float) -> ReadLine:
    return ReadLine(line.corners * scale, line.words, line.score)


def _upside_down(
    image: NDArray[np.uint8], lines: Sequence[ReadLine], reader: StripReader
) -> list[bool]:
    """Which lines are read only when turned by half: print that runs upwards, or on its head."""
    strips = [line.strip(image) for line in lines]
    plain = reader.words_of(strips)
    wrong = [
        i
        for i, (line, read) in enumerate(zip(lines, plain, strict=True))
        if kept_share(words_in(line.words), words_in(read)) < 0.5
    ]
    again = reader.words_of([strips[i][::-1, ::-1] for i in wrong])
    turned = {
        i
        for i, read in zip(wrong, again, strict=True)
        if kept_share(words_in(lines[i].words), words_in(read)) >= 0.5
    }
    return [i in turned for i in range(len(lines))]


def _brand_kept(
    shares: Sequence[NDArray[np.float64]], lines: Sequence[TextLine], brand: Sequence[int] | None
) -> Measure:
    """Whoever looks for a brand has to read it: the share of its words in the best of its lines,
    [views, lines] -> the mean over views."""
    name = "brand_kept"
    if brand is None:
        return Measure.missing(name, "share", "more", "the pack's brand is not given. Add it")
    if not brand:  # a drawn logo may well be known to people
        return Measure(name, 0.0, "share", "more", "findable", low=0.0, high=_DRAWN_LOGO)
    best = np.nan_to_num(np.asarray(shares)[:, list(brand)]).max(axis=1)
    places = tuple(lines[i].evidence for i in brand)
    return Measure(name, float(best.mean()), "share", "more", "findable", evidence=places)


def _measure(name: str, shares: NDArray[np.float64], lines: Sequence[TextLine]) -> Measure:
    """The share over all words of the lines tried; the evidence are lines that lost half."""
    tried = [i for i in range(len(lines)) if np.isfinite(shares[i])]
    counts = np.array([len(words_in(lines[i].words)) for i in tried], np.float64)
    if not counts.sum():
        return Measure.missing(name, "share", "more", "no line has a word of letters or digits")
    value = float((shares[tried] * counts).sum() / counts.sum())
    lost: tuple[Evidence, ...] = tuple(lines[i].evidence for i in tried if shares[i] < 0.5)
    return Measure(name, value, "share", "more", "readable", evidence=lost)
