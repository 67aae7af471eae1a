"""On-shelf availability: which products of a listing stand on the shelf.

A product that was seen is there unless all its boxes are false. A product that was not seen may
have been missed: by Bayes' rule its chance to be there all the same is

    usual * miss / (usual * miss + 1 - usual),   miss = (1 - seen) ** facings

with `usual` the share of listed products that are normally on the shelf, `seen` the chance that one
facing is found and recognised (recall times the share of boxes with a name), and `facings` as many
as the listing says, or as products on this shelf usually have.

Source of the usual share: about 8 % of products are out of stock worldwide (Gruen, Corsten and
Bharadwaj 2002, Retail out-of-stocks).
Not covered: products in store but not on this photo; look-alikes that are taken for one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.intervals import Interval, percentile_interval
from glasscase.shelf.reckoning.box_draws import BoxDraws
from glasscase.shelf.usable_boxes import UNKNOWN

Floats = NDArray[np.float64]

USUAL = 0.92
_SURE = 0.8
_PRODUCT_SPREAD = 15.0


@dataclass(frozen=True, slots=True)
class Listed:
    """One product of the listing."""

    name: str
    verdict: str
    """`present` (never of what was not seen), `missing` or `not sure`."""
    probability: float
    """That it stands on the shelf, 0 to 1."""
    boxes: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "verdict": self.verdict,
            "probability": round(self.probability, 4),
            "boxes": self.boxes,
        }


@dataclass(frozen=True, slots=True)
class Availability:
    """How much of a listing stands on the shelf."""

    share: Interval
    products: tuple[Listed, ...]
    unlisted: tuple[str, ...]
    """Products on the shelf that the listing does not name."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "share": self.share.to_dict(),
            "products": [product.to_dict() for product in self.products],
            "unlisted": list(self.unlisted),
        }


def availability(
    draws: BoxDraws, listing: Mapping[str, int | None], *, usual: float = USUAL, seed: int = 0
) -> Availability:
    """Which products of `listing` (name -> its facings, None where not known) are there.

    Raises:
        BadSetting: an empty listing; `usual` is not between 0 and 1.
    """
    if not listing:
        raise BadSetting("the listing names no product", "List the products that should be there.")
    if not 0 < usual < 1:
        raise BadSetting(f"the usual availability is {usual:g}", "Write a share above 0, below 1.")
    rng = np.random.default_rng(seed)
    there = draws.drawn(np.ones(len(draws.name))) > 0
    counts = np.bincount(draws.name, minlength=len(draws.names))
    known = [int(c) for n, c in zip(draws.names, counts, strict=True) if n != UNKNOWN]
    typical = max(1, round(float(np.median(known)))) if known else 1
    places = {name.casefold(): place for place, name in enumerate(draws.names)}
    columns, products = [], []
    for name, facings in listing.items():
        place = places.get(name.casefold())
        if place is None:
            column = _missed(draws, facings or typical, usual, rng)
        else:
            column = there[:, place].astype(np.float64)
        probability = float(column.mean())
        boxes = 0 if place is None else int(counts[place])
        products.append(Listed(name, _verdict(probability, boxes), probability, boxes))
        columns.append(rng.random(len(column)) < column)
    seen = sum(product.boxes > 0 for product in products) / len(products)
    share = percentile_interval(seen, np.mean(columns, axis=0))
    wanted = {name.casefold() for name in listing} | {UNKNOWN}
    return Availability(
        share, tuple(products), tuple(n for n in draws.names if n.casefold() not in wanted)
    )


def seen_rates(draws: BoxDraws) -> Floats:
    """[draws]: the chance that one facing is found and recognised."""
    named = float(np.mean([draws.names[int(n)] != UNKNOWN for n in draws.name] or [True]))
    return np.asarray(draws.rates.recall * draws.rates.naming * named)


def _missed(draws: BoxDraws, facings: int, usual: float, rng: np.random.Generator) -> Floats:
    """[draws]: the chance that a product of which nothing was seen is there all the same."""
    seen = seen_rates(draws)
    if not draws.exact:
        mean = np.clip(seen, 1e-3, 1 - 1e-3)
        seen = rng.beta(mean * _PRODUCT_SPREAD, (1 - mean) * _PRODUCT_SPREAD)
    miss = (1 - seen) ** facings
    return np.asarray(usual * miss / (usual * miss + 1 - usual))


def _verdict(probability: float, boxes: int) -> str:
    if probability >= _SURE:
        return "present" if boxes else "not sure"
    return "missing" if probability <= 1 - _SURE else "not sure"
