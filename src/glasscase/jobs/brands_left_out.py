"""Leave one brand out: how good a model is on brands it never met."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.product import Product
from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.encoders.metadata import brand_of
from glasscase.evaluation.left_out import BrandsLeftOut, LeftOut
from glasscase.evaluation.metrics import Ints, Mask
from glasscase.evaluation.slices import LEAST
from glasscase.extras import need
from glasscase.models.classifier import classes_and_targets
from glasscase.models.features import Features
from glasscase.models.head import Head, Logits, Targets
from glasscase.models.heads import make_head
from glasscase.models.out_of_fold import Labelled, out_of_fold
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

MOST_BRANDS = 8
_FOLDS = 5


def brands_left_out(
    model: ProductClassifier,
    products: Sequence[Product],
    features: Features,
    groups: Ints,
    *,
    seed: int = 0,
    progress: Progress = silent,
) -> BrandsLeftOut | str:
    """Accuracy on the biggest brands with and without their other products in training.

    Fresh heads of late fusion are trained on the model's own vectors of these products: once in
    grouped folds, and once for each brand on everything else, its near-duplicates in other brands
    left out too. Products whose category no other brand has are not judged. Training without a
    brand may use more products than four fifths, which makes a fall look smaller, not larger.

    Returns a sentence where it cannot be done: no two brands of 20 independent products.
    """
    brands = np.array([brand_of(one) or "" for one in products], dtype=np.str_)
    chosen = _biggest(brands, groups)
    if len(chosen) < 2:
        return (
            f"Brands were not left out in turn: fewer than two have {LEAST} independent products."
        )
    trial = _Trial.on(model, products, features.pooled(), groups, seed)
    parts: dict[str, _Judged] = {}
    with need("threadpoolctl", extra="train").threadpool_limits(1):
        known = trial.known()
        for name in progress.track(chosen, total=len(chosen), what="Leaving brands out"):
            judged = trial.without(brands == name)
            if len(judged.rows):
                parts[name] = judged
    if not parts:
        return "Brands were not left out in turn: no other brand has their categories."
    found = [
        LeftOut.of(name, known[one.rows], one.right, groups[one.rows], one.lost)
        for name, one in parts.items()
    ]
    rows = np.concatenate([one.rows for one in parts.values()])
    right = np.concatenate([one.right for one in parts.values()])
    lost = sum(one.lost for one in parts.values())
    return BrandsLeftOut(
        tuple(sorted(found, key=lambda one: -one.fall.value)),
        LeftOut.of("all of them", known[rows], right, groups[rows], lost),
        "late fusion (quick) on the model's vectors, trained on these products",
    )


def _biggest(brands: NDArray[np.str_], groups: Ints) -> list[str]:
    """Brands with enough independent products that are not the whole catalogue, biggest first."""
    counts = Counter(brand for brand, _ in set(zip(brands.tolist(), groups.tolist(), strict=True)))
    del counts[""]
    often = [name for name, count in counts.most_common() if count >= LEAST]
    return sorted(often, key=lambda name: (-counts[name], name))[:MOST_BRANDS]


@dataclass(frozen=True)
class _Judged:
    """A brand answered by a head that never met it."""

    rows: Ints
    """Those whose category another brand has."""
    right: Mask
    lost: int
    """The others."""


@dataclass(frozen=True)
class _Trial:
    """Fresh heads on the same vectors, trained on some of the products."""

    blocks: tuple[str, ...]
    features: Features
    targets: Targets
    groups: Ints
    seed: int

    @classmethod
    def on(
        cls,
        model: ProductClassifier,
        products: Sequence[Product],
        features: Features,
        groups: Ints,
        seed: int,
    ) -> _Trial:
        targets = classes_and_targets(products)[1]
        return cls(model.head.blocks, features, targets, groups, seed)

    def make(self) -> Head:
        return make_head("late", effort="quick", blocks=self.blocks)

    def known(self) -> Mask:
        """[n]: right answers out of grouped folds, whatever the brand."""
        folds = grouped_stratified_folds(self.targets, self.groups, folds=_FOLDS, seed=self.seed)
        labelled = Labelled(self.features, self.targets, int(self.targets.max()) + 1)
        held = out_of_fold(self.make, labelled, folds=folds, seed=self.seed)
        return self._right(held, self.features, self.targets)

    def without(self, own: Mask) -> _Judged:
        """The products `own` [n] answered by a head that saw neither them nor their like."""
        training = ~np.isin(self.groups, self.groups[own])
        there = np.isin(self.targets, self.targets[training])
        rows = np.flatnonzero(own & there)
        if not len(rows):
            return _Judged(rows, np.zeros(0, bool), int(own.sum()))
        head = self.make()
        n_classes = int(self.targets.max()) + 1
        head.fit(self.features.take(training), self.targets[training], n_classes, seed=self.seed)
        part = self.features.take(rows)
        right = self._right(head.logits(part), part, self.targets[rows])
        return _Judged(rows, right, int(own.sum()) - len(rows))

    def _right(self, logits: Logits, features: Features, targets: Targets) -> Mask:
        said = logits.argmax(axis=1)
        return np.asarray((said == targets) & self.make().usable(features))
