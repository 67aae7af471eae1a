"""How good models are, and which of two is better: curves, evaluations, comparisons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from glasscase.evaluation.model_curves import ModelCurves, model_curves
from glasscase.models.held_out_answers import HeldOutAnswers
from glasscase.server.access import Looking, Reviewing
from glasscase.server.answers.figure_answers import CurvesAnswer, TrafficAnswer
from glasscase.server.answers.job_answers import JobAnswer
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.table_sending import sent_table
from glasscase.server.routes.models import ModelId, known_model
from glasscase.server.service import Service, ServiceOf

router = APIRouter(prefix="/v1/models", tags=["models"])


def _body(more: dict[str, str], *, needed: list[str]) -> dict[str, Any]:
    file = {"type": "string", "format": "binary", "description": "A labelled table, or a zip."}
    words = {name: {"type": "string", "description": told} for name, told in more.items()}
    label = {"type": "string", "description": "The column of categories; else guessed."}
    form = {
        "type": "object",
        "properties": {"file": file, "label": label, **words},
        "required": needed,
    }
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


@router.get("/{id}/curves", responses=refusals(404, 409))
def curves(id: ModelId, service: ServiceOf, caller: Looking) -> CurvesAnswer:
    """Reliability, coverage against error, promises and confusions, from held-out answers of
    training. 404 where the bundle keeps none: evaluate it on a labelled table then."""
    row = known_model(service, id)
    held = HeldOutAnswers.load(Path(row.path))
    if held is None or not len(held):
        raise Refused(
            404,
            "this bundle keeps no held-out answers",
            "Evaluate it on a labelled table: POST /v1/models/{id}/evaluate.",
            field="id",
        )
    return _answer(model_curves(held))


def _answer(found: ModelCurves) -> CurvesAnswer:
    return CurvesAnswer.model_validate(found.to_dict())


@router.get("/{id}/traffic", responses=refusals(404))
def traffic(id: ModelId, service: ServiceOf, caller: Looking) -> TrafficAnswer:
    """What a model answered in service so far, and how often reviewers confirmed it."""
    known_model(service, id)
    for one in service.store.shadows.traffic():
        if one.model == id:
            return TrafficAnswer(
                model=id, answers=one.answers, accepted=one.accepted, reviewed=one.reviewed,
                confirmed=one.confirmed,
            )  # fmt: skip
    return TrafficAnswer(model=id, answers=0, accepted=0, reviewed=0, confirmed=0)


@router.post(
    "/{id}/evaluate",
    status_code=202,
    responses=refusals(404, 415, 507),
    openapi_extra=_body({}, needed=["file"]),
)
async def evaluate(
    id: ModelId, request: Request, service: ServiceOf, caller: Reviewing
) -> JobAnswer:
    """Measure a model on a labelled table: a job, whose file curves.json is as of `curves`."""
    await run_in_threadpool(known_model, service, id)
    async with sent_table(request, service, fields=(), needed=True) as sent:
        options = sent.options(model=id)
        return await run_in_threadpool(_begun, service, caller.id, "evaluate", options)


@router.post(
    "/compare",
    status_code=202,
    responses=refusals(404, 415, 507),
    openapi_extra=_body(
        {"old": "Id of the model to compare with.", "new": "Id of the other model."},
        needed=["old", "new"],
    ),
)
async def compare(request: Request, service: ServiceOf, caller: Reviewing) -> JobAnswer:
    """Compare two models: on a labelled table, or without one on the products that `old` answered
    with `new` as its shadow. A job; its comparison.json (and .html) have the whole of it."""
    async with sent_table(request, service, fields=("old", "new"), needed=False) as sent:
        ids = [sent.said.get(name, "") for name in ("old", "new")]
        for name, id in zip(("old", "new"), ids, strict=True):
            if not id:
                raise Refused(422, f"no {name} model is named", "Send its id.", field=name)
            await run_in_threadpool(known_model, service, id)
        if ids[0] == ids[1]:
            raise Refused(422, "a model cannot be compared with itself", "Name another.",
                          field="new")  # fmt: skip
        options = sent.options(models=ids)
        return await run_in_threadpool(_begun, service, caller.id, "compare", options)


def _begun(service: Service, who: str, kind: str, options: dict[str, Any]) -> JobAnswer:
    job = service.store.jobs.add(kind, options=options, by=who)
    subject = str(options.get("model") or " ".join(options["models"]))
    service.store.audit.write(who, f"model.{kind}", subject, {"job": job.id})
    service.jobs.wake()
    return JobAnswer.of(job)
