"""A product out of a request: multipart or JSON, checked before anything is done with it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException

from glasscase.catalog.given_product import GivenProduct, given_product
from glasscase.catalog.photo import Photo
from glasscase.errors import GlasscaseError
from glasscase.server.refusals import Refused
from glasscase.server.service import Service
from glasscase.settings import PhotoSettings, Settings
from glasscase.settings.service import LimitSettings

_ATTRIBUTES = ("price", "brand")
_CONTROLS = ("id", "keep_days", "label", "against", "parts", "format")


class PhotoIn(BaseModel):
    """A photo: its bytes, or where they are."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("photo", max_length=200)
    data: str | None = Field(None, description="The file's bytes in base64.")
    url: str | None = Field(None, max_length=2000, description="Only from allowed hosts.")


class ProductIn(BaseModel):
    """A product as JSON."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field("", max_length=200)
    texts: dict[str, str] = Field({}, description="Words by field, such as title.")
    attributes: dict[str, str | float] = Field({}, description="Such as price and brand.")
    photos: list[PhotoIn] = []
    keep_days: int | None = Field(None, ge=0, le=3650, description="Keep photos and texts so long.")


@dataclass
class Incoming:
    """What a request says about one product."""

    id: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    photos: list[Photo] = field(default_factory=list)
    keep_days: int | None = None
    controls: dict[str, str] = field(default_factory=dict)
    """What else the form said, such as `parts`."""

    def given(self, settings: Settings, limits: LimitSettings) -> GivenProduct:
        """The product, for a model with these settings.

        Raises:
            Refused: a photo is none or too large, or there is nothing at all.
        """
        photo_limits = PhotoSettings(
            max_megapixels=limits.max_megapixels,
            max_megabytes=limits.max_photo_megabytes,
            max_per_product=limits.max_photos,
        )
        if not self.photos and not any(text.strip() for text in self.texts.values()):
            raise Refused(
                422, "there are neither words nor photos", "Send a photo or a text.", field="photos"
            )
        try:
            return given_product(
                self.id,
                texts=self.texts,
                attributes=self.attributes,
                photos=self.photos,
                settings=settings,
                limits=photo_limits,
            )
        except GlasscaseError as error:
            raise Refused.because(error, field="photos") from None


async def incoming(request: Request, service: Service) -> Incoming:
    """Read the product out of `request`, within the service's limits.

    Raises:
        Refused: 413, 415 or 422, saying which part and why.
    """
    limits = service.settings.limits
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        found = _of_json(await request.body())
    elif kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
        found = await _of_form(request, limits)
    else:
        raise Refused(
            415,
            f"the request is of type {kind[:60]!r}" if kind else "the request says no Content-Type",
            "Send multipart/form-data or application/json.",
            field="Content-Type",
        )
    _check(found, limits)
    return found


def _of_json(body: bytes) -> Incoming:
    try:
        told = ProductIn.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or None
        raise Refused(
            422, f"{place or 'the body'}: {first['msg']}", "See /docs.", field=place
        ) from None
    return Incoming(
        id=told.id,
        texts=dict(told.texts),
        attributes={name: str(value) for name, value in told.attributes.items()},
        photos=[_photo(number, photo) for number, photo in enumerate(told.photos)],
        keep_days=told.keep_days,
    )


def _photo(number: int, told: PhotoIn) -> Photo:
    place = f"photos.{number}"
    if told.data is None:
        raise Refused(422, "the photo has no bytes", "Send data in base64.", field=place)
    try:
        return Photo(told.name, data=base64.b64decode(told.data, validate=True))
    except (binascii.Error, ValueError):
        raise Refused(
            422, "the photo's data is not base64", "Encode the file's bytes.", field=place
        ) from None


async def _of_form(request: Request, limits: LimitSettings) -> Incoming:
    try:
        form = await request.form(max_files=limits.max_photos, max_fields=limits.max_fields)
    except MultiPartException as error:
        raise Refused(422, f"the form cannot be read: {error.message}", "See /docs.") from None
    try:
        return await _read(form)
    finally:
        await form.close()  # its temporary files


async def _read(form: FormData) -> Incoming:
    found = Incoming()
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.size or value.filename:
                called = (value.filename or "photo").replace("\\", "/").rsplit("/", 1)[-1][:200]
                found.photos.append(Photo(called, data=await value.read()))
        elif name in _CONTROLS:
            found.controls[name] = value
        elif name in _ATTRIBUTES:
            found.attributes[name] = value
        else:
            found.texts[name] = value
    found.id = found.controls.pop("id", "")[:200]
    found.keep_days = _days(found.controls.pop("keep_days", ""))
    return found


def _days(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or int(text) > 3650:
        raise Refused(
            422, f"{text[:40]!r} is no number of days", "Send 0 to 3650.", field="keep_days"
        )
    return int(text)


def _check(found: Incoming, limits: LimitSettings) -> None:
    if len(found.photos) > limits.max_photos:
        raise Refused(
            422,
            f"{len(found.photos)} photos are more than {limits.max_photos}",
            "Send fewer.",
            field="photos",
        )
    if len(found.texts) + len(found.attributes) > limits.max_fields:
        raise Refused(422, f"more than {limits.max_fields} fields", "Send fewer.", field="texts")
    characters = sum(len(text) for text in found.texts.values())
    if characters > limits.max_text_characters:
        raise Refused(
            413,
            f"the texts have {characters:,} characters of {limits.max_text_characters:,} allowed",
            "Shorten them.",
            field="texts",
        )


def json_body() -> dict[str, Any]:
    """How a product may be sent, for the OpenAPI document."""
    form = {
        "type": "object",
        "properties": {
            "photos": {"type": "array", "items": {"type": "string", "format": "binary"}},
            "id": {"type": "string", "maxLength": 200},
            "title": {"type": "string"},
            "description": {"type": "string"},
            "price": {"type": "string"},
            "brand": {"type": "string"},
            "keep_days": {"type": "integer", "minimum": 0, "maximum": 3650},
        },
        "additionalProperties": {"type": "string"},
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": form},
                "application/json": {
                    "schema": ProductIn.model_json_schema(
                        ref_template="#/components/schemas/{model}"
                    )
                },
            },
        }
    }
