"""Columns of a table as named features: numbers and categories, each with its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.cells import as_text
from glasscase.catalog.columns import looks_like_address
from glasscase.catalog.problem import Problem
from glasscase.kpi.amount_cells import amount_in
from glasscase.kpi.scale import Floats
from glasscase.kpi.target import Cells

MOST_LEVELS, LEAST_ROWS = 20, 5
"""Values of a category with a column of their own, and how many rows each must have."""
OTHER = "(other)"
_NUMERIC = 0.95
_LEAST_FILLED = 0.2
_MOST_DISTINCT = 0.5


@dataclass(frozen=True)
class NamedFeature:
    """One column of the table."""

    name: str
    kind: Literal["number", "category"]
    levels: tuple[str, ...] = ()
    """Of a category, the commonest first; rarer ones are `OTHER`, the last."""
    logged: bool = False
    """A number from 0 up with a long tail, read as log(1 + x)."""
    range: tuple[float, float] = (0.0, 0.0)
    """Of a number, where it was learnt."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "levels": list(self.levels),
            "logged": self.logged,
            "range": list(self.range),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> NamedFeature:
        """The feature that gave `values`."""
        low, high = values["range"]
        return cls(
            values["name"],
            values["kind"],
            tuple(values["levels"]),
            bool(values["logged"]),
            (float(low), float(high)),
        )


@dataclass(frozen=True)
class FeatureTable:
    """Named features of n products: float64 [n] each, NaN where missing; categories as the number
    of their level."""

    features: tuple[NamedFeature, ...]
    values: Mapping[str, Floats]
    count: int

    def __len__(self) -> int:
        return self.count

    @property
    def names(self) -> tuple[str, ...]:
        """Of the features, in order."""
        return tuple(one.name for one in self.features)

    def take(self, rows: NDArray[np.intp]) -> FeatureTable:
        """The features of some rows."""
        values = {name: column[rows] for name, column in self.values.items()}
        return FeatureTable(self.features, values, len(rows))

    def replaced(self, values: Mapping[str, Floats]) -> FeatureTable:
        """The same with other values of some features."""
        return replace(self, values={**self.values, **values})


def learn_features(rows: Cells, names: Sequence[str]) -> tuple[FeatureTable, list[Problem]]:
    """The columns `names` as features, and those that say nothing, with why.

    Nothing is learnt of the KPI here, so it may be done before products are divided.
    """
    found: list[NamedFeature] = []
    problems: list[Problem] = []
    for name in names:
        cells = [cells.get(name) for _, cells in rows]
        feature, reason = _feature(name, cells)
        if feature is None:
            problems.append(Problem(None, name, f"is not used: {reason}", "Nothing need be done."))
        else:
            found.append(feature)
    table, _ = read_features(rows, found)
    return table, problems


def read_features(
    rows: Cells, features: Sequence[NamedFeature]
) -> tuple[FeatureTable, list[Problem]]:
    """Known features of other rows; levels never met are `OTHER`, or missing without one."""
    values: dict[str, Floats] = {}
    problems: list[Problem] = []
    for feature in features:
        cells = [cells.get(feature.name) for _, cells in rows]
        if feature.kind == "number":
            numbers = [amount_in(cell) for cell in cells]
            column = np.array([np.nan if x is None else x for x in numbers], np.float64)
            values[feature.name] = np.where(np.isfinite(column), column, np.nan)
            continue
        numbered = {level: i for i, level in enumerate(feature.levels)}
        last = numbered.get(OTHER)
        texts = [as_text(cell) for cell in cells]
        codes = [np.nan if t is None else numbered.get(t, last) for t in texts]
        values[feature.name] = np.array([np.nan if c is None else c for c in codes], np.float64)
        strange = sorted({t for t in texts if t is not None and t not in numbered})
        if strange and last is None:
            reason = f"has values never met before, such as {strange[0][:40]!r}"
            problems.append(Problem(None, feature.name, reason, "They count as missing."))
    return FeatureTable(tuple(features), values, len(rows)), problems


def _feature(name: str, cells: Sequence[Any]) -> tuple[NamedFeature | None, str]:
    texts = [text for cell in cells if (text := as_text(cell)) is not None]
    if len(texts) < max(2, _LEAST_FILLED * len(cells)):
        return None, f"it is filled in {len(texts)} of {len(cells)} rows only"
    numbers = np.array([x for cell in cells if (x := amount_in(cell)) is not None], np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if len(numbers) >= _NUMERIC * len(texts):
        return _number(name, numbers)
    return _category(name, texts)


def _number(name: str, numbers: Floats) -> tuple[NamedFeature | None, str]:
    if np.ptp(numbers) <= 1e-12 * max(1.0, float(np.abs(numbers).max())):
        return None, "it is the same in every row"
    spread = float(numbers.std())
    skew = float((((numbers - numbers.mean()) / spread) ** 3).mean())
    logged = bool(numbers.min() >= 0 and skew > 2)
    limits = (float(numbers.min()), float(numbers.max()))
    return NamedFeature(name, "number", logged=logged, range=limits), ""


def _category(name: str, texts: Sequence[str]) -> tuple[NamedFeature | None, str]:
    counts = Counter(texts)
    if len(counts) == 1:
        return None, "it is the same in every row"
    if sum(looks_like_address(text) for text in texts) > 0.5 * len(texts):
        return None, "it holds web addresses"
    kept = [level for level, count in counts.most_common(MOST_LEVELS) if count >= LEAST_ROWS]
    if len(counts) > _MOST_DISTINCT * len(texts) or not kept:
        return None, f"nearly every row has a value of its own ({len(counts)} of {len(texts)})"
    if len(kept) < len(counts):
        kept.append(OTHER)
    if len(kept) < 2:
        return None, "it is the same in every row"
    return NamedFeature(name, "category", tuple(kept)), ""
