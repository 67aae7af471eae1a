"""Divide products for honest evaluation: groups stay whole, classes keep their shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting

Indices = NDArray[np.intp]


def grouped_stratified_folds(
    labels: Sequence[str | None] | NDArray[np.generic],
    groups: Indices,
    *,
    folds: int,
    seed: int,
) -> Indices:
    """Fold number [n], 0 to `folds` - 1, of every product.

    Products of one group (near-duplicates) always share a fold. Classes are spread as evenly as
    the groups allow; a class with fewer products than folds is missing from some of them. The
    same arguments give the same folds.

    Method (our own greedy one): groups in order of size, ties shuffled by `seed`; each goes where
    the sum over classes of (count in fold)^2 / (count of class), plus the same for the fold's
    size, grows least.

    Args:
        labels: [n] class of each product; None counts as a class of its own.
        groups: [n] group of each product.
        folds: at least 2.
        seed: decides between equals.

    Raises:
        BadSetting: fewer than 2 folds, or fewer groups than folds.
    """
    if folds < 2:
        raise BadSetting(f"{folds} folds cannot be compared", "Use 2 or more.")
    targets, sizes = _targets(labels)
    members = _members(np.asarray(groups), len(targets), seed)
    if len(members) < folds:
        raise BadSetting(
            f"{len(members)} independent products cannot be divided into {folds} folds",
            "Use fewer folds or more products; near-duplicates count as one.",
        )
    counts = np.zeros((folds, len(sizes)))
    totals = np.zeros(folds)
    fold_of = np.zeros(len(targets), dtype=np.intp)
    for rows in members:
        classes, amount = np.unique(targets[rows], return_counts=True)
        spread = (amount * (2 * counts[:, classes] + amount) / sizes[classes]).sum(axis=1)
        balance = len(rows) * (2 * totals + len(rows)) / len(targets)
        fold = int(np.argmin(spread + balance))
        fold_of[rows] = fold
        counts[fold, classes] += amount
        totals[fold] += len(rows)
    return fold_of


def train_test_split(
    labels: Sequence[str | None] | NDArray[np.generic],
    groups: Indices,
    *,
    test_share: float = 0.2,
    seed: int = 0,
) -> tuple[Indices, Indices]:
    """Rows to train on and rows to test on, both sorted: grouped, stratified, seeded.

    About `test_share` (0 to 1) of every class is tested on; a class of a single group stays in
    training. Groups are never divided.

    Raises:
        BadSetting: an impossible share, or fewer than two groups.
    """
    if not 0 < test_share < 1:
        raise BadSetting(f"a test share of {test_share:g} is impossible", "Use 0.1 to 0.5.")
    targets, sizes = _targets(labels)
    members = _members(np.asarray(groups), len(targets), seed)
    if len(members) < 2:
        raise BadSetting("one independent product cannot be divided", "Add more products.")
    wanted = sizes * test_share
    counts = np.zeros(len(sizes))
    tested: list[Indices] = []
    for rows in members:
        classes, amount = np.unique(targets[rows], return_counts=True)
        lacking = wanted[classes] - counts[classes]
        gain = (amount * (2 * lacking - amount) / sizes[classes]).sum()
        whole_class = bool(((counts[classes] + amount) >= sizes[classes]).any())
        if gain > 0 and not whole_class:
            tested.append(rows)
            counts[classes] += amount
    if not tested:
        tested = [members[-1]]
    test = np.sort(np.concatenate(tested))
    train = np.setdiff1d(np.arange(len(targets)), test)
    return train.astype(np.intp), test.astype(np.intp)


def _targets(
    labels: Sequence[str | None] | NDArray[np.generic],
) -> tuple[Indices, NDArray[np.float64]]:
    words = ["" if label is None else f"={label}" for label in labels]
    _, targets = np.unique(np.asarray(words, dtype=object), return_inverse=True)
    return targets.astype(np.intp), np.bincount(targets).astype(np.float64)


def _members(groups: NDArray[np.generic], n: int, seed: int) -> list[Indices]:
    """Rows of each group, largest groups first, equal ones in an order decided by `seed`."""
    if len(groups) != n:
        raise BadSetting(f"{len(groups)} groups for {n} products", "Give one group per product.")
    order = np.argsort(groups, kind="stable")
    starts = np.flatnonzero(np.diff(np.asarray(groups[order], dtype=np.intp))) + 1
    parts = np.split(order, starts) if n else []
    shuffled = np.random.default_rng(seed).permutation(len(parts))
    return sorted((parts[i] for i in shuffled), key=len, reverse=True)
