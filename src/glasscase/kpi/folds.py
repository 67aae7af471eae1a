"""How products are divided: forward in time where there is a time, groups whole in any case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.errors import CannotTrain
from glasscase.kpi.scale import Floats

Rows = NDArray[np.intp]
_BINS = 5
_LEAST_TRAINING = 20
"""Fewer products before a moment are too few to learn from; that stretch is only learnt from."""


@dataclass(frozen=True)
class Division:
    """Which products answer for which: `fold` [n] is the fold a product is held back in.

    -1: in none, for nothing lies before it in time. `split` says how they were made.
    """

    split: Literal["grouped", "time-forward"]
    fold: Rows
    groups: Rows
    """[n]: what is never divided; bootstrap draws whole groups too."""
    times: Floats | None = None
    """[n], in days, where the division is by time."""

    @property
    def count(self) -> int:
        """How many folds there are."""
        return int(self.fold.max()) + 1

    @property
    def judged(self) -> NDArray[np.bool_]:
        """[n]: products that some fold holds back."""
        return self.fold >= 0

    def __iter__(self) -> Iterator[tuple[int, Rows, Rows]]:
        """Number, rows to learn from, rows held back, of every fold.

        Forward in time everything learnt from lies strictly before everything held back, and no
        group is on both sides.
        """
        for number in range(self.count):
            held = np.flatnonzero(self.fold == number)
            learning = self.fold != number
            if self.times is not None:
                learning = (self.times < self.times[held].min()) & ~np.isin(
                    self.groups, self.groups[held]
                )
            yield number, np.flatnonzero(learning), held


def joined_groups(*groupings: Sequence[Any] | NDArray[Any]) -> Rows:
    """Group numbers [n] where two products belong together if they do so in any grouping.

    >>> joined_groups([0, 0, 1, 2], ["a", "b", "b", "c"]).tolist()
    [0, 0, 0, 1]
    """
    n = len(groupings[0])
    root = list(range(n))

    def top(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    for grouping in groupings:
        first: dict[Any, int] = {}
        for i, name in enumerate(np.asarray(grouping).tolist()):
            other = first.setdefault(name, i)
            low, high = sorted((top(i), top(other)))
            root[high] = low
    _, numbered = np.unique([top(i) for i in range(n)], return_inverse=True)
    return np.asarray(numbered, np.intp)


def divide(
    learnt: Floats, groups: Rows, *, times: Floats | None, folds: int = 5, seed: int = 0
) -> Division:
    """Fold of every product.

    Without `times`: groups are spread over the folds so that each has low and high values.
    With `times` [n]: products in order of time, cut into `folds` + 1 stretches of about equal
    size with no moment divided; each but the first is held back once and answered for from what
    lies before it (rolling origin; Tashman 2000).

    Raises:
        CannotTrain: fewer than two groups, or than two moments to tell apart.
    """
    if times is None:
        parts = min(folds, len(np.unique(groups)))
        if parts < 2:
            raise CannotTrain(
                "all products belong to one group, so none can be held back",
                "Name another column with --group, or leave it out.",
            )
        order = np.argsort(np.argsort(learnt, kind="stable"), kind="stable")
        bins = np.asarray(order * _BINS // max(len(learnt), 1), np.intp)
        fold = grouped_stratified_folds(bins, groups, folds=parts, seed=seed)
        return Division("grouped", fold, groups)
    edges = np.quantile(times, np.linspace(0, 1, folds + 2)[1:-1], method="higher")
    stretch = np.searchsorted(np.unique(edges), times, side="left")
    fold = np.unique(stretch, return_inverse=True)[1] - 1
    division = Division("time-forward", np.asarray(fold, np.intp), groups, times)
    return _with_enough(division)


def _with_enough(division: Division) -> Division:
    """Without folds that too few products lie before."""
    fold = division.fold.copy()
    for number, learning, held in division:
        if len(learning) < _LEAST_TRAINING:
            fold[held] = -1
        del number
    kept = np.unique(fold[fold >= 0])
    if len(kept) < 2:
        raise CannotTrain(
            "time cannot be cut into two stretches with enough before each",
            f"It takes {_LEAST_TRAINING} products, of other groups, before what is held back; "
            "give more moments, or leave --time or --group out.",
        )
    renumbered = np.where(fold >= 0, np.searchsorted(kept, fold), -1)
    return Division(
        division.split, np.asarray(renumbered, np.intp), division.groups, division.times
    )
