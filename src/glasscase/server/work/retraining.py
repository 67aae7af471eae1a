"""Training with what was decided, as the service's worker does it; the result is only offered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from glasscase.jobs.decisions.reviewed_products import reviewed_products
from glasscase.jobs.register_bundle import register_bundle
from glasscase.jobs.retrain import retrain
from glasscase.jobs.retrain_page import save_report
from glasscase.jobs.table_source import TableSource
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import JobRun, Work
from glasscase.settings.service import ReviewSettings

KIND = "retrain"
REPORT = "report.html"


def retrain_work(service: Service) -> Work:
    """The function that trains for `service`."""

    def work(run: JobRun) -> Mapping[str, Any]:
        store, live = service.store, service.models.active
        told = run.job.options.get("since")
        since = datetime.fromisoformat(told) if isinstance(told, str) else None
        reviewed = reviewed_products(store, live.model.settings, since=since, progress=run)
        source = catalogue(service.settings.review)
        found = retrain(live.model, reviewed, table=source, progress=run)
        run.say("Storing the new model")
        name = f"retrained {datetime.now(UTC):%Y-%m-%d %H:%M}"
        path = service.settings.data_folder / "bundles" / f"retrained-{run.job.id[:12]}"
        found.model.save(path)
        save_report(found, run.folder / REPORT)
        row = register_bundle(store, path, name=name)
        detail = {"decisions": found.decisions, "before": live.id}
        store.audit.write(run.job.by, "model.retrain", row.id, detail)
        report = {"advice": found.advice, "sentences": list(found.sentences), "model": row.id}
        return {"report": {**report, "before": live.id, "name": row.name}}

    return work


def catalogue(settings: ReviewSettings) -> TableSource | None:
    """The table that models of this shop were trained on, where the settings name it."""
    if not settings.table:
        return None
    photos = Path(settings.photos).expanduser() if settings.photos else None
    return TableSource(Path(settings.table).expanduser(), photos)
