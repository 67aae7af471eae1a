"""Whether photos or words add anything: errors of two models on the same held-out products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glasscase.intervals import Interval, resampled_sums
from glasscase.kpi.folds import Division
from glasscase.kpi.scale import Floats
from glasscase.kpi.trial import Trial

LEAST_GROUPS = 20
"""Fewer independent groups cannot carry a statement."""
_SAMPLES = 2000


@dataclass(frozen=True)
class Gain:
    """What reading something more takes off the error, in points of R2 (0.02 is two points)."""

    what: str
    """`photo`, `text`, or `vectors`."""
    family: str
    by: Interval
    """Paired, over groups; wider than 95 % where several families are asked (Bonferroni)."""
    groups: int

    @property
    def helps(self) -> bool:
        """Whether it surely takes something off: the whole interval lies above 0."""
        return self.groups >= LEAST_GROUPS and self.by.low > 0

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"what": self.what, "family": self.family, **self.by.to_dict(), "helps": self.helps}


def gain(
    what: str,
    without: Trial,
    including: Trial,
    mean: Trial,
    division: Division,
    *,
    asked: int = 1,
) -> Gain:
    """The gain of `including` over `without`, both on the same folds.

    Percentile bootstrap of whole groups (Efron and Tibshirani 1993) of the paired differences of
    squared errors, as a share of the mean model's error. With `asked` comparisons of one question
    the interval has 1 - 0.05 / asked coverage, so that luck in any of them stays below 5 %.
    """
    rows = np.flatnonzero(division.judged)
    groups = division.groups[rows]
    table = np.stack([without.losses[rows], including.losses[rows], mean.losses[rows]], axis=1)
    value = float(_points(table.sum(axis=0)))
    draws = _points(resampled_sums(table, groups=groups.tolist(), samples=_SAMPLES))
    tail = 100 * 0.05 / max(asked, 1) / 2
    low, high = (float(x) for x in np.percentile(draws, [tail, 100 - tail]))
    by = Interval(value, min(low, value), max(high, value))
    return Gain(what, including.family, by, len(np.unique(groups)))


def _points(sums: Floats) -> Floats:
    return np.asarray((sums[..., 0] - sums[..., 1]) / np.maximum(sums[..., 2], 1e-300))


def gains(trials: Sequence[Trial], division: Division) -> list[Gain]:
    """What photos add to all else, and words to all else, for each family that can be asked.

    Compared are models of one family that differ in nothing but the blocks of one modality, chosen
    before anything is known of their errors.
    """
    named = {(one.family, frozenset(one.reads)): one for one in trials}
    mean = next(one for one in trials if one.family == "mean")
    found: list[Gain] = []
    for what, block in (("photo", "image"), ("text", "sentence")):
        pairs = []
        for one in trials:
            other = named.get((one.family, frozenset(one.reads) - {block}))
            if block in one.reads and other is None and len(one.reads) == 1:
                other = mean
            if block in one.reads and other is not None and _most(one, named):
                pairs.append((other, one))
        found += [gain(what, a, b, mean, division, asked=len(pairs)) for a, b in pairs]
    return found


def _most(one: Trial, named: Mapping[Any, Trial]) -> bool:
    """Whether no other trial of the family reads more."""
    return not any(family == one.family and reads > frozenset(one.reads) for family, reads in named)


def said(found: Sequence[Gain], what: str) -> str:
    """One sentence about what a modality adds."""
    own = [one for one in found if one.what == what]
    name = {"photo": "The photo", "text": "The text"}[what]
    if not own:
        return ""
    best = max(own, key=lambda one: one.by.low)
    told = (
        f"{100 * best.by.value:+.1f} points of R2, interval {100 * best.by.low:+.1f} to "
        f"{100 * best.by.high:+.1f}, {best.family}"
    )
    if best.groups < LEAST_GROUPS:
        return f"Whether {name.lower()} helps cannot be said from {best.groups} groups ({told})."
    if best.helps:
        return f"{name} helps to predict it ({told})."
    return f"It is not shown that {name.lower()} helps to predict it ({told})."
