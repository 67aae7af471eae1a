"""Packs against their competitors: `/v1/packs`."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from glasscase.errors import Conflict
from glasscase.jobs.pack_comparison import JSON
from glasscase.packs.pack_table import MOST_PACKS
from glasscase.server.access import Caller, Reviewing
from glasscase.server.answers.job_answers import JobAnswer
from glasscase.server.answers.pack_answers import PacksAnswer
from glasscase.server.guard.refusals import Refused, refusals
from glasscase.server.received.pack_files import PackFiles
from glasscase.server.received.pack_sending import MOST_ARRANGEMENTS, PackRequest, sent_packs
from glasscase.server.routes.jobs import JobId, known_job
from glasscase.server.service import Service, ServiceOf
from glasscase.server.threads.job_worker import job_folder

router = APIRouter(prefix="/v1/packs", tags=["packs"])


def _body() -> dict[str, Any]:
    text = {"type": "string"}
    binary = {"type": "string", "format": "binary"}
    form = {
        "type": "object",
        "properties": {
            "photos": {
                "type": "array", "maxItems": MOST_PACKS, "items": binary,
                "description": "Fronts of packs, a photo each; your own first. Beside a table the"
                " photos that its column photo names.",
            },
            "file": {
                **binary, "description": "Instead of about: a table of packs (photo, brand,"
                " product, variety, category, height_mm, own ...), or a zip of it and its photos.",
            },
            "category": {**text, "description": "Of a table only the packs of this category."},
            "shelf_photo": {
                **binary, "description": "A photo of a real shelf, in place of simulated ones.",
            },
            "shelf_boxes": {
                **text, "description": "JSON: a list of {left, top, right, bottom, name} on it;"
                " the name is a pack's, its photo's, its product or its brand. Without, packs are"
                " looked for.",
            },
            "about": {
                **text, "description": "JSON: a list with an object for each photo: brand, product,"
                " variety, category, height_mm, own, chosen_share, purchase_intent, rating, sales,"
                " n.",
            },
            "own": {**text, "description": "The brand that asks."},
            "height_mm": {"type": "number", "description": "Of packs that tell none."},
            "weights": {**text, "description": "seen=1,findable=1,readable=1,chosen=1"},
            "what_if": {**text, "description": "contrast=+20,logo=+30,claims=-2"},
            "hero_profile": {**text, "description": "mobile-ready or marketplace."},
            "arrangements": {"type": "integer", "minimum": 2, "maximum": MOST_ARRANGEMENTS},
            "keep_days": {
                "type": "integer", "minimum": 0, "maximum": 365,
                "description": "Small pictures and the page are kept so long; 7 unless said.",
            },
            "seed": {"type": "integer", "minimum": 0},
        },
        "anyOf": [{"required": ["photos"]}, {"required": ["file"]}],
    }  # fmt: skip
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


@router.post("", status_code=202, responses=refusals(415, 507), openapi_extra=_body())
async def compare(request: Request, service: ServiceOf, caller: Reviewing) -> JobAnswer:
    """Score packs against one another: a job to ask about; its files are the comparison."""
    files, asked = await sent_packs(request, service)
    return await run_in_threadpool(_begun, service, caller, files, asked)


def _begun(service: Service, caller: Caller, files: PackFiles, asked: PackRequest) -> JobAnswer:
    options = {"upload": files.folder.name, "name": files.name, "packs": files.count}
    job = service.store.jobs.add("packs", options=options, by=caller.id)
    told = {"packs": files.count, "what_if": len(asked.what_if)}
    service.store.audit.write(caller.id, "packs.compare", job.id, told)
    service.jobs.wake()
    return JobAnswer.of(job)


@router.get("/{id}", responses=refusals(404, 409))
def comparison(id: JobId, service: ServiceOf, caller: Reviewing) -> PacksAnswer:
    """What came out of a finished job."""
    job = known_job(service, id)
    if job.kind != "packs" or job.state != "finished":
        raise Conflict("this is no finished comparison of packs", "Ask again later.")
    path = job_folder(service.settings.data_folder, id) / JSON
    try:
        return PacksAnswer.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise Refused(404, "the comparison is gone", "Send the photos again.", field="id") from None
