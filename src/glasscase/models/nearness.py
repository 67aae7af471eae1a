"""How near products are to a fixed set of others: the mean cosine that neighbours are found by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from glasscase.models.features import (
    MODALITIES,
    MODALITY_OF,
    PATTERNS,
    Block,
    Features,
    is_one_row,
)

Similarity = NDArray[np.float32]
_TINY = np.float32(1e-9)
BOTH = "both"


@dataclass(frozen=True)
class Nearness:
    """Products [m] that others are compared with, by the dense blocks of their features.

    The similarity of two products is the mean, over the modalities looked at, of the mean cosine
    over that modality's blocks: the figure that "nearest training products" are sorted by.

    >>> two = Features({"image": np.eye(2, dtype=np.float32)}, np.array([[0, 1]] * 2, bool))
    >>> Nearness.of(two).by_modality(two)["image"].tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    blocks: Mapping[str, Similarity]
    """Rows of unit length [m, dim]; zeros where a product lacks the modality."""

    @classmethod
    def of(cls, features: Features) -> Self:
        """Compare with the products of `features`; sparse blocks have no part in it."""
        pooled = features.pooled()
        return cls({name: unit(pooled.blocks[name]) for name in dense_blocks(pooled)})

    def __len__(self) -> int:
        return max((len(block) for block in self.blocks.values()), default=0)

    def take(self, rows: NDArray[Any]) -> Nearness:
        """Some of them."""
        return Nearness({name: block[rows] for name, block in self.blocks.items()})

    @property
    def modalities(self) -> tuple[str, ...]:
        """Those it has vectors of."""
        return tuple(m for m in MODALITIES if any(MODALITY_OF[name] == m for name in self.blocks))

    def by_modality(self, features: Features) -> dict[str, Similarity]:
        """Modality -> similarity [n, m] of the products of `features` to these; 0 where missing."""
        pooled = features.pooled()
        found: dict[str, Similarity] = {}
        for modality in self.modalities:
            names = [name for name in self.blocks if MODALITY_OF[name] == modality]
            parts = [_cosines(pooled.blocks[name], self.blocks[name]) for name in names]
            found[modality] = np.asarray(sum(parts) / len(parts), np.float32)
        return found

    def patterns(self, features: Features) -> NDArray[np.str_]:
        """[n]: what is known of each product, of what is compared here; "" for nothing."""
        has = {name: features.has(name) for name in self.modalities}
        found = np.full(len(features), "", dtype="U8")
        for name, there in has.items():
            found[there] = name
        if len(has) == len(MODALITIES):
            found[np.logical_and.reduce(list(has.values()))] = BOTH
        return found


def of_pattern(similarities: Mapping[str, Similarity], pattern: str) -> Similarity:
    """The similarity [n, m] of products of which `pattern` is looked at."""
    if pattern == BOTH:
        return np.asarray(sum(similarities.values()) / np.float32(len(similarities)), np.float32)
    return similarities[pattern]


def has_pattern(features: Features, pattern: str) -> NDArray[np.bool_]:
    """[n]: products that could be looked at by `pattern`."""
    there = [features.has(name) for name in PATTERNS[pattern]]
    return np.asarray(np.logical_and.reduce(there), np.bool_)


def dense_blocks(features: Features) -> list[str]:
    """The blocks of a modality that are vectors, not counts."""
    return [
        name
        for name, block in features.blocks.items()
        if name in MODALITY_OF and not sparse.issparse(block)
    ]


def _cosines(block: Block, rows: Similarity) -> Similarity:
    if is_one_row(block):
        one = unit(block[:1]) @ rows.T
        return np.broadcast_to(one, (len(block), one.shape[1]))
    return np.asarray(unit(block) @ rows.T, np.float32)


def unit(block: Block) -> Similarity:
    """Rows [n, dim] of length 1; zeros stay zeros."""
    values = np.asarray(block, np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", values, values))[:, None]
    return np.asarray(values / np.maximum(lengths, _TINY), np.float32)
