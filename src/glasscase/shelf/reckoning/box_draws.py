"""Shelves that would have given the boxes we see: what is false left out, what was missed added.

In every draw each box is false with one minus the photo's precision. A box that is right stands for
itself and for the products like it that were missed: how many are missed before one is found is
geometric with the photo's recall. So `weights` times any quantity of a box (one, its width, its
area) is a draw of the true quantity, and every figure is computed from the same draws.

A detector errs by product, not box by box: a dark bottle is missed every time. So the rates of each
product on the photo are drawn around the photo's (`_PRODUCT_SPREAD`).

A photo on which nothing was found is no proof of an empty shelf. With every number of products
equally likely beforehand, N products of which a detector with recall r finds none have the chance
(1 - r)^N, which adds up to 1 / r over N: so a recall r is as much likelier as it is low, and given
it the number missed is geometric, P(N >= m) = (1 - r)^m. With r known and small the upper end is
near 3.7 / r: the rule of three (Hanley and Lippman-Hand 1983, JAMA 249, 1743-1745: 3 / r for an
interval of one side), turned round.

Not covered: a product of which no box was found has no weight (see `availability`, which asks for
it by name); missed products stand where found ones of their name do; a detector that fails as a
whole on a photo unlike those it was measured on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.reckoning.doubt import LEAST_RECALL, Doubt, Rates, drawn_rates

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DRAWS = 1000
_MOST_CELLS = 2_000_000
_LEAST_DRAWS = 400
_PRODUCT_SPREAD = 15.0  # sum of the beta distribution's two parameters


@dataclass(frozen=True, slots=True, eq=False)
class BoxDraws:
    """Draws of what stands behind the boxes."""

    names: tuple[str, ...]
    """[k], every name once, in the order of the alphabet."""
    name: Ints
    """[n]: the name each box was given."""
    weights: Floats
    """[draws, n]: true products each box stands for, 0 where it is false."""
    renamed: Ints | None
    """[draws, n]: the true name of each box, k for one that is not on the list; None: as given."""
    unseen: Floats
    """[draws]: products like no box that was found."""
    rates: Rates

    @property
    def exact(self) -> bool:
        """Whether nothing is in doubt."""
        return len(self.weights) == 1

    def seen(self, quantity: Floats) -> Floats:
        """[k]: the quantity [n] of all boxes of each name, as they were found."""
        return _sums(self.name, quantity, len(self.names))

    def drawn(self, quantity: Floats) -> Floats:
        """[draws, k]: the true quantity of each name."""
        draws, kinds = len(self.weights), len(self.names)
        if kinds == 0:
            return np.zeros((draws, 0))
        amounts = self.weights * quantity
        if self.renamed is None:
            belongs = np.zeros((len(self.name), kinds))
            belongs[np.arange(len(self.name)), self.name] = 1
            return np.asarray(amounts @ belongs, np.float64)
        cell = self.renamed + np.arange(draws)[:, None] * (kinds + 1)
        sums = _sums(cell.ravel(), amounts.ravel(), draws * (kinds + 1))
        return sums.reshape(draws, kinds + 1)[:, :kinds]

    def totals(self, quantity: Floats) -> Floats:
        """[draws]: the true quantity of the whole shelf, what was never seen included; where there
        is no box, products are counted."""
        typical = float(quantity.mean()) if len(quantity) else 1.0
        return np.asarray((self.weights * quantity).sum(axis=1) + self.unseen * typical)


def box_draws(names: tuple[str, ...], doubt: Doubt, *, seed: int = 0) -> BoxDraws:
    """Draw shelves that fit boxes of these names [n]; the same seed gives the same draws."""
    kinds = tuple(sorted(set(names)))
    places = {name: place for place, name in enumerate(kinds)}
    name = np.array([places[each] for each in names], np.int64)
    rng = np.random.default_rng(seed)
    if doubt.exact:
        ones = np.ones(1)
        rates = Rates(ones, ones, ones)
        return BoxDraws(kinds, name, np.ones((1, len(names))), None, np.zeros(1), rates)
    draws = int(np.clip(_MOST_CELLS // max(len(names), 1), _LEAST_DRAWS, DRAWS))
    rates = drawn_rates(doubt, draws, rng)
    if doubt.drawn:
        weights, unseen = np.ones((draws, len(names))), np.zeros(draws)
    elif not names:
        weights = np.ones((draws, 0))
        rates, unseen = _nothing_found(rates, rng)
    else:
        precision = _by_product(rates.precision, len(kinds), rng)[:, name]
        recall = np.maximum(_by_product(rates.recall, len(kinds), rng), LEAST_RECALL)[:, name]
        right = rng.random(precision.shape) < precision
        weights = np.where(right, rng.geometric(recall), 0).astype(np.float64)
        unseen = (rng.geometric(rates.recall) - 1).astype(np.float64)
    renamed = None if doubt.named is None else _renamed(name, len(kinds), rates.naming, rng)
    return BoxDraws(kinds, name, weights, renamed, unseen, rates)


def _sums(cell: Ints, amounts: Floats, cells: int) -> Floats:
    return np.asarray(np.bincount(cell, weights=amounts, minlength=cells), np.float64)


def _nothing_found(rates: Rates, rng: np.random.Generator) -> tuple[Rates, Floats]:
    """Rates and [draws] products missed, given that no box was found."""
    draws = len(rates.recall)
    recall = np.maximum(_by_product(rates.recall, 1, rng)[:, 0], LEAST_RECALL)
    likelier = 1 / recall
    kept = rng.choice(draws, draws, p=likelier / likelier.sum())
    given = Rates(rates.precision[kept], rates.recall[kept], rates.naming[kept])
    return given, (rng.geometric(recall[kept]) - 1).astype(np.float64)


def _by_product(rate: Floats, kinds: int, rng: np.random.Generator) -> Floats:
    mean = np.clip(rate, 1e-3, 1 - 1e-3)[:, None] * np.ones((1, kinds))
    return np.asarray(rng.beta(mean * _PRODUCT_SPREAD, (1 - mean) * _PRODUCT_SPREAD))


def _renamed(name: Ints, kinds: int, naming: Floats, rng: np.random.Generator) -> Ints:
    """[draws, n]: a wrong name is any other on the list, or one that is not on it."""
    shape = (len(naming), len(name))
    other = (name + 1 + rng.integers(0, kinds, shape)) % (kinds + 1)
    return np.where(rng.random(shape) < naming[:, None], name, other)
