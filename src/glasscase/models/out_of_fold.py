"""Out-of-fold logits: every product judged by a model that never saw it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from glasscase.models.calibration import HeldOut
from glasscase.models.features import MODALITIES, Features
from glasscase.models.head import Head, Logits, Targets
from glasscase.models.missing import modalities_of

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
    head = _learnt(make, features, targets, n_classes=n_classes, held=held, seed=seed)
    return _judged(head, features.take(held), n_classes)


def fold_answers(
    make: Callable[[], Head],
    features: Features,
    targets: Targets,
    *,
    n_classes: int,
    held: NDArray[np.bool_],
    seed: int,
) -> HeldOut:
    """As `fold_logits`, with what a head of two modalities says to each of them alone."""
    head = _learnt(make, features, targets, n_classes=n_classes, held=held, seed=seed)
    asked = features.take(held)
    return HeldOut(_judged(head, asked, n_classes), _alone(head, asked, n_classes))


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


def out_of_fold_answers(
    make: Callable[[], Head],
    features: Features,
    targets: Targets,
    *,
    n_classes: int,
    folds: Folds,
    seed: int,
) -> HeldOut:
    """As `out_of_fold`, with what a head of two modalities says to each of them alone."""
    shape = (len(features), n_classes)
    given = np.zeros(shape, np.float32)
    alone: dict[str, Logits] = {}
    for fold in np.unique(folds):
        held = folds == fold
        part = fold_answers(make, features, targets, n_classes=n_classes, held=held, seed=seed)
        given[held] = part.given
        for modality, logits in part.alone.items():
            alone.setdefault(modality, np.zeros(shape, np.float32))[held] = logits
    return HeldOut(given, alone)


def _learnt(
    make: Callable[[], Head],
    features: Features,
    targets: Targets,
    *,
    n_classes: int,
    held: NDArray[np.bool_],
    seed: int,
) -> Head | None:
    """A head that learnt from all but the `held` rows; None where nothing usable is left."""
    head = make()
    rows = head.usable(features) & ~held
    if not rows.any() or not (head.usable(features) & held).any():
        return None
    return head.fit(features.take(rows), targets[rows], n_classes, seed=seed)


def _judged(head: Head | None, features: Features, n_classes: int) -> Logits:
    logits = np.zeros((len(features), n_classes), np.float32)
    usable = head.usable(features) if head is not None else np.zeros(len(features), bool)
    if head is not None and usable.any():
        logits[usable] = head.logits(features.take(usable))
    return logits


def _alone(head: Head | None, features: Features, n_classes: int) -> dict[str, Logits]:
    """For a head that can make do with either of its two modalities."""
    if head is None or len(modalities_of(head.blocks)) < 2:
        return {}
    found = {}
    for modality, other in zip(MODALITIES, reversed(MODALITIES), strict=True):
        shown = features.without(other)
        if head.usable(shown)[shown.has(modality)].all():
            found[modality] = _judged(head, shown, n_classes)
    return found
