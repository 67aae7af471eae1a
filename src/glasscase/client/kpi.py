"""Figures that matter: a table sent, waited for, and read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypedDict, Unpack
from urllib.parse import quote

from glasscase.client.answers import Answer
from glasscase.client.refused import Unreachable
from glasscase.client.sending import Sending
from glasscase.errors import BadSetting, GlasscaseError

_OVER = ("finished", "failed", "cancelled")
_LONGEST_PAUSE_SECONDS = 5.0


class KpiSettings(TypedDict, total=False):
    """What columns mean, and how to go about it; all of it may be left out."""

    time: str
    group: str
    exposure: str
    weight: str
    experiment: str
    features: str
    """Columns, divided by commas."""
    leave_out: str
    kind: str
    models: str
    force: bool


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


class KpiJob(Answer):
    """Learning or answering, and how far it is."""

    id: str
    state: str
    message: str
    files: tuple[str, ...]


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
        told = self._sending.told("GET", f"/v1/kpi/{_id(job)}")
        if not isinstance(told, dict):
            raise Unreachable("the service answers nonsense", "Check its address.")
        return KpiFigures.model_validate(told)

    def predict(self, table: str | Path, model: KpiJob | str) -> tuple[KpiPrediction, ...]:
        """Answers for new products by the model of a job, and wait for it. Raises as `learn`."""
        job = self._sent(table, {"model": model if isinstance(model, str) else model.id})
        told = self._sending.told("GET", f"/v1/jobs/{_id(job)}/files/predictions.json")
        if not isinstance(told, dict):
            raise Unreachable("the service answers nonsense", "Check its address.")
        return tuple(KpiPrediction.model_validate(one) for one in told.get("predictions", ()))

    def _sent(self, table: str | Path, told: dict[str, Any]) -> KpiJob:
        path = Path(table)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise BadSetting(
                f"{str(path)!r} cannot be read: {error.strerror}", "Check it."
            ) from None
        files: list[Any] = [(name, (None, str(value))) for name, value in told.items()]
        files.append(("file", (path.name, data)))
        made = KpiJob.model_validate(self._sending.told("POST", "/v1/kpi", files=files))
        return self._waited(made)

    def _waited(self, job: KpiJob) -> KpiJob:
        pause = 0.25
        while job.state not in _OVER:
            self._sleep(pause)
            pause = min(_LONGEST_PAUSE_SECONDS, pause * 1.5)
            job = KpiJob.model_validate(self._sending.told("GET", f"/v1/jobs/{_id(job)}"))
        if job.state != "finished":
            raise GlasscaseError(job.message or f"the job was {job.state}")
        return job


def _id(job: KpiJob | str) -> str:
    return quote(job if isinstance(job, str) else job.id, safe="")
