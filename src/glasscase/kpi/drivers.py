"""Drivers: which named features go with the KPI, how much, which way, and how surely.

"Drivers" is what the field calls this table. What it shows are associations in a predictive model:
none of its figures says what a change of the feature would do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasscase.intervals import Interval, percentile_interval, resampled_sums
from glasscase.kpi.accumulated_effects import Effect, effect
from glasscase.kpi.design import NAMES
from glasscase.kpi.folds import Division, Rows
from glasscase.kpi.learner import Learner, Sample
from glasscase.kpi.named_features import FeatureTable, NamedFeature
from glasscase.kpi.ranks import rank_correlation
from glasscase.kpi.scale import Floats
from glasscase.kpi.shapley_values import shapley_values
from glasscase.kpi.trial import Trial
from glasscase.models.ridge import Ridge

KIN = 0.8
"""Numbers whose rank correlation is larger are kin: permuting one leaves the other to tell."""
STABLE = 0.95
_REPEATS, _RESAMPLES, _DRAWS = 5, 100, 2000


@dataclass(frozen=True)
class Driver:
    """One named feature and how the KPI goes with it."""

    name: str
    kind: str
    importance: Interval
    """Points of R2 (1 is all) that held-out answers lose when its values change hands."""
    kin: tuple[str, ...]
    with_kin: Interval | None
    """The same when its kin change hands together with it; None where it has none."""
    shapley: float
    """Mean absolute Shapley value, in the scale of learning."""
    direction: str
    """`more`: the KPI is higher where it is higher; `less`; or the level with the highest KPI."""
    stability: float
    """Share of resamples of the groups in which the direction is the same, 0 to 1."""
    span: float
    """From its lowest to its highest effect, in the scale of learning."""
    sure_low: float
    """Lower end of its importance, or with its kin, in an interval that is wide enough for all
    features together (Bonferroni)."""

    @property
    def associated(self) -> bool:
        """Whether held-out answers surely need it, alone or with its kin."""
        return self.sure_low > 0

    @property
    def verdict(self) -> str:
        """In words."""
        if not self.associated:
            return "not shown to be associated"
        if self.stability < STABLE:
            return "associated, direction not certain"
        if self.kind == "category":
            return f"associated, highest for {self.direction}"
        return f"associated, goes with {self.direction}"

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "name": self.name,
            "kind": self.kind,
            "importance": self.importance.to_dict(),
            "kin": list(self.kin),
            "importance_with_kin": None if self.with_kin is None else self.with_kin.to_dict(),
            "shapley": self.shapley,
            "direction": self.direction,
            "stability": self.stability,
            "span": self.span,
            "associated": self.associated,
            "verdict": self.verdict,
        }


@dataclass(frozen=True)
class Drivers:
    """The table, the effects, and what they were read from."""

    rows: tuple[Driver, ...]
    """The most important first."""
    effects: tuple[Effect, ...]
    """In the same order, where there is one."""
    family: str
    shapley_exact: bool
    shapley_gap: float


def find_drivers(
    trial: Trial, mean: Trial, sample: Sample, division: Division, *, seed: int = 0
) -> Drivers:
    """Drivers of the KPI by the models of `trial`, which reads names alone."""
    assert trial.reads == (NAMES,)
    features = sample.table.features
    whole = Learner(trial.members[0].family, (NAMES,)).fit(sample, seed=seed)
    found = shapley_values(whole, sample, seed=seed)
    directions = _directions(sample, seed)
    kin = _kin(sample.table)
    effects = {
        one.name: made
        for one in features
        if (made := effect(one, whole, trial.members, sample)) is not None
    }
    rows = []
    for one in features:
        near = kin.get(one.name, ())
        own, sure = _importance((one.name,), trial, mean, sample, division)
        both = None
        if near:
            both, sure_both = _importance((one.name, *near), trial, mean, sample, division)
            sure = max(sure, sure_both)
        direction, stability = directions[one.name]
        rows.append(
            Driver(
                one.name, one.kind, own, near, both, found.sizes[one.name], direction, stability,
                effects[one.name].span if one.name in effects else 0.0, sure,
            )
        )  # fmt: skip
    rows.sort(key=lambda row: (-row.importance.value, row.name))
    ordered = tuple(effects[row.name] for row in rows if row.name in effects)
    return Drivers(tuple(rows), ordered, trial.family, found.exact, found.gap)


def _importance(
    names: Sequence[str], trial: Trial, mean: Trial, sample: Sample, division: Division
) -> tuple[Interval, float]:
    """Permutation importance on held-out products (Breiman 2001; Fisher, Rudin and Dominici 2019),
    all of `names` changing hands together, paired with the error without; and the lower end that
    holds for all features together."""
    random = np.random.default_rng(0)
    lost = np.full(len(sample), np.nan)
    for number, _, held in division:
        part = sample.take(held)
        member, errors = trial.members[number], np.zeros(len(held))
        for _ in range(_REPEATS):
            order = random.permutation(len(held))
            moved = {name: part.table.values[name][order] for name in names}
            answers = member.predict(part.with_table(part.table.replaced(moved)))
            errors += part.weights * (part.learnt - answers) ** 2
        lost[held] = errors / _REPEATS - trial.losses[held]
    rows = np.flatnonzero(division.judged)
    table = np.stack([lost[rows], mean.losses[rows]], axis=1)
    sums = resampled_sums(table, groups=division.groups[rows].tolist(), samples=_DRAWS)
    total, draws = table.sum(axis=0), sums[:, 0] / np.maximum(sums[:, 1], 1e-300)
    tail = 100 * 0.05 / 2 / max(1, len(sample.table.features))
    found = percentile_interval(float(total[0] / max(total[1], 1e-300)), draws)
    return found, float(np.percentile(draws, tail))


def _directions(sample: Sample, seed: int) -> dict[str, tuple[str, float]]:
    """Direction of each feature in a ridge on all names, and in how many resamples it is the same.

    Groups are drawn with replacement (Efron and Tibshirani 1993); the penalty stays.
    """
    learner = Learner("ridge", (NAMES,)).fit(sample, seed=seed)
    rows, owners = learner.design.named(sample.table), np.array(learner.design.owners)
    assert isinstance(learner.model, Ridge)
    penalty, random = learner.model.penalty, np.random.default_rng(seed)
    units = np.unique(sample.groups, return_inverse=True)[1]
    first = {
        one.name: _direction(one, learner.model.coefficients[owners == one.name])
        for one in sample.table.features
    }
    same = dict.fromkeys(first, 0)
    for _ in range(_RESAMPLES):
        drawn = np.bincount(random.integers(0, units.max() + 1, units.max() + 1),
                            minlength=units.max() + 1)[units]  # fmt: skip
        kept = np.flatnonzero(drawn)
        model = Ridge(penalty).fit(
            rows[kept], sample.learnt[kept], sample.weights[kept] * drawn[kept]
        )
        for one in sample.table.features:
            found = _direction(one, model.coefficients[owners == one.name])
            same[one.name] += found == first[one.name]
    return {name: (first[name], same[name] / _RESAMPLES) for name in first}


def _direction(feature: NamedFeature, coefficients: Floats) -> str:
    if feature.kind == "number":
        return "more" if coefficients[0] > 0 else "less"
    return feature.levels[int(np.argmax(coefficients[: len(feature.levels)]))]


def _kin(table: FeatureTable) -> Mapping[str, tuple[str, ...]]:
    numbers = [one.name for one in table.features if one.kind == "number"]
    found: dict[str, tuple[str, ...]] = {}
    for name in numbers:
        near = [
            n
            for n in numbers
            if n != name and rank_correlation(table.values[name], table.values[n]) >= KIN
        ]
        if near:
            found[name] = tuple(near)
    return found


def names_share(
    names: Trial | None, everything: Trial | None, mean: Trial, division: Division
) -> dict[str, Any]:
    """How much of the variance names explain on held-out products, beside names and vectors.

    `share` is the first over the second, None where the second does not surely explain anything.
    """
    rows: Rows = np.flatnonzero(division.judged)
    groups = division.groups[rows].tolist()

    def explained(trial: Trial | None) -> Interval:
        if trial is None:
            return Interval.undefined()
        table = np.stack([trial.losses[rows], mean.losses[rows]], axis=1)
        draws, total = resampled_sums(table, groups=groups), table.sum(axis=0)
        return percentile_interval(float(1 - total[0] / total[1]), 1 - draws[:, 0] / draws[:, 1])

    own, whole = explained(names), explained(everything)
    share = Interval.undefined()
    if names is not None and everything is not None and whole.defined and whole.low > 0:
        table = np.stack([names.losses[rows], everything.losses[rows], mean.losses[rows]], axis=1)
        draws, total = resampled_sums(table, groups=groups), table.sum(axis=0)
        ratio = (draws[:, 2] - draws[:, 0]) / (draws[:, 2] - draws[:, 1])
        share = percentile_interval(float((total[2] - total[0]) / (total[2] - total[1])), ratio)
    return {"names": own.to_dict(), "all": whole.to_dict(), "share": share.to_dict()}
