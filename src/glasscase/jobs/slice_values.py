"""Which slice each product is in: by what its table, its words and its photo say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from glasscase.catalog.image_decoding import decode, photo_size
from glasscase.catalog.language import language_of
from glasscase.catalog.photo_look import LOOKED_AT_PX, PhotoLook
from glasscase.catalog.prices import price_in
from glasscase.catalog.product import Product
from glasscase.encoders.metadata import brand_of, price_of
from glasscase.errors import BadPhoto
from glasscase.evaluation.slices import LEAST, Dimension
from glasscase.progress import Progress, silent
from glasscase.settings import PhotoSettings

MOST_VALUES = 30
"""Slices of one dimension; smaller ones are put together."""
_BANDS = 4
_MOST_WORDS_AS_NUMBERS = 12
_NUMBERS = 0.9
_RARE = ((1, "1 to 9"), (10, "10 to 29"), (30, "30 to 99"), (100, "100 to 299"), (300, "from 300"))
Values = Sequence[str | None]


@dataclass(frozen=True)
class Quality:
    """What the first photo of a product is like."""

    shorter_px: float
    sharpness: float
    brightness: float


def dimensions_of(
    products: Sequence[Product],
    training_labels: Sequence[str],
    *,
    by: Mapping[str, Values],
    limits: PhotoSettings,
    progress: Progress = silent,
) -> list[Dimension]:
    """Every way these products can be divided that leaves more than one slice.

    Args:
        products: all labelled.
        training_labels: of the products the model was trained on.
        by: further columns, a value for each product.
        limits: which photos are let in.
        progress: who is told how far it is.
    """
    looks = [
        _quality(product, limits)
        for product in progress.track(products, total=len(products), what="Looking at photos")
    ]
    counts = Counter(training_labels)
    found: dict[str, Values] = {
        "brand": _named([brand_of(one) for one in products], "other brands", "no brand"),
        "price": banded([price_of(one) for one in products], "no price"),
        "language": _named([language_of(one.text) for one in products], "other languages"),
        "words in the text": banded([float(len(one.text.split())) for one in products]),
        "training products of its category": [_rarity(counts[one.label or ""]) for one in products],
        "photo size (shorter side, px)": banded(
            [None if one is None else one.shorter_px for one in looks]
        ),
        "photo sharpness": banded([None if one is None else one.sharpness for one in looks]),
        "photo brightness": banded([None if one is None else one.brightness for one in looks]),
        **{name: _column(values) for name, values in by.items()},
    }
    return [
        Dimension(name, tuple(values))
        for name, values in found.items()
        if len({value for value in values if value}) > 1
    ]


def banded(numbers: Sequence[float | None], nothing: str | None = None) -> list[str | None]:
    """Numbers as four bands with equally many products, as far as equal numbers allow.

    >>> banded([1, 2, 3, 4, None], "no price")
    ['up to 1', 'above 1 to 2', 'above 2 to 3', 'above 3', 'no price']
    """
    there = np.array([one for one in numbers if one is not None], np.float64)
    if not len(there):
        return [nothing] * len(numbers)
    shares = np.arange(1, _BANDS) / _BANDS
    edges = np.unique(np.quantile(there, shares, method="inverted_cdf"))
    edges = edges[edges < there.max()]
    names = _band_names(edges)
    return [
        nothing if one is None else names[int(np.searchsorted(edges, one, side="left"))]
        for one in numbers
    ]


def _band_names(edges: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[str]:
    told = [f"{edge:,.4g}" if edge < 1000 else f"{edge:,.0f}" for edge in edges]
    if len(set(told)) < len(told):  # bands of one name would be taken for one slice
        told = [f"{edge:,}" for edge in edges.tolist()]
    if not told:
        return ["all"]
    between = [f"above {low} to {high}" for low, high in zip(told, told[1:], strict=False)]
    return [f"up to {told[0]}", *between, f"above {told[-1]}"]


def _named(values: Values, others: str, nothing: str | None = None) -> list[str | None]:
    """Values as they are; those of too few products together."""
    counts = Counter(value for value in values if value)
    often = {name for name, count in counts.most_common(MOST_VALUES) if count >= LEAST}
    rare = len(counts) - len(often)
    pooled = next(iter(counts.keys() - often), others) if rare == 1 else others
    return [nothing if not value else value if value in often else pooled for value in values]


def _column(values: Values) -> list[str | None]:
    """A column of the table: numbers in bands where there are many, else its values."""
    filled = [value.strip() if value else None for value in values]
    numbers = [price_in(value) if value else None for value in filled]
    there = sum(value is not None for value in filled)
    many = len({one for one in numbers if one is not None}) > _MOST_WORDS_AS_NUMBERS
    if many and sum(one is not None for one in numbers) >= _NUMBERS * there:
        return banded(numbers, "(empty)")
    return _named(filled, "others, each too rare", "(empty)")


def _rarity(count: int) -> str:
    if not count:
        return "none: not known to the model"
    return next(name for least, name in reversed(_RARE) if count >= least)


def _quality(product: Product, limits: PhotoSettings) -> Quality | None:
    """Of the first photo that can be used; None where there is none."""
    for photo in product.photos:
        try:
            data = photo.read()
            image = decode(data, name=photo.name, limits=limits, at_least_px=LOOKED_AT_PX)
            side = min(photo_size(data, photo.name)[:2])
        except BadPhoto:
            continue
        look = PhotoLook.of(image, shorter_px=side)
        return Quality(float(side), look.sharpness, float(image.mean()))
    return None
