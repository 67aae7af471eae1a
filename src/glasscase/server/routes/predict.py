"""What a product is: `POST /v1/predict`."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request

from glasscase.server.access import Predicting
from glasscase.server.answering import answered
from glasscase.server.answers.answers import PredictionAnswer
from glasscase.server.guard.refusals import refusals
from glasscase.server.received.incoming import incoming
from glasscase.server.received.product_in import ProductIn, body_of
from glasscase.server.service import ServiceOf

router = APIRouter(prefix="/v1", tags=["predict"])


@router.post("/predict", responses=refusals(415), openapi_extra=body_of(ProductIn))
async def predict(request: Request, service: ServiceOf, caller: Predicting) -> PredictionAnswer:
    """Say what a product is, how sure that is, and what should be done with the answer."""
    started = time.perf_counter()
    found = await incoming(request, service)
    return await answered(service, found, caller, request=request, started=started)
