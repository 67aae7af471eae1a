"""From a product somebody asks about to its explanation, in the line of slow questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field

from glasscase.catalog.photo import Photo
from glasscase.errors import BadSetting
from glasscase.explanations.card import card, photos_in, thumbnail
from glasscase.explanations.explanation import Explanation
from glasscase.explanations.tested import PARTS, known_parts
from glasscase.jobs.explain import explain
from glasscase.server.answers.explanation_answers import ExplanationAnswer
from glasscase.server.guard.refusals import Refused
from glasscase.server.received.classes import known_class
from glasscase.server.received.product_asked import ProductAsked
from glasscase.server.received.product_in import ProductIn
from glasscase.server.service import Service

Result = TypeVar("Result")

CARD_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'"
)
"""A card brings its styles with it, has pictures in it, and no script at all."""
CARD_HEADERS = {
    "Content-Security-Policy": CARD_POLICY,
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Cache-Control": "no-store",
}


class QuestionIn(ProductIn):
    """A product, or an earlier answer whose product was kept, and what is asked about it."""

    prediction_id: str | None = Field(
        None, max_length=64, description="Of an earlier answer, in the place of a product."
    )
    parts: str | None = Field(
        None,
        max_length=200,
        description="Of words, photo, rival, flip and check only these, divided by commas; fewer "
        "are quicker. Shares and similar products always come.",
        examples=["words,photo"],
    )
    label: str | None = Field(None, max_length=1000, description="Class to speak for.")
    against: str | None = Field(None, max_length=1000, description="Why rather than this one.")


class ExplainIn(QuestionIn):
    """What is asked, and how it is to be told."""

    format: Literal["json", "html"] | None = Field(None, description="html: a page to send on.")


async def explained(service: Service, asked: ProductAsked) -> ExplanationAnswer:
    """The explanation with all that a page needs, as JSON.

    Raises:
        Refused: a part or class there is not, nothing usable of the product, too many wait.
    """
    return await _in_line(service, asked, partial(_answer, service, asked))


async def explained_card(service: Service, asked: ProductAsked) -> str:
    """The explanation as one page of HTML that needs nothing else. Raises as `explained`."""

    def drawn(told: Explanation) -> str:
        return card(told, asked.photos, training_photo=training_photos(service))

    return await _in_line(service, asked, drawn)


async def explanation(service: Service, asked: ProductAsked) -> Explanation:
    """The bare explanation. Raises as `explained`."""
    return await _in_line(service, asked, lambda told: told)


def training_photos(service: Service) -> Callable[[str], Photo | None] | None:
    """Looks for photos of training products; None where nobody said where they are."""
    folder = service.settings.service.training_photos
    return photos_in(Path(folder)) if folder else None


async def _in_line(
    service: Service, asked: ProductAsked, use: Callable[[Explanation], Result]
) -> Result:
    question: dict[str, Any] = {
        name: asked.controls.get(name, "").strip() or None for name in ("label", "against")
    }
    question["parts"] = _parts(asked.controls.get("parts", ""))
    for name in ("label", "against"):
        if question[name] is not None:
            known_class(asked.live, question[name], name)

    def work() -> Result:
        told = explain(asked.live.model, asked.product, **question)
        return use(replace(told, problems=(*asked.problems, *told.problems)))

    return await service.explaining.run(work)


def _answer(service: Service, asked: ProductAsked, told: Explanation) -> ExplanationAnswer:
    find = training_photos(service)
    pictures = [thumbnail(one.photo, find) or None for one in told.neighbours]
    return ExplanationAnswer.of(told, asked.photos, model_id=asked.live.id, thumbnails=pictures)


def _parts(told: str) -> frozenset[str]:
    names = [name for name in (one.strip() for one in told.split(",")) if name]
    try:
        return known_parts(names or PARTS)
    except BadSetting as error:
        raise Refused.because(error, field="parts") from None
