"""The page Packs: photos of packs go in, a comparison comes out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from glasscase.packs.pack_table import MOST_PACKS
from glasscase.server.access import PageReviewing
from glasscase.server.answers.job_answers import JobAnswer
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()
_SHOWN = 10


@router.get("/packs")
async def packs(request: Request, service: ServiceOf, caller: PageReviewing) -> HTMLResponse:
    """Send photos of packs, or look again at those that were compared."""
    jobs = await run_in_threadpool(service.store.jobs.list, "packs", _SHOWN)
    return page(
        request,
        "packs.html",
        jobs=[JobAnswer.of(job) for job in jobs],
        most=MOST_PACKS,
        limits=service.settings.limits,
        log_days=service.settings.service.log_days,
    )
