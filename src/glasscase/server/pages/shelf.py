"""The page that reads a shelf photo."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from glasscase.server.access import PagePredicting
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()


@router.get("/shelf")
async def shelf(request: Request, service: ServiceOf, caller: PagePredicting) -> HTMLResponse:
    """A photo goes in; boxes, figures and gaps come out, and a person may correct them."""
    del caller
    model = service.models.active.model if service.models.ready else None
    return page(
        request,
        "shelf.html",
        limits=service.settings.limits,
        has_gallery=service.shelves.has_gallery,
        has_model=model is not None and model.image_encoder is not None,
    )
