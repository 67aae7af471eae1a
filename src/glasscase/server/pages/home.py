"""The first page: what this is, samples to click, the state of the model."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from glasscase.server.access import PageReader
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()


@router.get("/")
async def home(request: Request, service: ServiceOf, caller: PageReader) -> HTMLResponse:
    """What it does and how the model is."""
    model = service.models.active if service.models.ready else None
    return page(request, "home.html", model=model)
