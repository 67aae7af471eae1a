"""The page that answers about one product: a new one, a sample, or one that was kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from glasscase.server.access import PagePredicting
from glasscase.server.guard.refusals import Refused
from glasscase.server.received.product_asked import stored_prediction
from glasscase.server.samples import NUMBER, samples, sells_samples
from glasscase.server.service import Service, ServiceOf
from glasscase.server.view import page
from glasscase.store.predictions import StoredPrediction

router = APIRouter()
_FEW_LABELS = 300
_FOREIGN = "This model was trained on other goods than the toy shop's, so it may well not know it."


@dataclass(frozen=True)
class _Given:
    """What the form holds from the start."""

    texts: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    """Where the photos are, on this service."""
    note: str = ""
    warns: bool = False
    sample: bool = False
    ask: bool = False
    """Analyse at once."""
    answer: Mapping[str, Any] | None = None
    """An answer given before, shown as it was."""

    @property
    def for_script(self) -> dict[str, Any]:
        return {"photos": self.photos, "ask": self.ask, "answer": self.answer}


@router.get("/analysis")
async def analysis(
    request: Request,
    service: ServiceOf,
    caller: PagePredicting,
    sample: str = "",
    prediction: str = "",
) -> HTMLResponse:
    """The form, filled with a sample or a kept product where one is named."""
    given = _Given()
    if prediction:
        stored = await stored_prediction(service, prediction, "prediction")
        given = await run_in_threadpool(_kept, service, stored)
    elif sample:
        given = await run_in_threadpool(_sample, service, sample)
    return page(
        request,
        "analysis.html",
        given=given,
        ready=service.models.ready,
        labels=_few_labels(service),
        limits=service.settings.limits,
        kept_words=kept_words(service.settings.service.keep_days),
    )


@router.get("/samples/{number}.jpg")
async def sample_photo(number: str, caller: PagePredicting) -> Response:
    """The photo of a sample."""
    photos = (await run_in_threadpool(samples))[_number(number)].product.photos
    if not photos:
        raise Refused(404, f"sample {number} has no photo")
    kept = {"Cache-Control": "private, max-age=86400"}
    return Response(photos[0].read(), media_type="image/jpeg", headers=kept)


@router.get("/analysis/{prediction}/photos/{number}")
async def kept_photo(
    prediction: str, number: str, service: ServiceOf, caller: PagePredicting
) -> Response:
    """A photo of a product that was kept because somebody asked for it."""
    index = int(number) if number.isascii() and number.isdecimal() and len(number) < 4 else -1
    photo = None
    if index >= 0:
        photo = await run_in_threadpool(service.store.kept.photo, prediction[:64], index)
    if photo is None:
        raise Refused(404, "this photo is not kept (any more)")
    return Response(photo.data, media_type=_safe_type(photo.media_type))


def kept_words(keep_days: int) -> str:
    """What becomes of a product that is analysed, in a sentence."""
    if keep_days == 0:
        return "The answer is noted; photos and words are not kept unless you ask for it."
    days = "a day" if keep_days == 1 else f"{keep_days} days"
    return f"The answer is noted; photos and words are kept for {days}, then deleted."


def _sample(service: Service, number: str) -> _Given:
    one = samples()[_number(number)]
    ready = service.models.ready
    suits = not ready or sells_samples(service.models.active.model.classes_)
    return _Given(
        texts=one.product.texts,
        attributes={name: f"{value}" for name, value in one.product.attributes.items()},
        photos=tuple(f"/samples/{one.number}.jpg" for _ in one.product.photos),
        note=" ".join(filter(None, [one.told, "" if suits else _FOREIGN])),
        sample=True,
        ask=ready,
    )


def _kept(service: Service, stored: StoredPrediction) -> _Given:
    answer = {**stored.answer, "prediction_id": stored.id, "model": stored.model}
    answer["milliseconds"] = stored.milliseconds
    made = f"Answered on {stored.made_at:%d %B %Y at %H:%M} UTC."
    kept = service.store.kept.of(stored.id)
    if kept is None:
        told = f"{made} The product's photos and words were not kept, so there is no explanation."
        return _Given(answer=answer, note=told)
    photos = tuple(f"/analysis/{stored.id}/photos/{number}" for number in range(kept.photos))
    told = f"{made} Photos and words are kept until {kept.until:%d %B %Y}."
    ask = service.models.ready
    return _Given(kept.texts, kept.attributes, photos, note=told, ask=ask, answer=answer)


def _few_labels(service: Service) -> list[str]:
    """All categories, where they are few enough to be offered at once; else the page asks."""
    labels = service.models.active.model.classes_ if service.models.ready else ()
    return sorted(str(label) for label in labels) if len(labels) <= _FEW_LABELS else []


def _number(number: str) -> int:
    if not (number.isascii() and number.isdecimal() and int(number[:6]) < NUMBER):
        raise Refused(404, f"there is no sample {number[:20]!r}", f"Choose 0 to {NUMBER - 1}.")
    return int(number)


def _safe_type(media_type: str) -> str:
    """Only what browsers show as a picture and never run."""
    known = ("image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp")
    return media_type if media_type in known else "application/octet-stream"
