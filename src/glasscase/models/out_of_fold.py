"""Out-of-fold logits: every product judged by a model that never saw it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from glasscase.models.features import Features
from glasscase.models.head import Head, Logits, Targets

Folds = NDArray[np.intp]


def fold_logits(
    make: Callable[[], Head],
    features: Features,
    targets: Targets,
    *,
    n_classes: int,
    held: NDArray[np.bool_],
    seed: int,
) -> Logits:
    """Logits [held.sum(), n_classes] of the `held` rows by a head that learnt from all others.

    Rows the head cannot use are neither learnt from nor judged: theirs are zero. So are all where
    nothing usable is left to learn from.
    """
    logits = np.zeros((int(held.sum()), n_classes), np.float32)
    head = make()
    usable = head.usable(features)
    training, judged = usable & ~held, usable & held
    if training.any() and judged.any():
        head.fit(features.take(training), targets[training], n_classes, seed=seed)
        logits[usable[held]] = head.logits(features.take(judged))
    return logits


def out_of_fold(
    make: Callable[[], Head],
    features: Features,
    targets: Targets,
    *,
    n_classes: int,
    folds: Folds,
    seed: int,
) -> Logits:
    """Logits [n, n_classes], each row's by the head of `fold_logits` that never saw its fold."""
    logits = np.zeros((len(features), n_classes), np.float32)
    for fold in np.unique(folds):
        held = folds == fold
        logits[held] = fold_logits(
            make, features, targets, n_classes=n_classes, held=held, seed=seed
        )
    return logits
