"""Tune: the recipe and settings that do best on a catalogue, found by trial."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, cast

from glasscase.catalog.catalog import Catalog
from glasscase.errors import BadSetting, CannotTrain, GlasscaseError
from glasscase.extras import need
from glasscase.jobs.comparing.side_by_side import load_torch
from glasscase.jobs.comparing.task import check_enough
from glasscase.jobs.comparing.trial_judge import Metric, TrialJudge
from glasscase.jobs.searching.search_space import (
    DIALS,
    SEARCHED,
    SearchSpace,
    check_recipes,
    readable,
    search_space,
)
from glasscase.jobs.searching.tuning import State, TunedTrial, Tuning
from glasscase.jobs.searching.tuning_study import (
    PROCESS,
    REASON,
    fingerprint,
    importance,
    opened_study,
    this_process,
)
from glasscase.models.bases import BASES
from glasscase.models.recipes import recipe_named, with_recipe
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

FEWEST_FOR_IMPORTANCE = 8
"""Finished trials below which it is not said which setting mattered."""
_JUDGED = ("photos", "text", "encoders", "lexical", "train", "net")
"""Sections of settings that decide how good a model is."""
_OF_THE_RUN = {"seed", "folds", "recipe", "accelerator", "devices", "log"}
"""Settings of those sections that are no part of a recipe."""


@dataclass(frozen=True)
class SearchPlan:
    """What is searched, and for how long."""

    metric: Metric = "accuracy"
    recipes: Sequence[str] = ()
    """Empty: all that can be tuned and find what they read."""
    encoders: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """`text` or `image` -> encoders to choose from; else the one of the settings."""
    trials: int = 40
    """In the whole search, those of earlier and other processes included."""
    seconds: float | None = None
    """Time for this call; the trial that is running then is finished."""


def tune(
    catalog: Catalog,
    *,
    plan: SearchPlan | None = None,
    settings: Settings | None = None,
    storage: str | Path | None = None,
    progress: Progress = silent,
) -> Tuning:
    """Try recipes, encoders and their settings on grouped folds, and find the best.

    The usual settings come first, so the result is never worse than they on these folds. What was
    set on purpose is left alone. Points are drawn by TPE (Bergstra et al. 2011); one that is below
    the median of the others after some folds is given up.

    Args:
        catalog: labelled products; the others are left out.
        plan: metric, recipes, encoders and budget.
        settings: what is not searched.
        storage: SQLite file where trials are kept: the same call goes on, and several processes
            may share it. None: trials are lost with the process.
        progress: who is told how far it is.

    Raises:
        BadSetting: a recipe cannot be tuned, or the storage is no database or of another search.
        BadEncoder: an encoder is not to be had.
        CannotTrain: fewer than two categories, nothing to read, or no trial could be finished.
    """
    plan, settings = plan or SearchPlan(), settings or Settings()
    check_recipes(plan.recipes)
    if (settings.net.devices or 1) > 1:
        raise BadSetting(
            "a search trains each trial on one device, so net.devices has no place here",
            "Leave it out, and start the same command once for each device: they share the trials.",
        )
    told = settings.model_dump(exclude_unset=True)
    if "recipe" in told.get("train", {}):
        raise BadSetting("a search chooses the recipe itself", "Name those to try with --recipes.")
    catalog = catalog.labelled()
    check_enough(catalog)
    encoders = _encoders(plan, settings)
    judge = TrialJudge.prepare(
        catalog.products,
        settings,
        list(product(encoders["text"], encoders["image"])),
        metric=plan.metric,
        heads=[recipe_named(name).head for name in plan.recipes or SEARCHED],
        progress=progress,
    )
    recipes = readable(plan.recipes or SEARCHED, tuple(judge.task.features.blocks))
    if not recipes:
        raise CannotTrain("no product has what these recipes read", "Name others with --recipes.")
    recipes.sort(key=SEARCHED.index)
    fixed = {f"{section}.{name}" for section, part in told.items() for name in part}
    space = search_space(recipes, encoders, fixed)
    about = {
        "the table": _table_fingerprint(catalog),
        "a setting": fingerprint([_judged(told), settings.train.seed, settings.train.folds]),
        "what is searched": fingerprint([plan.metric, recipes, encoders]),
    }
    place = None if storage is None else Path(storage)
    threads = need("threadpoolctl", extra="train").threadpool_limits
    load_torch([head for name in recipes if (head := recipe_named(name).head) in BASES])
    with (
        opened_study(
            place, about, space.first(_usual(settings)), seed=settings.train.seed
        ) as study,
        threads(1 if judge.task.is_small else None),
    ):
        _run(study, space, judge, told, plan, progress)
        trials = study.get_trials(deepcopy=False)
    return _result(trials, catalog, judge, told, plan)


def _run(
    study: Any,
    space: SearchSpace,
    judge: TrialJudge,
    told: Mapping[str, Any],
    plan: SearchPlan,
    progress: Progress,
) -> None:
    """Trials until there are enough, or time is over and one is finished."""
    end = None if plan.seconds is None else time.monotonic() + plan.seconds

    def done() -> int:
        return sum(_state(trial) is not None for trial in study.get_trials(deepcopy=False))

    begun = done()

    def steps() -> Any:
        count = begun
        while count < plan.trials:
            found = any(_state(t) == "complete" for t in study.get_trials(deepcopy=False))
            if found and end is not None and time.monotonic() >= end:
                return
            _try_one(study, space, judge, told)
            now = done()
            yield from range(count, min(now, plan.trials))
            count = now

    if begun:
        progress.say(f"Going on after {begun} trials.")
    for _ in progress.track(steps(), total=max(0, plan.trials - begun), what="Trying settings"):
        pass


def _try_one(study: Any, space: SearchSpace, judge: TrialJudge, told: Mapping[str, Any]) -> None:
    """One trial, told to the study whatever becomes of it."""
    states = need("optuna", extra="tune").trial.TrialState
    trial = study.ask()
    trial.set_user_attr(PROCESS, this_process())
    point = space.ask(trial)
    same = next(
        (
            one
            for one in study.get_trials(deepcopy=False, states=(states.COMPLETE,))
            if one.params == trial.params
        ),
        None,
    )
    if same is not None:
        study.tell(trial, same.value)
        return
    value = 0.0
    try:
        for folds, value in judge.values(settings_of(told, point)):
            trial.report(value, folds)
            if folds < len(set(judge.task.repeats[0].tolist())) and trial.should_prune():
                study.tell(trial, state=states.PRUNED)
                return
    except (GlasscaseError, MemoryError) as error:
        trial.set_user_attr(REASON, str(error) or "memory ran out")
        study.tell(trial, state=states.FAIL)
        return
    study.tell(trial, value)


def settings_of(told: Mapping[str, Any], point: Mapping[str, Any]) -> Settings:
    """The settings of one point: what the user set, the point, and its recipe's own."""
    _, settings = with_recipe(Settings.parse(_merged(told, point)))
    return settings


def _merged(told: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    merged = {section: dict(part) for section, part in told.items()}
    for name, value in point.items():
        section, _, key = name.partition(".")
        merged.setdefault(section, {})[key] = value
    return merged


def _result(
    trials: Sequence[Any],
    catalog: Catalog,
    judge: TrialJudge,
    told: Mapping[str, Any],
    plan: SearchPlan,
) -> Tuning:
    rows = tuple(_row(trial) for trial in trials if _state(trial) is not None)
    finished = [trial for trial in trials if _state(trial) == "complete"]
    if not finished:
        reason = next((one.reason for one in rows if one.reason), "no trial was finished")
        raise CannotTrain("no trial could be finished", reason)
    draft = Tuning(plan.metric, rows, {}, {}, {}, {})
    recipe = draft.best.settings["train.recipe"]
    alike = [trial for trial in finished if trial.params["train.recipe"] == recipe]
    few = FEWEST_FOR_IMPORTANCE
    return Tuning(
        plan.metric,
        rows,
        _chosen(told, draft.best.settings),
        importance(finished) if len(finished) >= few else {},
        importance(alike) if len(alike) >= few else {},
        {
            "products": len(catalog.products),
            "classes": len(judge.task.classes),
            "folds": len(set(judge.task.repeats[0].tolist())),
            "seed": judge.task.seed,
            "columns": catalog.columns.describe(),
        },
        (*catalog.problems, *judge.problems),
    )


def _chosen(told: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    merged = _merged(_judged(told), point)
    return {section: merged[section] for section in _JUDGED if section in merged}


def _judged(told: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Of what the user set, what belongs to a recipe."""
    return {
        section: {name: value for name, value in part.items() if name not in _OF_THE_RUN}
        for section, part in told.items()
        if section in _JUDGED
    }


def _encoders(plan: SearchPlan, settings: Settings) -> dict[str, list[str]]:
    """Text and image -> the encoders to choose from."""
    found = {"text": [settings.encoders.text], "image": [settings.encoders.image]}
    for modality, names in plan.encoders.items():
        if modality not in found:
            message = f"there are no encoders of {modality!r} to choose from"
            raise BadSetting(message, "Say --encoders image=A,B or --encoders text=A,B.")
        if not names:
            raise BadSetting(f"--encoders {modality}= names none", "Say image=A,B or text=A,B.")
        found[modality] = list(dict.fromkeys(names))
    return found


def _usual(settings: Settings) -> dict[str, Any]:
    """The value of every dial, as the settings have it."""
    names = [dial.setting for dial in DIALS] + ["encoders.text", "encoders.image"]
    found = {}
    for name in names:
        section, _, key = name.partition(".")
        found[name] = getattr(getattr(settings, section), key)
    return found


def _table_fingerprint(catalog: Catalog) -> str:
    """Of the ids, words, categories and photo names of all labelled products."""
    return fingerprint(
        [
            [one.id, one.text, one.label, [photo.name for photo in one.photos]]
            for one in catalog.products
        ]
    )


def _state(trial: Any) -> State | None:
    """None: waiting, running, or lost with its process."""
    name = trial.state.name.lower()
    if name in ("complete", "pruned"):
        return cast(State, name)
    return "failed" if name == "fail" and REASON in trial.user_attrs else None


def _row(trial: Any) -> TunedTrial:
    steps = trial.intermediate_values
    last = steps[max(steps)] if steps else None
    begun, ended = trial.datetime_start, trial.datetime_complete
    state = cast(State, _state(trial))
    return TunedTrial(
        number=trial.number,
        state=state,
        value=trial.value if state == "complete" else last,
        folds=max(steps, default=0),
        settings=dict(trial.params),
        seconds=(ended - begun).total_seconds() if begun and ended else 0.0,
        reason=str(trial.user_attrs.get(REASON, "")),
    )
