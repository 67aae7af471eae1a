"""Tables and zips of photos answered in the background: `/v1/batches`."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool

from glasscase.errors import Conflict, GlasscaseError
from glasscase.jobs.batches.batch_options import BatchOptions, days_kept
from glasscase.jobs.batches.batch_preview import preview
from glasscase.jobs.batches.batch_state import KIND, batch_state
from glasscase.jobs.batches.batch_tidying import tidy_uploads
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.server.access import Caller, Predicting
from glasscase.server.answers.batch_answers import BatchAnswer, BatchList, BatchMade, BatchStart
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.batch_sending import Sent, form_body, sent
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.job_worker import job_folder, upload_folder
from glasscase.store.jobs import Job, Wish

router = APIRouter(prefix="/v1/batches", tags=["batches"])
BatchId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Of the batch.")]
_MOST_LISTED = 50


@router.post("", status_code=202, responses=refusals(408, 409, 415, 507), openapi_extra=form_body())
async def send(request: Request, service: ServiceOf, caller: Predicting) -> BatchMade:
    """Send a table (CSV, TSV, Parquet, JSON Lines) or a zip of a table and photos, or of photos
    alone. It is answered in the background; with `start` false it waits to be looked at first."""
    found = await sent(request, service)
    try:
        made = await run_in_threadpool(_made, service, found, caller)
    except GlasscaseError as error:
        await run_in_threadpool(shutil.rmtree, found.place.parent, ignore_errors=True)
        raise Refused.because(error, field="file") from None
    except BaseException:
        await run_in_threadpool(shutil.rmtree, found.place.parent, ignore_errors=True)
        raise
    return made


def _made(service: Service, found: Sent, caller: Caller) -> BatchMade:
    tidy_uploads(service.store, upload_folder(service.settings.data_folder, "x").parent)
    model = service.models.active.model
    upload = BatchUpload.take_in(found.place, found.name, service.settings.limits)
    options = _options(service, upload.name, found.asked)
    options = replace(options, upload=found.upload, draft=not found.start)
    seen = preview(model, upload, options)
    job = service.store.jobs.add(
        KIND,
        options=options.to_dict(),
        by=caller.id,
        total=upload.rows,
        held=not found.start,
    )
    service.store.audit.write(caller.id, "batch.send", job.id, {"rows": upload.rows})
    if found.start:
        service.jobs.wake()
    return BatchMade.of(batch_state(service.store, job), seen)


def _options(service: Service, name: str, asked: BatchStart) -> BatchOptions:
    days = days_kept(asked.keep_days, usual=service.settings.service.keep_days, review=asked.review)
    if asked.review and not days:
        raise Refused(
            422,
            "people can only review what is kept",
            "Leave keep_days out, or keep products for some days.",
            field="keep_days",
        )
    return BatchOptions(name, asked.columns.columns(), keep_days=days, review=asked.review)


@router.get("", responses=refusals())
def listed(service: ServiceOf, caller: Predicting) -> BatchList:
    """The last batches, the newest first."""
    del caller
    jobs = service.store.jobs.list(KIND, most=_MOST_LISTED)
    return BatchList(batches=[BatchAnswer.of(batch_state(service.store, job)) for job in jobs])


@router.get("/{id}", responses=refusals(404))
def one(id: BatchId, service: ServiceOf, caller: Predicting) -> BatchAnswer:
    """How a batch stands."""
    del caller
    return BatchAnswer.of(batch_state(service.store, batch_job(service, id)))


@router.get("/{id}/columns", responses=refusals(404, 409))
def columns(id: BatchId, service: ServiceOf, caller: Predicting) -> BatchMade:
    """What the columns of its file were taken for, as long as the file is there."""
    del caller
    job = batch_job(service, id)
    options = BatchOptions.of_dict(job.options)
    folder = upload_folder(service.settings.data_folder, options.upload)
    if not folder.is_dir():
        raise Refused(404, "the file of this batch is gone", "It goes when a batch is over.")
    seen = preview(service.models.active.model, BatchUpload.open(folder), options)
    return BatchMade.of(batch_state(service.store, job), seen)


@router.post("/{id}/start", status_code=202, responses=refusals(404, 408, 409))
def start(id: BatchId, asked: BatchStart, service: ServiceOf, caller: Predicting) -> BatchMade:
    """Start a draft, its columns told anew."""
    job = batch_job(service, id)
    before = BatchOptions.of_dict(job.options)
    if not before.draft:
        raise Conflict("this batch was started already", "Send the file again for another one.")
    folder = upload_folder(service.settings.data_folder, before.upload)
    upload = BatchUpload.open(folder)
    options = replace(_options(service, before.name, asked), upload=before.upload)
    seen = preview(service.models.active.model, upload, options)
    job = service.store.jobs.start(id, options=options.to_dict(), total=upload.rows)
    service.store.audit.write(caller.id, "batch.start", id, {"rows": upload.rows})
    service.jobs.wake()
    return BatchMade.of(batch_state(service.store, job), seen)


@router.post("/{id}/pause", responses=refusals(404, 409))
def pause(id: BatchId, service: ServiceOf, caller: Predicting) -> BatchAnswer:
    """Stop for now, at the end of the rows at hand."""
    return _asked(service, id, "pause", caller)


@router.post("/{id}/resume", responses=refusals(404, 409))
def resume(id: BatchId, service: ServiceOf, caller: Predicting) -> BatchAnswer:
    """Go on with the row after the last one that was answered."""
    if BatchOptions.of_dict(batch_job(service, id).options).draft:
        raise Conflict("this batch was never started", f"Use POST /v1/batches/{id}/start.")
    return _asked(service, id, "resume", caller)


@router.post("/{id}/cancel", responses=refusals(404, 409))
def cancel(id: BatchId, service: ServiceOf, caller: Predicting) -> BatchAnswer:
    """Stop for good; what was answered stays, the file that was sent is removed."""
    return _asked(service, id, "cancel", caller)


@router.delete("/{id}", status_code=204, responses=refusals(404, 409))
def delete(id: BatchId, service: ServiceOf, caller: Predicting) -> None:
    """Remove a batch that does not run, with its answers and what was kept of its products."""
    job = batch_job(service, id)
    service.store.batches.forget(id)
    _remove_files(service, job)
    service.store.audit.write(caller.id, "batch.delete", id, {})


def batch_job(service: Service, id: str) -> Job:
    """The job of a batch. Raises `Refused` (404) where there is none."""
    job = service.store.jobs.get(id)
    if job is None or job.kind != KIND:
        raise Refused(404, f"there is no batch {id!r}", "GET /v1/batches lists them.")
    return job


def _asked(service: Service, id: str, wish: Wish, caller: Caller) -> BatchAnswer:
    batch_job(service, id)
    job = service.store.jobs.ask(id, wish)
    service.store.audit.write(caller.id, f"batch.{wish}", id, {})
    if job.state == "cancelled":
        _remove_files(service, job)
    service.jobs.wake()
    return BatchAnswer.of(batch_state(service.store, job))


def _remove_files(service: Service, job: Job) -> None:
    data = service.settings.data_folder
    upload = BatchOptions.of_dict(job.options).upload
    for folder in (job_folder(data, job.id), upload_folder(data, upload)):
        if upload or folder.name == job.id:
            shutil.rmtree(folder, ignore_errors=True)
