"""Compare: several models on the same grouped folds, and which differences are real."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

from glasscase.catalog.catalog import Catalog
from glasscase.errors import BadSetting, CannotTrain
from glasscase.evaluation.comparison import Comparison
from glasscase.evaluation.standings import stand
from glasscase.extras import need
from glasscase.jobs.comparing.contender import field_of, judge_all
from glasscase.jobs.comparing.contenders import (
    DEFAULT,
    check_names,
    fitting,
    heads_of,
    learns,
    make_contender,
    with_own_encoders,
)
from glasscase.jobs.comparing.encoding_costs import encoding_costs
from glasscase.jobs.comparing.end_to_end_contender import EndToEndContender
from glasscase.jobs.comparing.head_contenders import Bench
from glasscase.jobs.comparing.task import Prepared, prepare
from glasscase.models.training.kept_trainings import KeptTrainings
from glasscase.progress import Progress, silent
from glasscase.settings import Settings


def compare(
    catalog: Catalog,
    *,
    models: Sequence[str] = (),
    settings: Settings | None = None,
    progress: Progress = silent,
) -> Comparison:
    """Train every model on the same folds, and say which to ship.

    The folds are those of `glasscase.train` with these settings, so its table has the same
    figures. A recipe that needs encoders of its own gets them, where the settings name no others;
    products are encoded once by each set of encoders, and divided once for all. Models are trained
    one at a time, so that time and memory are each one's own. A model that cannot be trained is
    listed with the reason, and the others go on.

    Args:
        catalog: labelled products; the others are left out.
        models: names, as `glasscase compare --help` lists them; empty for a choice of each kind
            that the catalogue has something for.
        settings: `train.effort` says how many folds, and what `late` stacks.
        progress: who is told how far it is.

    Raises:
        BadSetting: a name is no model, fewer than two are left, or one reads what is not there.
        CannotTrain: fewer than two categories, neither words nor photos, or none could be judged.
    """
    settings, names = settings or Settings(), list(dict.fromkeys(models))
    check_names(names)
    if len(names) == 1:
        raise BadSetting(
            f"{names[0]!r} alone cannot be compared",
            "Name two models or more; or take one apart with --ablate.",
        )
    ready, benches = _benches(catalog, names, settings, progress)
    effort = settings.train.effort
    contenders = (
        [
            make_contender(name, benches[name], effort=effort)
            if name in benches
            else EndToEndContender(name, ready, settings, progress)
            for name in names
        ]
        if names
        else fitting(DEFAULT, bench_of(ready, progress=progress), effort=effort)
    )
    with one_thread_where_small(ready):
        judged = judge_all(contenders, ready.task, progress=progress)
    if len(judged.entrants) < 2:
        raise CannotTrain(
            "fewer than two models could be trained", "; ".join(judged.failed.values())
        )
    table = stand(judged.entrants, field_of(ready.task))
    table = replace(
        table,
        failed=judged.failed,
        problems=ready.problems,
        data=data_of(ready, settings),
    )
    ended = [one for one in contenders if one.name not in judged.failed]
    learnt = [one.places for one in ended if isinstance(one, EndToEndContender)]
    KeptTrainings(settings.cache).forget(chain.from_iterable(learnt))
    return Comparison(table)


def _benches(
    catalog: Catalog, names: Sequence[str], settings: Settings, progress: Progress
) -> tuple[Prepared, dict[str, Bench]]:
    """The catalogue as the last set of encoders sees it, and where each model on frozen vectors is
    judged: one bench for each set of encoders, the same folds for all."""
    groups: dict[str, tuple[Settings, list[str]]] = {}
    for name in names:
        if not learns(name, settings):
            told = with_own_encoders(name, settings)
            groups.setdefault(told.encoders.model_dump_json(), (told, []))[1].append(name)
    ready: Prepared | None = None
    benches: dict[str, Bench] = {}
    for told, members in groups.values():
        heads = heads_of(members)
        if ready is None:
            ready = prepare(catalog, told, heads=heads, progress=progress)
        else:
            ready = ready.encoded_by(told, heads=heads, progress=progress)
        benches |= dict.fromkeys(members, bench_of(ready, progress=progress))
    return ready or prepare(catalog, settings, progress=progress), benches


def bench_of(ready: Prepared, *, progress: Progress = silent) -> Bench:
    """Where heads are judged on a prepared catalogue, what its encoders cost measured."""
    progress.say("Measuring what the encoders cost.")
    costs = encoding_costs(ready.encoder, ready.catalog.products, ready.task.features)
    return Bench(ready.task, costs, ready.encoder.settings.net)


def one_thread_where_small(ready: Prepared) -> Any:
    """A context: BLAS threads that wait for each other take longer than one alone."""
    if ready.task.is_small:
        need("torch", extra="train")  # a limit holds for what is loaded
    limits = need("threadpoolctl", extra="train").threadpool_limits
    return limits(1 if ready.task.is_small else None)


def data_of(ready: Prepared, settings: Settings) -> dict[str, Any]:
    """What the models were compared on, as JSON values."""
    task = ready.task
    return {
        "products": len(task.targets),
        "independent products": len(set(task.groups.tolist())),
        "classes": len(task.classes),
        "divisions": len(task.repeats),
        "folds": len(set(task.repeats[0].tolist())),
        "columns": ready.catalog.columns.describe(),
        "effort": settings.train.effort,
        "seed": settings.train.seed,
    }
