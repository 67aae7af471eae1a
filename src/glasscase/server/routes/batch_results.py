"""What a batch found: rows to look through, thumbnails, files to take away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Path, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from glasscase.jobs.batch import prediction_id
from glasscase.jobs.batches.batch_download import MEDIA_TYPES, Format, download
from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.server.access import Predicting
from glasscase.server.answers.batch_answers import BatchResults, BatchRow
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.routes.batches import BatchId, batch_job
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.job_worker import job_folder
from glasscase.store.predictions import StoredPrediction, View

router = APIRouter(prefix="/v1/batches", tags=["batches"])
Row = Annotated[int, Path(ge=0, le=2**31 - 1)]
_TITLE_CHARACTERS = 120


class ResultsView(BaseModel):
    """Which rows, and in what order."""

    model_config = ConfigDict(extra="forbid")

    start: int = Field(0, ge=0, le=10_000_000, description="Rows to pass over.")
    most: int = Field(50, ge=1, le=200, description="Rows to give.")
    sort: Literal["row", "product_id", "label", "probability", "verdict"] = "row"
    descending: bool = False
    verdict: Literal["accept", "review", "abstain"] | None = None
    label: str | None = Field(None, max_length=2000, description="Only this category.")
    words: str | None = Field(
        None, max_length=200, description="Only rows with this in id, category or problem."
    )
    problems: bool = Field(
        default=False, description="Only rows of which something could not be used."
    )

    def view(self) -> View:
        """For asking the store."""
        return cast(View, self.model_dump())


@router.get("/{id}/results", responses=refusals(404))
def results(
    id: BatchId, view: Annotated[ResultsView, Query()], service: ServiceOf, caller: Predicting
) -> BatchResults:
    """Rows that are answered by now, page by page."""
    del caller
    batch_job(service, id)
    page = service.store.predictions.of_batch(id, **view.view())
    return BatchResults(
        rows=_rows(service, id, page.rows),
        total=page.total,
        labels=service.store.predictions.labels(id),
    )


@router.get(
    "/{id}/download",
    response_class=Response,
    responses=refusals(404)
    | {200: {"description": "The file.", "content": dict.fromkeys(MEDIA_TYPES.values(), {})}},
)
def file(
    id: BatchId,
    service: ServiceOf,
    caller: Predicting,
    format: Annotated[Format, Query(description="Of the file.")] = "csv",
) -> Response:
    """All rows that are answered by now as a file. No cell is run by a spreadsheet."""
    job = batch_job(service, id)
    service.store.audit.write(caller.id, "batch.download", id, {"format": format})
    stem = PurePosixPath(BatchOptions.of_dict(job.options).name).stem
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", stem)[:60].strip("-.") or "batch"
    folder = job_folder(service.settings.data_folder, id)
    return StreamingResponse(
        download(service.store, id, format, folder=folder),
        media_type=MEDIA_TYPES[format],
        headers={
            "Content-Disposition": f'attachment; filename="{plain}-predictions.{format}"',
            "Cache-Control": "no-store",
        },
    )


@router.get(
    "/{id}/rows/{row}/photo",
    response_class=Response,
    responses=refusals(404) | {200: {"description": "A JPEG.", "content": {"image/jpeg": {}}}},
)
def photo(id: BatchId, row: Row, service: ServiceOf, caller: Predicting) -> Response:
    """A thumbnail of a row's first photo, where its product is kept."""
    del caller
    batch_job(service, id)
    kept = service.store.kept.photo(prediction_id(id, row), 0)
    if kept is None:
        raise Refused(404, "no photo of this row is kept", "Send the batch with keep_days.")
    return Response(
        kept.data, media_type=kept.media_type, headers={"Cache-Control": "private, max-age=600"}
    )


def _rows(service: Service, id: str, found: Sequence[StoredPrediction]) -> list[BatchRow]:
    rows = []
    for one in found:
        kept = service.store.kept.of(one.id)
        words = next(iter(kept.texts.values()), "") if kept is not None else ""
        shown = " ".join(words.split())[:_TITLE_CHARACTERS] or None
        photo = (
            f"/v1/batches/{id}/rows/{one.row}/photo" if kept is not None and kept.photos else None
        )
        rows.append(BatchRow.of(one, title=shown, photo=photo))
    return rows
