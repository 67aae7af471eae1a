"""The page `/review`: one product after the other, decided by keys or by buttons."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from glasscase.server.access import PageReviewing
from glasscase.server.service import ServiceOf
from glasscase.server.view import page

router = APIRouter()


@router.get("/review")
async def review(request: Request, service: ServiceOf, caller: PageReviewing) -> HTMLResponse:
    """The page; what is to be looked at comes by `/v1/reviews`."""
    return page(
        request,
        "review.html",
        asks_name=not service.settings.service.keys_needed,
        hold_seconds=service.settings.review.hold_seconds,
        may_retrain=caller.may("admin"),
        may_explain=caller.may("predict"),
        has_model=service.models.ready,
    )
