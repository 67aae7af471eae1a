"""Everything a profile knows about a catalogue, as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.problem import Problem
from glasscase.profiling.class_counts import Level
from glasscase.profiling.look_alikes import LookAlikes
from glasscase.profiling.photos import Photos
from glasscase.profiling.words import Cleaning, TextLengths


@dataclass(frozen=True)
class Missing:
    """How many products lack a field."""

    field: str
    role: str
    """text, photo, category, price or brand."""
    count: int
    share: float


@dataclass(frozen=True)
class Survey:
    """Rows, fields, classes, texts, photos, near-duplicates and problems of a catalogue."""

    rows: int
    columns: Mapping[str, Any]
    """What each column was taken for: `id`, `text`, `photo`, `label`, `price`, `brand`."""
    missing: tuple[Missing, ...]
    levels: tuple[Level, ...]
    texts: TextLengths
    cleaning: Cleaning
    photos: Photos
    look_alikes: LookAlikes
    problems: tuple[Problem, ...]
    todo: tuple[str, ...]
    """What to do before training, most urgent first; never empty."""

    @property
    def problem_kinds(self) -> list[tuple[str, int]]:
        """Fields with problems and how many, most first."""
        return Counter(problem.field for problem in self.problems).most_common()

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "rows": self.rows,
            "todo": list(self.todo),
            "columns": dict(self.columns),
            "missing": [asdict(one) for one in self.missing],
            "levels": [level.to_dict() for level in self.levels],
            "texts": self.texts.to_dict(),
            "cleaning": self.cleaning.to_dict(),
            "photos": self.photos.to_dict(),
            "near_duplicates": self.look_alikes.to_dict(),
            "problems": [asdict(problem) for problem in self.problems],
        }


def missing_fields(catalog: Catalog) -> tuple[Missing, ...]:
    """Products without each text field, photo, category, price and brand.

    A column nobody named has no line, except photo and category, which a model always wants.
    """
    total = len(catalog)
    columns = catalog.columns
    names = columns.text or tuple(dict.fromkeys(name for p in catalog for name in p.texts))
    counts = [(name, "text", sum(not p.texts.get(name) for p in catalog)) for name in names]
    counts.append(("photo", "photo", sum(not p.photos for p in catalog)))
    counts.append(("category", "category", catalog.unlabelled))
    for role, column in (("price", columns.price), ("brand", columns.brand)):
        if column:
            lacking = sum(p.attributes.get(role) in (None, "") for p in catalog)
            counts.append((column, role, lacking))
    return tuple(
        Missing(name, role, count, count / total if total else 0.0) for name, role, count in counts
    )
