"""Uploads that nobody needs any more: of drafts left alone, of batches that are over."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from glasscase.errors import Conflict
from glasscase.jobs.batches.batch_state import KIND
from glasscase.store.store import Store

DRAFT_DAYS = 1
"""A draft that nobody starts is cancelled after so long."""
_MOST_JOBS = 100_000
_OVER = ("cancelled", "finished", "failed")


def tidy_uploads(store: Store, uploads: Path) -> int:
    """Cancel old drafts and remove folders in `uploads` that no open job needs; returns how many
    were removed. One that is younger than a day stays: its job may be about to be made."""
    now = datetime.now(UTC)
    needed = set()
    for job in store.jobs.list(most=_MOST_JOBS):
        old = job.made_at < now - timedelta(days=DRAFT_DAYS)
        draft = job.kind == KIND and job.state == "paused" and job.options.get("draft")
        if draft and old:
            _cancel(store, job.id)
        elif job.state not in _OVER:
            needed.add(job.options.get("upload"))
    if not uploads.is_dir():
        return 0
    edge = time.time() - timedelta(days=DRAFT_DAYS).total_seconds()
    late = [one for one in uploads.iterdir() if one.name not in needed]
    gone = [one for one in late if one.is_dir() and one.stat().st_mtime < edge]
    for folder in gone:
        shutil.rmtree(folder, ignore_errors=True)
    return len(gone)


def _cancel(store: Store, id: str) -> None:
    try:
        store.jobs.ask(id, "cancel")
    except Conflict:  # somebody was faster
        return
