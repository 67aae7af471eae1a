"""The short form that small tools expect: `POST /predict` with `imageFile` and `description`."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from glasscase.server.access import Predicting
from glasscase.server.answering import answered
from glasscase.server.explained import explained
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.incoming import incoming
from glasscase.server.received.product_asked import ProductAsked
from glasscase.server.service import ServiceOf

router = APIRouter(tags=["predict"])
_FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "imageFile": {"type": "string", "format": "binary"},
        "description": {"type": "string"},
    },
}


class FeaturesPresent(BaseModel):
    """What of the product was used."""

    image: bool
    text: bool


class WordWeightAnswer(BaseModel):
    """A word, and what it adds to the probability."""

    word: str
    weight: float


class ShortAnswer(BaseModel):
    """The answer in one piece."""

    predicted_class: str
    confidence: float = Field(ge=0, le=1, description="Calibrated.")
    overlay: str | None = Field(description="The heat map over the photo, as a data URL.")
    word_weights: list[WordWeightAnswer] = Field(description="The heaviest first.")
    milliseconds: float
    features_present: FeaturesPresent


@router.post(
    "/predict",
    responses=refusals(409, 415),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"multipart/form-data": {"schema": _FORM}},
        }
    },
)
async def short_form(request: Request, service: ServiceOf, caller: Predicting) -> ShortAnswer:
    """Answer and explanation of one photo, one description, or both, in one small piece.

    For everything else there is `/v1/predict`.
    """
    started = time.perf_counter()
    found = await incoming(request, service)
    answer = await answered(service, found, caller, request=request, started=started)
    if answer.label is None or answer.probability is None:
        raise Refused(422, "the words say nothing the model can use", answer.reason)
    live = service.models.get(answer.model) or service.models.active
    product = found.given(live.model.settings, service.settings.limits).product
    controls = {"parts": "words,photo", "label": answer.label}
    told = await explained(service, ProductAsked(product, live, (), controls))
    weights = sorted(told.words.words, key=lambda word: -abs(word.weight))
    heaviest = {word.word: word.weight for word in reversed(weights)}
    return ShortAnswer(
        predicted_class=answer.label,
        confidence=answer.probability,
        overlay=next((picture.overlay for picture in told.pictures if picture.overlay), None),
        word_weights=[
            WordWeightAnswer(word=word, weight=weight)
            for word, weight in reversed(heaviest.items())
        ],
        milliseconds=round(1000 * (time.perf_counter() - started), 2),
        features_present=FeaturesPresent(
            image="image" in answer.present, text="text" in answer.present
        ),
    )
