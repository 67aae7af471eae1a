"""Figures that matter: `/v1/kpi`."""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from glasscase.errors import BadSetting, Conflict
from glasscase.kpi.learner import FAMILIES
from glasscase.kpi.scale import KINDS
from glasscase.server.access import Caller, Reviewing
from glasscase.server.answers.job_answers import JobAnswer
from glasscase.server.answers.kpi_answers import KpiAnswer
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.table_sending import SentTable, sent_table
from glasscase.server.routes.jobs import JobId, known_job
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.job_worker import job_folder
from glasscase.server.work.kpi_work import FIGURES, kpi_options

router = APIRouter(prefix="/v1/kpi", tags=["kpi"])
_FIELDS = {
    "target": "The column of the KPI.",
    "model": "Instead of a target: id of a finished job, whose model answers for the table.",
    "time": "Column of the time of measurement: models are judged on later products.",
    "group": "Column of what is held back whole, such as the brand.",
    "exposure": "Column of impressions, days or distribution.",
    "weight": "Column of how much a row counts.",
    "experiment": "Column of a treatment that luck decided.",
    "features": "Columns to read, divided by commas; all unless said.",
    "leave_out": "Columns never to read.",
    "kind": f"{', '.join(KINDS)}; guessed unless said.",
    "models": f"Of {', '.join(FAMILIES)}; divided by commas.",
    "force": "`yes` goes on with fewer than 100 products.",
}  # fmt: skip
_ID = re.compile(r"[0-9a-f]{1,64}")


def _body() -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: {"type": "string", "maxLength": 300, "description": words}
        for name, words in _FIELDS.items()
    }
    fields["file"] = {
        "type": "string", "format": "binary", "description": "A table, or a zip with its photos.",
    }  # fmt: skip
    form = {"type": "object", "properties": fields, "required": ["file"]}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


@router.post("", status_code=202, responses=refusals(404, 409, 415, 507), openapi_extra=_body())
async def learn(request: Request, service: ServiceOf, caller: Reviewing) -> JobAnswer:
    """Learn to predict a KPI of a table, or answer for new products: a job to ask about."""
    async with sent_table(request, service, fields=tuple(_FIELDS), needed=True) as sent:
        told = _told(sent)
        return await run_in_threadpool(_begun, service, caller, sent, told)


def _told(sent: SentTable) -> dict[str, str]:
    """What was said with the table, checked before anything is queued."""
    told = {name: value.strip() for name, value in sent.said.items() if name in _FIELDS}
    told = {name: value for name, value in told.items() if value}
    if bool(told.get("target")) == bool(told.get("model")):
        raise Refused(422, "there is no target" if not told.get("target")
                      else "a target and a model exclude one another",
                      "Send the column of the KPI as 'target', or the id of a job as 'model'.",
                      field="target")  # fmt: skip
    if told.get("force", "no") not in ("yes", "no"):
        raise Refused(422, f"force is {told['force'][:40]!r}", "Use yes or no.", field="force")
    try:
        kpi_options(told)
    except BadSetting as error:
        raise Refused.because(error, field="kind") from None
    return told


def _begun(service: Service, caller: Caller, sent: SentTable, told: dict[str, str]) -> JobAnswer:
    if "model" in told:
        if not _ID.fullmatch(told["model"]):
            raise Refused(404, "there is no such model", "Send a job's id.", field="model")
        _finished(service, told["model"])
    job = service.store.jobs.add("kpi", options=sent.options(told=told), by=caller.id)
    service.store.audit.write(caller.id, "kpi.learn", job.id, {"rows": sent.rows})
    service.jobs.wake()
    return JobAnswer.of(job)


@router.get("/{id}", responses=refusals(404, 409))
def figures(id: JobId, service: ServiceOf, caller: Reviewing) -> KpiAnswer:
    """What came of a finished job that learnt a KPI."""
    _finished(service, id)
    path = job_folder(service.settings.data_folder, id) / FIGURES
    try:
        return KpiAnswer.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise Refused(404, "the figures are gone", "Send the table again.", field="id") from None


def _finished(service: Service, id: str) -> None:
    """Raises `Refused` (404) or `Conflict` where no finished job with this id learnt a KPI."""
    job = known_job(service, id)
    learnt = job.kind == "kpi" and FIGURES in ((job.result or {}).get("files") or ())
    if job.state != "finished" or not learnt:
        raise Conflict("this is no finished job that learnt a KPI", "Ask again later.")
