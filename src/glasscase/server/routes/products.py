"""Training products that are like one product, or that fit some words or a photo."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Literal, cast, get_args

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from glasscase.catalog.product import Product
from glasscase.explanations.card import thumbnail
from glasscase.jobs.find import find
from glasscase.jobs.hits import Hit
from glasscase.jobs.similar import By, similar
from glasscase.server.access import Predicting
from glasscase.server.answers.explanation_answers import NeighbourAnswer
from glasscase.server.explained import training_photos
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.incoming import incoming
from glasscase.server.received.product_asked import (
    PREDICTION_ID,
    product_asked,
    product_kept,
    stored_prediction,
)
from glasscase.server.received.product_in import ProductIn, body_of
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.live_models import LiveModel

router = APIRouter(prefix="/v1", tags=["products"])
MOST = 100
ProductId = Annotated[
    str, Path(max_length=1000, description="Of a training product, or of an answer that was kept.")
]
Top = Annotated[int, Query(ge=1, le=MOST)]


class SimilarIn(ProductIn):
    """A product, or an earlier answer whose product was kept."""

    prediction_id: str | None = Field(None, max_length=64)
    by: By | None = Field(None, description="What is compared; both unless said.")
    top: int | None = Field(None, ge=1, le=MOST, description="How many; 10 unless said.")


class SearchIn(ProductIn):
    """What is looked for: words, or one photo."""

    words: str | None = Field(None, max_length=20_000)
    top: int | None = Field(None, ge=1, le=MOST, description="How many; 10 unless said.")


class SimilarAnswer(BaseModel):
    """Training products, the most alike first."""

    model: str = Field(description="Id of the model whose training products these are.")
    by: By
    products: list[NeighbourAnswer]


class SearchAnswer(BaseModel):
    """Training products, the best first."""

    model: str
    compared: Literal["words", "photo"] = Field(
        description="What of the products was compared. With a space that words and photos share: "
        "photos where words were asked, words where a photo was; else like with like."
    )
    products: list[NeighbourAnswer]


@router.get("/products/{id:path}/similar", responses=refusals(404, 409))
async def similar_to(
    id: ProductId, service: ServiceOf, _: Predicting, by: By = "both", top: Top = 10
) -> SimilarAnswer:
    """Training products like one of them, or like the kept product of an answer."""
    live = service.models.active
    if re.fullmatch(PREDICTION_ID, id) and (product := await _kept(service, id, live)) is not None:
        return await _similar(service, live, product, (by, top))
    return await _similar(service, live, id, (by, top))


@router.post(
    "/products/similar", responses=refusals(404, 409, 415), openapi_extra=body_of(SimilarIn)
)
async def similar_to_sent(request: Request, service: ServiceOf, _: Predicting) -> SimilarAnswer:
    """Training products like one that is sent along."""
    asked = await product_asked(request, service, SimilarIn)
    wanted = (_by(asked.controls), _top(asked.controls))
    return await _similar(service, asked.live, asked.product, wanted)


@router.post("/search", responses=refusals(409, 415), openapi_extra=body_of(SearchIn))
async def search(request: Request, service: ServiceOf, _: Predicting) -> SearchAnswer:
    """Training products that fit some words, or a photo, best."""
    live = service.models.active
    found = await incoming(request, service, SearchIn)
    top = _top(found.controls)
    words = found.controls.get("words") or " ".join(found.texts.values())
    asked = replace(found, texts={"words": words} if words.strip() else {})
    product = asked.given(live.model.settings, service.settings.limits).product
    if len(product.photos) + bool(product.text) != 1:
        raise Refused(
            422, "a search is by words or by one photo", "Give one of the two.", field="words"
        )
    photo = product.photos[0] if product.photos else None

    def work() -> SearchAnswer:
        told = find(live.model, text=product.text, photo=photo, top=top)
        return SearchAnswer(
            model=live.id, compared=told.compared, products=_shown(service, told.hits)
        )

    return await service.explaining.run(work)


async def _kept(service: Service, id: str, live: LiveModel) -> Product | None:
    """The kept product of an answer; None where there is no such answer."""
    try:
        stored = await stored_prediction(service, id, "id")
    except Refused:
        return None
    return (await product_kept(service, stored, live, {})).product


async def _similar(
    service: Service, live: LiveModel, product: Product | str, wanted: tuple[By, int]
) -> SimilarAnswer:
    by, top = wanted

    def work() -> SimilarAnswer:
        if isinstance(product, str) and product not in live.model.training.ids:
            raise Refused(
                404, f"there is no product {product[:80]!r}",
                "Give the id of a training product, or of an answer whose product was kept.",
                field="id",
            )  # fmt: skip
        hits = similar(live.model, product, by=by, top=top)
        return SimilarAnswer(model=live.id, by=by, products=_shown(service, hits))

    return await service.explaining.run(work)


def _shown(service: Service, hits: list[Hit]) -> list[NeighbourAnswer]:
    photos = training_photos(service)
    return [
        NeighbourAnswer(**hit.to_dict(), thumbnail=thumbnail(hit.photo, photos) or None)
        for hit in hits
    ]


def _by(controls: dict[str, str]) -> By:
    told = controls.get("by", "").strip() or "both"
    for known in get_args(By):
        if told == known:
            return cast(By, known)
    raise Refused(
        422,
        f"products cannot be compared by {told[:40]!r}",
        "Say words, photo or both.",
        field="by",
    )


def _top(controls: dict[str, str]) -> int:
    told = controls.get("top", "").strip() or "10"
    if not (told.isascii() and told.isdecimal() and len(told) <= 3 and 1 <= int(told) <= MOST):
        raise Refused(
            422, f"{told[:40]!r} is no number of products", f"Say 1 to {MOST}.", field="top"
        )
    return int(told)
