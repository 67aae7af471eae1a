"""How far letters stand out from their ground: the contrast ratio of WCAG, of each line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from glasscase.packs.measure import Measure
from glasscase.packs.text_line import TextLine, character_median

ENOUGH = 4.5
"""WCAG 2.2, success criterion 1.4.3 (level AA), for text of any size."""
_FLAT = 4 / 255
_CORE_PERCENTILE = 80
"""Of the letters' pixels only the fifth furthest from the ground gives their colour: thin strokes
are half ground at their edges."""


@dataclass(frozen=True, slots=True, eq=False)
class Ink:
    """Letters and the ground they stand on, as two colours."""

    colour: tuple[int, int, int]
    ground: tuple[int, int, int]
    mask: NDArray[np.bool_]
    """[h, w] of the strip: where the letters are."""
    ratio: float
    """1 (the same) to 21 (black on white)."""
    low: float
    high: float
    """The ratio against the tenth of the ground that is nearest, and furthest, in luminance."""


def relative_luminance(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    """0 (black) to 1 (white) of sRGB colours uint8 [..., 3]: WCAG 2.2, "relative luminance".

    >>> relative_luminance(np.array([119, 119, 119], np.uint8)).round(4).item()
    0.1845
    """
    shares = np.asarray(colours, np.float64) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    luminance: NDArray[np.float64] = linear @ np.array([0.2126, 0.7152, 0.0722])
    return luminance


def contrast_ratio(one: Sequence[int], other: Sequence[int]) -> float:
    """1 to 21 between two sRGB colours: WCAG 2.2, "contrast ratio" (L1 + 0.05) / (L2 + 0.05).

    >>> contrast_ratio((0, 0, 0), (255, 255, 255))
    21.0
    >>> round(contrast_ratio((119, 119, 119), (255, 255, 255)), 2)
    4.48
    """
    pair = relative_luminance(np.array([one, other], np.uint8))
    return _ratio(float(pair[0]), float(pair[1]))


def ink_of(strip: NDArray[np.uint8]) -> Ink | None:
    """Letters and ground of one line cut out level (uint8 RGB [h, w, 3]); None where it is flat.

    Pixels are laid along the axis on which their colours differ most (the first principal
    component, so red on green of one lightness is told apart too) and split in two by Otsu's
    threshold (Otsu 1979, eq. 12). The part with most of the rim is the ground. Half-covered pixels
    at the edges of letters count for neither colour: of the letters only the fifth furthest from
    the ground, of the ground only those two pixels away from letters.

    Not covered: letters of several colours or with an outline, which get the colour of most of
    them; photos behind letters, which `low` and `high` show as a wide range.
    """
    if min(strip.shape[:2]) < 2:
        return None
    along = _main_axis(strip)
    if float(np.ptp(along)) < _FLAT:
        return None
    upper = along > _otsu(along)
    rim = np.concatenate([upper[0], upper[-1], upper[:, 0], upper[:, -1]])
    mask = ~upper if rim.mean() > 0.5 else upper
    if not mask.any() or mask.all():
        return None
    clear = ~ndimage.binary_dilation(mask, iterations=2)
    ground_at = clear if clear.sum() >= 8 else ~mask
    ground = np.median(strip[ground_at], axis=0)
    far = np.abs(along - np.median(along[ground_at]))
    core = mask & (far >= np.percentile(far[mask], _CORE_PERCENTILE))
    colour = np.median(strip[core], axis=0)
    ink_light = float(relative_luminance(np.rint(colour).astype(np.uint8)))
    lights = np.percentile(relative_luminance(strip[ground_at]), [10, 90])
    ends = sorted(_ratio(ink_light, float(light)) for light in lights)
    ratio = _ratio(ink_light, float(relative_luminance(np.rint(ground).astype(np.uint8))))
    if min(lights) <= ink_light <= max(lights):
        ends[0] = 1.0
    return Ink(
        colour=_triple(colour),
        ground=_triple(ground),
        mask=mask,
        ratio=ratio,
        low=min(ends[0], ratio),
        high=max(ends[1], ratio),
    )


def contrast_measures(lines: Sequence[TextLine]) -> list[Measure]:
    """`contrast_median`, `contrast_lowest` and `contrast_enough_share` of the lines of a pack.

    Characters count, not lines: half of all characters have at least the median.
    """
    clear = [line for line in lines if line.ratio is not None]
    if not clear:
        why = "no line of words stands out from its ground"
        return [
            Measure.missing("contrast_median", "ratio", "more", why),
            Measure.missing("contrast_lowest", "ratio", "more", why),
            Measure.missing("contrast_enough_share", "share", "more", why),
        ]
    ratios = [line.ratio or 1.0 for line in clear]
    weakest = min(clear, key=lambda line: line.ratio or 1.0)
    poor = [line for line in clear if (line.ratio or 1.0) < ENOUGH]
    total = sum(line.characters for line in clear)
    return [
        Measure(
            "contrast_median", character_median(clear, ratios), "ratio", "more", "readable",
            low=character_median(clear, [line.ratio_low for line in clear]),
            high=character_median(clear, [line.ratio_high for line in clear]),
            evidence=tuple(line.evidence for line in clear),
        ),
        Measure(
            "contrast_lowest", weakest.ratio, "ratio", "more", None,
            low=weakest.ratio_low, high=weakest.ratio_high, evidence=(weakest.evidence,),
        ),
        Measure(
            "contrast_enough_share", 1 - sum(line.characters for line in poor) / total, "share",
            "more", "readable", evidence=tuple(line.evidence for line in poor),
        ),
    ]  # fmt: skip


def brand_contrast(brand: Sequence[TextLine], *, given: bool) -> Measure:
    """`brand_contrast`, of the line with the brand that stands out most; pillar `findable`, for
    whoever looks for a brand looks for its name.

    Args:
        brand: lines that hold the brand.
        given: whether it is known which brand the pack has.
    """
    name = "brand_contrast"
    if not given:
        return Measure.missing(name, "ratio", "more", "the pack's brand is not given. Add it")
    if not brand:
        return Measure.missing(name, "ratio", "more", "the brand was not read on the photo")
    best = max(brand, key=lambda line: line.ratio or 1.0)
    if best.ratio is None:
        return Measure(name, 1.0, "ratio", "more", "findable", evidence=(best.evidence,))
    return Measure(
        name, best.ratio, "ratio", "more", "findable",
        low=best.ratio_low, high=best.ratio_high, evidence=(best.evidence,),
    )  # fmt: skip


def _ratio(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)


def _main_axis(strip: NDArray[np.uint8]) -> NDArray[np.float64]:
    """[h, w]: each pixel's place on the first principal component of the colours, 0 to 1 units."""
    colours = strip.reshape(-1, 3) / 255.0
    centred = colours - colours.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    place: NDArray[np.float64] = (centred @ vectors[:, -1]).reshape(strip.shape[:2])
    return place


def _otsu(values: NDArray[np.float64]) -> float:
    """The threshold with the greatest variance between the two parts, of 256 bins."""
    counts, edges = np.histogram(values, bins=256)
    middle = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    sums = np.cumsum(counts * middle)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = sums[:-1] / below - (sums[-1] - sums[:-1]) / above
        between = np.where((below > 0) & (above > 0), below * above * gap**2, -1.0)
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))  # a gap: the middle of it
    return float((edges[best[0] + 1] + edges[best[-1] + 1]) / 2)


def _triple(colour: NDArray[np.float64]) -> tuple[int, int, int]:
    red, green, blue = np.rint(colour).astype(int).tolist()
    return red, green, blue
