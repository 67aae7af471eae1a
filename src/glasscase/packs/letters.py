"""How large letters look: from pixels by the pack's height to millimetres and visual angle."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from glasscase.packs.measure import Measure
from glasscase.packs.text_line import TextLine, character_median

SHELF_MM = 1200.0
"""From the eyes to the shelf, for a shopper in the aisle."""
PHONE_MM = 320.0
"""From the eyes to a phone (Bababekova et al. 2011: 32.2 cm on average when reading web pages)."""
TILE_MM = 16.0
"""Side of a product's picture in a shop's list on a phone (GS1 mobile-ready hero images)."""
CRITICAL_DEGREES = 0.2
"""Height of an x from which on print is read at full speed (Legge & Bigelow 2011, 0.2 to 2)."""
ACUITY_DEGREES = 5 / 60
"""Height of the smallest letter that 20/20 eyes tell (Snellen; ISO 8596)."""
ERROR_SHARE = 0.25
"""95 % of letters on drawn packs were measured nearer than this (benchmarks/reading.py)."""

_X, _CAPITAL, _DESCENT = 0.50, 0.70, 0.21  # of the type size, as most text faces have it
_ASCENDING = set("bdfhijklt")
_DESCENDING = set("gjpqyQ,;")
_NO_HEIGHT = "the pack's height is not given. Add height_mm"


def letter_px(words: str, mask: NDArray[np.bool_]) -> float | None:
    """Height of an x in pixels, from where the letters of `words` are on their strip.

    The letters of a line reach from its highest to its lowest; which part of that an x has depends
    on which letters there are (an x has 0.50 of the type size, a capital 0.70, a tail 0.21). Of
    lines with fewer small letters than capitals and digits it is the height of a capital, of
    scripts without case the whole height. None: no letters.

    >>> letter_px("ACORN", np.pad(np.ones((20, 50), bool), 5))
    20.0
    """
    rows = np.flatnonzero(_ink_rows(mask))
    if not len(rows):
        return None
    reach = float(rows[-1] - rows[0] + 1)
    letters = [character for character in words if character.isalpha()]
    if letters and not any(c.lower() != c.upper() for c in letters):
        return reach
    tail = _DESCENT if _DESCENDING & set(words) else 0.0
    small = sum(c.islower() for c in letters)
    if 2 * small < sum(c.isalnum() for c in words):
        return reach * _CAPITAL / (_CAPITAL + tail)
    tall = any(c in _ASCENDING or c.isupper() or c.isdigit() or not c.isascii() for c in words)
    return reach * _X / ((_CAPITAL if tall else _X) + tail)


def visual_degrees(height: float, distance: float) -> float:
    """The angle something of `height` is seen under from `distance`, both in one unit.

    >>> round(visual_degrees(1.4, 400), 2)
    0.2
    """
    return math.degrees(2 * math.atan2(height, 2 * distance))


def letter_measures(
    lines: Sequence[TextLine],
    *,
    mm_per_px: float | None,
    tile_mm_per_px: float,
    shelf_mm: float = SHELF_MM,
    phone_mm: float = PHONE_MM,
) -> list[Measure]:
    """The size of letters on the shelf and in a list on a phone.

    Args:
        lines: the lines of one pack.
        mm_per_px: millimetres on the pack per pixel of its photo; None: the height is not known.
        tile_mm_per_px: millimetres on the phone's screen per pixel of the photo.
        shelf_mm: how far the shelf is.
        phone_mm: how far the phone is.
    """
    sized = [line for line in lines if line.letter_px]
    measures = []
    if mm_per_px is None or not sized:
        why = "no letters were found" if mm_per_px else _NO_HEIGHT
        measures += [
            Measure.missing("smallest_letter_mm", "mm", "more", why),
            Measure.missing("letter_degrees_shelf", "degrees", "more", why),
            Measure.missing("largest_letter_degrees_shelf", "degrees", "more", why),
            Measure.missing("fluent_letters_share_shelf", "share", "more", why),
        ]
    else:
        scale = mm_per_px
        measures.append(_smallest(sized, scale))
        measures += _seen(
            sized, lambda px: visual_degrees(px * scale, shelf_mm), "shelf", CRITICAL_DEGREES
        )
    if not sized:
        why = "no letters were found"
        return measures + [
            Measure.missing("letter_degrees_phone", "degrees", "more", why),
            Measure.missing("largest_letter_degrees_phone", "degrees", "more", why),
            Measure.missing("legible_letters_share_phone", "share", "more", why),
        ]
    return measures + _seen(
        sized, lambda px: visual_degrees(px * tile_mm_per_px, phone_mm), "phone", ACUITY_DEGREES
    )


def _smallest(sized: Sequence[TextLine], scale: float) -> Measure:
    least = min(sized, key=lambda line: line.letter_px or 0.0)
    height = (least.letter_px or 0.0) * scale
    return Measure(
        "smallest_letter_mm", height, "mm", "more",
        low=height * (1 - ERROR_SHARE), high=height * (1 + ERROR_SHARE), evidence=(least.evidence,),
    )  # fmt: skip


def _seen(
    sized: Sequence[TextLine], degrees_of: Callable[[float], float], where: str, limit: float
) -> list[Measure]:
    """Median, largest, and the share of characters that reach `limit` degrees."""
    seen = [degrees_of(line.letter_px or 0.0) for line in sized]
    total = sum(line.characters for line in sized)

    def reached(factor: float) -> float:
        passing = [one * factor >= limit for one in seen]
        return sum(line.characters for line, yes in zip(sized, passing, strict=True) if yes) / total

    def angle(name: str, value: float, shown: Sequence[TextLine]) -> Measure:
        low, high = value * (1 - ERROR_SHARE), value * (1 + ERROR_SHARE)
        places = tuple(line.evidence for line in shown)
        return Measure(name, value, "degrees", "more", "readable", low, high, evidence=places)

    small = [line for line, one in zip(sized, seen, strict=True) if one < limit]
    name = "fluent" if where == "shelf" else "legible"
    largest = sized[int(np.argmax(seen))]
    return [
        angle(f"letter_degrees_{where}", character_median(sized, seen), sized),
        angle(f"largest_letter_degrees_{where}", max(seen), [largest]),
        Measure(
            f"{name}_letters_share_{where}", reached(1.0), "share", "more", "readable",
            low=reached(1 - ERROR_SHARE), high=reached(1 + ERROR_SHARE),
            evidence=tuple(line.evidence for line in small),
        ),
    ]  # fmt: skip


def _ink_rows(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Rows with letters: more than a twentieth of what the fullest row has."""
    counts = mask.sum(axis=1)
    rows: NDArray[np.bool_] = counts > max(0.05 * float(counts.max(initial=0)), 0.5)
    return rows
