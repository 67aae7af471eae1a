"""The pages of batches: send a file, look at its columns, watch it, look through what it found."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from glasscase.jobs.batches.batch_options import REVIEW_DAYS, ROLES
from glasscase.jobs.batches.batch_state import KIND, batch_state
from glasscase.server.access import PagePredicting
from glasscase.server.answers.batch_answers import BatchAnswer
from glasscase.server.routes.batches import batch_job
from glasscase.server.service import Service, ServiceOf
from glasscase.server.view import page

router = APIRouter()
_MOST_LISTED = 20


@router.get("/batch")
async def batches(request: Request, service: ServiceOf, caller: PagePredicting) -> HTMLResponse:
    """Where a file is dropped, and the batches there were."""
    return page(
        request,
        "batches.html",
        batches=await run_in_threadpool(_last, service),
        ready=service.models.ready,
        limits=service.settings.limits,
    )


@router.get("/batch/{id}")
async def batch(
    request: Request, id: str, service: ServiceOf, caller: PagePredicting
) -> HTMLResponse:
    """One batch, whatever state it is in."""
    found = await run_in_threadpool(_one, service, id)
    return page(
        request,
        "batch.html",
        batch=found,
        told=found.model_dump(mode="json"),
        roles=ROLES,
        usual_days=service.settings.service.keep_days,
        review_days=max(REVIEW_DAYS, service.settings.service.keep_days),
    )


def _last(service: Service) -> list[BatchAnswer]:
    jobs = service.store.jobs.list(KIND, most=_MOST_LISTED)
    return [BatchAnswer.of(batch_state(service.store, job)) for job in jobs]


def _one(service: Service, id: str) -> BatchAnswer:
    return BatchAnswer.of(batch_state(service.store, batch_job(service, id)))
