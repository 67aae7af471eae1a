"""Figures that matter: `/v1/kpi`."""

from __future__ import annotations

import json
import re
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from glasscase.errors import Conflict
from glasscase.server.access import Caller, Reviewing
from glasscase.server.answers.job_answers import JobAnswer
from glasscase.server.answers.kpi_answers import KpiAnswer
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.kpi_sending import KPI_FIELDS, check_kpi_table, kpi_told
from glasscase.server.received.table_sending import SentTable, sent_table
from glasscase.server.routes.jobs import JobId, known_job
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.job_worker import job_folder
from glasscase.server.work.kpi_work import FIGURES

router = APIRouter(prefix="/v1/kpi", tags=["kpi"])
_ID = re.compile(r"[0-9a-f]{1,64}")


def _body() -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: {"type": "string", "maxLength": 300, "description": words}
        for name, words in KPI_FIELDS.items()
    }
    fields["file"] = {
        "type": "string", "format": "binary", "description": "A table, or a zip with its photos.",
    }  # fmt: skip
    form = {"type": "object", "properties": fields, "required": ["file"]}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


@router.post("", status_code=202, responses=refusals(404, 409, 415, 507), openapi_extra=_body())
async def learn(request: Request, service: ServiceOf, caller: Reviewing) -> JobAnswer:
    """Learn to predict a KPI of a table, or answer for new products: a job to ask about."""
    async with sent_table(request, service, fields=tuple(KPI_FIELDS), needed=True) as sent:
        told = kpi_told(sent.said)
        return await run_in_threadpool(_begun, service, caller, sent, told)


def _begun(service: Service, caller: Caller, sent: SentTable, told: dict[str, str]) -> JobAnswer:
    if "model" in told:
        if not _ID.fullmatch(told["model"]):
            raise Refused(404, "there is no such model", "Send a job's id.", field="model")
        try:
            _finished(service, told["model"])
        except Refused as refused:
            refused.field = "model"
            raise
    check_kpi_table(service.settings.data_folder / "uploads" / str(sent.upload), told)
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
