"""Who reviews, and how a product looks to that person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Path

from glasscase.errors import NotFitted
from glasscase.review.reviewer_choice import Choices
from glasscase.server.access import Caller
from glasscase.server.answers.answers import LabelProbability
from glasscase.server.answers.review_answers import (
    MOST_NUMBERED,
    Counts,
    ReviewAnswer,
    ReviewPhoto,
    texts_of,
)
from glasscase.server.service import Service
from glasscase.store.review_items import ReviewItem

Id = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="As the service gave it.")]


def person(service: Service, caller: Caller, reviewer: str) -> str:
    """Under which name decisions are stored: the key's, or without keys what the person said."""
    if service.settings.service.keys_needed:
        return f"{caller.name} ({caller.id})"
    return reviewer or caller.id


def choices_of(service: Service) -> Choices:
    """What may be chosen now. Raises `NotFitted` where no model is loaded."""
    if not service.models.ready:
        raise NotFitted("no model is loaded yet", "Load one: POST /v1/models.")
    parts = service.models.active.model.parts
    return Choices({str(name) for name in parts.classes}, parts.taxonomy)


def counts(service: Service) -> Counts:
    """How the queue stands. Blocks."""
    found = service.store.reviews.counts()
    return Counts(
        open=found.open,
        held=found.held,
        decided=found.decided,
        skipped=found.skipped,
        disagreed=found.disagreed,
    )


def shown(service: Service, items: Sequence[ReviewItem]) -> list[ReviewAnswer]:
    """The products as they are shown, those whose answer is no longer stored left out. Blocks."""
    return [answer for item in items if (answer := _shown(service, item)) is not None]


def _shown(service: Service, item: ReviewItem) -> ReviewAnswer | None:
    prediction = service.store.predictions.get(item.prediction_id)
    if prediction is None:
        return None
    kept = service.store.kept.of(item.prediction_id)
    answer = prediction.answer
    top = {one["label"]: one["probability"] for one in answer.get("top_k", [])}
    names = answer.get("label_set") or list(top)
    return ReviewAnswer(
        id=item.id,
        prediction_id=item.prediction_id,
        product_id=item.product_id,
        state=item.state,
        wanted=item.wanted,
        batch_id=item.batch_id,
        model=prediction.model,
        held_until=item.held_until,
        label=prediction.label,
        probability=prediction.probability,
        verdict=prediction.verdict,
        reason=answer.get("reason", ""),
        why=service.reviewing.queue.why(item, answer),
        choices=[
            LabelProbability(label=name, probability=top.get(name, 0.0))
            for name in names[:MOST_NUMBERED]
        ],
        texts=texts_of(kept.texts) if kept else {},
        attributes=texts_of(kept.attributes) if kept else {},
        photos=[
            ReviewPhoto(
                name=f"Photo {number + 1}", url=f"/v1/reviews/photos/{item.prediction_id}/{number}"
            )
            for number in range(kept.photos if kept else 0)
        ],
        kept=kept is not None,
    )
