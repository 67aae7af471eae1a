"""A new model from what was decided: `/v1/models/retrain`. Somebody has to activate it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from glasscase.errors import Conflict
from glasscase.server.access import Administrating
from glasscase.server.answers.review_answers import Moment
from glasscase.server.explained import CARD_HEADERS
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.job_worker import job_folder
from glasscase.server.work.retraining import KIND, REPORT
from glasscase.store.jobs import Job, State

router = APIRouter(prefix="/v1/models/retrain", tags=["models"])
JobId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="As the service gave it.")]
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}}
}


class RetrainAsked(BaseModel):
    """Which decisions are learnt from."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = Field(None, description="Only those since then, with time zone.")


class RetrainReport(BaseModel):
    """What came of it."""

    advice: str
    sentences: list[str]
    model: str = Field(description="Id of the new model; POST /v1/models/{id}/activate.")
    before: str = Field(description="Id of the model it began with.")
    name: str


class RetrainJob(BaseModel):
    """A training, and how far it is."""

    id: str
    state: State
    message: str
    done: int
    total: int | None
    report: RetrainReport | None
    active: bool = Field(description="Whether the new model answers now.")


class RetrainJobs(BaseModel):
    """Trainings, the newest first."""

    jobs: list[RetrainJob]


@router.post("", status_code=202, responses=refusals(409))
def start(asked: RetrainAsked, service: ServiceOf, caller: Administrating) -> RetrainJob:
    """Begin to train with what reviewers decided. The result is offered, not activated."""
    check_loaded(service)
    if any(job.state in ("waiting", "running") for job in service.store.jobs.list(KIND, 5)):
        raise Conflict("a training is going on", "Wait until it is over, or cancel it.")
    since = asked.since.isoformat() if asked.since else None
    job = service.store.jobs.add(KIND, options={"since": since}, by=caller.id)
    service.jobs.wake()
    return _told(service, job)


@router.get("", responses=refusals())
def trainings(service: ServiceOf, _: Administrating) -> RetrainJobs:
    """The last trainings."""
    jobs = service.store.jobs.list(KIND, 20)
    return RetrainJobs(jobs=[_told(service, job) for job in jobs])


@router.get("/{id}", responses=refusals(404))
def training(id: JobId, service: ServiceOf, _: Administrating) -> RetrainJob:
    """How far a training is; `report` when it is finished."""
    return _told(service, _known(service, id))


@router.post("/{id}/cancel", responses=refusals(404, 409))
def cancel(id: JobId, service: ServiceOf, _: Administrating) -> RetrainJob:
    """Stop a training at its next step."""
    _known(service, id)
    return _told(service, service.store.jobs.ask(id, "cancel"))


@router.get("/{id}/report", response_class=HTMLResponse, responses={**refusals(404), **_PAGE})
def report(id: JobId, service: ServiceOf, _: Administrating) -> HTMLResponse:
    """Before and after, as a page."""
    _known(service, id)
    try:
        text = (job_folder(service.settings.data_folder, id) / REPORT).read_text(encoding="utf-8")
    except OSError:
        raise Refused(404, "there is no report", "The training must be finished.") from None
    return HTMLResponse(text, headers=CARD_HEADERS)


def check_loaded(service: Service) -> None:
    """Raises `NotFitted`, which says what to do, where no model is loaded."""
    _ = service.models.active


def _known(service: Service, id: str) -> Job:
    job = service.store.jobs.get(id)
    if job is None or job.kind != KIND:
        raise Refused(404, f"there is no training {id!r}", "GET /v1/models/retrain lists them.")
    return job


def _told(service: Service, job: Job) -> RetrainJob:
    found = (job.result or {}).get("report")
    told = RetrainReport.model_validate(found) if found else None
    active = service.models.active.id if service.models.ready else ""
    return RetrainJob(
        id=job.id,
        state=job.state,
        message=job.message,
        done=job.done,
        total=job.total,
        report=told,
        active=told is not None and told.model == active,
    )
