"""The page Catalogue: profile, label audit, duplicates and problems of a table."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from glasscase.server.access import PageReviewing
from glasscase.server.answers.job_answers import JobAnswer
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()
_SHOWN = 10


@router.get("/catalogue")
async def catalogue(request: Request, service: ServiceOf, caller: PageReviewing) -> HTMLResponse:
    """Send a table, or look again at one that was looked at."""
    jobs = await run_in_threadpool(service.store.jobs.list, "catalogue", _SHOWN)
    return page(
        request,
        "catalogue.html",
        jobs=[JobAnswer.of(job) for job in jobs],
        limits=service.settings.limits,
        log_days=service.settings.service.log_days,
        keep_days=service.settings.service.keep_days,
    )
