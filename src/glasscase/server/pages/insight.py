"""The page Insights: a result goes in, a report comes out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from glasscase.server.access import PagePredicting
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()


@router.get("/insights")
async def insights(request: Request, service: ServiceOf, caller: PagePredicting) -> HTMLResponse:
    """Where a result is dropped, or handed on by another page."""
    del caller
    return page(
        request,
        "insights.html",
        model=service.settings.service.insight_writer,
        limits=service.settings.limits,
    )
