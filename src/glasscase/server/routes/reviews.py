"""People look at what the model was unsure of: `/v1/reviews`, one product at a time."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response

from glasscase.catalog.image_decoding import decode
from glasscase.pages.thumbnail import small_jpeg
from glasscase.server.access import Reviewing
from glasscase.server.answers.review_answers import (
    ByReviewer,
    DecisionAnswer,
    DecisionAsked,
    NextAnswer,
    NextAsked,
    QueueAnswer,
    ReviewAnswer,
    UndoAnswer,
)
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.reviewers import Id, choices_of, counts, person, shown
from glasscase.server.service import ServiceOf
from glasscase.settings import PhotoSettings

router = APIRouter(prefix="/v1/reviews", tags=["review"])
_JPEG: dict[int | str, Any] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("", responses=refusals())
def queue(
    service: ServiceOf, _: Reviewing, most: Annotated[int, Query(ge=1, le=200)] = 50
) -> QueueAnswer:
    """How the queue stands, and its first products (held ones too). Nothing is held by this."""
    items = shown(service, service.store.reviews.open_items(most))
    return QueueAnswer(counts=counts(service), items=items)


@router.post("/next", responses=refusals())
def take_next(asked: NextAsked, service: ServiceOf, caller: Reviewing) -> NextAnswer:
    """The products to look at next, held for this person for a while: nobody else gets them.

    What the person holds already comes first and is held anew, so asking again renews the hold.
    """
    by = person(service, caller, asked.reviewer)
    service.reviewing.looked()
    reviews, seconds = service.store.reviews, service.settings.review.hold_seconds
    items = reviews.hold(by, seconds=seconds, most=asked.most)
    if not items:
        service.log.flush()
        if service.reviewing.queue.fill().added:
            service.reviewing.reorder()
            items = reviews.hold(by, seconds=seconds, most=asked.most)
    there = shown(service, items)
    for item in items:  # an answer that is no longer stored cannot be looked at
        if item.id not in {one.id for one in there}:
            reviews.decide(item.id, by=by, action="skip")
    stand, speed = counts(service), reviews.speed(by)
    return NextAnswer(
        reviewer=by,
        items=there,
        left=max(len(there), stand.open - stand.held + len(there)),
        decided=speed.decided,
        median_seconds=speed.median_seconds,
    )


@router.post("/undo", responses=refusals(409))
def undo(asked: ByReviewer, service: ServiceOf, caller: Reviewing) -> UndoAnswer:
    """Take back this person's last decision; its product is theirs again."""
    by = person(service, caller, asked.reviewer)
    item = service.store.reviews.undo(by)
    if item is not None:
        service.store.audit.write(by, "review undone", item.id, {"product": item.product_id})
    found = shown(service, [item]) if item is not None else []
    return UndoAnswer(item=found[0] if found else None)


@router.post("/{id}/decide", responses=refusals(409))
def decide(id: Id, asked: DecisionAsked, service: ServiceOf, caller: Reviewing) -> DecisionAnswer:
    """Say what a product is. Answered when it is stored for good; said twice it counts once.

    A category must be one of the model's or stand in its tree; one that only stands in the tree is
    stored too, and `note` says what becomes of it.
    """
    by = person(service, caller, asked.reviewer)
    label, note = asked.label, ""
    if asked.action == "choose":
        choices = choices_of(service)
        if not label or not label.strip():
            raise Refused(422, "a category is missing", "Choose one, or skip.", field="label")
        label = choices.checked(label)
        note = choices.note(label)
    made = service.store.reviews.decide(
        id, by=by, action=asked.action, label=label, seconds=asked.seconds
    )
    service.store.audit.write(by, f"review {made.action}", id, {"label": made.label})
    service.reviewing.decided()
    return DecisionAnswer(
        id=id, by=by, action=made.action, label=made.label, state=made.state, note=note
    )


@router.post("/{id}/second-opinion", responses=refusals(409))
def second_opinion(
    id: Id, asked: ByReviewer, service: ServiceOf, caller: Reviewing
) -> ReviewAnswer:
    """Ask another person too. If they say the same it is decided, else it is told as disagreed."""
    by = person(service, caller, asked.reviewer)
    item = service.store.reviews.second_opinion(id, by)
    service.store.audit.write(by, "review second opinion", id, {"wanted": item.wanted})
    found = shown(service, [item])
    if not found:
        raise Refused(409, "the answer is no longer stored", "Go on with the next one.")
    return found[0]


@router.post("/{id}/release", status_code=204, responses=refusals())
def release(id: Id, asked: ByReviewer, service: ServiceOf, caller: Reviewing) -> None:
    """Give a product back undecided, so that others need not wait until the hold is over."""
    service.store.reviews.release(id, person(service, caller, asked.reviewer))


@router.get(
    "/photos/{prediction_id}/{number}",
    response_class=Response,
    responses={**refusals(404, 415), **_JPEG},
)
def photo(
    prediction_id: Id,
    number: Annotated[int, Path(ge=0, le=1000)],
    service: ServiceOf,
    _: Reviewing,
    side: Annotated[int, Query(ge=32, le=2000, description="Longest side in pixels.")] = 1000,
) -> Response:
    """A kept photo, decoded and drawn anew: nothing but its pixels is handed on."""
    kept = service.store.kept.photo(prediction_id, number)
    if kept is None:
        raise Refused(404, "this photo is not kept", "It was not asked for, or its time is over.")
    limits = service.settings.limits
    image = decode(
        kept.data,
        name=kept.name,
        limits=PhotoSettings(
            max_megapixels=limits.max_megapixels, max_megabytes=limits.max_photo_megabytes
        ),
        at_least_px=side,
    )
    data = small_jpeg(image, longest_px=side)
    headers = {"Cache-Control": "private, max-age=600"}
    return Response(data, media_type="image/jpeg", headers=headers)
