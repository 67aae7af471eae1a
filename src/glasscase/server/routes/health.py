"""Whether the service lives, whether it can answer, and its figures."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from glasscase.server.access import Predicting
from glasscase.server.guard.metrics import CONTENT_TYPE
from glasscase.server.guard.refusals import refusals
from glasscase.server.service import ServiceOf, service_of

router = APIRouter(tags=["health"])
_DATABASE_SECONDS = 4.0


class Health(BaseModel):
    """The process lives."""

    status: str = "ok"


class Readiness(BaseModel):
    """Whether requests can be answered now, and what is missing where not."""

    ready: bool
    model: str | None
    waiting_for: list[str]
    problems: list[str] = Field(description="Roles whose model is not loaded; the log has why.")


@router.get("/healthz")
async def healthz() -> Health:
    """The process lives. Needs no key."""
    return Health()


@router.get("/readyz", response_model=Readiness, responses={503: {"model": Readiness}})
async def readyz(request: Request, service: ServiceOf) -> Response:
    """Whether there are a database and a model to answer with. Needs no key."""
    missing = [] if await _database_answers(request) else ["database"]
    if not service.models.ready:
        missing.append("model")
    model = service.models.active.id if service.models.ready else None
    problems = [*service.models.cast.problems]
    told = Readiness(ready=not missing, model=model, waiting_for=missing, problems=problems)
    return JSONResponse(told.model_dump(), 503 if missing else 200)


async def _database_answers(request: Request) -> bool:
    """Whether it does within some seconds. One that hangs is asked once, not by every probe."""
    state = request.app.state
    asked: asyncio.Task[None] | None = getattr(state, "database_asked", None)
    if asked is None or asked.done():
        asked = asyncio.create_task(run_in_threadpool(service_of(request).store.ping))
        state.database_asked = asked
    await asyncio.wait({asked}, timeout=_DATABASE_SECONDS)
    return asked.done() and asked.exception() is None


@router.get("/metrics", response_class=PlainTextResponse, responses=refusals())
def metrics(service: ServiceOf, caller: Predicting) -> Response:
    """Figures in Prometheus' text format. Needs a key where keys are needed."""
    del caller
    return Response(service.metrics.text(), media_type=CONTENT_TYPE)
