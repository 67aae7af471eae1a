"""What goes into the review queue and what comes out of it: `fill`, `stats`, `corrections`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from glasscase.jobs.decisions.correction_table import csv_lines, json_lines
from glasscase.server.access import Reviewing
from glasscase.server.answers.review_answers import (
    CorrectionFormat,
    FillAnswer,
    FillAsked,
    Moment,
    Person,
    StatsAnswer,
)
from glasscase.server.guard.refusals import refusals
from glasscase.server.reviewers import counts
from glasscase.server.service import ServiceOf

router = APIRouter(prefix="/v1/reviews", tags=["review"])
_DAY = timedelta(days=1)
_KINDS = {"csv": "text/csv", "jsonl": "application/x-ndjson"}
_FILES: dict[int | str, Any] = {
    200: {"content": {kind: {"schema": {"type": "string"}} for kind in _KINDS.values()}}
}


@router.post("/fill", responses=refusals())
def fill(asked: FillAsked, service: ServiceOf, caller: Reviewing) -> FillAnswer:
    """Put answers that were not accepted into the queue. Only those whose photos and texts are kept
    can be shown; the others are counted."""
    service.log.flush()
    found = service.reviewing.queue.fill(
        batch_id=asked.batch_id, since=asked.since, most=asked.most
    )
    if found.added:
        service.store.audit.write(
            caller.id, "reviews filled", asked.batch_id or "", {"added": found.added}
        )
        service.reviewing.reorder()
    return FillAnswer(
        added=found.added,
        queued=found.queued,
        not_kept=found.not_kept,
        more=found.more,
        sentence=found.sentence,
    )


@router.get("/stats", responses=refusals())
def stats(service: ServiceOf, _: Reviewing) -> StatsAnswer:
    """Counts, how fast it goes, who did how much, and whether people agree."""
    figures = service.store.review_figures
    speed, agreement = service.store.reviews.speed(), figures.agreement()
    people = [
        Person(
            by=one.by,
            decided=one.decided,
            skipped=one.skipped,
            median_seconds=one.median_seconds,
        )
        for one in figures.people(datetime.now(UTC) - _DAY)
    ]
    return StatsAnswer(
        counts=counts(service),
        decided_last_hour=speed.decided,
        median_seconds=speed.median_seconds,
        per_hour=list(figures.per_hour()),
        people=people,
        pairs=agreement.pairs,
        agreed=agreement.agreed,
    )


@router.get("/corrections", response_class=StreamingResponse, responses={**refusals(), **_FILES})
def corrections(
    service: ServiceOf,
    _: Reviewing,
    format: Annotated[CorrectionFormat, Query()] = "csv",
    since: Annotated[Moment | None, Query()] = None,
) -> StreamingResponse:
    """Every decided product and what it is, as a file to train with; confirmed answers too."""
    found = service.store.reviews.corrections(since)
    lines: Iterator[str] = csv_lines(found) if format == "csv" else json_lines(found)
    return StreamingResponse(
        lines,
        media_type=f"{_KINDS[format]}; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="corrections.{format}"'},
    )
