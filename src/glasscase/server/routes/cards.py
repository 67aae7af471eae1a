"""Decision cards shared by a link: whoever has the link may read the card, until a day."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from glasscase.server.access import Predicting, address
from glasscase.server.explained import CARD_HEADERS, QuestionIn, explained_card
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.product_asked import product_asked
from glasscase.server.received.product_in import body_of
from glasscase.server.received.sent_form import sent_days
from glasscase.server.service import ServiceOf

router = APIRouter(prefix="/v1", tags=["cards"])
shared = APIRouter(tags=["cards"])
DAYS = 30
MOST_DAYS = 365
_TOKEN = r"^[A-Za-z0-9_-]{16,64}$"
Token = Annotated[str, Path(pattern=_TOKEN, description="The last part of the link.")]


class CardIn(QuestionIn):
    """What the card is about, and how long it is there."""

    days: int | None = Field(
        None, ge=1, le=MOST_DAYS, description=f"How long the link works; {DAYS} unless said."
    )


class CardAnswer(BaseModel):
    """Where the card is, and how long."""

    url: str = Field(description="Below the service's own address; needs no key.")
    until: datetime


@router.post(
    "/cards", status_code=201, responses=refusals(404, 409, 415), openapi_extra=body_of(CardIn)
)
async def share(request: Request, service: ServiceOf, caller: Predicting) -> CardAnswer:
    """Make a card and a link to it that works without a key.

    The card holds the product's words and photos; it is kept until its day, whatever is kept else.
    """
    asked = await product_asked(request, service, CardIn)
    told = asked.controls.get("days", "")
    days = sent_days(told, "days", least=1, most=MOST_DAYS) or DAYS
    until = datetime.now(UTC) + timedelta(days=days)
    html = await explained_card(service, asked)

    def store() -> str:
        token = service.store.cards.add(html.encode("utf-8"), by=caller.id, until=until)
        service.store.audit.write(
            caller.id, "share card", asked.product.id, {"until": until.isoformat()}
        )
        return token

    return CardAnswer(url=f"/cards/{await run_in_threadpool(store)}", until=until)


@router.delete("/cards/{token}", status_code=204, responses=refusals(404))
async def withdraw(token: Token, service: ServiceOf, caller: Predicting) -> Response:
    """Remove a shared card: its link leads nowhere from now on."""

    def remove() -> bool:
        if not service.store.cards.remove(token):
            return False
        service.store.audit.write(caller.id, "withdraw card")
        return True

    if not await run_in_threadpool(remove):
        raise _gone()
    return Response(status_code=204)


@shared.get("/cards/{token}", response_class=HTMLResponse, responses=refusals(404))
async def shared_card(token: str, request: Request, service: ServiceOf) -> Response:
    """A card that was shared. Needs no key: its link is the secret."""
    service.limiter.check(address(request))
    if not re.fullmatch(_TOKEN, token):
        raise _gone()  # a link that was copied in part is told as one that is over
    html = await run_in_threadpool(service.store.cards.get, token)
    if html is None:
        raise _gone()
    return HTMLResponse(html, headers=CARD_HEADERS)


def _gone() -> Refused:
    return Refused(404, "there is no such card, or its time is over", "Ask for a new link.")
