"""The tree of categories of a catalogue, with a version that is its content."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from glasscase.errors import BadCatalog

Path = tuple[str, ...]


@dataclass(frozen=True)
class Taxonomy:
    """Categories as paths from the top, and how many products stand exactly at each.

    >>> tree = Taxonomy.from_paths([("Home", "Mugs"), ("Home", "Pots"), ("Toys",)])
    >>> tree.children(("Home",)), tree.leaves, tree.depth, tree.count(("Home",))
    ((('Home', 'Mugs'), ('Home', 'Pots')), (('Home', 'Mugs'), ('Home', 'Pots'), ('Toys',)), 2, 2)
    """

    placed: Mapping[Path, int]
    """Products by their own path; nodes above them are understood."""

    @classmethod
    def from_paths(cls, paths: Iterable[Path | None]) -> Taxonomy:
        """The tree of the paths of products; None and empty ones are left out."""
        counts = Counter(path for path in paths if path)
        return cls({path: counts[path] for path in sorted(counts)})

    def __len__(self) -> int:
        return len(self.nodes)

    def __contains__(self, path: object) -> bool:
        return path in self._below

    @cached_property
    def _below(self) -> dict[Path, int]:
        totals: Counter[Path] = Counter()
        for path, amount in self.placed.items():
            for depth in range(1, len(path) + 1):
                totals[path[:depth]] += amount
        return dict(totals)

    @cached_property
    def _children(self) -> dict[Path, tuple[Path, ...]]:
        found: dict[Path, list[Path]] = defaultdict(list)
        for path in self.nodes:
            found[path[:-1]].append(path)
        return {parent: tuple(children) for parent, children in found.items()}

    @cached_property
    def nodes(self) -> tuple[Path, ...]:
        """Every category, also those that only stand above others; sorted."""
        return tuple(sorted(self._below))

    @cached_property
    def leaves(self) -> tuple[Path, ...]:
        """Categories with nothing below them; sorted."""
        return tuple(path for path in self.nodes if path not in self._children)

    @property
    def depth(self) -> int:
        """Levels of the deepest category; 0 for an empty tree."""
        return max(map(len, self.placed), default=0)

    @cached_property
    def version(self) -> str:
        """12 hexadecimal digits of SHA-256 over all categories; counts do not change it."""
        text = json.dumps(self.nodes, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()[:12]

    def children(self, path: Path = ()) -> tuple[Path, ...]:
        """The categories right below `path`; of `()` those at the top."""
        return self._children.get(tuple(path), ())

    def parent(self, path: Path) -> Path | None:
        """The category right above `path`; None at the top."""
        return path[:-1] or None

    def count(self, path: Path) -> int:
        """Products at `path` or below it; 0 for an unknown category."""
        return self._below.get(tuple(path), 0)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `version` and `categories`, each with `path` and `products`."""
        categories = [{"path": list(p), "products": self.placed.get(p, 0)} for p in self.nodes]
        return {"version": self.version, "categories": categories}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Taxonomy:
        """The tree `to_dict` gave.

        Raises:
            BadCatalog: the categories are not those the version stands for.
        """
        placed = {tuple(c["path"]): int(c["products"]) for c in values["categories"]}
        tree = cls({path: placed[path] for path in sorted(placed)})
        if tree.version != values["version"]:
            raise BadCatalog(
                f"the taxonomy says version {values['version']!r} but is {tree.version!r}",
                "It was changed by hand; make it again from the catalogue.",
            )
        return tree
