"""Which colour stands for which brand or product, the same in picture, page and report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from glasscase.shelf.usable_boxes import UNKNOWN

PALETTE = (
    "#2f7ed8", "#f28e2b", "#2ca25f", "#d6459a", "#8a63d2", "#17a9b8", "#c0392b", "#a6761d",
    "#6b8e23", "#3f51b5",
)  # fmt: skip
"""Ten, told apart beside one another on photos; names stand beside them wherever they are used."""
OTHERS, NOBODY = "#7a7f87", "#f5f5f5"
OTHER_NAMES = "others"


def group_of(product: Mapping[str, Any]) -> str:
    """What a product of a result is coloured by: its brand, else its name."""
    return str(product["brand"] or product["name"])


def colours_of(result: Mapping[str, Any]) -> dict[str, str]:
    """Colour by brand (or product): the ten with most boxes have their own, the rest share one.

    >>> colours_of({"products": [{"name": "Tea", "brand": ""}]})
    {'Tea': '#2f7ed8'}
    """
    counts = Counter(group_of(one) for one in result["products"] if one["name"] != UNKNOWN)
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    colours = dict(zip(ranked, PALETTE, strict=False))
    colours |= dict.fromkeys(ranked[len(PALETTE) :], OTHERS)
    if any(one["name"] == UNKNOWN for one in result["products"]):
        colours[UNKNOWN] = NOBODY
    return colours


def legend_of(result: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Name, colour and number of boxes, most first; what shares a colour is one line."""
    counts: Counter[tuple[str, str]] = Counter()
    colours = colours_of(result)
    for one in result["products"]:
        name = UNKNOWN if one["name"] == UNKNOWN else group_of(one)
        colour = colours[name]
        counts[(OTHER_NAMES if colour == OTHERS else name, colour)] += 1
    last = (UNKNOWN, OTHER_NAMES)
    ranked = sorted(counts.items(), key=lambda item: (item[0][0] in last, -item[1], item[0][0]))
    return [(name, colour, count) for (name, colour), count in ranked]
