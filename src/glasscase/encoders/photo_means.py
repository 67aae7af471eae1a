"""Several photos of a product become one vector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from glasscase.catalog.photo_look import PhotoLook
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.encoder import Encoded, Vectors
from glasscase.encoders.unusable_photo import unusable_photo
from glasscase.errors import BadPhoto
from glasscase.progress import Progress

PhotoResult = tuple[Vectors, PhotoLook | None] | Problem | BadPhoto
"""The vector [dim] of a photo and what it is like, or why there is none."""


def photo_means(
    products: Sequence[Product], results: Iterable[PhotoResult], dim: int, progress: Progress
) -> Encoded:
    """The mean vector of each product's photos; a product without a usable one is not present.

    Args:
        products: whose photos they are.
        results: of every photo, product by product, in order; taken one by one.
        dim: length of a vector.
        progress: who is told how far it is, photo by photo.
    """
    owners = [i for i, product in enumerate(products) for _ in product.photos]
    sums = np.zeros((len(products), dim), np.float32)
    counts = np.zeros(len(products), np.float32)
    problems: list[Problem] = []
    looks: list[list[PhotoLook | None]] = [[] for _ in products]
    shown = progress.track(results, total=len(owners), what="Looking at photos")
    for i, result in zip(owners, shown, strict=True):
        if isinstance(result, tuple):
            sums[i] += result[0]
            counts[i] += 1
            looks[i].append(result[1])
            continue
        told = result if isinstance(result, Problem) else unusable_photo(products[i], result)
        problems.append(told)
        looks[i].append(None)
    vectors = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
    return Encoded(vectors, counts > 0, tuple(problems), tuple(map(tuple, looks)))
