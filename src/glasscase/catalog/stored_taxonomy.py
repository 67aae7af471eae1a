"""A tree of categories as it was stored: paths, ids, and the lines they stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from glasscase.catalog.category_paths import Path
from glasscase.catalog.problem import Problem
from glasscase.catalog.taxonomy import Taxonomy
from glasscase.errors import BadCatalog

MOST_CATEGORIES = 1_000_000
MOST_LEVELS = 30


@dataclass(frozen=True, slots=True)
class StoredCategory:
    """One category of a file."""

    path: Path
    id: str | None = None
    line: int | None = None
    """Line or row it stands on."""
    products: int = 0
    """Right at it, where it comes from a catalogue."""


@dataclass(frozen=True)
class StoredTaxonomy:
    """The categories of a file, a catalogue or a bundle.

    >>> tree = StoredTaxonomy("t", "paths", "", (StoredCategory(("Home", "Mugs"), "7"),))
    >>> tree.taxonomy.nodes, tree.ids
    ((('Home',), ('Home', 'Mugs')), {('Home', 'Mugs'): '7'})
    """

    name: str
    format: str
    """`Google`, `Shopify`, `paths`, `table of parents`, `catalogue` or `bundle`."""
    release: str
    """The version the file says it is; empty where it says none."""
    categories: tuple[StoredCategory, ...]
    problems: tuple[Problem, ...] = ()
    products: Mapping[str, Path] | None = None
    """Category by product id, for a labelled catalogue with ids."""

    @cached_property
    def taxonomy(self) -> Taxonomy:
        """The tree; its `version` is that of its content."""
        counts = {one.path: one.products for one in self.categories}
        return Taxonomy({path: counts[path] for path in sorted(counts)})

    @cached_property
    def ids(self) -> dict[Path, str]:
        """Of the categories that have one."""
        return {one.path: one.id for one in self.categories if one.id is not None}


def top_taken_off(stored: StoredTaxonomy) -> StoredTaxonomy:
    """The same without its one root, which stands above everything.

    Raises:
        BadCatalog: it has several.
    """
    lines: dict[str, int] = {}
    for one in sorted(stored.categories, key=lambda one: len(one.path)):
        lines.setdefault(one.path[0], one.line or 0)  # its own, or where it is first named
    if len(lines) > 1:
        line = "row" if stored.format == "table of parents" else "line"
        first, second = sorted(lines, key=lambda top: (lines[top], top))[:2]
        raise BadCatalog(
            f"taxonomy {stored.name!r} has {len(lines)} roots where one was asked for: {first!r} "
            f"({line} {lines[first]}) and {second!r} ({line} {lines[second]})",
            "Give all but one a parent, or leave --one-root out.",
        )
    below = (replace(one, path=one.path[1:]) for one in stored.categories if len(one.path) > 1)
    return replace(stored, categories=tuple(below))
