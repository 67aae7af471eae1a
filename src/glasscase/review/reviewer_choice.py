"""Which categories a reviewer may choose, and what becomes of one the model does not know."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from glasscase.catalog.taxonomy import Taxonomy
from glasscase.errors import BadSetting
from glasscase.nearest_names import nearest_names

LEARNABLE = 5
"""From so many products on a category can be learnt and checked."""


@dataclass(frozen=True)
class Choices:
    """What may be chosen: the classes of a model and every category of its tree."""

    classes: Collection[str]
    taxonomy: Taxonomy

    @property
    def paths(self) -> list[tuple[str, ...]]:
        """All of them, sorted."""
        named = {tuple(name.split(" > ")) for name in self.classes}
        return sorted(named | set(self.taxonomy.nodes))

    def checked(self, label: str) -> str:
        """`label` as the model writes it: blanks around its parts do not count.

        Raises:
            BadSetting: neither the model nor its tree has such a category.
        """
        parts = tuple(part.strip() for part in label.split(">"))
        name = " > ".join(parts)
        if name in self.classes or parts in self.taxonomy:
            return name
        known = sorted({" > ".join(path) for path in self.paths})
        near = nearest_names(name[:200], known, most=1)
        remedy = f"Did you mean {near[0]!r}?" if near else "Train with it first."
        raise BadSetting(f"there is no category {name[:200]!r} in the tree", remedy)

    def note(self, label: str) -> str:
        """What becomes of a choice the model cannot answer with; empty where it can."""
        if label in self.classes:
            return ""
        return (
            f"The model does not answer “{label}” yet. The choice goes into the training file; "
            f"the next training learns it as a category of its own, once there are about "
            f"{LEARNABLE} products of it."
        )
