"""Missing modalities: who can judge which product, and training that expects gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from glasscase.models.features import MODALITIES, MODALITY_OF, Block, Features
from glasscase.models.head import Targets


def modalities_of(blocks: Sequence[str]) -> tuple[str, ...]:
    """The modalities some blocks speak for, in the order of `MODALITIES`.

    >>> modalities_of(["image", "words"])
    ('text', 'image')
    """
    needed = {MODALITY_OF[name] for name in blocks if name in MODALITY_OF}
    return tuple(name for name in MODALITIES if name in needed)


def all_present(features: Features, blocks: Sequence[str]) -> NDArray[np.bool_]:
    """[n]: which products have every modality that `blocks` speak for."""
    return np.asarray(np.logical_and.reduce([features.has(m) for m in modalities_of(blocks)]))


def any_present(features: Features, blocks: Sequence[str]) -> NDArray[np.bool_]:
    """[n]: which products have at least one modality that `blocks` speak for."""
    return np.asarray(np.logical_or.reduce([features.has(m) for m in modalities_of(blocks)]))


def with_modality_dropout(
    features: Features, targets: Targets, *, share: float, seed: int
) -> tuple[Features, Targets]:
    """Add copies of a `share` of the complete products, each without one of its modalities.

    A head trained on the result has met missing photos and missing texts (modality dropout,
    Neverova et al. 2015), whatever the catalogue's own gaps are. Deterministic by `seed`.
    """
    complete = np.flatnonzero(features.present.all(axis=1))
    rng = np.random.default_rng(seed)
    parts, wanted = [features], [targets]
    for modality in MODALITIES:
        chosen = np.sort(rng.permutation(complete)[: int(round(share * len(complete)))])
        parts.append(features.take(chosen).without(modality))
        wanted.append(targets[chosen])
    return stacked(parts), np.concatenate(wanted)


def stacked(parts: Sequence[Features]) -> Features:
    """The products of several `Features` with the same blocks, one after the other."""
    blocks: dict[str, Block] = {}
    for name, first in parts[0].blocks.items():
        rows = [part.blocks[name] for part in parts]
        if isinstance(first, np.ndarray):
            blocks[name] = np.concatenate(rows)
        else:
            blocks[name] = sparse.csr_matrix(sparse.vstack(rows), dtype=np.float32)
    return replace(
        parts[0], blocks=blocks, present=np.concatenate([part.present for part in parts])
    )
