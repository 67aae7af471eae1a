"""What a way to predict is worth: its answers for products it had not learnt from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glasscase.intervals import Interval, percentile_interval, resampled_sums
from glasscase.kpi.folds import Division
from glasscase.kpi.learner import Learner, Sample
from glasscase.kpi.ranks import ranks as ranked
from glasscase.kpi.scale import Floats, Scale


@dataclass(frozen=True)
class Trial:
    """One candidate on all folds."""

    name: str
    family: str
    reads: tuple[str, ...]
    answers: Floats
    """[n]: in the scale of learning, by a model that had not seen the product; NaN where no fold
    held it back."""
    members: tuple[Learner, ...]
    """The model of each fold."""
    losses: Floats
    """[n]: weight times squared error in the scale of learning; NaN as `answers`."""


def try_out(make: Callable[[], Learner], sample: Sample, division: Division, *, seed: int) -> Trial:
    """Fit a fresh learner on the past or the other folds, and let it answer for the rest."""
    answers = np.full(len(sample), np.nan)
    members = []
    for number, learning, held in division:
        member = make().fit(sample.take(learning), seed=seed + number)
        answers[held] = member.predict(sample.take(held))
        members.append(member)
    losses = sample.weights * (sample.learnt - answers) ** 2
    one = members[0]
    return Trial(one.name, one.family, one.reads, answers, tuple(members), losses)


@dataclass(frozen=True)
class Scores:
    """How good a trial is, each with a 95 % interval over groups of products."""

    r2: Interval
    """1 - squared error by that of the mean, both held out, in the scale of learning: 0 is no
    better than the mean of what went before, 1 is perfect, below 0 is worse than the mean."""
    mae: Interval
    """Mean absolute error in the KPI's own unit."""
    spearman: Interval
    """Rank correlation of answers and truth, -1 to 1."""


def score(
    trial: Trial, mean: Trial, sample: Sample, division: Division, *, scale: Scale,
    exposure: Floats | None,
) -> Scores:  # fmt: skip
    """Figures of `trial`; `mean` is the trial of always answering with the mean.

    Draws keep what was learnt: how much another training set would change is not in the intervals.
    Ranks of the rank correlation are taken once, not in every draw.
    """
    rows = np.flatnonzero(division.judged)
    groups = division.groups[rows].tolist()
    shown = None if exposure is None else exposure[rows]
    truth, answers = sample.learnt[rows], trial.answers[rows]
    apart = np.abs(scale.back(truth, shown) - scale.back(answers, shown))
    weights = sample.weights[rows]
    table = np.stack([trial.losses[rows], mean.losses[rows], weights * apart, weights], axis=1)
    sums, draws = table.sum(axis=0), resampled_sums(table, groups=groups)
    ranks = _moments(ranked(truth), ranked(answers))
    rank_draws = resampled_sums(ranks, groups=groups)
    flat = np.ptp(answers) <= 1e-12
    return Scores(
        percentile_interval(float(_r2(sums)), _r2(draws)),
        percentile_interval(float(sums[2] / sums[3]), draws[:, 2] / draws[:, 3]),
        Interval.undefined()
        if flat
        else percentile_interval(float(_correlation(ranks.sum(axis=0))), _correlation(rank_draws)),
    )


def _r2(sums: Floats) -> Floats:
    return np.asarray(1 - sums[..., 0] / np.maximum(sums[..., 1], 1e-300))


def _moments(one: Floats, other: Floats) -> Floats:
    return np.stack([np.ones(len(one)), one, other, one * one, other * other, one * other], axis=1)


def _correlation(sums: Floats) -> Floats:
    count, x, y, xx, yy, xy = (sums[..., k] for k in range(6))
    across = count * xy - x * y
    spread = np.sqrt(np.maximum((count * xx - x * x) * (count * yy - y * y), 1e-300))
    return np.asarray(across / spread)
