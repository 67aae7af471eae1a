"""`/docs`: the REST API to read, out of the OpenAPI document, without anything from elsewhere."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from glasscase.server.access import PageReader
from glasscase.server.api_reference import reference
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()


@router.get("/docs")
def api_docs(request: Request, service: ServiceOf, _: PageReader) -> HTMLResponse:
    """Every route with what it takes and answers."""
    told = reference(request.app.openapi(), str(request.base_url).rstrip("/"))
    return page(
        request,
        "api_docs.html",
        groups=told.groups,
        shapes=told.shapes,
        keys_needed=service.settings.service.keys_needed,
    )
