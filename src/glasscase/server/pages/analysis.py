"""The page `/analysis`."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from glasscase.server.access import PagePredicting
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()


@router.get("/analysis")
async def analysis(request: Request, service: ServiceOf, caller: PagePredicting) -> HTMLResponse:
    """The page."""
    return page(request, "analysis.html")
