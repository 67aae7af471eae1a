"""What stands on a shelf photo: `POST /v1/shelf`."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, get_args

from fastapi import APIRouter, Request
from fastapi.responses import Response

from glasscase.errors import BadPhoto, BadSetting, GlasscaseError, TooLarge
from glasscase.server.access import Predicting
from glasscase.server.answers.shelf_answers import ShelfAnswer
from glasscase.server.explained import CARD_HEADERS
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.shelf_sending import FORMATS, SentShelf, sent_shelf
from glasscase.server.service import Service, ServiceOf
from glasscase.shelf.annotated import annotated_bytes
from glasscase.shelf.files.box_table import box_table
from glasscase.shelf.report import shelf_page
from glasscase.shelf.shelf_colours import colours_of
from glasscase.shelf.tiling import BadTiling, Merge

router = APIRouter(prefix="/v1", tags=["shelf"])
_FILE = {"type": "string", "format": "binary"}
_FORM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "photo": {**_FILE, "description": "The shelf photo."},
        "boxes": {
            "type": "string",
            "description": "JSON: a list of {left, top, right, bottom, name} by a person. Then no "
            "detector is asked, and figures are exact where names are.",
        },
        "listing": {**_FILE, "description": "A table: product, and perhaps facings."},
        "planogram": {**_FILE, "description": "A table: row, product, and perhaps facings."},
        "market_share": {**_FILE, "description": "A table: brand, share."},
        "eye_level": {"type": "string", "description": "A weight for each row, such as 1,2,1."},
        "score": {
            "type": "number", "minimum": 0, "maximum": 1,
            "description": "Boxes below do not count; not less than the service looks for.",
        },
        "tile": {
            "type": "integer", "minimum": 0,
            "description": "Side in pixels, from 32, of the tiles the photo is cut into; 0: not "
            "cut; left out: as the service says. More than its `shelf.most_tiles` are refused.",
        },
        "overlap": {
            "type": "number", "minimum": 0, "exclusiveMaximum": 0.9,
            "description": "Share of a tile that its neighbour shows too.",
        },
        "merge": {
            "type": "string", "enum": list(get_args(Merge)),
            "description": "Of boxes of several tiles on one thing: the surest, or their mean.",
        },
        "iou": {
            "type": "number", "exclusiveMinimum": 0, "maximum": 1,
            "description": "Overlap from which boxes are on one thing.",
        },
        "format": {"type": "string", "enum": list(FORMATS), "default": "json"},
    },
    "required": ["photo"],
}  # fmt: skip
_ABOUT = {"weights": "eye_level", "market share": "market_share", "the listing": "listing"}
"""What a refusal of the figures speaks of -> the field it came from."""
_TYPES = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "jpeg": "image/jpeg",
}


@router.post(
    "/shelf",
    response_model=ShelfAnswer,
    responses={
        200: {"content": {kind.partition(";")[0]: {} for kind in _TYPES.values()}},
        **refusals(409, 415, 501),
    },
    openapi_extra={
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}
    },
)
async def shelf(request: Request, service: ServiceOf, caller: Predicting) -> Response:
    """Find the products on a shelf photo, recognise them, and reckon shares, gaps and the rest.

    Nothing of the photo is kept.
    """
    del caller
    sent = await sent_shelf(request)
    try:
        answer = await service.explaining.run(partial(_answered, service, sent))
    except GlasscaseError as error:
        raise Refused.because(error, field=_field_of(error)) from None
    if sent.format == "json":
        return Response(answer, media_type="application/json")
    name = sent.photo.name.rpartition(".")[0] or "shelf"
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name)
    ending = "jpg" if sent.format == "jpeg" else sent.format
    headers = {"Content-Disposition": f'attachment; filename="{plain[:60]}.{ending}"'}
    return Response(answer, media_type=_TYPES[sent.format], headers={**CARD_HEADERS, **headers})


def _answered(service: Service, sent: SentShelf) -> bytes:
    """The answer as bytes; in the thread of slow questions."""
    asked = sent.questions()
    model = service.models.active.model if service.models.ready else None
    if model is not None and model.image_encoder is None:
        model = None
    drawn = sent.boxes is not None
    reader = service.shelves.reader(model, drawn=drawn, tiling=sent.tiling)
    if not drawn:
        try:
            lowest = service.shelves.lowest_score(reader, sent.score)
        except BadSetting as error:
            raise Refused.because(error, field="score") from None
        asked = replace(asked, lowest_score=lowest)
    reading = reader.read(sent.photo, boxes=sent.boxes, asked=asked)
    result = reading.to_dict()
    if sent.format == "html":
        return shelf_page(reading.photo.image, result).encode("utf-8")
    if sent.format == "csv":
        return box_table([result]).encode("utf-8")
    if sent.format == "jpeg":
        return annotated_bytes(reading.photo.image, result)
    answer = ShelfAnswer.model_validate({**result, "colours": colours_of(result)})
    return answer.model_dump_json(by_alias=True).encode("utf-8")


def _field_of(error: GlasscaseError) -> str | None:
    if isinstance(error, BadPhoto):
        return "photo"
    if isinstance(error, BadTiling):
        return "tile"
    for words, field in _ABOUT.items():
        if isinstance(error, BadSetting) and words in error.reason:
            return field
    return "boxes" if isinstance(error, TooLarge | BadSetting) else None
