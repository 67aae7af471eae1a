"""An experiment: products or days that luck gave a treatment, and the difference it made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from glasscase.catalog.cells import as_text
from glasscase.errors import BadCatalog, CannotTrain
from glasscase.intervals import Interval, percentile_interval, resampled_sums
from glasscase.kpi.folds import Rows
from glasscase.kpi.named_features import FeatureTable
from glasscase.kpi.scale import Floats
from glasscase.kpi.target import Cells

MOST_ARMS = 6
_LEAST_GROUPS = 10
_CONTROL = ("control", "0", "no", "none", "old", "off", "false", "a", "baseline")


@dataclass(frozen=True)
class Outcomes:
    """What was measured of the rows of an experiment."""

    amounts: Floats
    """[n]: the KPI in its own unit, per unit of exposure where there is one."""
    weights: Floats
    """[n], above 0."""
    groups: Rows
    """[n]: what was treated as one."""


@dataclass(frozen=True)
class Difference:
    """The KPI's mean with one treatment less that of the control."""

    treatment: str
    control: str
    by: Interval
    """In the KPI's own unit, per unit of exposure where there is one."""
    means: tuple[float, float]
    """With the treatment, and of the control."""
    products: tuple[int, int]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "treatment": self.treatment,
            "control": self.control,
            **self.by.to_dict(),
            "mean": self.means[0],
            "control_mean": self.means[1],
            "products": self.products[0],
            "control_products": self.products[1],
        }


@dataclass(frozen=True)
class Experiment:
    """What an experiment found, and whether it looks like one."""

    column: str
    differences: tuple[Difference, ...]
    unbalanced: tuple[str, ...]
    """Named features by which the arms differ more than luck makes likely (5 % in all)."""

    @property
    def causal(self) -> bool:
        """Whether a causal word is allowed: told to be an experiment, and nothing speaks against
        it."""
        return not self.unbalanced

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "column": self.column,
            "causal": self.causal,
            "unbalanced": list(self.unbalanced),
            "differences": [one.to_dict() for one in self.differences],
            "sentences": self.sentences(),
        }

    def sentences(self) -> list[str]:
        """One for each treatment."""
        found = []
        for one in self.differences:
            span = f"95 % interval {one.by.low:+.4g} to {one.by.high:+.4g}"
            sure = one.by.low > 0 or one.by.high < 0
            if self.causal and sure:
                verb = "raised" if one.by.value > 0 else "lowered"
                told = f"{one.treatment!r} {verb} it by {abs(one.by.value):.4g}"
            elif self.causal:
                told = f"an effect of {one.treatment!r} is not shown: {one.by.value:+.4g}"
            else:
                told = f"with {one.treatment!r} it was {one.by.value:+.4g} away"
            found.append(f"{told[0].upper()}{told[1:]} against {one.control!r} ({span}).")
        if self.unbalanced:
            found.append(
                f"The arms differ in {', '.join(self.unbalanced)} more than luck makes likely, so "
                "this does not look like an experiment, and causes are not spoken of."
            )
        return found


def read_arms(rows: Cells, name: str) -> tuple[list[str], tuple[str, ...]]:
    """The arm of each row ("" where none is said), and the arms, the control first.

    Raises:
        BadCatalog: fewer than two arms, or too many to be treatments.
    """
    arms = [as_text(cells.get(name)) or "" for _, cells in rows]
    counts = Counter(arm for arm in arms if arm)
    if not 2 <= len(counts) <= MOST_ARMS:
        raise BadCatalog(
            f"column {name!r} has {len(counts)} different values; an experiment has 2 to "
            f"{MOST_ARMS} arms",
            "Name the column that says which treatment a row had.",
        )
    by_name = {arm.casefold(): arm for arm in sorted(counts)}
    control = next((by_name[word] for word in _CONTROL if word in by_name), None)
    control = control or counts.most_common(1)[0][0]
    return arms, (control, *sorted(arm for arm in counts if arm != control))


def run_experiment(
    column: str,
    arms: Sequence[str],
    names: Sequence[str],
    outcomes: Outcomes,
    table: FeatureTable,
) -> Experiment:
    """Differences of weighted means with intervals over groups (what was treated as one).

    Raises:
        CannotTrain: an arm of fewer than 10 groups.
    """
    own = np.asarray(arms)
    for arm in names:
        count = len(np.unique(outcomes.groups[own == arm]))
        if count < _LEAST_GROUPS:
            raise CannotTrain(
                f"arm {arm!r} of {column!r} has {count} independent groups",
                f"An experiment needs {_LEAST_GROUPS} in each arm.",
            )
    control = names[0]
    found = [_difference(arm, control, own, outcomes) for arm in names[1:]]
    return Experiment(column, tuple(found), _unbalanced(own, names, outcomes.groups, table))


def _difference(arm: str, control: str, own: Any, outcomes: Outcomes) -> Difference:
    there = np.isin(own, [arm, control])
    weights, groups = outcomes.weights, outcomes.groups
    treated, other = (own == arm)[there], (own == control)[there]
    weighed = weights[there] * outcomes.amounts[there]
    table = np.stack(
        [weighed * treated, weights[there] * treated, weighed * other, weights[there] * other],
        axis=1,
    )
    sums = table.sum(axis=0)
    draws = resampled_sums(table, groups=groups[there].tolist(), samples=2000)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = draws[:, 0] / draws[:, 1] - draws[:, 2] / draws[:, 3]
    means = (float(sums[0] / sums[1]), float(sums[2] / sums[3]))
    by = percentile_interval(means[0] - means[1], apart)
    return Difference(arm, control, by, means, (int(treated.sum()), int(other.sum())))


def _unbalanced(
    own: Any, names: Sequence[str], groups: Rows, table: FeatureTable
) -> tuple[str, ...]:
    """Features whose means over groups differ between an arm and the control (z-test, Bonferroni).

    A balance test, not a proof of luck: what was not measured may differ all the same.
    """
    columns = []
    for feature in table.features:
        values = table.values[feature.name]
        if feature.kind == "number":
            columns.append((feature.name, values))
        else:
            columns += [(feature.name, np.where(np.isfinite(values), values == level, np.nan))
                        for level in range(len(feature.levels))]  # fmt: skip
    tests = max(1, len(columns) * (len(names) - 1))
    limit = float(-ndtri(0.05 / tests / 2))
    found = []
    for name, values in columns:
        for arm in names[1:]:
            one, other = (_group_means(values, own == a, groups) for a in (arm, names[0]))
            spread = np.sqrt(_error(one) + _error(other))
            apart = abs(one.mean() - other.mean())
            rounding = 1e-9 * max(abs(one.mean()), abs(other.mean()))
            if apart > max(limit * spread, rounding):  # no spread at all: each arm has its own
                found.append(name)
    return tuple(dict.fromkeys(found))


def _group_means(values: Floats, rows: Any, groups: Rows) -> Floats:
    kept = rows & np.isfinite(values)
    if not kept.any():
        return np.zeros(1)
    _, number = np.unique(groups[kept], return_inverse=True)
    return np.asarray(np.bincount(number, weights=values[kept]) / np.bincount(number))


def _error(means: Floats) -> float:
    return float(means.var(ddof=1) / len(means)) if len(means) > 1 else 0.0
