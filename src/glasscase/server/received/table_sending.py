"""A table sent for a job: received to disk, checked, and what was said with it."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from glasscase.catalog.columns import Columns
from glasscase.errors import GlasscaseError
from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.server.guard.refusals import Refused
from glasscase.server.received.sent_form import FORM, PLAIN_FORM, each_once, sent_form, sent_kind
from glasscase.server.received.upload_file import save_upload
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import JobRun, new_upload

_MORE_FIELDS = 12  # than are known, so that an unknown one is told by its name
_MOST_CHARACTERS = 300


@dataclass(frozen=True)
class SentTable:
    """What came with a request for a job."""

    upload: str | None
    """Name of the upload; None where no table was sent."""
    name: str
    rows: int
    said: Mapping[str, str]
    """The other fields."""

    def options(self, **more: Any) -> dict[str, Any]:
        """For `store.jobs.add`."""
        table = {"upload": self.upload, "label": self.said.get("label", "")} if self.upload else {}
        return {"name": self.name, "rows": self.rows, **table, **more}


@asynccontextmanager
async def sent_table(
    request: Request, service: Service, *, fields: tuple[str, ...], needed: bool
) -> AsyncIterator[SentTable]:
    """The table (`file`) and `fields` of a multipart request; if the body fails, the table goes.

    Raises:
        Refused: 415, 422 or 413: what is sent is no table, or too large, or has another field.
    """
    sent_kind(request, FORM, *(() if needed else (PLAIN_FORM,)), remedy="Send multipart/form-data.")
    form = await sent_form(request, most_files=1, most_fields=len(fields) + _MORE_FIELDS)
    try:
        each_once(form)
        said = {name: value for name, value in form.items() if isinstance(value, str)}
        _check(said, (*fields, "label"))
        file = form.get("file")
        if isinstance(file, UploadFile) and file.size:
            sent = await run_in_threadpool(_taken_in, service, file, said)
        elif needed or "file" in form:
            raise Refused(422, "there is no table", "Send one as 'file'.", field="file")
        else:
            sent = SentTable(None, "", 0, said)
    finally:
        await form.close()
    try:
        yield sent
    except BaseException:
        if sent.upload:
            shutil.rmtree(
                service.settings.data_folder / "uploads" / sent.upload, ignore_errors=True
            )
        raise


def _check(said: Mapping[str, str], known: tuple[str, ...]) -> None:
    for name, value in said.items():
        if name not in known and name != "file":
            raise Refused(
                422, f"there is no field {name[:60]!r}", f"Fields: {', '.join(known)}.",
                field=name[:60],
            )  # fmt: skip
        if len(value) > _MOST_CHARACTERS:
            raise Refused(422, f"{name} is too long", "Shorten it.", field=name)


def _taken_in(service: Service, file: UploadFile, said: Mapping[str, str]) -> SentTable:
    upload, folder = new_upload(service.settings.data_folder)
    called = (file.filename or "table.csv").replace("\\", "/").rsplit("/", 1)[-1][:200]
    try:
        received = save_upload(file, folder / "received")
        taken = BatchUpload.take_in(received, called, service.settings.limits)
    except GlasscaseError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise Refused.because(error, field="file") from None
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return SentTable(upload, called, taken.rows, said)


def table_of(run: JobRun) -> tuple[BatchUpload, BatchOptions]:
    """The table a job came with. Raises `BadCatalog` where it is gone."""
    folder = run.upload if run.upload is not None else Path("nowhere")
    label = str(run.job.options.get("label", "")).strip()
    options = BatchOptions(
        str(run.job.options.get("name", "")), columns=Columns(label=label or None)
    )
    return BatchUpload.open(folder), options
