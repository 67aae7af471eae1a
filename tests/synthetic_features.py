"""Small features with planted classes, for tests of heads: no encoder is run."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from glasscase.models.features import Features

DIMS = {"words": 30, "characters": 40, "sentence": 12, "image": 16, "photo_words": 25}


def planted(
    n: int = 60, k: int = 4, *, seed: int = 0, noise: float = 0.35
) -> tuple[Features, NDArray[np.intp]]:
    """`n` complete products of `k` classes, in turn; every block tells the class, with noise."""
    rng = np.random.default_rng(seed)
    targets = np.arange(n) % k
    blocks: dict[str, Any] = {}
    for number, (name, dim) in enumerate(DIMS.items()):
        centres = np.random.default_rng(100 + number).normal(size=(k, dim))
        rows = centres[targets] + noise * rng.normal(size=(n, dim))
        if name in ("words", "characters", "photo_words"):
            counts = rng.poisson(np.where(centres[targets] > 0.6, 2.0, 0.15))
            counts[:, 0] += 1  # a word all products have
            blocks[name] = sparse.csr_matrix(counts, dtype=np.float32)
        else:  # pooled feature maps are never negative
            blocks[name] = (np.abs(rows) if name == "image" else rows).astype(np.float32)
    return Features(blocks, np.ones((n, 2), bool)), targets


def with_gaps(features: Features) -> Features:
    """The same with every fifth photo (from 1) and every seventh text (from 2) missing."""
    n = np.arange(len(features))
    return features.without("image", n % 5 == 1).without("text", n % 7 == 2)
