"""Exact duplicates and variants: the same product listed twice, and one product in many sizes.

Exact duplicates: the same words, field by field (case and spaces aside), and the same photo files,
byte for byte. Variants: products whose words are the same once numbers, sizes and colours are taken
away, but are not the same before: "Cotton Shirt, blue, M" and "Cotton Shirt, red, XL".

Not covered: names of colours and sizes in other languages than English; variants told apart by
any other word ("with lid").
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Sequence

from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto

LEAST_CHARACTERS = 12
"""What is left of the words must be so long, or it says too little."""

COLOURS = """
amber aqua beige black blue bronze brown burgundy camel charcoal chrome copper coral cream
crimson cyan fuchsia gold golden gray green grey indigo ivory khaki lavender lilac magenta
maroon mauve mint multicolor multicolour multicolored multicoloured mustard navy ochre olive
orange peach pink plum purple red rose ruby rust salmon sand scarlet silver steel tan taupe teal
transparent turquoise violet white yellow dark light
"""
SIZES = """
xxs xs s m l xl xxl xxxl small medium large big mini single double king queen size sizes mm cm m
metre metres meter meters inch inches ft feet ml cl l litre litres liter liters g gm gms kg kgs
mg oz lb lbs w watt watts v volt volts gb tb mb pack packs piece pieces pc pcs set sets of x
"""
_WORD = re.compile(r"\w+")
_LEFT_OUT = frozenset((COLOURS + SIZES).split())


def plain_words(product: Product) -> str:
    """The letters and digits of a product's words, in small letters.

    >>> plain_words(Product("1", texts={"title": "Blue Mug, 0.3 l"}))
    'blue mug 0 3 l'
    """
    return " ".join(_WORD.findall(product.text.casefold()))


def variant_words(product: Product) -> str:
    """`plain_words` without numbers, sizes and colours.

    >>> variant_words(Product("1", texts={"title": "Cotton Shirt for Men, Blue, 42 cm"}))
    'cotton shirt for men'
    """
    return " ".join(
        word
        for word in plain_words(product).split()
        if word not in _LEFT_OUT and not any(c.isdigit() for c in word)
    )


def exact_duplicates(products: Sequence[Product]) -> list[tuple[int, ...]]:
    """Groups of indices of products with the same words and the same photo files.

    Products with neither are no duplicates of one another, and unreadable photos are never equal.

    >>> mug = {"title": "Blue mug"}
    >>> exact_duplicates([Product("1", texts=mug), Product("2"), Product("3", texts=mug)])
    [(0, 2)]
    """
    worded = _alike([_words(product) for product in products])
    groups = []
    for rows in worded:  # only photos of products with the same words are read
        photos = _alike([_photos(products[row], row) for row in rows])
        groups += [tuple(rows[at] for at in part) for part in photos]
    return sorted(groups)


def variants(products: Sequence[Product]) -> list[tuple[int, ...]]:
    """Groups of indices of products that are variants of one another; see the module.

    A group holds at least two different texts; products that repeat one of them belong to it too.

    >>> titles = ["Cotton Shirt for Men, blue", "Cotton Shirt for Men, RED", "Cotton Trousers"]
    >>> variants([Product(t, texts={"title": t}) for t in titles])
    [(0, 1)]
    """
    keys: list[Hashable | None] = []
    for product in products:
        left = variant_words(product)
        keys.append(left if len(left) >= LEAST_CHARACTERS else None)
    groups = _alike(keys)
    return [group for group in groups if len({plain_words(products[i]) for i in group}) > 1]


def _words(product: Product) -> Hashable | None:
    if not product.texts and not product.photos:
        return None
    return tuple(sorted((k, " ".join(v.casefold().split())) for k, v in product.texts.items()))


def _photos(product: Product, row: int) -> Hashable:
    try:
        return tuple(sorted(photo.digest() for photo in product.photos))
    except BadPhoto:
        return row


def _alike(keys: Sequence[Hashable | None]) -> list[tuple[int, ...]]:
    members: dict[Hashable, list[int]] = defaultdict(list)
    for index, key in enumerate(keys):
        if key is not None:
            members[key].append(index)
    return [tuple(rows) for rows in members.values() if len(rows) > 1]
