"""The job `packs`: packs that were sent, scored against one another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from glasscase.catalog.photo import Photo
from glasscase.errors import BadCatalog
from glasscase.jobs.batches.kept_pictures import drop_all_over, keep_until
from glasscase.jobs.pack_comparison import JSON, PAGE, PICTURES, TABLE
from glasscase.jobs.pack_sets.pack_memory import PackMemory
from glasscase.jobs.score_packs import score_packs
from glasscase.packs.pack_table import packs_of_photos
from glasscase.server.received.pack_sending import TOLD, PackRequest, photo_limits
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import JobRun, Work


def packs_work(service: Service) -> Work:
    """The job's function for this service.

    What was measured stays in this process's memory for a while, so that trying a change is quick;
    nothing of it is written to disk.
    """
    return partial(_score, service, PackMemory(None))


def _score(service: Service, memory: PackMemory, run: JobRun) -> Mapping[str, Any]:
    drop_all_over(service.settings.data_folder)
    folder = run.upload if run.upload is not None else Path("nowhere")
    try:
        told = json.loads((folder / TOLD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BadCatalog("the photos are gone", "Send them again.") from None
    asked = PackRequest.model_validate(told["asked"])
    photos = [
        Photo(str(name), path=folder / f"{number:03}") for number, name in enumerate(told["names"])
    ]
    about = [one.model_dump(exclude_none=True) for one in asked.about]
    packs = packs_of_photos(
        photos,
        told=[{**_named(one), "height": one.get("height_mm")} for one in about],
        limits=photo_limits(service.settings.limits),
    )
    found = score_packs(
        packs,
        progress=run,
        arrangements=asked.arrangements,
        weights=asked.weights,
        hero_profile=asked.hero_profile,
        what_if=asked.what_if,
        own=asked.own,
        height_mm=asked.height_mm,
        seed=asked.seed,
        memory=memory,
    )
    run.say("writing the comparison")
    run.folder.mkdir(parents=True, exist_ok=True)
    found.save(run.folder)
    kept = [PICTURES, PAGE]
    for name in kept if asked.keep_days == 0 else []:
        (run.folder / name).unlink(missing_ok=True)
    until = keep_until(run.folder, kept, asked.keep_days).isoformat() if asked.keep_days else None
    return {
        "packs": len(found.result["packs"]),
        "what_if": len(found.result["what_if"]),
        "problems": len(found.result["problems"]),
        "pictures_until": until,
        "files": [JSON, TABLE, *(kept if asked.keep_days else [])],
    }


def _named(told: Mapping[str, Any]) -> dict[str, Any]:
    """What was told, without the texts that are empty."""
    return {name: value for name, value in told.items() if value not in ("", None)}
