"""Parts of the products a model may treat worse: figures of each, and a test against the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from glasscase.evaluation.answers import Answers
from glasscase.evaluation.fisher import fisher_worse
from glasscase.evaluation.holm import holm
from glasscase.evaluation.metrics import ClassCounts, Floats, Ints, Mask, ratio
from glasscase.evaluation.pairs import LEVEL
from glasscase.evaluation.seen import Seen
from glasscase.intervals import (
    Interval,
    number,
    percentile_interval,
    resampled_sums,
    share_interval,
)

LEAST = 20
"""Independent products a slice, and its rest, must have to be tested."""
Verdict = Literal["worse", "alike", "too few"]
_ORDER: dict[Verdict, int] = {"worse": 0, "alike": 1, "too few": 2}
_SAMPLES = 1000
_LEAST_SAME, _MOST_OF_IT = 5, 0.8
"""So many products of a category the rest must have, for such a share of the slice."""


@dataclass(frozen=True)
class Dimension:
    """A way to divide the products, such as by brand."""

    name: str
    values: tuple[str | None, ...]
    """[n]: the slice of each product; None where it is in none."""


@dataclass(frozen=True)
class Slice:
    """One part of the products."""

    dimension: str
    name: str
    products: int
    independent: int
    """Near-duplicates counted once."""
    accuracy: Interval
    macro_f1: Interval
    """Over the classes that occur in it."""
    ece: float
    accepted_share: float
    accepted_error: Interval
    """Share of wrong answers among the accepted."""
    difference: Interval
    """Accuracy less that of all other products; below 0 the slice is worse."""
    expected: float
    """What the rest is right about in the same mix of categories; NaN where it has too few."""
    p_value: float
    """Fisher's exact test against the rest, one of each near-duplicate; 1 where not tested."""
    p_holm: float = 1.0
    """Corrected for all slices tested."""
    verdict: Verdict = "too few"

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "dimension": self.dimension,
            "name": self.name,
            "verdict": self.verdict,
            "products": self.products,
            "independent": self.independent,
            "accuracy": self.accuracy.to_dict(),
            "macro_f1": self.macro_f1.to_dict(),
            "ece": number(self.ece),
            "accepted_share": self.accepted_share,
            "accepted_error": self.accepted_error.to_dict(),
            "difference": self.difference.to_dict(),
            "expected_from_its_categories": number(self.expected),
            "p_value": self.p_value,
            "p_holm": self.p_holm,
        }


@dataclass(frozen=True)
class Sliced:
    """What all slices are made of."""

    answers: Answers
    seen: Seen
    groups: Ints
    """[n]: near-duplicates."""
    seed: int = 0


def judge_slices(of: Sliced, dimensions: Sequence[Dimension]) -> tuple[Slice, ...]:
    """Every slice of every dimension, those worse than the rest first, then by accuracy.

    All slices with enough products on both sides make one family for Holm's correction, so that
    luck alone makes any of them look worse with a probability of at most 5 %.
    """
    found: list[Slice] = []
    for dimension in dimensions:
        values = np.array([value or "" for value in dimension.values], dtype=np.str_)
        for name in dict.fromkeys(value for value in dimension.values if value):
            rows = values == name
            if not rows.all():
                found.append(_slice(of, dimension.name, name, rows))
    tested = [one for one in found if one.verdict != "too few"]
    corrected = iter(holm([one.p_value for one in tested]))
    told = [one if one.verdict == "too few" else _tested(one, next(corrected)) for one in found]
    return tuple(sorted(told, key=lambda one: (_ORDER[one.verdict], one.difference.value)))


def noticed_below(tests: int, count: int, rest_right: int, rest_count: int) -> float | None:
    """The share right of a slice of `count` products below which it would be warned of.

    None where even a slice with no right answer would not be.
    """
    for right in range(count, -1, -1):
        if fisher_worse(right, count, rest_right, rest_count) * max(tests, 1) < LEVEL:
            return (right + 1) / count
    return None


def _tested(one: Slice, p_holm: float) -> Slice:
    worse = p_holm < LEVEL and one.difference.value < 0
    return replace(one, p_holm=p_holm, verdict="worse" if worse else "alike")


def _slice(of: Sliced, dimension: str, name: str, rows: Mask) -> Slice:
    inside, outside = _independent(of.groups, rows)
    enough = min(len(inside), len(outside)) >= LEAST
    correct = of.answers.correct
    p_value = 1.0
    if enough:
        p_value = fisher_worse(
            int(correct[inside].sum()), len(inside), int(correct[outside].sum()), len(outside)
        )
    part, groups = of.seen.take(rows), of.groups[rows]
    return Slice(
        dimension,
        name,
        int(rows.sum()),
        len(inside),
        part.accuracy(groups, seed=of.seed),
        _macro_f1(of, rows),
        part.ece(),
        float(part.accepted.mean()),
        part.accepted_error(groups, seed=of.seed),
        _difference(of, rows),
        _expected(of.answers, rows),
        p_value,
        verdict="alike" if enough else "too few",
    )


def _independent(groups: Ints, rows: Mask) -> tuple[Ints, Ints]:
    """One row of each group inside, and one of each group that is all outside."""
    inside = np.flatnonzero(rows)
    inside = inside[np.unique(groups[inside], return_index=True)[1]]
    outside = np.flatnonzero(~rows & ~np.isin(groups, groups[rows]))
    return inside, outside[np.unique(groups[outside], return_index=True)[1]]


def _difference(of: Sliced, rows: Mask) -> Interval:
    correct = of.answers.correct
    columns = [rows, rows & correct, ~rows, ~rows & correct]
    table = np.stack(columns, axis=1).astype(np.float64)
    totals = table.sum(axis=0)
    draws = resampled_sums(table, groups=of.groups.tolist(), samples=_SAMPLES, seed=of.seed)
    return percentile_interval(float(_gap(totals)), _gap(draws))


def _gap(sums: Floats) -> Floats:
    count, right, rest, rest_right = np.moveaxis(sums, -1, 0)
    return np.asarray(ratio(right, count, empty=np.nan) - ratio(rest_right, rest, empty=np.nan))


def _macro_f1(of: Sliced, rows: Mask) -> Interval:
    targets, predicted = of.answers.targets[rows], of.answers.predicted[rows]
    occur = np.unique(np.concatenate([targets, predicted[predicted >= 0]]))
    true, given = (one[:, None] == occur[None, :] for one in (targets, predicted))
    table = np.hstack([true & given, true, given]).astype(np.float64)
    draws = resampled_sums(table, groups=of.groups[rows].tolist(), samples=_SAMPLES, seed=of.seed)
    units = len(np.unique(of.groups[rows]))
    return share_interval(float(_f1(table.sum(axis=0))), _f1(draws), units)


def _f1(sums: Floats) -> Floats:
    counts = ClassCounts(*np.split(sums, 3, axis=-1))
    return counts.macro(counts.f1)


def _expected(answers: Answers, rows: Mask) -> float:
    """Accuracy of the rest, its categories weighed as they are in the slice.

    NaN where the rest has too little of them to say.
    """
    right = np.bincount(answers.targets[~rows], answers.correct[~rows], len(answers.names))
    there = np.bincount(answers.targets[~rows], minlength=len(answers.names))
    own = answers.targets[rows]
    known = there[own] >= _LEAST_SAME
    if known.mean() < _MOST_OF_IT:
        return float("nan")
    return float((right[own[known]] / there[own[known]]).mean())
