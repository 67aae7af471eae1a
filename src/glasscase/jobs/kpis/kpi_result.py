"""What came of learning a KPI: plain values, sentences, files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.problem import Problem
from glasscase.files import write_json, write_text
from glasscase.intervals import Interval, number
from glasscase.jobs.kpis.kpi_options import KpiOptions
from glasscase.jobs.kpis.kpi_study import Study
from glasscase.kpi.conformal import HeldOutErrors
from glasscase.kpi.drivers import Drivers
from glasscase.kpi.experiment import Experiment
from glasscase.kpi.fitted import FittedKpi
from glasscase.kpi.gains import Gain, said
from glasscase.kpi.leaks import Alarm
from glasscase.kpi.page import kpi_page
from glasscase.kpi.trial import Scores, Trial

SCHEMA = 1
MOST_PREDICTIONS = 2000
_NOTES = (
    "These are associations in past data: they do not say what a change would do.",
    "Intervals of figures draw products again; they do not draw the training anew.",
)


@dataclass(frozen=True)
class KpiResult:
    """Every model, the one that is kept, drivers, intervals and warnings."""

    study: Study
    options: KpiOptions
    trials: tuple[Trial, ...]
    """The mean first."""
    scores: tuple[Scores, ...]
    chosen: Trial
    gains: tuple[Gain, ...]
    over_names: tuple[Interval, ...]
    """[trials]: points of R2 beyond the best model on names alone."""
    share: dict[str, Any]
    drivers: Drivers | None
    """Of named features; None where there are none."""
    experiment: Experiment | None
    errors: HeldOutErrors
    alarms: tuple[Alarm, ...]
    fitted: FittedKpi
    """The model that was kept, fitted on all products."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be used of the table."""
        return self.study.problems

    @property
    def best(self) -> Scores:
        """Figures of the model that is kept."""
        return self.scores[self.trials.index(self.chosen)]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What it comes to, in plain words."""
        study, chosen = self.study, self.chosen
        split = "later products" if study.division.split == "time-forward" else "held-out groups"
        if chosen.family == "mean":
            first = (
                f"Nothing that was read surely predicts {study.target.name!r} better than its "
                f"mean, judged on {split}."
            )
        else:
            first = (
                f"Kept: {chosen.name}, R2 {_words(self.best.r2)} on {split}: 0 is the mean, "
                "1 is perfect."
            )
        told = [first, said(self.gains, "photo"), said(self.gains, "text")]
        if self.drivers is not None:
            told.append(_drivers_said(self.drivers, study.target.name))
        told += self.experiment.sentences() if self.experiment is not None else []
        coverage = self.coverage
        if coverage.defined:
            told.append(
                f"Intervals meant to hold {100 * self.errors.level:.0f} % held "
                f"{100 * coverage.value:.0f} % of held-out products."
            )
        return tuple(one for one in told if one)

    @property
    def coverage(self) -> Interval:
        """Share of held-out products within intervals made without them."""
        return self.errors.coverage(
            self.study.sample.learnt, self.chosen.answers, self.study.division
        )

    @property
    def notes(self) -> tuple[str, ...]:
        """What to mind."""
        study = self.study
        chosen = (
            f"The kept model is one of {len(self.trials)} judged on the same products; the best "
            "of many is flattered a little."
        )
        notes = [*study.notes, chosen, *_NOTES]
        if study.scale.link in ("log1p", "log-rate", "logit"):
            notes.append("A prediction is the typical value (the median), not the mean.")
        if self.experiment is not None and self.experiment.causal:
            notes[notes.index(_NOTES[0])] = (
                "Only the difference between the arms of the experiment speaks of causes; drivers "
                "are associations."
            )
        return tuple(notes)

    def to_dict(self) -> dict[str, Any]:
        """JSON values; see docs/kpi.md for each."""
        study = self.study
        return {
            "kind": "kpi",
            "schema": SCHEMA,
            "source": Path(study.table.name).name,
            "target": self._target(),
            "protocol": self._protocol(),
            "models": self._models(),
            "chosen": self.chosen.name,
            "gains": [one.to_dict() for one in self.gains],
            "names_share": self.share,
            "intervals": {
                **self.errors.to_dict(),
                "coverage": self.coverage.to_dict(),
                "median_width": self._median_width(),
            },
            "drivers": self._drivers(),
            "experiment": None if self.experiment is None else self.experiment.to_dict(),
            "alarms": [one.to_dict() for one in self.alarms],
            "predictions": self._predictions(),
            "sentences": list(self.sentences),
            "notes": list(self.notes),
            "problems": [problem_dict(one) for one in self.problems],
        }

    def _target(self) -> dict[str, Any]:
        amounts, target = self.study.amounts, self.study.target
        return {
            "name": target.name,
            "kind": target.kind,
            "why": target.why,
            "scale": self.study.scale.link,
            "scale_words": self.study.scale.words,
            "mean": float(amounts.mean()),
            "median": float(np.median(amounts)),
            "min": float(amounts.min()),
            "max": float(amounts.max()),
        }

    def _protocol(self) -> dict[str, Any]:
        study, options = self.study, self.options
        first, last = (None, None) if study.moments is None else study.moments.span
        return {
            "rows": study.rows_read,
            "used": len(study.sample),
            "judged": int(study.division.judged.sum()),
            "groups": len(np.unique(study.sample.groups)),
            "split": study.division.split,
            "folds": study.division.count,
            "first": first,
            "last": last,
            "columns": dict(options.named),
            "exposure_as": "offset" if study.exposure is not None
            else "weight" if options.exposure else None,
            "features": list(study.sample.table.names),
            "blocks": list(study.blocks),
            "seed": options.seed,
        }  # fmt: skip

    def _models(self) -> list[dict[str, Any]]:
        rows = [
            {
                "name": trial.name,
                "family": trial.family,
                "reads": list(trial.reads),
                "r2": scores.r2.to_dict(),
                "mae": scores.mae.to_dict(),
                "spearman": scores.spearman.to_dict(),
                "over_names": over.to_dict(),
                "chosen": trial is self.chosen,
                "baseline": trial.reads in ((), ("names",)),
            }
            for trial, scores, over in zip(self.trials, self.scores, self.over_names, strict=True)
        ]
        return sorted(rows, key=lambda row: -row["r2"]["value"])

    def _drivers(self) -> dict[str, Any] | None:
        found, scale = self.drivers, self.study.scale
        if found is None:
            return None
        return {
            "family": found.family,
            "shapley": "exact" if found.shapley_exact else "sampled",
            "shapley_gap": found.shapley_gap,
            "rows": [{**one.to_dict(), "effect": scale.effect(one.span)} for one in found.rows],
            "effects": [one.to_dict() for one in found.effects],
        }

    def _median_width(self) -> float | None:
        low, high = self._held_out_ends()
        widths = (high - low)[np.isfinite(high - low)]
        return float(np.median(widths)) if len(widths) else None

    def _held_out_ends(self) -> tuple[Any, Any]:
        study = self.study
        ends = self.errors.around_held_out(self.chosen.answers, study.division)
        low, high = (study.scale.back(end, study.exposure) for end in ends)
        return low, high

    def _predictions(self) -> list[dict[str, Any]]:
        """Held-out answers beside the truth."""
        study = self.study
        answers = study.scale.back(self.chosen.answers, study.exposure)
        low, high = self._held_out_ends()
        rows = np.flatnonzero(study.division.judged)[:MOST_PREDICTIONS].tolist()
        return [
            {
                "row": study.table.rows[i][0],
                "id": study.table.products[i].id,
                "actual": float(study.amounts[i]),
                "predicted": number(float(answers[i])),
                "low": number(float(low[i])),
                "high": number(float(high[i])),
            }
            for i in rows
        ]

    def save(self, folder: Path) -> Path:
        """The model for new products, at `folder`. Raises `CannotWrite`."""
        card = {
            key: value for key, value in self.to_dict().items()
            if key in ("target", "protocol", "chosen", "intervals", "sentences", "notes")
        }  # fmt: skip
        return replace(self.fitted, card=card).save(folder)

    def write(self, folder: Path) -> Path:
        """`kpi.json` and `kpi.html` into `folder`; the path of the page. Raises `CannotWrite`."""
        told = self.to_dict()
        write_json(folder / "kpi.json", told)
        write_text(folder / "kpi.html", kpi_page(told))
        return folder / "kpi.html"


def problem_dict(problem: Problem) -> dict[str, Any]:
    """A problem as JSON values."""
    return {
        "row": problem.row,
        "field": problem.field,
        "reason": problem.reason,
        "remedy": problem.remedy,
        "dropped": problem.dropped,
    }


def _drivers_said(drivers: Drivers, target: str) -> str:
    sure = [one for one in drivers.rows if one.associated]
    if not sure:
        return f"No named feature is shown to be associated with {target!r}."
    named = ", ".join(f"{one.name} ({one.verdict.partition(', ')[2]})" for one in sure[:4])
    return f"Associated with {target!r}: {named}."


def _words(found: Interval) -> str:
    return f"{found.value:.2f} ({found.low:.2f} to {found.high:.2f})"
