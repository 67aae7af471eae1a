"""The page that reads a shelf photo."""

from __future__ import annotations

import io
from functools import lru_cache

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from PIL import Image
from starlette.concurrency import run_in_threadpool

from glasscase.server.access import PagePredicting
from glasscase.server.service import ServiceOf
from glasscase.server.view import page
from glasscase.shelf.drawn.scenes import shelf_scene

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
        shelf=service.settings.shelf,
        has_gallery=service.shelves.has_gallery,
        has_model=model is not None and model.image_encoder is not None,
    )


@router.get("/shelf/sample.jpg")
async def sample(caller: PagePredicting) -> Response:
    """A drawn shelf, for those who have no photo at hand."""
    del caller
    kept = {"Cache-Control": "private, max-age=86400"}
    return Response(await run_in_threadpool(_sample), media_type="image/jpeg", headers=kept)


@lru_cache(maxsize=1)
def _sample() -> bytes:
    drawn = shelf_scene(21, seed=5, kind="shelf", size_px=(960, 1280), care=1.0)
    stream = io.BytesIO()
    Image.fromarray(drawn.image).save(stream, "JPEG", quality=90)
    return stream.getvalue()
