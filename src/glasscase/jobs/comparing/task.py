"""What is to be learnt of a catalogue, and the folds everything is judged on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import NearDuplicates, find_near_duplicates
from glasscase.catalog.problem import Problem
from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.catalog.usable import Looks
from glasscase.errors import CannotTrain
from glasscase.models.bases import blocks_for
from glasscase.models.classifier import check_classes, check_usable, classes_and_targets
from glasscase.models.end_to_end.text_cnn_branch import token_problems
from glasscase.models.features import Features
from glasscase.models.head import Targets
from glasscase.models.out_of_fold import Folds, Labelled
from glasscase.models.product_encoder import ProductEncoder
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

SMALL = 2000
"""Up to so many products a catalogue is small."""
_QUICK_FOLDS = 3
_REPEATS = 3


@dataclass(frozen=True)
class Fold:
    """One part of one division: what is held back while a model learns from the rest."""

    repeat: int
    """Which division."""
    number: int
    """Which fold of it."""
    held: NDArray[np.bool_]
    """[n]."""
    seed: int
    """For whatever is trained without the held products."""

    @property
    def rows(self) -> NDArray[np.intp]:
        """Numbers of the held products in what `Task.over_repeats` lays one after the other."""
        return np.flatnonzero(self.held) + self.repeat * len(self.held)


@dataclass(frozen=True)
class Task:
    """What is to be learnt: features, targets, folds, and what is drawn together."""

    features: Features
    targets: Targets
    classes: Sequence[str]
    groups: NDArray[np.intp]
    repeats: Sequence[Folds]
    """One or more divisions into folds, [n] each; all candidates are judged on all of them."""
    seed: int

    @property
    def is_small(self) -> bool:
        """Whether its matrices are too small for BLAS to divide: several fits at a time, with one
        BLAS thread each, are then faster, and threads that wait for each other ten times slower."""
        return len(self.targets) <= SMALL

    @property
    def labelled(self) -> Labelled:
        """What heads learn from and are judged on."""
        return Labelled(self.features, self.targets, len(self.classes))

    def over_repeats(self, values: NDArray[Any]) -> NDArray[Any]:
        """`values` [n, ...] once for each division, one after the other."""
        return np.concatenate([values] * len(self.repeats))

    def folds(self) -> Iterator[Fold]:
        """Every fold of every division, in order."""
        for repeat, folds in enumerate(self.repeats):
            for number in np.unique(folds).tolist():
                yield Fold(repeat, number, folds == number, self.seed + repeat)


@dataclass(frozen=True)
class Prepared:
    """A catalogue ready to be learnt from."""

    catalog: Catalog
    """Its labelled products."""
    encoder: ProductEncoder
    task: Task
    classes: NDArray[np.str_]
    problems: tuple[Problem, ...]
    """What could not be used, reading and encoding together."""
    looks: Looks = ()
    """What the photos of each product are like."""

    def encoded_by(
        self, settings: Settings, *, heads: Sequence[str] = (), progress: Progress = silent
    ) -> Prepared:
        """The same products and the same folds, with the vectors of other encoders.

        Folds hang on categories, near-duplicates and the seed, so they are taken over.
        """
        products = self.catalog.products
        encoder = ProductEncoder.fit(
            products, settings, blocks=blocks_for(heads), progress=progress
        )
        encoded = encoder.encode(products, progress=progress)
        new = tuple(one for one in encoded.problems if one not in self.problems)
        task = replace(self.task, features=encoded.features)
        return replace(self, encoder=encoder, task=task, problems=(*self.problems, *new))


def prepare(
    catalog: Catalog,
    settings: Settings,
    *,
    heads: Sequence[str] = (),
    alike: NearDuplicates | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Encode the labelled products and divide them. Vectors are kept as they are made.

    `heads` are those asked for by name: price and brand are only encoded for one that reads them.
    `alike` are the near-duplicates among the labelled products, where they are known already.

    Raises:
        CannotTrain: fewer than two categories, or neither words nor photos.
    """
    catalog = catalog.labelled()
    check_enough(catalog)
    blocks = blocks_for(heads)
    encoder = ProductEncoder.fit(catalog.products, settings, blocks=blocks, progress=progress)
    encoded = encoder.encode(catalog.products, progress=progress)
    classes, targets = classes_and_targets(catalog.products)
    check_usable(encoded.features)
    alike = alike or find_near_duplicates(
        catalog.products, limits=settings.photos, progress=progress
    )
    groups = alike.groups
    repeats = divisions(targets, groups, settings)
    names = [str(name) for name in classes]
    task = Task(encoded.features, targets, names, groups, repeats, settings.train.seed)
    problems = [*catalog.problems, *encoded.problems]
    if settings.net.token_ids:
        problems += token_problems(catalog.products)
    return Prepared(catalog, encoder, task, classes, tuple(problems), encoded.looks)


def check_enough(catalog: Catalog) -> None:
    """Raises `CannotTrain` before anything is encoded, where that is already certain."""
    check_classes(sorted({product.label or "" for product in catalog.products}))
    if not any(p.text.strip() or p.photos or p.vectors for p in catalog.products):
        raise CannotTrain(
            "no product has words or a usable photo",
            "Name the text columns with --text or the photo folder with --photos.",
        )


def divisions(
    targets: NDArray[np.intp], groups: NDArray[np.intp], settings: Settings
) -> list[NDArray[np.intp]]:
    """Folds [n] per repeat. A small catalogue is divided several times: one division would leave
    the choice between close candidates to chance (repeated cross-validation; Kim 2009)."""
    quick = settings.train.effort == "quick"
    possible = min(_QUICK_FOLDS if quick else settings.train.folds, len(np.unique(groups)))
    if possible < 2:
        raise CannotTrain(
            "all products are near-duplicates of one another",
            "Add products that differ in words or photo.",
        )
    times = _REPEATS if not quick and len(targets) <= SMALL else 1
    return [
        grouped_stratified_folds(targets, groups, folds=possible, seed=settings.train.seed + i)
        for i in range(times)
    ]
