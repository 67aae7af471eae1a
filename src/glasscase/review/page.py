"""The audit as one HTML page to look through."""

from __future__ import annotations

from glasscase.catalog.product import Product
from glasscase.catalog.product_thumbnail import product_thumbnail
from glasscase.pages.page import render
from glasscase.review.findings import Findings, Share
from glasscase.review.worklist import class_pairs, named

MOST_CASES = 200
MOST_PAIRS = 20
MOST_GROUPS = 40
MOST_LEAKS = 60
SHOWN_PRODUCTS = 4
_WORDS = 220
_SIZE_PX = 160
_KINDS = {
    "exact": "Exact duplicates: the same words and the same photo files",
    "near": "Near-duplicates: the same photo, or the same words",
    "variant": "Variants: the same words but for numbers, sizes and colours",
}


def page(findings: Findings) -> str:
    """A self-contained page; everything from outside is escaped. The first 200 suspects are shown,
    each with a thumbnail of its first usable photo."""
    suspects = findings.suspects
    shown = suspects[:MOST_CASES]
    pairs = class_pairs(findings.worklist)
    return render(
        "glasscase.review",
        "audit.html",
        found=findings,
        suspects=suspects,
        cases=[
            (case, product_thumbnail(case.product, longest_px=_SIZE_PX), words_of(case.product))
            for case in shown
        ],
        pairs=pairs[:MOST_PAIRS],
        more_pairs=max(0, len(pairs) - MOST_PAIRS),
        kinds=[
            (title, groups)
            for kind, title in _KINDS.items()
            if (groups := findings.groups_of(kind))
        ],  # fmt: skip
        most_groups=MOST_GROUPS,
        most_products=SHOWN_PRODUCTS,
        most_leaks=MOST_LEAKS,
        named=named,
        share=share,
        bounds=bounds,
    )


def words_of(product: Product, most: int = _WORDS) -> str:
    """The beginning of a product's words, in one line.

    >>> words_of(Product("1", texts={"title": "Blue  mug,  large"}), most=9)
    'Blue mug…'
    """
    line = " ".join(product.text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip(' ,')}…"


def share(one: Share | None, *, points: bool = False) -> str:
    """A share with its interval, as people read it.

    >>> share(Share(0.05, 0.031, 0.08)), share(None), share(Share(0.02, 0.0, 0.04), points=True)
    ('5.0 % (3.1 to 8.0)', '–', '+2.0 points (+0.0 to +4.0)')
    """
    if one is None or one.value != one.value:
        return "–"
    value, low, high = (100 * part for part in one)
    if points:
        return f"{value:+.1f} points ({low:+.1f} to {high:+.1f})"
    return f"{value:.1f} % ({low:.1f} to {high:.1f})"


def bounds(one: Share) -> str:
    """The interval of a share in words.

    >>> bounds(Share(0.05, 0.031, 0.08))
    '95 % interval 3.1 to 8.0 %'
    """
    if one.low != one.low:
        return "no interval"
    return f"95 % interval {100 * one.low:.1f} to {100 * one.high:.1f} %"
