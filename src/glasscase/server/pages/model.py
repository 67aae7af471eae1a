"""The page Model: which model answers, how good it is, and whether another would be better."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse
from starlette.concurrency import run_in_threadpool

from glasscase.extras import need
from glasscase.server.access import PageReader
from glasscase.server.answers.model_answers import ModelsAnswer, models_answer
from glasscase.server.guard.refusals import Refused
from glasscase.server.model_state import model_state
from glasscase.server.service import Service, ServiceOf
from glasscase.server.view import page

router = APIRouter()
_CACHE = {"Cache-Control": "public, max-age=86400"}


@router.get("/model")
async def model(request: Request, service: ServiceOf, caller: PageReader) -> HTMLResponse:
    """The state of the model in words, its card, its figures, and other models."""
    everyone, card = await run_in_threadpool(_asked, service)
    state = model_state(service.models.active) if service.models.ready else None
    return page(
        request,
        "model.html",
        state=state,
        everyone=everyone,
        card=card,
        told=everyone.model_dump(mode="json"),
        may_change=caller.may("admin"),
        may_measure=caller.may("review"),
        active=next((one for one in everyone.models if "active" in one.roles), None),
    )


def _asked(service: Service) -> tuple[ModelsAnswer, dict[str, Any]]:
    store = service.store.models
    rows, roles = store.list(), store.roles()
    card = next((dict(row.card) for row in rows if row.id == roles.active), {})
    return models_answer(rows, roles, service.models.cast), card


@router.get("/static/plotly.min.js")
def plotly_file() -> FileResponse:
    """The charts' script, out of its own package."""
    need("plotly", extra="server")
    found = find_spec("plotly")
    folder = Path(next(iter(found.submodule_search_locations or ()))) if found else Path()
    place = folder / "package_data" / "plotly.min.js"
    if not place.is_file():
        raise Refused(404, "the installed plotly has no plotly.min.js", "Install plotly again.")
    return FileResponse(place, media_type="text/javascript", headers=_CACHE)
