"""Long work besides batches: `/v1/jobs`."""

from __future__ import annotations

import shutil
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import FileResponse, Response

from glasscase.errors import Conflict
from glasscase.jobs.batches.kept_pictures import drop_if_over
from glasscase.server.access import Reviewing
from glasscase.server.answers.job_answers import JobAnswer, JobsAnswer, job_files
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.job_worker import job_folder, upload_folder
from glasscase.store.jobs import Job

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
KINDS = ("evaluate", "compare", "catalogue", "kpi", "packs", "retrain")
"""What is shown here; batches have a place of their own."""
JobId = Annotated[str, Path(max_length=64, description="A job's id.")]
_STILL = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
"""Of pages that came out of a job: styles and pictures of their own, never a script."""
_TYPES = {".html": "text/html", ".json": "application/json", ".csv": "text/csv"}


@router.get("", responses=refusals())
def jobs(
    service: ServiceOf,
    caller: Reviewing,
    kind: Annotated[str | None, Query(max_length=40, description="Only of this kind.")] = None,
) -> JobsAnswer:
    """The last 50 jobs, of all kinds or of one; batches are under /v1/batches."""
    found = [one for each in KINDS if kind in (None, each) for one in service.store.jobs.list(each)]
    found.sort(key=lambda one: one.made_at, reverse=True)
    return JobsAnswer(jobs=[JobAnswer.of(one) for one in found[:50]])


@router.get("/{id}", responses=refusals(404))
def job(id: JobId, service: ServiceOf, caller: Reviewing) -> JobAnswer:
    """One job: how far it is, and what came out."""
    return JobAnswer.of(known_job(service, id))


@router.post("/{id}/cancel", responses=refusals(404, 409))
def cancel(id: JobId, service: ServiceOf, caller: Reviewing) -> JobAnswer:
    """Stop a job for good. One that runs stops at its next step; what was sent is deleted."""
    before = known_job(service, id)
    after = service.store.jobs.ask(id, "cancel")
    upload = before.options.get("upload")
    if after.state == "cancelled" and isinstance(upload, str):
        folder = upload_folder(service.settings.data_folder, upload)
        shutil.rmtree(folder, ignore_errors=True)
    service.store.audit.write(caller.id, "job.cancel", id, {"kind": before.kind})
    return JobAnswer.of(after)


@router.get(
    "/{id}/files/{name}",
    response_class=FileResponse,
    responses={200: {"content": {kind: {} for kind in _TYPES.values()}}, **refusals(404, 409)},
)
def job_file(
    id: JobId,
    name: Annotated[str, Path(max_length=100, description="One of the job's `files`.")],
    service: ServiceOf,
    caller: Reviewing,
) -> Response:
    """A file that came out of a job."""
    found = known_job(service, id)
    if found.state != "finished":
        raise Conflict(f"the job is {found.state}, not finished", "Ask again later.")
    folder = job_folder(service.settings.data_folder, id)
    drop_if_over(folder)
    place = folder / name
    if name not in job_files(found) or not place.is_file():
        raise Refused(
            404, f"the job has no file {name[:60]!r} (any more)", "Its `files` lists what it had.",
            field="name",
        )  # fmt: skip
    kind = _TYPES.get(place.suffix, "application/octet-stream")
    headers = {"Content-Security-Policy": _STILL, "Cache-Control": "no-store"}
    shown = "inline" if place.suffix in (".html", ".json") else "attachment"
    return FileResponse(
        place, media_type=kind, headers=headers, filename=name, content_disposition_type=shown
    )


def known_job(service: Service, id: str) -> Job:
    """The job with this id that is shown here. Raises `Refused` (404)."""
    found = service.store.jobs.get(id)
    if found is None or found.kind not in KINDS:
        raise Refused(404, f"there is no job {id!r}", "GET /v1/jobs lists them.", field="id")
    return found
