"""What decisions of reviewers changed: judged on those the new model did not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.evaluation.pairs import Pair, compare_pairs
from glasscase.evaluation.verdict_words import points
from glasscase.progress import Progress, silent

FOLDS = 4
LEAST_DIFFERENT = 6
"""Of fewer products on which two models differ McNemar's exact test cannot call it real."""
Mask = NDArray[np.bool_]


class Judge(Protocol):
    """A model that can be fitted on some of n products and asked about others."""

    def right(self, learnt: Mask, asked: NDArray[np.intp]) -> Mask:
        """Fit on the products of `learnt` [n]; which answers to `asked` [m] are right [m]."""
        ...


@dataclass(frozen=True)
class Change:
    """Two models on the same products."""

    what: str
    before: int
    after: int
    products: int
    pair: Pair | None
    """New against old; None where there is nothing to compare."""

    @property
    def too_few(self) -> bool:
        """Whether no test could call the difference real."""
        return self.pair is None or self.pair.only_a + self.pair.only_b < LEAST_DIFFERENT

    @property
    def sentence(self) -> str:
        """What changed, and whether that may be chance."""
        if self.pair is None:
            return f"{self.what}: there are too few to judge by."
        said = (
            f"{self.what}: {self.before} of {self.products} right before, {self.after} now "
            f"({self.pair.only_a} won, {self.pair.only_b} lost)"
        )
        if self.too_few:
            return (
                f"{said}. Too few to tell: the two differ on "
                f"{self.pair.only_a + self.pair.only_b} products, and it takes {LEAST_DIFFERENT}."
            )
        way = "gain" if self.pair.difference.value >= 0 else "loss"
        chance = {
            "real": f"a real {way} of {points(self.pair)}",
            "doubtful": f"a {way} of {points(self.pair)} that one of two tests calls real",
            "chance": f"a {way} of {points(self.pair)}, which may be chance",
        }[self.pair.verdict]
        return f"{said}: {chance}."

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "what": self.what,
            "before": self.before,
            "after": self.after,
            "products": self.products,
            "too_few": self.too_few,
            "pair": self.pair.to_dict() if self.pair else None,
            "sentence": self.sentence,
        }


def changed(
    what: str, before: Mask, after: Mask, *, groups: NDArray[np.intp], seed: int = 0
) -> Change:
    """Compare which answers [n] were right `before` and `after`; near-duplicates (`groups` [n]) are
    drawn together."""
    n = len(before)
    pair = None
    if n >= 2:
        (pair,) = compare_pairs(
            ["the new model", "the old model"],
            np.stack([after, before]),
            groups=groups.tolist(),
            products=n,
            seed=seed,
        )
    return Change(what, int(before.sum()), int(after.sum()), n, pair)


def cross_fitted(
    judge: Judge,
    targets: Sequence[str],
    groups: NDArray[np.intp],
    reviewed: Mask,
    *,
    seed: int,
    progress: Progress = silent,
) -> tuple[Mask, Mask]:
    """Which answers [n] are right, of models that saw neither the product nor its near-duplicates:
    fitted without any of the `reviewed` [n] products, and with those of the other folds.

    Both are judged on the same folds, so that what differs is what the decisions brought. Products
    that are alone in having their category are judged too; nobody can get them right.
    """
    folds = min(FOLDS, len(np.unique(groups)))
    fold_of = grouped_stratified_folds(list(targets), groups, folds=folds, seed=seed)
    without, with_ = np.zeros(len(groups), bool), np.zeros(len(groups), bool)
    for fold in progress.track(range(folds), total=folds, what="Judging before and after"):
        asked = np.flatnonzero(fold_of == fold)
        learnt = fold_of != fold
        with_[asked] = judge.right(learnt, asked)
        without[asked] = judge.right(learnt & ~reviewed, asked)
    return without, with_
