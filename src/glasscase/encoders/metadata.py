"""Price and brand as numbers: what a shop knows of a product beside its words and photos."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.cells import as_text
from glasscase.catalog.prices import price_in
from glasscase.catalog.product import Product

MOST_BRANDS, LEAST_PRODUCTS = 64, 2
"""Brands with a column of their own, at most, and how many products each must have."""
LONGEST_BRAND = 100
"""Longer ones are no names."""
_FARTHEST = 5.0
_PRICE, _PRICE_KNOWN, _BRAND_KNOWN, _OTHER_BRAND, _FIRST_BRAND = range(5)


class MetadataEncoder:
    """float32 [n, 4 + brands]: price, whether it is known, whether the brand is, another brand,
    and one column for each of the commonest brands.

    The price is log(1 + price), less the mean and by the deviation of the products learnt from, at
    most 5 deviations away. What is not known is 0 throughout, so a row of zeros is a product of
    which neither is known. No label is looked at.

    >>> shop = [Product("1", attributes={"price": 9.0, "brand": "Acme"}), Product("2")]
    >>> MetadataEncoder.learnt([shop[0], shop[0]]).encode(shop).tolist()
    [[0.0, 1.0, 1.0, 0.0, 1.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
    """

    def __init__(self, brands: Sequence[str], *, mean: float = 0.0, deviation: float = 1.0) -> None:
        """`brands` as `brand_of` writes them; `mean` and `deviation` of log(1 + price)."""
        self.brands = tuple(brands)
        self._mean, self._deviation = mean, deviation
        self._columns = {brand: _FIRST_BRAND + i for i, brand in enumerate(self.brands)}

    @classmethod
    def learnt(cls, products: Sequence[Product]) -> MetadataEncoder | None:
        """The encoder for products such as these; None where none has a price or a brand."""
        brands = Counter(brand for one in products if (brand := brand_of(one)) is not None)
        prices = [math.log1p(price) for one in products if (price := price_of(one)) is not None]
        if not brands and not prices:
            return None
        often = [name for name, count in brands.items() if count >= LEAST_PRODUCTS]
        often.sort(key=lambda name: (-brands[name], name))
        mean, deviation = (float(np.mean(prices)), float(np.std(prices))) if prices else (0.0, 1.0)
        return cls(
            sorted(often[:MOST_BRANDS]),
            mean=mean,
            deviation=deviation if deviation > 1e-6 else 1.0,
        )

    @property
    def dim(self) -> int:
        """Numbers per product."""
        return _FIRST_BRAND + len(self.brands)

    def encode(self, products: Sequence[Product]) -> NDArray[np.float32]:
        """float32 [n, dim], whatever stands in price and brand."""
        found = np.zeros((len(products), self.dim), np.float32)
        for row, product in zip(found, products, strict=True):
            price, brand = price_of(product), brand_of(product)
            if price is not None:
                away = (math.log1p(price) - self._mean) / self._deviation
                row[_PRICE] = min(max(away, -_FARTHEST), _FARTHEST)
                row[_PRICE_KNOWN] = 1.0
            if brand is not None:
                row[_BRAND_KNOWN] = 1.0
                row[self._columns.get(brand, _OTHER_BRAND)] = 1.0
        return found

    def state(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {"brands": list(self.brands), "mean": self._mean, "deviation": self._deviation}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> MetadataEncoder:
        """The encoder that gave `state`."""
        return cls(state["brands"], mean=float(state["mean"]), deviation=float(state["deviation"]))


def price_of(product: Product) -> float | None:
    """The price, above 0; None where there is none that makes sense.

    >>> said = ("$1,299.00", 5, -5.0, float("nan"), "abc")
    >>> [price_of(Product("1", attributes={"price": price})) for price in said]
    [1299.0, 5.0, None, None, None]
    """
    return price_in(product.attributes.get("price")) or None


def brand_of(product: Product) -> str | None:
    """The brand with case and spaces evened out, and nothing in it that cannot be seen; None where
    there is none or it is no name.

    >>> [brand_of(Product("1", attributes={"brand": said})) for said in ("  ACME  Tools", "\u200b")]
    ['acme tools', None]
    """
    value = as_text(product.attributes.get("brand"))
    if value is None or len(value) > LONGEST_BRAND or any(map(_is_no_letter, value)):
        return None
    value = "".join(one for one in value if unicodedata.category(one) != "Cf")
    return " ".join(value.casefold().split()) or None


def _is_no_letter(character: str) -> bool:
    """Control characters, halves of pairs and what no alphabet has."""
    return unicodedata.category(character) in ("Cc", "Cs", "Cn")
