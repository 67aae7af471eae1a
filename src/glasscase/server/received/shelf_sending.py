"""A shelf photo out of a request, with boxes of a person and the tables it is held against."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from glasscase.catalog.photo import Photo
from glasscase.errors import GlasscaseError
from glasscase.jobs.open_shelf import open_questions
from glasscase.server.guard.refusals import Refused
from glasscase.server.received.sent_form import FORM, each_once, sent_form, sent_kind
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.files.given_boxes import given_boxes
from glasscase.shelf.reckoning.figures import ShelfQuestions
from glasscase.shelf.tiling import Tiling

TABLES = ("listing", "planogram", "market_share")
FORMATS = ("json", "html", "csv", "jpeg")
LOOKING: dict[str, type[float | int | str]] = {
    "score": float, "tile": int, "overlap": float, "merge": str, "iou": float,
}  # fmt: skip
"""How a detector is to look, and what each is."""
_TEXTS = ("boxes", "eye_level", "format", *LOOKING)
_MOST_DIGITS = 25
_MOST_TABLE_BYTES = 5_000_000
_ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".parquet")


@dataclass(frozen=True)
class SentShelf:
    """A shelf photo that was sent, and what is asked of it."""

    photo: Photo
    boxes: Boxes | None = None
    tables: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Ending and bytes of each table."""
    eye_level: str | None = None
    format: str = "json"
    score: float | None = None
    """Boxes below do not count; None: as the service says."""
    tiling: dict[str, Any] = field(default_factory=dict)
    """What was said of `Tiling`."""

    def questions(self) -> ShelfQuestions:
        """What is asked, tables read. Blocks. Raises `Refused` naming the field."""
        told = ShelfQuestions()
        with _stored(self.tables) as places:
            for name, place in places.items():
                found = _asked(name, {name: place})
                key = "market_shares" if name == "market_share" else name
                told = _with(told, key, getattr(found, key))
        if self.eye_level:
            found = _asked("eye_level", {"eye_level": self.eye_level})
            told = _with(told, "eye_weights", found.eye_weights)
        return told


async def sent_shelf(request: Request) -> SentShelf:
    """Read the form of `request`.

    Raises:
        Refused: 415 or 422, saying which part and why.
    """
    sent_kind(request, FORM)
    form = await sent_form(request, most_files=1 + len(TABLES), most_fields=len(_TEXTS) + 2)
    try:
        return await _read(form)
    finally:
        await form.close()


async def _read(form: FormData) -> SentShelf:
    each_once(form)
    photo, tables, texts = None, {}, {}
    for name, value in form.multi_items():
        if name in ("photo", *TABLES):
            if not isinstance(value, UploadFile):
                if value.strip():
                    raise Refused(
                        422, f"{name!r} came as a text, not as a file",
                        f"With curl write {name}=@FILE.", field=name,
                    )  # fmt: skip
                continue
            called = (value.filename or name).replace("\\", "/").rsplit("/", 1)[-1][-200:]
            data = await value.read()
            if name == "photo" and (data or value.filename):
                photo = Photo(called, data=data)
            elif data:
                tables[name] = (_ending(name, called, len(data)), data)
        elif name in _TEXTS and isinstance(value, str):
            texts[name] = value.strip()
        else:
            known = ", ".join(("photo", *TABLES, *_TEXTS))
            raise Refused(
                422, f"there is no field {name[:60]!r}", f"Fields: {known}.", field=name[:60]
            )
    if photo is None:
        raise Refused(422, "there is no photo", "Send one as 'photo'.", field="photo")
    boxes = _boxes(texts["boxes"]) if texts.get("boxes") else None
    looking = _looking(texts)
    if boxes is not None and looking:
        raise Refused(
            422, f"{next(iter(looking))} is of a detector, and boxes are drawn",
            "Send one of them.", field=next(iter(looking)),
        )  # fmt: skip
    score = looking.pop("score", None)
    return SentShelf(
        photo, boxes, tables, texts.get("eye_level") or None, _format(texts), score, looking
    )


def _format(texts: dict[str, str]) -> str:
    told = texts.get("format") or "json"
    if told not in FORMATS:
        raise Refused(
            422, f"there is no format {told[:40]!r}", f"Say {', '.join(FORMATS)}.", field="format"
        )
    return told


def _looking(texts: dict[str, str]) -> dict[str, Any]:
    """How a detector is to look, each checked by itself so that its field can be told."""
    found: dict[str, Any] = {}
    for name, kind in LOOKING.items():
        if not texts.get(name):
            continue
        try:
            told = texts[name]
            found[name] = kind(told if kind is str or len(told) <= _MOST_DIGITS else "too long")
        except ValueError:
            what = "whole number" if kind is int else "number"
            raise Refused(
                422, f"{name} is {texts[name][:40]!r}", f"Write a {what}.", field=name
            ) from None
        try:
            if name == "score":
                open_questions(score=found[name])
            else:
                Tiling(**{name: found[name]})
        except GlasscaseError as error:
            raise Refused.because(error, field=name) from None
    return found


def _boxes(text: str) -> Boxes:
    try:
        told: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise Refused(
            422, "the boxes are no JSON", "Send a list of {left, top, right, bottom, name}.",
            field="boxes",
        ) from None  # fmt: skip
    try:
        return given_boxes(told)
    except GlasscaseError as error:
        raise Refused.because(error, field="boxes") from None


def _ending(name: str, called: str, size_bytes: int) -> str:
    ending = Path(called).suffix.lower()
    if ending not in _ENDINGS:
        raise Refused(
            422, f"{called[:80]!r} is no table", f"Send one of: {', '.join(_ENDINGS)}.", field=name
        )
    if size_bytes > _MOST_TABLE_BYTES:
        raise Refused(413, f"{name} is larger than 5 MB", "Send that of one shelf.", field=name)
    return ending


@contextmanager
def _stored(tables: dict[str, tuple[str, bytes]]) -> Iterator[dict[str, Path]]:
    """The tables as files, under names of our own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="glasscase-shelf-") as folder:
        places = {}
        for name, (ending, data) in tables.items():
            places[name] = Path(folder) / f"{name}{ending}"
            places[name].write_bytes(data)
        yield places


def _asked(name: str, given: dict[str, Any]) -> ShelfQuestions:
    try:
        return open_questions(**given)
    except GlasscaseError as error:
        refused = Refused.because(error, field=name)
        refused.reason = _without_folder(refused.reason)
        raise refused from None


def _without_folder(reason: str) -> str:
    """A reason without the folder of this service, which is nobody's business."""
    words = reason.split("'")
    return "'".join(Path(word).name if "glasscase-shelf-" in word else word for word in words)


def _with(told: ShelfQuestions, name: str, value: Any) -> ShelfQuestions:
    return replace(told, **{name: value})
