"""How many products each category has, at every level of the tree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasscase.catalog.product import Product

RARE = 10
"""Classes of fewer products are hard to learn and harder to judge."""


@dataclass(frozen=True)
class Level:
    """The classes one gets by cutting all categories at `level`."""

    level: int
    """1 is the top of the tree."""
    counts: tuple[tuple[str, int], ...]
    """Class and products, most frequent first."""

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return len(self.counts)

    @property
    def rare(self) -> tuple[tuple[str, int], ...]:
        """Classes of fewer than 10 products."""
        return tuple((label, count) for label, count in self.counts if count < RARE)

    @property
    def single(self) -> int:
        """Classes of one product: they can be learnt or judged, never both."""
        return sum(count == 1 for _, count in self.counts)

    @property
    def learnable_share(self) -> float:
        """Share of the products that are in a class of 10 or more."""
        total = sum(count for _, count in self.counts)
        rare = sum(count for _, count in self.rare)
        return 1 - rare / total if total else 0.0

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "level": self.level,
            "classes": self.classes,
            "rare_classes": len(self.rare),
            "single_product_classes": self.single,
            "learnable_share": self.learnable_share,
            "counts": [{"label": label, "products": count} for label, count in self.counts],
        }


def levels(products: Sequence[Product]) -> tuple[Level, ...]:
    """Every level from the top down. A shallow category counts as itself in the levels below.

    >>> mugs, pots = Product("1", category=("Home", "Mugs")), Product("2", category=("Home",))
    >>> [level.counts for level in levels([mugs, pots])]
    [(('Home', 2),), (('Home', 1), ('Home > Mugs', 1))]
    """
    paths = [product.category for product in products if product.category]
    found = []
    for level in range(1, max(map(len, paths), default=0) + 1):
        counts = Counter(" > ".join(path[:level]) for path in paths)
        ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        found.append(Level(level, tuple(ordered)))
    return tuple(found)


def best_level(found: Sequence[Level], *, least_share: float = 0.95) -> Level | None:
    """The deepest level whose classes of 10 products or more hold `least_share` of them all.

    None where no level does, or all products are in one class.
    """
    fitting = [x for x in found if x.classes > 1 and x.learnable_share >= least_share]
    return fitting[-1] if fitting else None
