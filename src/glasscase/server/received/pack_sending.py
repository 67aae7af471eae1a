"""Photos of packs sent for a job: received to disk, checked, and what was said with them."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from glasscase.catalog.photo import Photo
from glasscase.catalog.stored_photo import check_stored_photo
from glasscase.errors import GlasscaseError
from glasscase.files import write_json
from glasscase.packs.edit import MOST_EDITS, parsed_edits
from glasscase.packs.hero import embedded_profile
from glasscase.packs.pack_table import MOST_PACKS
from glasscase.packs.weights import parsed_weights, pillar_weights
from glasscase.server.guard.refusals import Refused, wrong_field
from glasscase.server.received.sent_form import FORM, sent_form, sent_kind
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import new_upload
from glasscase.settings import PhotoSettings
from glasscase.settings.service import LimitSettings

TOLD = "told.json"
_MOST_CHARACTERS = 2_000
_MOST_ABOUT = 100_000
MOST_ARRANGEMENTS = 400
_FIELDS = (
    "about", "arrangements", "height_mm", "hero_profile", "keep_days", "own", "seed", "weights",
    "what_if",
)  # fmt: skip


class PackAbout(BaseModel):
    """What is said of one pack; the photo is sent beside it."""

    model_config = ConfigDict(extra="forbid")

    brand: str = Field("", max_length=80)
    product: str = Field("", max_length=80)
    variety: str = Field("", max_length=80)
    category: str = Field("", max_length=80)
    height_mm: float | None = Field(None, ge=1, le=3000)
    own: bool = False
    chosen_share: float | None = Field(None, ge=0, le=1)
    purchase_intent: float | None = Field(None, ge=0, le=1)
    rating: float | None = Field(None, ge=1, le=5)
    sales: float | None = Field(None, ge=0, le=1e15)
    n: float | None = Field(None, ge=1, le=1e12)


class PackRequest(BaseModel):
    """How packs are to be scored."""

    about: list[PackAbout] = Field(default_factory=list, max_length=MOST_PACKS)
    arrangements: int = Field(100, ge=2, le=MOST_ARRANGEMENTS)
    height_mm: float | None = Field(None, ge=1, le=3000)
    hero_profile: str | None = Field(None, max_length=60)
    keep_days: int = Field(7, ge=0, le=365)
    own: str | None = Field(None, max_length=80)
    seed: int = Field(0, ge=0, le=2**31)
    weights: dict[str, float] | None = None
    what_if: list[str] = Field(default_factory=list, max_length=MOST_EDITS)


async def sent_packs(request: Request, service: Service) -> tuple[str, PackRequest, list[str]]:
    """Name of the upload, what was asked, and the names of the photos.

    Raises:
        Refused: 413, 415 or 422, saying which part and why.
    """
    sent_kind(request, FORM)
    form = await sent_form(request, most_files=MOST_PACKS, most_fields=len(_FIELDS) + 2)
    try:
        asked = _asked({k: v for k, v in form.items() if isinstance(v, str)})
        upload, names = await run_in_threadpool(_taken_in, service, form, asked)
    finally:
        await form.close()
    return upload, asked, names


def _asked(said: Mapping[str, str]) -> PackRequest:
    for name, value in said.items():
        if name not in _FIELDS:
            raise Refused(
                422, f"there is no field {name[:60]!r}",
                f"Fields: photos, {', '.join(_FIELDS)}.", field=name[:60],
            )  # fmt: skip
        if len(value) > (_MOST_ABOUT if name == "about" else _MOST_CHARACTERS):
            raise Refused(422, f"{name} is too long", "Shorten it.", field=name)
    told: dict[str, Any] = {name: value for name, value in said.items() if value.strip()}
    if "about" in told:
        told["about"] = _json(told["about"])
    try:
        if "weights" in told:
            told["weights"] = _weights(told["weights"])
        if "what_if" in told:
            told["what_if"] = [one for one in re.split(r"[,;\s]+", told["what_if"]) if one]
        asked = PackRequest.model_validate(told)
        if asked.what_if:
            _named("what_if", lambda: parsed_edits(asked.what_if))
        if asked.hero_profile:
            _named("hero_profile", lambda: embedded_profile(asked.hero_profile or ""))
    except ValidationError as error:
        raise wrong_field(error.errors()) from None
    return asked


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(
            422, "about is not JSON", "Send a list with an object for each photo.", field="about"
        ) from None


def _weights(text: str) -> dict[str, float]:
    found: dict[str, float] = {}

    def check() -> None:
        found.update(parsed_weights(text))
        pillar_weights({k: v if math.isfinite(v) else -1.0 for k, v in found.items()})

    _named("weights", check)
    return found


def _named(field: Literal["weights", "what_if", "hero_profile"], check: Any) -> None:
    """Refuse with the field's name what `check` raises."""
    try:
        check()
    except GlasscaseError as error:
        raise Refused.because(error, field=field) from None


def _taken_in(service: Service, form: FormData, asked: PackRequest) -> tuple[str, list[str]]:
    files = [one for name, one in form.multi_items() if isinstance(one, UploadFile)
             and name in ("photos", "photo") and (one.size or one.filename)]  # fmt: skip
    if not files:
        raise Refused(422, "there is no photo", "Send one or more as 'photos'.", field="photos")
    if len(asked.about) > len(files):
        raise Refused(
            422, f"about tells of {len(asked.about)} packs, there are {len(files)} photos",
            "Tell of each photo once, in their order.", field="about",
        )  # fmt: skip
    upload, folder = new_upload(service.settings.data_folder)
    try:
        names = [
            _kept(one, folder / f"{number:03}", service.settings.limits)
            for number, one in enumerate(files)
        ]
        told = {"names": names, "asked": asked.model_dump(exclude_none=True)}
        write_json(folder / TOLD, told)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return upload, names


def _kept(file: UploadFile, place: Path, limits: LimitSettings) -> str:
    """Store one photo after its header was looked at; returns its name."""
    name = (file.filename or "photo").replace("\\", "/").rsplit("/", 1)[-1][:200]
    file.file.seek(0)
    data = file.file.read(int(limits.max_photo_megabytes * 1e6) + 1)
    try:
        check_stored_photo(Photo(name, data=data), photo_limits(limits))
    except GlasscaseError as error:
        raise Refused.because(error, field="photos") from None
    place.write_bytes(data)
    return name


def photo_limits(limits: LimitSettings) -> PhotoSettings:
    """Which photos the service lets in."""
    return PhotoSettings(
        max_megapixels=limits.max_megapixels, max_megabytes=limits.max_photo_megabytes
    )
