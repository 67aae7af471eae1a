"""Looking at a whole catalogue: `/v1/catalogues`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from glasscase.errors import Conflict
from glasscase.jobs.batches.kept_pictures import drop_if_over
from glasscase.jobs.decisions.look_corrections import corrections_csv
from glasscase.jobs.look_at_catalogue import LOOK, PICTURES
from glasscase.server.access import Caller, Reviewing
from glasscase.server.answers.job_answers import JobAnswer
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.sent_form import sent_days
from glasscase.server.received.table_sending import SentTable, sent_table
from glasscase.server.routes.jobs import JobId, known_job
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.job_worker import job_folder

router = APIRouter(prefix="/v1/catalogues", tags=["catalogues"])
_FIELDS = ("keep_days", "labels", "effort")
_EFFORTS = ("quick", "good")


class Decided(BaseModel):
    """What a person decided about suspicious labels."""

    model_config = ConfigDict(extra="forbid")

    decisions: dict[int, Literal["accept", "keep"]] = Field(
        max_length=10_000, description="Number of the case -> accept the suggested label, or keep."
    )


def _body() -> dict[str, Any]:
    form = {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "A table, or a zip."},
            "label": {"type": "string", "description": "The column of categories; else guessed."},
            "labels": {"type": "string", "enum": ["yes", "no"], "description": "Audit labels."},
            "effort": {"type": "string", "enum": list(_EFFORTS)},
            "keep_days": {
                "type": "integer", "minimum": 0, "maximum": 365,
                "description": "Small photos and first words of what is found are kept so long.",
            },
        },
        "required": ["file"],
    }  # fmt: skip
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


@router.post("", status_code=202, responses=refusals(415, 507), openapi_extra=_body())
async def look(request: Request, service: ServiceOf, caller: Reviewing) -> JobAnswer:
    """Profile a table, audit its labels, find duplicates and problems: a job to ask about."""
    async with sent_table(request, service, fields=_FIELDS, needed=True) as sent:
        options = _options(sent)
        return await run_in_threadpool(_begun, service, caller, sent, options)


def _options(sent: SentTable) -> dict[str, Any]:
    days = sent_days(sent.said.get("keep_days", ""), "keep_days", most=365) or 0
    effort = sent.said.get("effort", "quick")
    if effort not in _EFFORTS:
        raise Refused(422, f"there is no effort {effort[:40]!r}", "Use quick or good.",
                      field="effort")  # fmt: skip
    labels = sent.said.get("labels", "yes")
    if labels not in ("yes", "no"):
        raise Refused(422, f"labels is {labels[:40]!r}", "Use yes or no.", field="labels")
    return sent.options(keep_days=days, effort=effort, labels=labels == "yes")


def _begun(service: Service, caller: Caller, sent: SentTable, options: dict[str, Any]) -> JobAnswer:
    job = service.store.jobs.add("catalogue", options=options, by=caller.id)
    service.store.audit.write(caller.id, "catalogue.look", job.id, {"rows": sent.rows})
    service.jobs.wake()
    return JobAnswer.of(job)


@router.post(
    "/{id}/corrections",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **refusals(404, 409)},
)
def corrections(id: JobId, told: Decided, service: ServiceOf, caller: Reviewing) -> Response:
    """Decisions as the file that `glasscase audit --apply` reads. Nothing is stored."""
    job = known_job(service, id)
    if job.kind != "catalogue" or job.state != "finished":
        raise Conflict("this is no finished look at a catalogue", "Ask again later.")
    folder = job_folder(service.settings.data_folder, id)
    drop_if_over(folder)
    text = corrections_csv(_json(folder / LOOK), told.decisions, _json(folder / PICTURES))
    headers = {"Content-Disposition": 'attachment; filename="corrections.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
