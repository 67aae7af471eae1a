"""A product out of a request: multipart or JSON, checked before anything is done with it."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field, replace

from fastapi import Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from glasscase.catalog.given_product import GivenProduct, given_product
from glasscase.catalog.photo import Photo
from glasscase.errors import GlasscaseError
from glasscase.server.guard.refusals import Refused, wrong_field
from glasscase.server.received.photo_fetching import PhotoFetching
from glasscase.server.received.product_in import PhotoIn, ProductIn
from glasscase.server.received.sent_form import (
    FORM,
    JSON,
    PLAIN_FORM,
    sent_days,
    sent_form,
    sent_kind,
)
from glasscase.server.service import Service
from glasscase.settings import PhotoSettings, Settings
from glasscase.settings.service import LimitSettings

_ATTRIBUTES = ("price", "brand")
_CONTROLS = (
    "id", "keep_days", "prediction_id", "label", "against", "parts", "format", "by", "top", "days",
    "words",
)  # fmt: skip
_URL = "photo_url"
_FILES = ("photos", "imageFile")


@dataclass(frozen=True)
class PhotoUrl:
    """Where a photo is to be had."""

    url: str
    place: str
    """Which part of the request says so."""


@dataclass(frozen=True)
class Incoming:
    """What a request says about one product."""

    id: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    photos: tuple[Photo | PhotoUrl, ...] = ()
    keep_days: int | None = None
    controls: dict[str, str] = field(default_factory=dict)
    """What else the request said, such as `parts`."""

    @property
    def has_product(self) -> bool:
        """Whether there is anything of a product at all."""
        return bool(self.photos) or any(text.strip() for text in self.texts.values())

    @property
    def files(self) -> list[Photo]:
        """The photos, which are all here by now."""
        return [photo for photo in self.photos if isinstance(photo, Photo)]

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
        if not self.has_product:
            raise Refused(
                422, "there are neither words nor photos", "Send a photo or a text.", field="photos"
            )
        try:
            return given_product(
                self.id,
                texts=self.texts,
                attributes=self.attributes,
                photos=self.files,
                settings=settings,
                limits=photo_limits,
            )
        except GlasscaseError as error:
            raise Refused.because(error, field="photos") from None


async def incoming(
    request: Request, service: Service, told: type[ProductIn] = ProductIn
) -> Incoming:
    """Read the product out of `request`, within the service's limits; fetch photos by URL.

    `told`: what a JSON body may say.

    Raises:
        Refused: 413, 415 or 422, saying which part and why.
    """
    limits = service.settings.limits
    kind = sent_kind(
        request, FORM, JSON, PLAIN_FORM, remedy="Send multipart/form-data or application/json."
    )
    if kind == JSON:
        body = await request.body()
        found = await run_in_threadpool(_of_json, body, told)  # base64 of megabytes takes its time
    else:
        found = await _of_form(request, limits)
    _check(found, limits)
    return await _with_photos(found, service)


async def _with_photos(found: Incoming, service: Service) -> Incoming:
    urls = [photo for photo in found.photos if isinstance(photo, PhotoUrl)]
    if not urls:
        return found
    fetching = PhotoFetching.of(service.settings)
    fetched = await fetching.fetch_all([(url.url, url.place) for url in urls])
    by_url = dict(zip(urls, fetched, strict=True))
    photos = tuple(by_url[one] if isinstance(one, PhotoUrl) else one for one in found.photos)
    return replace(found, photos=photos)


def _of_json(body: bytes, kind: type[ProductIn]) -> Incoming:
    try:
        told = kind.model_validate_json(body)
    except ValidationError as error:
        raise wrong_field(error.errors()) from None
    return Incoming(
        id=told.id,
        texts=dict(told.texts),
        attributes={name: str(value) for name, value in told.attributes.items()},
        photos=tuple(_photo(number, photo) for number, photo in enumerate(told.photos)),
        keep_days=told.keep_days,
        controls=told.controls(),
    )


def _photo(number: int, told: PhotoIn) -> Photo | PhotoUrl:
    place = f"photos.{number}"
    if (told.data is None) == (told.url is None):
        raise Refused(
            422, "the photo needs either data or url", "Send its bytes in base64.", field=place
        )
    if told.url is not None:
        return PhotoUrl(told.url, f"{place}.url")
    try:
        return Photo(told.name, data=base64.b64decode(told.data or "", validate=True))
    except (binascii.Error, ValueError):
        raise Refused(
            422, "the photo's data is not base64", "Encode the file's bytes.", field=place
        ) from None


async def _of_form(request: Request, limits: LimitSettings) -> Incoming:
    form = await sent_form(request, most_files=limits.max_photos, most_fields=limits.max_fields)
    try:
        return await _read(form)
    finally:
        await form.close()  # its temporary files


async def _read(form: FormData) -> Incoming:
    photos: list[Photo | PhotoUrl] = []
    texts, attributes, controls = {}, {}, {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.size or value.filename:
                called = (value.filename or "photo").replace("\\", "/").rsplit("/", 1)[-1][:200]
                photos.append(Photo(called, data=await value.read()))
        elif name == _URL:
            photos.extend([PhotoUrl(value, _URL)] if value.strip() else [])
        elif name in _FILES:
            _no_file(name, value)
        elif name in _CONTROLS:
            controls[name] = value
        elif name in _ATTRIBUTES:
            attributes[name] = value
        else:
            texts[name] = value
    id = controls.pop("id", "")[:200]
    days = sent_days(controls.pop("keep_days", ""), "keep_days", most=3650)
    return Incoming(id, texts, attributes, tuple(photos), days, controls)


def _no_file(name: str, value: str) -> None:
    if value.strip():  # an empty one is what browsers send where nothing was chosen
        raise Refused(
            422,
            f"{name!r} came as a text, not as a file",
            f"With curl write {name}=@photo.jpg; the address of a photo goes into {_URL}.",
            field=name,
        )


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
