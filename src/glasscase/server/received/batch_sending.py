"""A file for a batch out of a request: on disk, never whole in memory."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from glasscase.files import explained_write
from glasscase.server.answers.batch_answers import BatchStart
from glasscase.server.guard.refusals import Refused, wrong_field
from glasscase.server.received.sent_form import FORM, sent_form, sent_kind
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import new_upload

_LISTS = ("text", "photo")
_SINGLE = ("id", "price", "brand", "label")
_FIELDS = ("keep_days", "review", "start")
_MOST_FIELDS = 250
_MOST_FIELD_BYTES = 8192
_COPY_BYTES = 1 << 20
_YES = {"true": True, "1": True, "yes": True, "on": True,
        "false": False, "0": False, "no": False, "off": False, "": False}  # fmt: skip


@dataclass(frozen=True)
class Sent:
    """A file, alone in an upload of its own, and what was said of it."""

    upload: str
    """The upload's name."""
    place: Path
    name: str
    asked: BatchStart
    start: bool
    """Whether to begin at once."""


async def sent(request: Request, service: Service) -> Sent:
    """Read the file and the fields of `request`.

    Raises:
        Refused: 413, 415 or 422, saying which part and why.
        CannotWrite: the disk is full.
    """
    sent_kind(request, FORM, remedy="Send multipart/form-data with the part 'file'.")
    with explained_write(service.settings.data_folder):
        form = await sent_form(
            request,
            most_files=1,
            most_fields=_MOST_FIELDS,
            most_field_bytes=_MOST_FIELD_BYTES,
        )
    try:
        asked, start = _asked(form)
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.size:
            reason = "the file is empty" if isinstance(file, UploadFile) else "there is no file"
            raise Refused(422, reason, "Send a table or a zip as 'file'.", field="file")
        upload, place = await run_in_threadpool(_placed, file, service.settings.data_folder)
        return Sent(upload, place, _called(file), asked, start)
    finally:
        await form.close()  # its temporary file


def _called(file: UploadFile) -> str:
    return (file.filename or "upload").replace("\\", "/").rsplit("/", 1)[-1][-200:]


def _placed(file: UploadFile, data_folder: Path) -> tuple[str, Path]:
    with explained_write(data_folder):
        upload, folder = new_upload(data_folder)
        place = folder / "received"
        try:
            with place.open("xb") as target:
                shutil.copyfileobj(file.file, target, _COPY_BYTES)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return upload, place


def _asked(form: FormData) -> tuple[BatchStart, bool]:
    columns: dict[str, Any] = {}
    told: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name == "file":
            continue
        if not isinstance(value, str) or name not in (*_LISTS, *_SINGLE, *_FIELDS):
            known = ", ".join(("file", *_LISTS, *_SINGLE, *_FIELDS))
            raise Refused(422, f"there is no field {name[:60]!r}", f"Known: {known}.", field=name)
        if name in _LISTS:
            columns.setdefault(name, []).append(value)
        else:
            (columns if name in _SINGLE else told)[name] = value
    start = _flag(told.pop("start", "true"), "start")
    told["review"] = _flag(told.get("review", ""), "review")
    if not told.get("keep_days", "").strip():
        told.pop("keep_days", None)
    try:
        return BatchStart.model_validate({"columns": columns, **told}), start
    except ValidationError as error:
        raise wrong_field(error.errors()) from None


def _flag(text: str, name: str) -> bool:
    found = _YES.get(text.strip().lower())
    if found is None:
        raise Refused(422, f"{name}: {text[:40]!r} is not true or false", "Send one.", field=name)
    return found


def form_body() -> dict[str, Any]:
    """How a batch is sent, for the OpenAPI document."""
    properties: dict[str, Any] = {
        "file": {"type": "string", "format": "binary"},
        "keep_days": {"type": "integer", "minimum": 0, "maximum": 3650},
        "review": {"type": "boolean", "default": False},
        "start": {"type": "boolean", "default": True},
    }
    properties |= {name: {"type": "array", "items": {"type": "string"}} for name in _LISTS}
    properties |= {name: {"type": "string", "maxLength": 1000} for name in _SINGLE}
    schema = {
        "type": "object",
        "required": ["file"],
        "properties": properties,
        "additionalProperties": False,
    }
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}
    }
