"""Named features and vectors of products as one matrix, learnt from training products only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.kpi.named_features import FeatureTable, NamedFeature
from glasscase.kpi.scale import Floats
from glasscase.models.features import Features
from glasscase.models.scaling import Scaling

MOST_COMPONENTS = 24
"""Principal components of a block of vectors, at most; a quarter as many as products."""
_BLOCK_VARIANCE = 8.0
"""Of all components of a block together; a named number has variance 1."""
_FARTHEST = 5.0
NAMES = "names"
"""What is read beside blocks of vectors."""


@dataclass(frozen=True)
class _Column:
    """How one named feature becomes columns."""

    feature: NamedFeature
    middle: float
    deviation: float
    gaps: bool
    """Whether training products lack it, so that a column says so."""

    @classmethod
    def fit(cls, feature: NamedFeature, values: Floats) -> _Column:
        there = values[np.isfinite(values)]
        gaps = len(there) < len(values)
        if feature.kind == "category":
            return cls(feature, 0.0, 1.0, gaps)
        grown = _grown(feature, there)
        deviation = float(grown.std()) if len(grown) else 0.0
        middle = float(grown.mean()) if len(grown) else 0.0
        return cls(feature, middle, deviation if deviation > 1e-9 else 1.0, gaps)

    def columns(self, values: Floats) -> Floats:
        known = np.isfinite(values)
        gap = [(~known).astype(np.float64)] if self.gaps else []
        if self.feature.kind == "category":
            levels = [(values == level).astype(np.float64) for level in range(self._levels)]
            return np.stack([*levels, *gap], axis=1)
        safe = np.where(known, values, 0.0)
        scaled = (_grown(self.feature, safe) - self.middle) / self.deviation
        scaled = np.where(known, np.clip(scaled, -_FARTHEST, _FARTHEST), 0.0)
        return np.stack([scaled, *gap], axis=1)

    @property
    def _levels(self) -> int:
        return len(self.feature.levels)

    @property
    def width(self) -> int:
        return (self._levels if self.feature.kind == "category" else 1) + self.gaps

    def to_dict(self) -> dict[str, Any]:
        return {
            "feature": self.feature.to_dict(),
            "middle": self.middle,
            "deviation": self.deviation,
            "gaps": self.gaps,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> _Column:
        feature = NamedFeature.from_dict(values["feature"])
        return cls(feature, float(values["middle"]), float(values["deviation"]), values["gaps"])


@dataclass(frozen=True)
class _Part:
    """A block of vectors as principal components, and whether a product has any."""

    block: str
    mean: NDArray[np.float32]
    components: NDArray[np.float32]
    """[dim, k], scaled so that the variances of all of them add up to `_BLOCK_VARIANCE`."""

    @classmethod
    def fit(cls, block: str, vectors: Any, there: NDArray[np.bool_]) -> _Part:
        scaled = _unit(block, vectors)[there]
        mean = scaled.mean(axis=0) if len(scaled) else np.zeros(vectors.shape[1], np.float32)
        most = min(MOST_COMPONENTS, max(1, len(scaled) // 4), vectors.shape[1])
        _, sizes, right = np.linalg.svd(scaled - mean, full_matrices=False)
        kept = right[:most].T
        variance = float((sizes[:most] ** 2).sum()) / max(len(scaled), 1)
        factor = np.sqrt(_BLOCK_VARIANCE / variance) if variance > 1e-12 else 0.0
        return cls(block, np.asarray(mean, np.float32), np.asarray(kept * factor, np.float32))

    def columns(self, vectors: Any, there: NDArray[np.bool_]) -> Floats:
        scaled = (_unit(self.block, vectors) - self.mean) @ self.components
        return np.hstack([scaled * there[:, None], (~there)[:, None]]).astype(np.float64)


@dataclass(frozen=True)
class Design:
    """Rows of a table and vectors -> float64 [n, columns], as training products had it."""

    columns: tuple[_Column, ...]
    parts: tuple[_Part, ...]

    @classmethod
    def fit(cls, table: FeatureTable, features: Features | None, reads: Sequence[str]) -> Design:
        """Learn it from the training products.

        Args:
            table: their named features.
            features: their vectors; None where there are none.
            reads: `NAMES`, and the blocks to read.
        """
        columns = [_Column.fit(one, table.values[one.name]) for one in table.features]
        parts = [] if features is None else [
            _Part.fit(name, features.blocks[name], features.there(name))
            for name in features.blocks if name in reads
        ]  # fmt: skip
        return cls(tuple(columns) if NAMES in reads else (), tuple(parts))

    def matrix(self, table: FeatureTable, features: Features | None) -> Floats:
        """The columns of the named features, then those of each block."""
        found = [self.named(table)]
        for part in self.parts:
            assert features is not None
            found.append(part.columns(features.blocks[part.block], features.there(part.block)))
        return np.hstack(found)

    def named(self, table: FeatureTable) -> Floats:
        """The columns of the named features only, [n, `named_width`]."""
        found = [one.columns(table.values[one.feature.name]) for one in self.columns]
        return np.hstack(found) if found else np.zeros((len(table), 0))

    @property
    def named_width(self) -> int:
        """How many columns named features have."""
        return sum(one.width for one in self.columns)

    @property
    def owners(self) -> list[str]:
        """The feature each named column belongs to."""
        return [one.feature.name for one in self.columns for _ in range(one.width)]

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """JSON values and arrays."""
        config = {
            "columns": [one.to_dict() for one in self.columns],
            "parts": [part.block for part in self.parts],
        }
        arrays: dict[str, NDArray[Any]] = {}
        for part in self.parts:
            arrays[f"mean.{part.block}"] = part.mean
            arrays[f"components.{part.block}"] = part.components
        return config, arrays

    @classmethod
    def from_state(cls, config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Design:
        """The design that gave them."""
        columns = tuple(_Column.from_dict(one) for one in config["columns"])
        parts = tuple(
            _Part(name, arrays[f"mean.{name}"], arrays[f"components.{name}"])
            for name in config["parts"]
        )
        return cls(columns, parts)


def _grown(feature: NamedFeature, values: Floats) -> Floats:
    return np.log1p(np.maximum(values, 0.0)) if feature.logged else values


def _unit(block: str, vectors: Any) -> NDArray[np.float32]:
    return Scaling(power=block == "image").apply(np.asarray(vectors, np.float32))
