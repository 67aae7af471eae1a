"""Accumulated local effects: how a model's answer moves along one feature, all else as it is.

Source: Apley and Zhu 2020, "Visualizing the effects of predictor variables in black box supervised
learning models", JRSS B 82(4), equations 14 to 16: differences of the answer across each interval
of the feature, averaged over the products in it, added up and centred. Unlike partial dependence
it asks for no product that could not exist where features go together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasscase.kpi.learner import Learner, Sample
from glasscase.kpi.named_features import NamedFeature
from glasscase.kpi.scale import Floats

BINS = 10
_LEAST_IN_BIN = 10


@dataclass(frozen=True)
class Effect:
    """The effect of one feature on the answers, in the scale of learning, centred."""

    feature: NamedFeature
    at: tuple[Any, ...]
    """Values of a number, rising; levels of a category."""
    effect: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    """Range over the models of the folds: how much it hangs on the products learnt from."""
    counts: tuple[int, ...]
    """Products at a level, or in the interval that ends at a value (the first: 0)."""

    @property
    def span(self) -> float:
        """From the lowest to the highest effect."""
        return max(self.effect) - min(self.effect)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        points = zip(self.at, self.effect, self.low, self.high, self.counts, strict=True)
        return {
            "name": self.feature.name,
            "kind": self.feature.kind,
            "points": [
                {"at": at, "effect": e, "low": lo, "high": hi, "products": n}
                for at, e, lo, hi, n in points
            ],
        }


def effect(
    feature: NamedFeature, learner: Learner, members: Sequence[Learner], sample: Sample
) -> Effect | None:
    """Of `feature` on a learner that reads names; None where it has too few values to say."""
    values = sample.table.values[feature.name]
    known = np.flatnonzero(np.isfinite(values))
    if feature.kind == "category":
        return _of_levels(feature, learner, members, sample.take(known))
    spread = values[known]
    bins = max(2, min(BINS, len(spread) // _LEAST_IN_BIN))
    edges = np.unique(np.quantile(spread, np.linspace(0, 1, bins + 1)))
    if len(edges) < 2:
        return None
    bin_of = np.clip(np.searchsorted(edges, spread, side="left"), 1, len(edges) - 1)
    counts = np.bincount(bin_of, minlength=len(edges))
    inner = sample.take(known)
    curves = [_curve(feature.name, one, inner, edges, bin_of) for one in (learner, *members)]
    return Effect(
        feature,
        tuple(edges.tolist()),
        tuple(curves[0].tolist()),
        tuple(np.min(curves, axis=0).tolist()),
        tuple(np.max(curves, axis=0).tolist()),
        tuple(counts.tolist()),
    )


def _curve(name: str, learner: Learner, sample: Sample, edges: Floats, bin_of: Any) -> Floats:
    table = sample.table
    upper = learner.predict(sample.with_table(table.replaced({name: edges[bin_of]})))
    lower = learner.predict(sample.with_table(table.replaced({name: edges[bin_of - 1]})))
    counts = np.maximum(np.bincount(bin_of, minlength=len(edges)), 1)
    local = np.bincount(bin_of, weights=upper - lower, minlength=len(edges)) / counts
    curve = np.cumsum(local)
    middles = (curve[bin_of] + curve[bin_of - 1]) / 2
    return np.asarray(curve - middles.mean())


def _of_levels(
    feature: NamedFeature, learner: Learner, members: Sequence[Learner], sample: Sample
) -> Effect | None:
    """The mean answer were all products of one level, less that over levels as they are.

    Levels have no order, so this is partial dependence (Friedman 2001), not an accumulated effect.
    """
    codes = sample.table.values[feature.name].astype(np.intp)
    counts = np.bincount(codes, minlength=len(feature.levels))
    there = np.flatnonzero(counts)
    if len(there) < 2:
        return None
    curves = []
    for one in (learner, *members):
        means = np.array([
            one.predict(
                sample.with_table(
                    sample.table.replaced({feature.name: np.full(len(sample), float(level))})
                )
            ).mean()
            for level in there
        ])  # fmt: skip
        curves.append(means - np.average(means, weights=counts[there]))
    return Effect(
        feature,
        tuple(feature.levels[level] for level in there),
        tuple(curves[0].tolist()),
        tuple(np.min(curves, axis=0).tolist()),
        tuple(np.max(curves, axis=0).tolist()),
        tuple(counts[there].tolist()),
    )
