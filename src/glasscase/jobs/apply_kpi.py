"""Answer for new products with a model of a KPI, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.problem import Problem
from glasscase.catalog.tables import open_table
from glasscase.errors import BadCatalog
from glasscase.intervals import number
from glasscase.jobs.kpis.kpi_result import SCHEMA, problem_dict
from glasscase.jobs.kpis.kpi_table import KpiTable, read_kpi_table
from glasscase.kpi.amount_cells import amount_in
from glasscase.kpi.fitted import Answers, FittedKpi
from glasscase.kpi.learner import Sample
from glasscase.kpi.moments import read_moments
from glasscase.kpi.named_features import FeatureTable, read_features
from glasscase.kpi.scale import Floats
from glasscase.models.features import Features
from glasscase.progress import Progress, silent
from glasscase.settings import Settings


@dataclass(frozen=True)
class KpiAnswers:
    """Predictions for the products of a table."""

    model: FittedKpi
    table: KpiTable
    answers: Answers
    problems: tuple[Problem, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        rows = zip(
            self.table.rows, self.table.products,
            self.answers.values.tolist(), self.answers.low.tolist(), self.answers.high.tolist(),
            strict=True,
        )  # fmt: skip
        return {
            "kind": "kpi-predictions",
            "schema": SCHEMA,
            "target": self.model.target,
            "model": self.model.learner.name,
            "level": self.model.errors.level,
            "method": self.model.errors.method,
            "predictions": [
                {"row": row, "id": product.id, "predicted": number(value), "low": number(low),
                 "high": number(high)}
                for (row, _), product, value, low, high in rows
            ],
            "notes": list(self.notes),
            "problems": [problem_dict(one) for one in self.problems],
        }  # fmt: skip


def apply_kpi(
    source: Any,
    model: FittedKpi | str | Path,
    *,
    photos: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> KpiAnswers:
    """Predict the KPI of the products in `source`, whose columns are called as in training.

    Args:
        source: a table as `predict_kpi` takes it; it needs no column of the target.
        model: a fitted model, or the folder that `KpiResult.save` wrote.
        photos: folder of the photos.
        settings: encoders and limits; None takes those of the model.
        progress: who is told how far it is.

    Raises:
        BadBundle: the folder is no model of a KPI, or was changed.
        BadCatalog: the table lacks all columns that the model reads.
    """
    fitted = model if isinstance(model, FittedKpi) else FittedKpi.load(Path(model))
    settings = settings or fitted.settings
    opened = open_table(source)
    columns = fitted.columns.among(opened.names)
    table = read_kpi_table(opened, photos, columns, settings, progress)
    notes, problems = [], [*table.problems]
    missing = [one.name for one in fitted.features if one.name not in table.names]
    if missing and len(missing) == len(fitted.features) and not fitted.blocks:
        raise BadCatalog(
            f"{table.name!r} has none of the columns the model reads: {', '.join(missing[:8])}",
            "Give a table with the columns it was trained on.",
        )
    problems += [
        Problem(None, name, "is not in the table", "Its value counts as missing.")
        for name in missing
    ]
    named, strange = read_features(table.rows, fitted.features)
    problems += strange
    notes += _gap_notes(named)
    exposure, more = _exposure(fitted, table)
    notes += more
    notes += _time_notes(fitted, table)
    features, encoding = _vectors(fitted, table, progress)
    problems += encoding
    n = len(table.rows)
    sample = Sample(named, features, np.zeros(n), np.ones(n), np.arange(n))
    return KpiAnswers(
        fitted, table, fitted.answers(sample, exposure), tuple(problems), tuple(notes)
    )


def _gap_notes(named: FeatureTable) -> list[str]:
    """What intervals cannot know: their errors are those of products as full as the learnt ones."""
    lacking = {
        feature.name: int((~np.isfinite(named.values[feature.name])).sum())
        for feature in named.features
    }
    most = sorted((name for name in lacking if lacking[name]), key=lambda name: -lacking[name])
    if not most:
        return []
    told = ", ".join(f"{name!r} in {lacking[name]}" for name in most[:3])
    return [f"Values are missing ({told} rows): intervals are not widened for that, so they may "
            "hold less often than meant."]  # fmt: skip


def _exposure(fitted: FittedKpi, table: KpiTable) -> tuple[Floats | None, list[str]]:
    if fitted.scale.link != "log-rate":
        return None, []
    cells = table.cells(fitted.exposure or "")
    numbers = [amount_in(cell) for cell in cells]
    known = [x if x is not None and 0 < x < np.inf else None for x in numbers]
    lacking = sum(one is None for one in known)
    values = [fitted.usual_exposure if one is None else one for one in known]
    if not lacking:
        return np.array(values, np.float64), []
    told = (
        f"{lacking} of {len(values)} rows have no {fitted.exposure!r}: they are answered for the "
        f"usual one, {fitted.usual_exposure:g}."
    )
    return np.array(values, np.float64), [told]


def _time_notes(fitted: FittedKpi, table: KpiTable) -> list[str]:
    if not fitted.time or fitted.time not in table.names or not fitted.until:
        return []
    first, _ = read_moments(table.rows, fitted.time).span
    if first > fitted.until:
        return []
    return [
        f"Time runs backwards: rows from {first} are answered by a model that learnt up to "
        f"{fitted.until}, so they look better than the future will."
    ]


def _vectors(
    fitted: FittedKpi, table: KpiTable, progress: Progress
) -> tuple[Features | None, tuple[Problem, ...]]:
    if fitted.encoder is None:
        return None, ()
    encoded = fitted.encoder.encode(table.products, progress=progress)
    features = encoded.features.pooled()
    return features.only([n for n in fitted.blocks if n in features.blocks]), encoded.problems
