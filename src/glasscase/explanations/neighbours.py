"""Which training products are most like this one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from glasscase.models.features import MODALITIES, MODALITY_OF, Block, Features

_ROWS_AT_ONCE = 65_536


@dataclass(frozen=True, slots=True)
class Nearest:
    """Row of the training features, and how alike it is (mean cosine)."""

    row: int
    similarity: float


def nearest(one: Features, training: Features, number: int) -> tuple[Nearest, ...]:
    """The `number` rows of `training` most like the first row of `one`, most alike first.

    The similarity is the mean, over the modalities `one` has, of the mean cosine over that
    modality's blocks; a training product that lacks a modality counts 0 there. Equal ones come in
    the order of training.

    >>> train = Features({"image": np.eye(3, dtype=np.float32)}, np.array([[0, 1]] * 3, bool))
    >>> nearest(train.take(slice(1, 2)), train, 1)
    (Nearest(row=1, similarity=1.0),)
    """
    present = [name for name in MODALITIES if one.has(name)[0]]
    names = [name for name in one.blocks if name in training.blocks]
    if not present or not names or number < 1 or not len(training):
        return ()
    first = one.take(slice(0, 1))
    similarity = np.zeros(len(training))
    for modality in present:
        blocks = [name for name in names if MODALITY_OF.get(name) == modality]
        for name in blocks:
            cosine = _cosine(first.blocks[name], training.blocks[name])
            similarity += cosine / (len(blocks) * len(present))
    rows = np.argsort(-similarity, kind="stable")[:number]
    return tuple(Nearest(int(row), round(float(similarity[row]), 6)) for row in rows)


def _cosine(one: Block, many: Block) -> NDArray[np.float64]:
    """Cosine of `one` [1, dim] with every row of `many` [n, dim]; 0 where either is zero."""
    vector = np.asarray(one.toarray() if sparse.issparse(one) else one, np.float64).ravel()
    length = np.linalg.norm(vector) or 1.0
    parts = [
        _lengths_and_products(many[start : start + _ROWS_AT_ONCE], vector / length)
        for start in range(0, many.shape[0], _ROWS_AT_ONCE)
    ]
    return np.concatenate(parts)


def _lengths_and_products(rows: Block, direction: NDArray[np.float64]) -> NDArray[np.float64]:
    if sparse.issparse(rows):
        lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1), np.float64).ravel())
    else:
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows, dtype=np.float64))
    products = np.asarray(rows @ direction.astype(np.float32), np.float64)
    return products / np.where(lengths > 0, lengths, 1.0)
