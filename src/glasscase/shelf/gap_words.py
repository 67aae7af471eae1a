"""A possible gap in words: where to look, for how much there is room, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_THIRDS = ("in the left third", "in the middle", "in the right third")


def gap_words(gap: Mapping[str, Any], width_px: float) -> str:
    """One of `figures.gaps` of a result as a sentence.

    >>> gap = {"left": 10, "right": 50, "row": 2, "facings": 1, "score": 0.6, "missing": ["Oats"]}
    >>> gap_words(gap, 400)
    'Row 2, in the left third: room for 1 product, 60 % sure that one is missing. Perhaps Oats.'
    """
    where = f"Row {gap['row']}" if gap["row"] else "A board without products"
    third = _THIRDS[min(2, int(1.5 * (gap["left"] + gap["right"]) / width_px))]
    room = f"{gap['facings']} {'product' if gap['facings'] == 1 else 'products'}"
    named = [name for name in gap["missing"] if name != "unknown"]
    perhaps = f" Perhaps {' or '.join(named)}." if named else ""
    sure = f"{100 * gap['score']:.0f} % sure that one is missing."
    return f"{where}, {third}: room for {room}, {sure}{perhaps}"
