"""A table with the labels a person decided on: `/v1/catalogues/corrected`."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from glasscase.catalog.columns import Columns
from glasscase.errors import GlasscaseError
from glasscase.jobs.correct import Corrected, correct
from glasscase.server.access import Reviewing
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.sent_form import sent_form
from glasscase.server.received.upload_file import save_upload
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.job_worker import new_upload

router = APIRouter(prefix="/v1/catalogues", tags=["catalogues"])
TOLD = "X-Glasscase-Corrected"
_ENDINGS = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")
_MOST_TOLD = 5


def _body() -> dict[str, Any]:
    file = {"type": "string", "format": "binary"}
    form = {
        "type": "object",
        "properties": {
            "file": {**file, "description": "The table that was looked at."},
            "corrections": {**file, "description": "As /v1/catalogues/{id}/corrections answers."},
            "label": {"type": "string", "description": "The column of categories; else guessed."},
        },
        "required": ["file", "corrections"],
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


@router.post(
    "/corrected",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **refusals(415, 507)},
    openapi_extra=_body(),
)
async def corrected(request: Request, service: ServiceOf, caller: Reviewing) -> Response:
    """A copy of a table with the labels that were accepted; every other byte stays as it is.

    The header `X-Glasscase-Corrected` says as JSON how many labels were changed and what was not
    applied. Nothing is kept.
    """
    del caller
    form = await sent_form(request, most_files=2, most_fields=1)
    try:
        sent = {name: form.get(name) for name in ("file", "corrections")}
        files = {name: one for name, one in sent.items() if isinstance(one, UploadFile)}
        for name in sent.keys() - files.keys():
            raise Refused(422, f"there is no file {name!r}", "Send both files.", field=name)
        label = form.get("label")
        column = label.strip() if isinstance(label, str) else ""
        return await run_in_threadpool(_answer, service, files, column)
    finally:
        await form.close()


def _answer(service: Service, files: Mapping[str, UploadFile], label: str) -> Response:
    called = (files["file"].filename or "table.csv").replace("\\", "/").rsplit("/", 1)[-1][-100:]
    ending = Path(called).suffix.lower()
    if ending not in _ENDINGS:
        raise Refused(
            415,
            f"{called!r} is not a table of the kind that can be corrected",
            f"Send the table itself, not a zip; its name ends in one of {', '.join(_ENDINGS)}.",
            field="file",
        )
    _, folder = new_upload(service.settings.data_folder)
    try:
        table = save_upload(files["file"], folder / f"table{ending}")
        listed = save_upload(files["corrections"], folder / "corrections.csv")
        out = folder / f"corrected{ending}"
        found = correct(table, listed, out, columns=Columns(label=label or None))
    except GlasscaseError as error:
        shutil.rmtree(folder, ignore_errors=True)
        refused = Refused.because(error, field="file")
        refused.reason = refused.reason.replace(f"{folder}/", "")
        raise refused from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return FileResponse(
        out,
        media_type="application/octet-stream",
        filename=f"{Path(called).stem[:80]}-corrected{ending}",
        headers={TOLD: json.dumps(_told(found)), "Cache-Control": "no-store"},
        background=BackgroundTask(shutil.rmtree, folder, ignore_errors=True),
    )


def _told(found: Corrected) -> dict[str, Any]:
    """What a page says of it; short, for it stands in a header."""
    return {
        "changed": len(found.changed),
        "already": found.already,
        "kept": found.kept,
        "undecided": found.undecided,
        "not_applied": len(found.problems),
        "problems": [str(problem)[:200] for problem in found.problems[:_MOST_TOLD]],
    }
