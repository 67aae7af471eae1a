"""Shapley values of named features: exact for ridge, sampled for trees with the sum kept exact.

Interventional: a coalition's worth is the mean answer when its features are the product's and the
others come from other products (Lundberg and Lee 2017; Janzing, Minorics and Bloebaum 2020). So a
value says what the model does with a feature, not what the feature does to the KPI.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.kpi.design import NAMES
from glasscase.kpi.learner import Learner, Sample
from glasscase.kpi.scale import Floats
from glasscase.models.ridge import Ridge

_ORDERS = 16
"""Orders of the features per product, each also run backwards (antithetic)."""
_MOST_PRODUCTS = 120


@dataclass(frozen=True)
class ShapleyValues:
    """Values of every named feature for some products, in the scale of learning."""

    names: tuple[str, ...]
    values: Floats
    """[products, features]."""
    exact: bool
    gap: float
    """Largest difference between the sum of a product's values and answer less base: rounding."""

    @property
    def sizes(self) -> dict[str, float]:
        """Mean absolute value of each feature."""
        return dict(zip(self.names, np.abs(self.values).mean(axis=0).tolist(), strict=True))


def shapley_values(learner: Learner, sample: Sample, *, seed: int = 0) -> ShapleyValues:
    """Of a learner that reads names alone, for its products (a draw of 120 of many, for trees)."""
    assert learner.reads == (NAMES,)
    rows = learner.design.named(sample.table)
    owners = np.array(learner.design.owners)
    names = sample.table.names
    if isinstance(learner.model, Ridge):
        parts = (rows - rows.mean(axis=0)) * learner.model.coefficients
        values = np.stack([parts[:, owners == name].sum(axis=1) for name in names], axis=1)
        answers = learner.of_rows(rows)
        gap = np.abs(values.sum(axis=1) - (answers - answers.mean())).max()
        return ShapleyValues(names, values, exact=True, gap=float(gap))
    return _sampled(learner, rows, owners, names, seed)


def _sampled(
    learner: Learner, rows: Floats, owners: NDArray[Any], names: tuple[str, ...], seed: int
) -> ShapleyValues:
    """Strumbelj and Kononenko 2014, algorithm 2: walk from another product to this one, feature by
    feature in a random order; each step is credited to its feature, so the steps add up exactly."""
    random = np.random.default_rng(seed)
    own = random.permutation(len(rows))[:_MOST_PRODUCTS]
    values = np.zeros((len(own), len(names)))
    base = np.zeros(len(own))
    masks = np.stack([owners == name for name in names])
    for _ in range(_ORDERS):
        others = rows[random.integers(0, len(rows), len(own))]
        order = random.permutation(len(names))
        for walk in (order, order[::-1]):
            now, before = others.copy(), learner.of_rows(others)
            base += before
            for feature in walk:
                now[:, masks[feature]] = rows[own][:, masks[feature]]
                after = learner.of_rows(now)
                values[:, feature] += after - before
                before = after
    values /= 2 * _ORDERS
    answers = learner.of_rows(rows[own])
    gap = np.abs(values.sum(axis=1) - (answers - base / (2 * _ORDERS))).max()
    return ShapleyValues(names, values, exact=False, gap=float(gap))
