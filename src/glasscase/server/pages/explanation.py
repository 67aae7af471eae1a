"""The page `/explanation`."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from glasscase.server.access import PageReader
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()


@router.get("/explanation")
async def explanation(request: Request, service: ServiceOf, caller: PageReader) -> HTMLResponse:
    """The page."""
    return page(request, "explanation.html")
