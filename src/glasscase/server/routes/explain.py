"""Why a product is that: `POST /v1/explain`."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from glasscase.server.access import Predicting
from glasscase.server.answers.explanation_answers import ExplanationAnswer
from glasscase.server.explained import CARD_HEADERS, ExplainIn, explained, explained_card
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.product_asked import product_asked
from glasscase.server.received.product_in import body_of
from glasscase.server.service import ServiceOf

router = APIRouter(prefix="/v1", tags=["explain"])
_PAGE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/html": {"schema": {"type": "string"}}}}
}


@router.post(
    "/explain",
    response_model=ExplanationAnswer,
    responses={**refusals(404, 409, 415), **_PAGE},
    openapi_extra=body_of(ExplainIn),
)
async def explain(request: Request, service: ServiceOf, _: Predicting) -> Response:
    """Say why: words, places on the photos, what each contributed, what would change the answer.

    Give a product, or the `prediction_id` of an answer whose product was kept.
    """
    asked = await product_asked(request, service, ExplainIn)
    form = asked.controls.get("format", "").strip().lower() or "json"
    if form not in ("json", "html"):
        raise Refused(422, f"there is no format {form[:40]!r}", "Say json or html.", field="format")
    if form == "html":
        return HTMLResponse(await explained_card(service, asked), headers=CARD_HEADERS)
    answer = await explained(service, asked)
    return Response(answer.model_dump_json(), media_type="application/json")
