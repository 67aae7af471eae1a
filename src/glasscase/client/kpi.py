"""Figures that matter: a table sent, waited for, and read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack

from glasscase.client.answers import Answer
from glasscase.client.jobs import Job, finished, job_id
from glasscase.client.read_file import read_file
from glasscase.client.refused import Unreachable
from glasscase.client.sending import Sending


class KpiSettings(TypedDict, total=False):
    """What columns mean, and how to go about it; all of it may be left out."""

    time: str
    group: str
    exposure: str
    exposure_as: Literal["offset", "weight"]
    weight: str
    experiment: str
    features: str
    """Columns, divided by commas."""
    leave_out: str
    kind: str
    link: Literal["identity", "log1p", "logit"]
    models: str
    level: float
    """Share of new products whose value an interval should hold."""
    folds: int
    seed: int
    force: bool
    text: str
    """Columns, divided by commas; these and the next are guessed unless said."""
    id: str
    photo_column: str
    image_vectors: str
    """A column, or columns as `NAME*`."""
    text_vectors: str
    delimiter: str


class KpiInterval(Answer):
    """A figure with its interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


class KpiModel(Answer):
    """One model that was tried."""

    name: str
    r2: KpiInterval
    mae: KpiInterval
    spearman: KpiInterval
    over_names: KpiInterval
    chosen: bool
    baseline: bool


class KpiFigures(Answer):
    """What came of learning a KPI."""

    kind: Literal["kpi"]
    target: dict[str, Any]
    protocol: dict[str, Any]
    intervals: dict[str, Any]
    chosen: str
    models: tuple[KpiModel, ...]
    drivers: dict[str, Any] | None
    experiment: dict[str, Any] | None
    alarms: tuple[dict[str, str], ...]
    sentences: tuple[str, ...]
    notes: tuple[str, ...]


class KpiPrediction(Answer):
    """One new product."""

    row: int
    id: str
    predicted: float | None
    low: float | None
    high: float | None


class KpiJob(Job):
    """Learning or answering, and how far it is."""


class Kpi:
    """`client.kpi`."""

    def __init__(self, sending: Sending, sleep: Callable[[float], None]) -> None:
        self._sending, self._sleep = sending, sleep

    def learn(self, table: str | Path, target: str, **settings: Unpack[KpiSettings]) -> KpiJob:
        """Learn the column `target` of a table (or a zip with photos), and wait for it.

        Raises:
            BadSetting: the file cannot be read.
            Refused: the service says why.
            Unreachable: it is not there.
            GlasscaseError: the job failed or was stopped; says why.
        """
        told: dict[str, Any] = {"target": target, **settings}
        if "force" in told:
            told["force"] = "yes" if told["force"] else "no"
        return self._sent(table, told)

    def figures(self, job: KpiJob | str) -> KpiFigures:
        """What came of a job that learnt. Raises as `learn`."""
        told = self._sending.told("GET", f"/v1/kpi/{job_id(job)}")
        if not isinstance(told, dict):
            raise Unreachable("the service answers nonsense", "Check its address.")
        return KpiFigures.model_validate(told)

    def predict(
        self, table: str | Path, model: KpiJob | str, *, delimiter: str | None = None
    ) -> tuple[KpiPrediction, ...]:
        """Answers for new products by the model of a job, and wait for it. Raises as `learn`."""
        told = {"model": model if isinstance(model, str) else model.id}
        job = self._sent(table, told | ({"delimiter": delimiter} if delimiter else {}))
        told = self._sending.told("GET", f"/v1/jobs/{job_id(job)}/files/predictions.json")
        if not isinstance(told, dict):
            raise Unreachable("the service answers nonsense", "Check its address.")
        return tuple(KpiPrediction.model_validate(one) for one in told.get("predictions", ()))

    def _sent(self, table: str | Path, told: dict[str, Any]) -> KpiJob:
        files: list[Any] = [(name, (None, str(value))) for name, value in told.items()]
        files.append(("file", read_file(table)))
        made = KpiJob.model_validate(self._sending.told("POST", "/v1/kpi", files=files))
        return finished(made, KpiJob, self._sending, self._sleep)
