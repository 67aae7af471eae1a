"""What is past its day goes: rows, their bytes, and the files that belonged to them."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from glasscase.jobs.batches.batch_tidying import tidy_uploads
from glasscase.jobs.batches.kept_pictures import drop_all_over
from glasscase.store.retention import Proof, Purged
from glasscase.store.store import Store


def purge(
    store: Store, data_folder: Path, *, log_days: int, who: str, now: datetime | None = None
) -> Proof:
    """Remove what is past its day, show that it is gone, and note it in the audit log.

    Photos, texts and shared cards have a day each; answers and jobs that are over stay `log_days`.
    With a job goes its folder of results, and uploads that no open job needs go as well.

    Args:
        store: the database.
        data_folder: where the service keeps uploads and results.
        log_days: how long answers and jobs that are over stay.
        who: stands in the audit log.
        now: the moment to go by; the present if not given.

    Raises:
        BadStore: the database is away.
    """
    proof = store.retention.purge_and_prove(now or datetime.now(UTC), log_days=log_days)
    for id in proof.removed.job_ids:
        shutil.rmtree(data_folder / "jobs" / id, ignore_errors=True)
    tidy_uploads(store, data_folder / "uploads")
    drop_all_over(data_folder, now)
    if not proof.removed.nothing:
        store.audit.write(who, "purge", "", counts(proof.removed))
    return proof


def counts(purged: Purged) -> dict[str, Any]:
    """How many of each kind, as JSON values."""
    return {name: value for name, value in asdict(purged).items() if name != "job_ids"}
