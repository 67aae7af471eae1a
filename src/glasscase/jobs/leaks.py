"""Leaks: products that stand in two tables, and the accuracy they inflate on the other one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import NearDuplicates, find_near_duplicates
from glasscase.catalog.product import Product
from glasscase.intervals import (
    mean,
    paired_accuracy_difference,
    resampled_sums,
    share_interval,
)
from glasscase.jobs.comparing.choose import Choice
from glasscase.jobs.comparing.task import Prepared
from glasscase.jobs.train import fitted_winner
from glasscase.models.features import Features
from glasscase.progress import Progress, silent
from glasscase.review.findings import Leak, Leaks, Share
from glasscase.settings import Settings

Mask = NDArray[np.bool_]
_LEAST_LEFT = 10


def find_leaks(
    ready: Prepared,
    choice: Choice,
    other: Catalog,
    settings: Settings,
    *,
    progress: Progress = silent,
) -> Leaks:
    """Near-duplicates of the products of `ready` in `other`, and what they are worth.

    The winner of `choice` is trained twice on `ready`: on everything, and without the products
    that have a near-duplicate in `other`. Both answer the labelled products of `other`; the
    difference is what the leak inflates; it is not known where hardly anything would be left to
    train on. Labels that `ready` does not know count as errors.
    """
    ours, theirs = ready.catalog.products, other.products
    both = [*ours, *theirs]
    found = find_near_duplicates(both, limits=settings.photos, progress=progress)
    mine, leaked = _in_both(found.groups, len(ours))
    leaks = tuple(_leak(both, found, index, len(ours)) for index in np.flatnonzero(leaked).tolist())
    rows = np.array([one.category is not None for one in theirs], dtype=bool)
    if not rows.any():
        return Leaks(len(theirs), leaks, None, None, None, None)
    products = [one for one in theirs if one.category is not None]
    features = ready.encoder.encode(products, progress=progress).features
    right = _right(ready, choice, settings, features, products)
    groups, among = found.groups[len(ours) :][rows], leaked[rows]
    inflated = None
    if among.any() and _enough(ready, ~mine):
        honest = _right(_without(ready, mine), _sliced(ready, choice, mine), settings, features,
                        products)  # fmt: skip
        gain = paired_accuracy_difference(right, honest, groups=groups.tolist())
        inflated = Share(gain.value, gain.low, gain.high)
    return Leaks(
        products=len(theirs),
        leaks=leaks,
        accuracy=_accuracy(right, groups, np.ones_like(among)),
        leaked=_accuracy(right, groups, among),
        not_leaked=_accuracy(right, groups, ~among),
        inflated_by=inflated,
    )


def _enough(ready: Prepared, kept: Mask) -> bool:
    """Whether a model can be trained on what is left."""
    return len(np.unique(ready.task.targets[kept])) > 1 and int(kept.sum()) >= _LEAST_LEFT


def _in_both(groups: NDArray[np.intp], ours: int) -> tuple[Mask, Mask]:
    """Which of our products, and which of the others, have a near-duplicate in the other table."""
    first, second = groups[:ours], groups[ours:]
    return np.isin(first, second), np.isin(second, first)


def _leak(both: Sequence[Product], found: NearDuplicates, index: int, ours: int) -> Leak:
    at = ours + index
    twins = np.flatnonzero(found.groups[:ours] == found.groups[at])
    linked = {
        pair.first: pair.by for pair in found.pairs if pair.second == at and pair.first < ours
    }
    twin = min(linked, default=int(twins[0]))
    return Leak(both[at], both[twin], linked.get(twin, ""))


def _without(ready: Prepared, gone: Mask) -> Prepared:
    """`ready` without the products `gone` [n]; classes that are left empty stay known."""
    kept = ~gone
    task = ready.task
    part = replace(
        task,
        features=task.features.take(kept),
        targets=task.targets[kept],
        groups=task.groups[kept],
        repeats=[folds[kept] for folds in task.repeats],
    )
    return replace(ready, task=part)


def _sliced(ready: Prepared, choice: Choice, gone: Mask) -> Choice:
    """The held-out opinions of what `_without` leaves, for the pools of late fusion."""
    kept = ready.task.over_repeats(~gone)
    return replace(choice, opinions={name: one[kept] for name, one in choice.opinions.items()})


def _right(
    ready: Prepared,
    choice: Choice,
    settings: Settings,
    features: Features,
    products: Sequence[Product],
) -> Mask:
    """[n]: which of `products` the winner, trained on `ready`, answers with their label."""
    head = fitted_winner(ready.task, choice, settings)
    usable = head.usable(features)
    said = ready.classes[head.logits(features).argmax(axis=1)]
    labels = np.array([product.label or "" for product in products])
    return np.asarray((said == labels) & usable)


def _accuracy(right: Mask, groups: NDArray[np.intp], rows: Mask) -> Share | None:
    if not rows.any():
        return None
    table = np.stack([np.ones(int(rows.sum())), right[rows].astype(float)], axis=1)
    draws = mean(resampled_sums(table, groups=groups[rows].tolist()))
    found = share_interval(float(right[rows].mean()), draws, len(np.unique(groups[rows])))
    return Share(found.value, found.low, found.high)
