"""The job `catalogue`: profile, label audit, duplicates and problems of a table that was sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from glasscase.errors import GlasscaseError
from glasscase.files import write_json
from glasscase.jobs.batches.kept_pictures import drop_all_over, keep_until
from glasscase.jobs.look_at_catalogue import LOOK, look_at_catalogue, plainly
from glasscase.server.received.table_sending import table_of
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import JobRun, Work
from glasscase.settings import Settings


def catalogue_work(service: Service) -> Work:
    """The job's function for this service."""
    return partial(_look, service)


def _look(service: Service, run: JobRun) -> Mapping[str, Any]:
    drop_all_over(service.settings.data_folder)
    upload, options = table_of(run)
    days = int(run.job.options.get("keep_days", 0))
    effort = str(run.job.options.get("effort", "quick"))
    settings = Settings.read(overrides=[f"train.effort={effort}"])
    try:
        look = look_at_catalogue(
            upload.source(options),
            settings=settings,
            labels=bool(run.job.options.get("labels", True)),
            progress=run,
        )
    except GlasscaseError as error:
        raise upload.plainly(error) from None
    run.say("writing what was found")
    run.folder.mkdir(parents=True, exist_ok=True)
    files = look.save(run.folder, pictures=days > 0)
    told = plainly(look.to_dict(), upload.plain)
    write_json(run.folder / LOOK, told)
    kept = [name for name in files if name != LOOK]
    until = keep_until(run.folder, kept, days).isoformat() if kept else None
    audited = told["audit"]
    return {
        "rows": told["rows"],
        "suspects": None if audited is None else audited["suspects"],
        "duplicates": told["duplicates"]["products"],
        "problems": sum(kind["count"] for kind in told["problems"]),
        "pictures_until": until,
        "files": files,
    }
