"""A KPI made ready: usable rows, vectors, groups, folds, scale, and the alarms so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.duplicates import near_duplicate_groups
from glasscase.catalog.problem import Problem
from glasscase.errors import CannotTrain
from glasscase.jobs.kpis.kpi_options import KpiOptions
from glasscase.jobs.kpis.kpi_table import (
    KpiTable,
    check_columns,
    copies,
    feature_names,
    id_names,
    positive,
    read_kpi_table,
)
from glasscase.kpi.experiment import read_arms
from glasscase.kpi.folds import Division, divide, joined_groups
from glasscase.kpi.leaks import Alarm, column_alarms, left_out, order_alarms, text_alarms
from glasscase.kpi.learner import Sample
from glasscase.kpi.moments import Moments, read_moments
from glasscase.kpi.named_features import FeatureTable, learn_features
from glasscase.kpi.scale import Floats, Scale, make_scale
from glasscase.kpi.target import TargetColumn, read_target
from glasscase.models.features import Features
from glasscase.models.product_encoder import ProductEncoder
from glasscase.progress import Progress, silent
from glasscase.settings import Settings

LEAST = 100
"""Products below which no figure of this kind holds still."""
_FORCED_LEAST = 20
_BLOCKS = ("sentence", "image")


@dataclass(frozen=True)
class Study:
    """Everything models are tried on."""

    table: KpiTable
    """Usable rows only."""
    target: TargetColumn
    amounts: Floats
    """[n]: the KPI."""
    scale: Scale
    sample: Sample
    exposure: Floats | None
    """[n], where it is an offset."""
    division: Division
    moments: Moments | None
    arms: tuple[list[str], tuple[str, ...]] | None
    """Of an experiment: the arm of each row, and the arms."""
    encoder: ProductEncoder | None
    alarms: tuple[Alarm, ...]
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]
    rows_read: int

    @property
    def blocks(self) -> tuple[str, ...]:
        """Blocks of vectors there are."""
        return () if self.sample.features is None else tuple(self.sample.features.blocks)


@dataclass(frozen=True)
class _Measured:
    """What columns say of each row; NaN or "" where a row cannot be used."""

    target: TargetColumn
    moments: Moments | None
    exposure: Floats | None
    weights: Floats
    offset: bool
    arms: tuple[list[str], tuple[str, ...]] | None
    problems: tuple[Problem, ...]

    def usable(self) -> list[int]:
        kept = self.target.usable & np.isfinite(self.weights)
        if self.moments is not None:
            kept &= np.isfinite(self.moments.days)
        if self.exposure is not None:
            kept &= np.isfinite(self.exposure)
        if self.arms is not None:
            kept &= np.array([bool(arm) for arm in self.arms[0]])
        return np.flatnonzero(kept).tolist()


def prepare_kpi(
    source: Any,
    target: str,
    *,
    photos: str | Path | None = None,
    options: KpiOptions,
    settings: Settings,
    progress: Progress = silent,
) -> Study:
    """Read, check, encode and divide.

    Raises:
        BadCatalog, BadSetting: columns that are not there, hold text, or mean two things.
        CannotTrain: below 100 usable products, a constant, or one group only.
    """
    table = read_kpi_table(source, photos, options.columns, settings, progress)
    check_columns(table, target, options)
    measured = _measured(table, target, options)
    kept = measured.usable()
    _check_enough(len(kept), target, force=options.force)
    notes = [*_usual_notes(measured, options)]
    rows_read, table = len(table.rows), table.take(kept)
    at = np.array(kept, np.intp)
    amounts = measured.target.amounts[at]
    learnt_table, unused = learn_features(table.rows, feature_names(table, target, options))
    alarms = [
        *column_alarms(learnt_table, amounts, target, told=options.features),
        *order_alarms(table.rows, id_names(table), amounts, target),
        *text_alarms([one.text for one in table.products], table.cells(target), target),
    ]
    learnt_table = _without(learnt_table, left_out(alarms, options.features))
    encoder, features, encoding = _vectors(table, settings, progress)
    alike = near_duplicate_groups(table.products, limits=settings.photos, progress=progress)
    groupings: list[Sequence[Any]] = [alike.tolist()]
    if (same := copies(table)) is not None:
        groupings.append(same)
        count = len(same) - len(set(same))
        notes.append(
            f"{count} rows are copies of another in all but the id: they are kept together."
        )
    if options.group:
        groupings.append(
            [str(cell).strip() or i for i, cell in enumerate(table.cells(options.group))]
        )
    groups = joined_groups(*groupings)
    exposure = measured.exposure[at] if measured.offset and measured.exposure is not None else None
    link: Any = options.link
    scale = make_scale(measured.target.kind, amounts, link=link, offset=measured.offset)
    learnt = scale.forward(amounts, exposure)
    times = None if measured.moments is None else measured.moments.days[at]
    division = divide(learnt, groups, times=times, folds=options.folds, seed=options.seed)
    weights = measured.weights[at]
    sample = Sample(learnt_table, features, learnt, weights / weights.mean(), groups)
    notes += _size_notes(sample, division)
    arms = measured.arms
    return Study(
        table=table,
        target=measured.target,
        amounts=amounts,
        scale=scale,
        sample=sample,
        exposure=exposure,
        division=division,
        moments=None if measured.moments is None else _kept(measured.moments, at),
        arms=None if arms is None else ([arms[0][i] for i in kept], arms[1]),
        encoder=encoder,
        alarms=tuple(alarms),
        problems=(*table.problems, *measured.problems, *encoding, *unused),
        notes=tuple(notes),
        rows_read=rows_read,
    )


def _measured(table: KpiTable, target: str, options: KpiOptions) -> _Measured:
    column = read_target(table.rows, target, kind=options.kind)
    problems = list(column.problems)
    moments = read_moments(table.rows, options.time) if options.time else None
    problems += moments.problems if moments is not None else ()
    weights: Floats = np.ones(len(table.rows))
    exposure: Floats | None = None
    offset = False
    if options.weight:
        weights, more = positive(table, options.weight, "weight")
        problems += more
    if options.exposure:
        exposure, more = positive(table, options.exposure, "exposure")
        problems += more
        counted = column.kind in ("count", "amount") and options.link in (None, "log1p")
        offset = (options.exposure_as or ("offset" if counted else "weight")) == "offset"
        if not options.weight:
            weights = exposure
    arms = read_arms(table.rows, options.experiment) if options.experiment else None
    return _Measured(column, moments, exposure, weights, offset, arms, tuple(problems))


def _check_enough(count: int, target: str, *, force: bool) -> None:
    if count < _FORCED_LEAST:
        raise CannotTrain(
            f"{count} rows have a usable {target!r}; nothing can be learnt below {_FORCED_LEAST}",
            "Add products.",
        )
    if count < LEAST and not force:
        raise CannotTrain(
            f"{count} rows have a usable {target!r}; below {LEAST} its figures would be luck",
            "Add products, or use --force and believe the intervals only.",
        )


def _without(table: FeatureTable, names: frozenset[str]) -> FeatureTable:
    kept = tuple(one for one in table.features if one.name not in names)
    return FeatureTable(kept, {one.name: table.values[one.name] for one in kept}, len(table))


def _kept(moments: Moments, at: Any) -> Moments:
    return Moments(moments.days[at], moments.problems, moments.notes)


def _vectors(
    table: KpiTable, settings: Settings, progress: Progress
) -> tuple[ProductEncoder | None, Features | None, tuple[Problem, ...]]:
    """Vectors of words and photos, where products have any."""
    wanted = [one for one in table.products if one.text.strip() or one.photos or one.vectors]
    if not wanted:
        return None, None, ()
    encoder = ProductEncoder.fit(table.products, settings, blocks=_BLOCKS, progress=progress)
    encoded = encoder.encode(table.products, progress=progress)
    features = encoded.features.pooled()
    there = [name for name in features.blocks if features.there(name).any()]
    if not there:
        return None, None, encoded.problems
    return encoder, features.only(there), encoded.problems


def _usual_notes(measured: _Measured, options: KpiOptions) -> list[str]:
    notes = list(measured.moments.notes if measured.moments is not None else ())
    if options.exposure:
        use = "an offset (per unit of it)" if measured.offset else "a weight"
        more = " and as a weight" if measured.offset and not options.weight else ""
        notes.append(f"The exposure {options.exposure!r} is used as {use}{more}.")
    return notes


def _size_notes(sample: Sample, division: Division) -> list[str]:
    notes = []
    effective = float(sample.weights.sum() ** 2 / (sample.weights**2).sum())
    if len(sample) < LEAST:
        notes.append(f"Forced with {len(sample)} products: below {LEAST} figures hold by luck.")
    elif effective < LEAST:
        notes.append(
            f"Weights are uneven: {len(sample)} products count like {effective:.0f} of equal ones."
        )
    groups = len(np.unique(sample.groups))
    if groups < 0.5 * len(sample):
        notes.append(f"{len(sample)} products are in {groups} groups, which are what counts.")
    if (first := int((~division.judged).sum())) and division.split == "time-forward":
        notes.append(f"The first {first} products in time are learnt from only: none came before.")
    return notes
