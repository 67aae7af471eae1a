"""The default head: late fusion. Every base forms its own opinion; a pool weighs them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.splits import grouped_stratified_folds
from glasscase.models.bases import base_from_state, make_base
from glasscase.models.calibration import HeldOut
from glasscase.models.features import MODALITIES, PATTERNS, Features
from glasscase.models.head import Head, HeadState, Logits, Targets
from glasscase.models.missing import any_present, modalities_of
from glasscase.models.out_of_fold import Labelled, out_of_fold
from glasscase.models.pooling import Pool, fit_pool

_FOLDS = 5


class LateHead:
    """Stacking (Wolpert 1992) by a log-linear pool of out-of-fold opinions.

    There is one pool for products with text and photo, one for text alone and one for photos
    alone, each fitted on every product that has at least these: a missing photo changes the
    weights instead of being replaced by something that is no photo. With nothing present the
    answer is how frequent the classes are.
    """

    kind = "late"

    def __init__(self, bases: tuple[str, ...], *, name: str = "late") -> None:
        self.name = name
        self.base_names = bases
        self.bases: dict[str, Head] = {base: make_base(base) for base in bases}
        self.pools: dict[str, Pool] = {}
        self._prior = np.zeros((0,), np.float32)

    @property
    def blocks(self) -> tuple[str, ...]:
        """All blocks any base reads."""
        return tuple(dict.fromkeys(block for head in self.bases.values() for block in head.blocks))

    def usable(self, features: Features) -> NDArray[np.bool_]:
        """[n]: products with at least one modality some base reads."""
        return any_present(features, self.blocks)

    def fit(self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0) -> Self:
        """Judge the bases out of fold, fit the pools, then fit every base on everything."""
        self.fit_pools(
            self.opinions(features, targets, n_classes, seed=seed),
            features.present,
            targets,
            n_classes,
        )
        return self.fit_bases(features, targets, n_classes, seed=seed)

    def opinions(
        self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0
    ) -> dict[str, Logits]:
        """Out-of-fold logits [n, n_classes] of every base."""
        folds = min(_FOLDS, len(targets))
        fold_of = grouped_stratified_folds(targets, np.arange(len(targets)), folds=folds, seed=seed)
        labelled = Labelled(features, targets, n_classes)
        return {
            name: out_of_fold(partial(make_base, name), labelled, folds=fold_of, seed=seed)
            for name in self.base_names
        }

    def fit_pools(
        self,
        opinions: Mapping[str, Logits],
        present: NDArray[np.bool_],
        targets: Targets,
        n_classes: int,
    ) -> Self:
        """Fit one pool per pattern on out-of-fold `opinions` [n, n_classes] each.

        `present` [n, 2] says which products have what, `targets` [n] which class they are.
        """
        counts = np.bincount(targets, minlength=n_classes)
        self._prior = np.log((counts + 0.5) / (counts + 0.5).sum()).astype(np.float32)
        self.pools = {}
        for pattern, given in PATTERNS.items():
            rows = present[:, [MODALITIES.index(name) for name in given]].all(axis=1)
            names = self._heard(given)
            if names and rows.sum() > 1:
                part = {name: opinions[name][rows] for name in names}
                self.pools[pattern] = fit_pool(part, targets[rows])
        return self

    def fit_bases(
        self, features: Features, targets: Targets, n_classes: int, *, seed: int = 0
    ) -> Self:
        """Fit every base on all products it can use."""
        for head in self.bases.values():
            rows = head.usable(features)
            head.fit(features.take(rows), targets[rows], n_classes, seed=seed)
        return self

    def take_prior(self, other: LateHead) -> Self:
        """Take over how frequent the classes are from another head of the same classes."""
        self._prior = other._prior
        return self

    def pooled(self, opinions: Mapping[str, Logits], present: NDArray[np.bool_]) -> Logits:
        """Pool given opinions, each [n, classes], by what is `present` [n, 2]."""
        logits = np.tile(self._prior, (len(present), 1))
        for pattern, rows in self._rows_by_pattern(present):
            pool = self.pools[pattern]
            logits[rows] = pool.logits({name: opinions[name][rows] for name in pool.weights})
        return logits

    def held_out(self, opinions: Mapping[str, Logits], present: NDArray[np.bool_]) -> HeldOut:
        """Pool held-out opinions, each [n, classes], also as if each modality were alone."""
        read = modalities_of(self.blocks)
        alone = {
            modality: self.pooled(opinions, present & [name == modality for name in MODALITIES])
            for modality in (read if len(read) > 1 else ())
        }
        return HeldOut(self.pooled(opinions, present), alone)

    def logits(self, features: Features) -> Logits:
        """float32 [n, classes]; only the bases that have a say are run."""
        logits = np.tile(self._prior, (len(features), 1))
        for pattern, rows in self._rows_by_pattern(features.present):
            pool, part = self.pools[pattern], features.take(rows)
            heard = {name: self.bases[name] for name, weight in pool.weights.items() if weight > 0}
            opinions = {name: head.logits(part) for name, head in heard.items()}
            weights = {name: pool.weights[name] for name in heard}
            logits[rows] = Pool(weights, pool.bias).logits(opinions)
        return logits

    def gradient(self, features: Features, block: str, cotangent: Logits) -> NDArray[np.float32]:
        """Exact gradient: the pool is linear in its bases' logits."""
        total = np.zeros(features.blocks[block].shape, np.float32)
        for pattern, rows in self._rows_by_pattern(features.present):
            part = features.take(rows)
            for name, weight in self.pools[pattern].weights.items():
                if weight > 0 and block in self.bases[name].blocks:
                    back = self.bases[name].gradient(part, block, cotangent[rows])
                    total[rows] += np.float32(weight) * back
        return total

    def _heard(self, given: tuple[str, ...]) -> list[str]:
        return [
            name
            for name, head in self.bases.items()
            if set(modalities_of(head.blocks)) <= set(given)
        ]

    def _rows_by_pattern(self, present: NDArray[np.bool_]) -> list[tuple[str, NDArray[np.bool_]]]:
        text, image = (present[:, MODALITIES.index(name)] for name in ("text", "image"))
        found = [
            (self._best_pool("both", "text", "image"), text & image),
            (self._best_pool("text"), text & ~image),
            (self._best_pool("image"), image & ~text),
        ]
        return [(pattern, rows) for pattern, rows in found if pattern and rows.any()]

    def _best_pool(self, *patterns: str) -> str:
        return next((pattern for pattern in patterns if pattern in self.pools), "")

    def state(self) -> HeadState:
        """Every base's state under its name, and the pools."""
        arrays: dict[str, NDArray[Any]] = {"prior": self._prior}
        graphs: dict[str, bytes] = {}
        configs = {}
        for name, head in self.bases.items():
            state = head.state()
            configs[name] = state.config
            arrays |= {f"base.{name}/{key}": value for key, value in state.arrays.items()}
            graphs |= {f"base.{name}/{key}": value for key, value in state.graphs.items()}
        pools = {pattern: dict(pool.weights) for pattern, pool in self.pools.items()}
        arrays |= {f"bias.{pattern}": pool.bias for pattern, pool in self.pools.items()}
        config = {"kind": self.kind, "name": self.name, "bases": configs, "pools": pools}
        return HeadState(config, arrays, graphs)

    @classmethod
    def from_state(cls, state: HeadState) -> Self:
        """The head that gave `state`."""
        config = state.config
        head = cls((), name=config["name"])
        head.base_names = tuple(config["bases"])
        for name, base in config["bases"].items():
            start = f"base.{name}/"
            arrays = {k[len(start) :]: v for k, v in state.arrays.items() if k.startswith(start)}
            graphs = {k[len(start) :]: v for k, v in state.graphs.items() if k.startswith(start)}
            head.bases[name] = base_from_state(HeadState(base, arrays, graphs))
        head.pools = {
            pattern: Pool(weights, state.arrays[f"bias.{pattern}"])
            for pattern, weights in config["pools"].items()
        }
        head._prior = state.arrays["prior"]
        return head
