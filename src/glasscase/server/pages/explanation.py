"""The page that explains the pipeline to somebody who does not know the words."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.concurrency import run_in_threadpool

from glasscase.server.access import PageReader
from glasscase.server.model_state import model_state
from glasscase.server.samples import samples, sells_samples
from glasscase.server.service import ServiceOf
from glasscase.server.threads.live_models import LiveModel
from glasscase.server.view import page
from glasscase.settings.service import ServeSettings

router = APIRouter()
_SHOWN_SAMPLE = 6


@router.get("/explanation")
async def explanation(request: Request, service: ServiceOf, caller: PageReader) -> HTMLResponse:
    """How it works, with an example of the model that answers now and what is kept."""
    live = service.models.active if service.models.ready else None
    example = None
    if live is not None and caller.may("predict"):
        example = await run_in_threadpool(_example, live)
    settings = service.settings
    return page(
        request,
        "explanation.html",
        state=None if live is None else model_state(live),
        example=example,
        kept=kept_how_long(settings.service),
        photo_hosts=settings.service.photo_hosts,
        model_limits=() if live is None else (live.model.card or {}).get("limits", ()),
        limits=settings.limits,
    )


def kept_how_long(settings: ServeSettings) -> list[tuple[str, str]]:
    """What the service keeps, and until when, in words."""
    unasked = f"{_days(settings.keep_days)}, then deleted" if settings.keep_days else "not at all"
    return [
        ("Photos and words of a product", f"{unasked}; longer or shorter where that is asked for"),
        ("Answers and finished jobs (without photos)", f"{_days(settings.log_days)}, then deleted"),
        ("Cards that were shared", "until the day chosen when sharing"),
        ("Remarks on answers, open reviews", "as long as the answers they belong to"),
        ("What reviewers decided", "always: models are trained with it later"),
        (
            "Who changed what (without photos, words or keys)",
            "always: a log that cannot be altered",
        ),
        ("Your key, in this browser", "until you sign out, 30 days at most"),
        ("Your choice of colours, in this browser", "until you change it"),
    ]


def _example(live: LiveModel) -> dict[str, Any] | None:
    """A drawn sample where the model knows such goods, else words it learnt from, if any."""
    if sells_samples(live.model.classes_):
        one = samples()[_SHOWN_SAMPLE]
        photo = f"/samples/{one.number}.jpg" if one.product.photos else None
        texts = list(one.product.texts.items())  # pairs: their order counts, and JSON would sort it
        return {"sample": one.number, "title": one.title, "texts": texts, "photo": photo}
    titles = (str(title).strip() for title in live.model.training.titles)
    title = next((title for title in titles if title), "")
    if not title:
        return None
    return {"sample": None, "title": title, "texts": [("title", title)], "photo": None}


def _days(number: int) -> str:
    return "one day" if number == 1 else f"{number} days"
