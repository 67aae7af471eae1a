"""Out-of-fold logits: every product judged by a model that never saw it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from glasscase.models.features import Features
from glasscase.models.head import Head, Logits, Targets

Folds = NDArray[np.intp]


def out_of_fold(
    make: Callable[[], Head],
    features: Features,
    targets: Targets,
    *,
    n_classes: int,
    folds: Folds,
    seed: int,
) -> Iterator[Logits]:
    """Yield the growing table of logits [n, n_classes], once per fold; the last one is complete.

    Rows the head cannot use are neither learnt from nor judged: theirs stay zero. A fold whose
    training part holds nothing usable stays zero as well.
    """
    logits = np.zeros((len(features), n_classes), np.float32)
    for fold in np.unique(folds):
        head = make()
        usable = head.usable(features)
        training, held = usable & (folds != fold), usable & (folds == fold)
        if training.any() and held.any():
            head.fit(features.take(training), targets[training], n_classes, seed=seed)
            logits[held] = head.logits(features.take(held))
        yield logits


def judged(steps: Iterator[Logits]) -> Logits:
    """Run `out_of_fold` to its end."""
    *_, complete = steps
    return complete
