"""Products that are all but the same, and whether the shop agrees on what they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glasscase.catalog.duplicates import NearDuplicates
from glasscase.catalog.product import Product
from glasscase.catalog.product_thumbnail import product_thumbnail

SHOWN_GROUPS = 12
SHOWN_PRODUCTS = 4
_SIZE_PX = 140


@dataclass(frozen=True)
class Member:
    """A product of a group."""

    product_id: str
    row: int | None
    label: str | None
    text: str
    thumbnail: str = ""
    """A small JPEG as `data:` address; not in the JSON."""


@dataclass(frozen=True)
class Group:
    """Near-duplicates of one another."""

    size: int
    by: tuple[str, ...]
    """`photo`, `text` or both: what they share."""
    labels: tuple[str, ...]
    """Their different categories; more than one is a conflict."""
    members: tuple[Member, ...]
    """The first of them."""

    @property
    def conflict(self) -> bool:
        """Whether one product is filed under two categories."""
        return len(self.labels) > 1

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        members = [
            {"product_id": m.product_id, "row": m.row, "label": m.label} for m in self.members
        ]
        return {
            "size": self.size,
            "by": list(self.by),
            "labels": list(self.labels),
            "products": members,
        }


@dataclass(frozen=True)
class LookAlikes:
    """All groups of near-duplicates; those with a conflict come first, then the largest."""

    products: int
    """Products that have a near-duplicate."""
    groups: tuple[Group, ...]

    @classmethod
    def of(
        cls, products: Sequence[Product], found: NearDuplicates, *, level: int | None = None
    ) -> LookAlikes:
        """Sort the groups `find_near_duplicates` gave; the first 12 get thumbnails.

        `level` cuts the categories before they are compared: deeper ones often are the product's
        own name and differ for no reason.
        """
        rows_of: dict[int, list[int]] = defaultdict(list)
        for row, group in enumerate(found.groups.tolist()):
            rows_of[group].append(row)
        by: dict[int, set[str]] = defaultdict(set)
        for pair in found.pairs:
            by[int(found.groups[pair.first])].add(pair.by)
        entries = []
        for group, rows in rows_of.items():
            if len(rows) > 1:
                labels = {label for row in rows if (label := _label(products[row], level))}
                entries.append((rows, tuple(sorted(by[group])), tuple(sorted(labels))))
        entries.sort(key=lambda entry: (len(entry[2]) < 2, -len(entry[0]), entry[0][0]))
        groups = tuple(
            Group(
                len(rows),
                why,
                labels,
                tuple(
                    _member(products[row], level, shown=place < SHOWN_GROUPS)
                    for row in rows[:SHOWN_PRODUCTS]
                ),
            )
            for place, (rows, why, labels) in enumerate(entries)
        )
        return cls(sum(group.size for group in groups), groups)

    @property
    def conflicts(self) -> int:
        """Groups filed under more than one category."""
        return sum(group.conflict for group in self.groups)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "products": self.products,
            "groups": len(self.groups),
            "conflicts": self.conflicts,
            "examples": [group.to_dict() for group in self.groups[:100]],
        }


def _label(product: Product, level: int | None) -> str | None:
    return " > ".join(product.category[:level]) if product.category else None


def _member(product: Product, level: int | None, *, shown: bool) -> Member:
    text = " ".join(product.text.split())[:90]
    picture = product_thumbnail(product, longest_px=_SIZE_PX) if shown else ""
    return Member(product.id, product.row, _label(product, level), text, picture)
