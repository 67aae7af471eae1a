"""Products that belong together, found without being told how many groups there are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from glasscase.models.features import Features
from glasscase.models.nearness import Nearness, Similarity

USUAL_SHARE = 0.9
_SHOWN = 60
_LEAST = 5
Floats = NDArray[np.float64]


def similarity(features: Features) -> Similarity:
    """[n, n]: mean cosine of each two products over the modalities both have; 0 where none."""
    by_modality = Nearness.of(features).by_modality(features)
    total = np.zeros((len(features), len(features)), np.float32)
    shared = np.zeros_like(total)
    for modality, cosines in by_modality.items():
        has = features.has(modality).astype(np.float32)
        total += cosines
        shared += np.outer(has, has)
    return np.asarray(total / np.maximum(shared, 1), np.float32)


def cohesion(features: Features) -> float:
    """Mean similarity of all pairs of products; 1 where there is only one product."""
    count = len(features)
    if count < 2:
        return 1.0
    return float(similarity(features)[np.triu_indices(count, 1)].mean())


def usual_cohesion(features: Features, labels: Sequence[str]) -> float:
    """What nine of ten known categories reach, by 60 products of each at the most.

    A group that holds together as well could be a category of the same shop.
    """
    names = np.asarray(labels)
    found = []
    for name in np.unique(names):
        rows = np.flatnonzero(names == name)[:_SHOWN]
        if len(rows) >= _LEAST:
            found.append(cohesion(features.take(rows)))
    return float(np.quantile(found, 1 - USUAL_SHARE)) if found else 0.5


def groups_of(features: Features, *, least_cohesion: float) -> NDArray[np.intp]:
    """Group number [n], largest group first, then by first member.

    Average-link clustering (Sokal and Michener 1958): two groups are put together while the mean
    similarity between their products is at least `least_cohesion`, so the number of groups follows
    from how alike products of one category usually are. Memory grows with the square of n.
    """
    count = len(features)
    if count < 2:
        return np.zeros(count, np.intp)
    distance = 1 - similarity(features).astype(np.float64)
    distance = np.clip((distance + distance.T) / 2, 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "average")
    raw = fcluster(tree, 1 - least_cohesion, "distance")
    _, first, number, sizes = np.unique(
        raw, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    ranks = np.empty(len(order), np.intp)
    ranks[order] = np.arange(len(order))
    return np.asarray(ranks[number.ravel()], np.intp)
