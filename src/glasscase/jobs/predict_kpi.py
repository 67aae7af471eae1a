"""Predict a KPI: every model on the same honest folds, drivers, intervals, and one to keep."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.extras import need
from glasscase.intervals import Interval
from glasscase.jobs.kpis.kpi_options import KpiOptions
from glasscase.jobs.kpis.kpi_result import KpiResult
from glasscase.jobs.kpis.kpi_study import Study, prepare_kpi
from glasscase.kpi.conformal import HeldOutErrors
from glasscase.kpi.design import NAMES
from glasscase.kpi.drivers import Drivers, find_drivers, names_share
from glasscase.kpi.experiment import Experiment, Outcomes, run_experiment
from glasscase.kpi.fitted import FittedKpi
from glasscase.kpi.gains import gain, gains
from glasscase.kpi.leaks import fit_alarms
from glasscase.kpi.learner import Learner, candidates
from glasscase.kpi.trial import Trial, score, try_out
from glasscase.progress import Progress, silent
from glasscase.settings import Settings


def predict_kpi(
    source: Any,
    target: str,
    *,
    photos: str | Path | None = None,
    options: KpiOptions | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> KpiResult:
    """Learn to predict the column `target` of a table of products, and say what goes with it.

    Models read named columns, words and photos; all are judged on the same held-out products:
    later ones where there is a time, whole groups and near-duplicates together in any case. What
    is kept is the simplest model that no other surely beats.

    Args:
        source: a CSV, TSV, Parquet or JSON Lines file, or a data frame.
        target: the column of the KPI.
        photos: folder of the photos.
        options: what other columns mean, and how to go about it.
        settings: encoders and limits.
        progress: who is told how far it is.

    Raises:
        BadCatalog, BadSetting: a column that is not there, holds text, or means two things.
        CannotTrain: below 100 usable products (unless forced), a constant, one group only.

    Not covered: what a change would do to the KPI. Only an experiment says that.
    """
    options, settings = options or KpiOptions(), settings or Settings()
    study = prepare_kpi(
        source, target, photos=photos, options=options, settings=settings, progress=progress
    )
    with need("threadpoolctl", extra="train").threadpool_limits(1):
        trials = _trials(study, options, progress)
        mean = trials[0]
        chosen = choose(trials, study)
        drivers = _drivers(trials, study, options, progress)
        learner = Learner(chosen.members[0].family, chosen.reads).fit(
            study.sample, seed=options.seed
        )
    errors = HeldOutErrors.of(
        study.sample.learnt, chosen.answers, study.division, level=options.level
    )
    scores = [
        score(one, mean, study.sample, study.division, scale=study.scale, exposure=study.exposure)
        for one in trials
    ]
    best = min(range(len(trials)), key=lambda i: _error(trials[i], study))
    return KpiResult(
        study=study,
        options=options,
        trials=tuple(trials),
        scores=tuple(scores),
        chosen=chosen,
        gains=tuple(gains(trials, study.division)),
        over_names=tuple(_over_names(trials, study)),
        share=_share(trials, mean, study),
        drivers=drivers,
        experiment=_experiment(study, options),
        errors=errors,
        alarms=(*study.alarms, *fit_alarms(scores[best].r2.value, trials[best].name)),
        fitted=_fitted(study, learner, chosen, errors, options, settings),
    )


def _trials(study: Study, options: KpiOptions, progress: Progress) -> list[Trial]:
    named = bool(study.sample.table.features)
    every = candidates(options.models, study.blocks, names=named)
    return [
        try_out(
            partial(Learner, family, reads), study.sample, study.division, seed=options.seed,
        )
        for family, reads in progress.track(every, total=len(every), what="Trying models")
    ]  # fmt: skip


def choose(trials: list[Trial], study: Study) -> Trial:
    """The simplest model that the one with the least held-out error does not surely beat.

    In order: the mean, names alone, then all others by their error; so a photo or a network is
    only shipped where it earned its place.
    """
    mean = trials[0]
    least = min(trials, key=lambda one: _error(one, study))
    simple = [one for one in trials if one.reads in ((), (NAMES,))]
    simple.sort(key=lambda one: (one.family != "mean", _error(one, study)))
    for one in simple:
        if one is least or gain("all", one, least, mean, study.division).by.low <= 0:
            return one
    return least


def _error(trial: Trial, study: Study) -> float:
    return float(trial.losses[study.division.judged].sum())


def _best(trials: list[Trial], study: Study, reads: set[str], *, exactly: bool) -> Trial | None:
    found = [
        one for one in trials
        if (set(one.reads) == reads if exactly else set(one.reads) - {NAMES})
    ]  # fmt: skip
    return min(found, key=lambda one: _error(one, study), default=None)


def _drivers(
    trials: list[Trial], study: Study, options: KpiOptions, progress: Progress
) -> Drivers | None:
    """Of the better of ridge and boosting on names; None where there are no names."""
    names = _best(trials, study, {NAMES}, exactly=True)
    if names is None:
        return None
    progress.say("Looking for what goes with it")
    return find_drivers(names, trials[0], study.sample, study.division, seed=options.seed)


def _share(trials: list[Trial], mean: Trial, study: Study) -> dict[str, Any]:
    names = _best(trials, study, {NAMES}, exactly=True)
    return names_share(names, _best(trials, study, set(), exactly=False), mean, study.division)


def _over_names(trials: list[Trial], study: Study) -> list[Interval]:
    """What each model takes off the error of the best one on names alone (or of the mean)."""
    names = _best(trials, study, {NAMES}, exactly=True) or trials[0]
    return [
        Interval(0.0, 0.0, 0.0)
        if one is names
        else gain("all", names, one, trials[0], study.division).by
        for one in trials
    ]


def _experiment(study: Study, options: KpiOptions) -> Experiment | None:
    if study.arms is None or options.experiment is None:
        return None
    amounts, weights = study.amounts, study.sample.weights
    if study.exposure is not None:  # a rate; its mean over exposure is all sales by all exposure
        amounts, weights = amounts / study.exposure, study.exposure
    outcomes = Outcomes(amounts, weights, study.sample.groups)
    return run_experiment(options.experiment, *study.arms, outcomes, study.sample.table)


def _fitted(
    study: Study,
    learner: Learner,
    chosen: Trial,
    errors: HeldOutErrors,
    options: KpiOptions,
    settings: Settings,
) -> FittedKpi:
    reads_vectors = bool(set(learner.reads) - {NAMES})
    usual = 1.0 if study.exposure is None else float(np.median(study.exposure))
    return FittedKpi(
        target=study.target.name,
        scale=study.scale,
        features=study.sample.table.features,
        learner=learner,
        members=chosen.members,
        errors=errors,
        columns=study.table.columns,
        settings=settings,
        encoder=study.encoder if reads_vectors else None,
        exposure=options.exposure if study.exposure is not None else None,
        usual_exposure=usual,
        time=options.time,
        until="" if study.moments is None else study.moments.span[1],
    )
