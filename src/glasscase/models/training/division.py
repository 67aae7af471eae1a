"""Which products a network learns from, and which choose the epoch."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.splits import grouped_stratified_folds

_FOLDS = 10


def division(targets: NDArray[np.intp], seed: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """[n] products to learn from and [n] to choose the epoch by, a tenth of them.

    The only product of a class is learnt from: what was never learnt says nothing of an epoch.
    """
    alone = np.bincount(targets)[targets] == 1
    if alone.all():
        return alone, alone
    folds = min(_FOLDS, len(targets))
    fold_of = grouped_stratified_folds(targets, np.arange(len(targets)), folds=folds, seed=seed)
    held = (fold_of == fold_of[~alone].min()) & ~alone
    return ~held, held
