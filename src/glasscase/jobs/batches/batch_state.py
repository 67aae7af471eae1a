"""How a batch stands: how far, how fast, how long still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.store.jobs import Job
from glasscase.store.predictions import View
from glasscase.store.store import Store

KIND = "batch"
BatchStateName = Literal["draft", "waiting", "running", "paused", "cancelled", "finished", "failed"]
_RATE_ROWS = 256


@dataclass(frozen=True)
class BatchState:
    """A batch at one moment."""

    job: Job
    options: BatchOptions
    state: BatchStateName
    done: int
    total: int
    rows_per_second: float | None
    """Of the last rows; None where it does not run."""
    seconds_left: float | None
    """At that speed."""
    counts: Mapping[str, int]
    """Rows by verdict."""
    problems: int
    """Rows of which something could not be used."""


def batch_state(store: Store, job: Job) -> BatchState:
    """How the batch of `job` stands."""
    options = BatchOptions.of_dict(job.options)
    counts = store.predictions.counts(job.id)
    done = sum(counts.values())
    total = max(job.total or 0, done)
    rate = _rate(store, job.id) if job.state == "running" else None
    return BatchState(
        job=job,
        options=options,
        state="draft" if options.draft and job.state == "paused" else job.state,
        done=done,
        total=total,
        rows_per_second=rate,
        seconds_left=(total - done) / rate if rate else None,
        counts={verdict: counts.get(verdict, 0) for verdict in ("accept", "review", "abstain")},
        problems=store.predictions.problems(job.id) if done else 0,
    )


def _rate(store: Store, id: str) -> float | None:
    """Rows in a second, from when the last ones were answered."""
    view: View = {"sort": "row", "descending": True, "most": 1}
    newest = store.predictions.of_batch(id, **view)
    if newest.total < 2:
        return None
    before = min(newest.total, _RATE_ROWS) - 1
    view["start"] = before
    older = store.predictions.of_batch(id, **view)
    if not newest.rows or not older.rows:
        return None
    seconds = (newest.rows[0].made_at - older.rows[0].made_at).total_seconds()
    return before / seconds if seconds > 0 else None
