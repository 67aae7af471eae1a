"""Packs sent for a job, as photos or a table: what was said with them, checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from glasscase.errors import GlasscaseError
from glasscase.packs.edit import MOST_EDITS, parsed_edits
from glasscase.packs.hero import embedded_profile
from glasscase.packs.pack_table import MOST_PACKS
from glasscase.packs.weights import parsed_weights, pillar_weights
from glasscase.server.guard.refusals import Refused, wrong_field
from glasscase.server.received.pack_files import KINDS, PackFiles
from glasscase.server.received.sent_form import FORM, sent_form, sent_kind
from glasscase.server.service import Service
from glasscase.shelf.files.given_boxes import given_boxes

_MOST_CHARACTERS = 2_000
_LONG = {"about": 100_000, "shelf_boxes": 500_000}
MOST_ARRANGEMENTS = 400
_AS_JSON = {
    "about": "Send a list with an object for each photo.",
    "shelf_boxes": "Send a list of {left, top, right, bottom, name}.",
}
_FIELDS = (
    "about", "arrangements", "category", "height_mm", "hero_profile", "keep_days", "own", "seed",
    "shelf_boxes", "weights", "what_if",
)  # fmt: skip


_Checked = Literal["weights", "what_if", "hero_profile", "shelf_boxes"]


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
    category: str | None = Field(None, max_length=200)
    height_mm: float | None = Field(None, ge=1, le=3000)
    hero_profile: str | None = Field(None, max_length=60)
    keep_days: int = Field(7, ge=0, le=365)
    own: str | None = Field(None, max_length=80)
    seed: int = Field(0, ge=0, le=2**31)
    shelf_boxes: list[Any] | None = None
    weights: dict[str, float] | None = None
    what_if: list[str] = Field(default_factory=list, max_length=MOST_EDITS)


async def sent_packs(request: Request, service: Service) -> tuple[PackFiles, PackRequest]:
    """What was stored of the files, and what was asked.

    Raises:
        Refused: 413, 415 or 422, saying which part and why.
    """
    sent_kind(request, FORM)
    form = await sent_form(request, most_files=MOST_PACKS + 2, most_fields=len(_FIELDS) + 2)
    try:
        asked = _asked({k: v for k, v in form.items() if isinstance(v, str)})
        told = asked.model_dump(exclude_none=True)
        files = await run_in_threadpool(PackFiles.take_in, form, told, service.settings)
    finally:
        await form.close()
    return files, asked


def _asked(said: Mapping[str, str]) -> PackRequest:
    for name, value in said.items():
        _check_field(name, value)
    told: dict[str, Any] = {name: value for name, value in said.items() if value.strip()}
    for name, remedy in _AS_JSON.items():
        if name in told:
            told[name] = _json(told[name], name, remedy)
    if "weights" in told:
        told["weights"] = _weights(told["weights"])
    if "what_if" in told:
        told["what_if"] = [one for one in re.split(r"[,;\s]+", told["what_if"]) if one]
    try:
        asked = PackRequest.model_validate(told)
    except ValidationError as error:
        raise wrong_field(error.errors()) from None
    _check_words(asked)
    return asked


def _check_field(name: str, value: str) -> None:
    if name in KINDS and value.strip():
        told = f"{name!r} came as a text, not as a file"
        raise Refused(422, told, f"With curl write {name}=@FILE.", field=name)
    if name not in (*_FIELDS, *KINDS):
        known = ", ".join((*KINDS, *_FIELDS))
        told = f"there is no field {name[:60]!r}"
        raise Refused(422, told, f"Fields: {known}.", field=name[:60])
    if len(value) > _LONG.get(name, _MOST_CHARACTERS):
        raise Refused(422, f"{name} is too long", "Shorten it.", field=name)


def _check_words(asked: PackRequest) -> None:
    """Raises `Refused` where a field's words mean nothing."""
    if asked.what_if:
        _named("what_if", lambda: parsed_edits(asked.what_if))
    if asked.hero_profile:
        _named("hero_profile", lambda: embedded_profile(asked.hero_profile or ""))
    if asked.shelf_boxes is not None:
        _named("shelf_boxes", lambda: given_boxes(asked.shelf_boxes or []))


def _json(text: str, name: str, remedy: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(422, f"{name} is not JSON", remedy, field=name) from None


def _weights(text: str) -> dict[str, float]:
    found: dict[str, float] = {}

    def check() -> None:
        found.update(parsed_weights(text))
        pillar_weights(found)

    _named("weights", check)
    return found


def _named(field: _Checked, check: Any) -> None:
    """Refuse with the field's name what `check` raises."""
    try:
        check()
    except GlasscaseError as error:
        raise Refused.because(error, field=field) from None
