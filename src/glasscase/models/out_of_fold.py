"""Out-of-fold logits: every product judged by a model that never saw it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.models.calibration import HeldOut
from glasscase.models.features import MODALITIES, Features
from glasscase.models.head import Head, Logits, Targets
from glasscase.models.missing import modalities_of

Folds = NDArray[np.intp]
Rows = NDArray[np.bool_] | NDArray[np.intp]
MakeHead = Callable[[], Head]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Products of known classes: some are learnt from, the others judged."""

    features: Features
    targets: Targets
    """[n]."""
    n_classes: int


class Gathered:
    """Answers to held-out products, put together fold by fold; zero where none were taken in."""

    def __init__(self, rows: int, n_classes: int) -> None:
        self._shape = (rows, n_classes)
        self._given = np.zeros(self._shape, np.float32)
        self._alone: dict[str, NDArray[np.float32]] = {}

    def take_in(self, rows: Rows, answers: HeldOut) -> None:
        """Add the answers to `rows`, a mask [n] or numbers [m]."""
        self._given[rows] = answers.given
        for modality, logits in answers.alone.items():
            self._alone.setdefault(modality, np.zeros(self._shape, np.float32))[rows] = logits

    def held_out(self) -> HeldOut:
        """All of them, [n, classes]."""
        return HeldOut(self._given, dict(self._alone))


def fold_logits(
    make: MakeHead, labelled: Labelled, *, held: NDArray[np.bool_], seed: int
) -> Logits:
    """Logits [held.sum(), n_classes] of the `held` rows by a head that learnt from all others.

    Rows the head cannot use are neither learnt from nor judged: theirs are zero. So are all where
    nothing usable is left to learn from.
    """
    head = _learnt(make, labelled, held, seed)
    return _judged(head, labelled.features.take(held), labelled.n_classes)


def fold_answers(
    make: MakeHead, labelled: Labelled, *, held: NDArray[np.bool_], seed: int
) -> HeldOut:
    """As `fold_logits`, with what a head of two modalities says to each of them alone."""
    head = _learnt(make, labelled, held, seed)
    asked = labelled.features.take(held)
    return HeldOut(
        _judged(head, asked, labelled.n_classes), _alone(head, asked, labelled.n_classes)
    )


def out_of_fold(make: MakeHead, labelled: Labelled, *, folds: Folds, seed: int) -> Logits:
    """Logits [n, n_classes], each row's by the head of `fold_logits` that never saw its fold."""
    found = Gathered(len(labelled.targets), labelled.n_classes)
    for fold in np.unique(folds):
        held = folds == fold
        found.take_in(held, HeldOut(fold_logits(make, labelled, held=held, seed=seed)))
    return found.held_out().given


def out_of_fold_answers(make: MakeHead, labelled: Labelled, *, folds: Folds, seed: int) -> HeldOut:
    """As `out_of_fold`, with what a head of two modalities says to each of them alone."""
    found = Gathered(len(labelled.targets), labelled.n_classes)
    for fold in np.unique(folds):
        held = folds == fold
        found.take_in(held, fold_answers(make, labelled, held=held, seed=seed))
    return found.held_out()


def _learnt(make: MakeHead, labelled: Labelled, held: NDArray[np.bool_], seed: int) -> Head | None:
    """A head that learnt from all but the `held` rows; None where nothing usable is left."""
    head, features = make(), labelled.features
    rows = head.usable(features) & ~held
    if not rows.any() or not (head.usable(features) & held).any():
        return None
    return head.fit(features.take(rows), labelled.targets[rows], labelled.n_classes, seed=seed)


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
