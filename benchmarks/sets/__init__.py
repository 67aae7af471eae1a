"""The two shops that most benchmarks run on: what their columns mean, and their products.

In a folder of its own, for `make bench` runs every script beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from glasscase import Catalog
from glasscase.catalog.columns import Columns

SETS = {
    "flipkart": Columns(text=("product_name", "description"), label="product_category_tree"),
    "fashion_noisy": Columns(text=("noisyTextDescription",), label="category"),
}
"""Words and category alone."""
WITH_DETAILS = {
    "flipkart": Columns(
        id="uniq_id", text=("product_name", "description"), label="product_category_tree",
        brand="brand", price="discounted_price", photo=("image",),
    ),
    "fashion_noisy": Columns(id="id", text=("noisyTextDescription",), label="category"),
}  # fmt: skip
"""Also ids, brands and prices."""


def read_set(
    name: str, data: Path, *, columns: Mapping[str, Columns] = SETS, level: int = 1
) -> Catalog:
    """A set with its photos, categories cut at `level`; some products may have no label."""
    folder = data / name
    return Catalog.read(
        folder / "products.csv", photos=folder / "images", columns=columns[name], level=level
    )
