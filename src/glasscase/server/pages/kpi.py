"""The page Figures: a table goes in, what goes with a KPI comes out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from glasscase.jobs.kpis.kpi_options import EXPOSURES, LINKS
from glasscase.kpi.learner import FAMILIES
from glasscase.kpi.scale import KINDS
from glasscase.models.net_regressor import FUSIONS
from glasscase.server.access import PageReviewing
from glasscase.server.answers.job_answers import JobAnswer
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()
_SHOWN = 10


@router.get("/kpi")
async def figures(request: Request, service: ServiceOf, caller: PageReviewing) -> HTMLResponse:
    """Send a table and choose the target, or look again at one that was learnt from."""
    jobs = await run_in_threadpool(service.store.jobs.list, "kpi", _SHOWN)
    return page(
        request,
        "kpi.html",
        jobs=[JobAnswer.of(job) for job in jobs],
        kinds=KINDS,
        links=LINKS,
        exposures=EXPOSURES,
        families=[family for family in FAMILIES if family != "mean"],
        networks=FUSIONS,
        limits=service.settings.limits,
        log_days=service.settings.service.log_days,
    )
