"""The first page: what this is, samples to click, the state of the model."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from glasscase.server.access import PageReader
from glasscase.server.model_state import model_state
from glasscase.server.samples import samples, sells_samples
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()


@router.get("/")
async def home(request: Request, service: ServiceOf, caller: PageReader) -> HTMLResponse:
    """What it does and how the model is."""
    live = service.models.active if service.models.ready else None
    return page(
        request,
        "home.html",
        state=None if live is None else model_state(live),
        suits=live is not None and sells_samples(live.model.classes_),
        samples=await run_in_threadpool(samples),
        may={scope: caller.may(scope) for scope in ("predict", "review", "admin")},
    )
