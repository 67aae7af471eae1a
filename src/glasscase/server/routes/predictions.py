"""Answers that were given, and what people say about them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from glasscase.server.access import Predicting
from glasscase.server.answers.answers import PredictionAnswer
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.classes import known_category
from glasscase.server.received.product_asked import stored_prediction
from glasscase.server.service import ServiceOf

router = APIRouter(prefix="/v1", tags=["predictions"])
PredictionId = Annotated[str, Path(max_length=64, description="`prediction_id` of an answer.")]


class StoredAnswer(PredictionAnswer):
    """An answer that was given, as it was."""

    made_at: datetime
    source: Literal["api", "page", "batch"]
    batch_id: str | None


class FeedbackIn(BaseModel):
    """What somebody says about an answer."""

    model_config = ConfigDict(extra="forbid")

    prediction_id: str = Field(max_length=64)
    label: str | None = Field(
        None, max_length=1000, description="What it should have been: a class, or any category."
    )
    comment: str = Field("", max_length=2000)


class FeedbackAnswer(BaseModel):
    """What was noted."""

    id: str
    prediction_id: str
    label_before: str | None
    label: str | None
    at: datetime


@router.get("/predictions/{id}", responses=refusals(404))
async def prediction(id: PredictionId, service: ServiceOf, _: Predicting) -> StoredAnswer:
    """An answer that was given, as it was. Answers are kept `service.log_days` days."""
    stored = await stored_prediction(service, id, "id")
    kept = await run_in_threadpool(service.store.kept.of, id)
    return StoredAnswer.told(
        stored.answer,
        prediction_id=stored.id,
        model=stored.model,
        problems=stored.problem.splitlines(),
        milliseconds=stored.milliseconds or 0.0,
        kept_until=None if kept is None else kept.until,
        made_at=stored.made_at,
        source=stored.source,
        batch_id=stored.batch_id,
    )


@router.post("/feedback", responses=refusals(404, 409), status_code=201)
async def feedback(said: FeedbackIn, service: ServiceOf, caller: Predicting) -> FeedbackAnswer:
    """Say what an answer should have been, or what you think of it."""
    comment = said.comment.strip()
    if said.label is None and not comment:
        raise Refused(
            422, "neither a label nor a comment is given", "Give one of them.", field="label"
        )
    if said.label is not None:
        known_category(service.models.active, said.label, "label")
    stored = await stored_prediction(service, said.prediction_id)

    def note() -> FeedbackAnswer | None:
        noted = service.store.predictions.add_feedback(
            stored.id, label=said.label, comment=comment, by=caller.id
        )
        if noted is None:
            return None
        service.store.audit.write(caller.id, "feedback", stored.id, {"label": said.label})
        return FeedbackAnswer(
            id=noted.id,
            prediction_id=stored.id,
            label_before=noted.label_before,
            label=noted.label,
            at=noted.at,
        )

    noted = await run_in_threadpool(note)
    if noted is None:
        raise Refused(404, "this answer is gone by now", "Ask anew.", field="prediction_id")
    return noted
