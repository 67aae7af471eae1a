"""Batches as the service's worker does them: behind those who wait for a single answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from glasscase.errors import BadCatalog
from glasscase.jobs.batch import Batch, run_batch, within
from glasscase.jobs.batches.batch_options import BatchOptions
from glasscase.jobs.batches.batch_rows import CHUNK_ROWS
from glasscase.jobs.batches.batch_upload import BatchUpload
from glasscase.server.service import Service
from glasscase.server.threads.job_worker import JobRun, Work
from glasscase.server.threads.prediction_queue import PredictionQueue

_MOST_WAIT_SECONDS = 2.0
_LOOK_SECONDS = 0.002
_QUIET_SECONDS = 2.0
_ROWS_BESIDE_OTHERS = 2
"""Rows answered at once while people ask: so many may be in the way of a single product."""


def batch_work(service: Service) -> Work:
    """The function that does batches for `service`."""

    def work(run: JobRun) -> Mapping[str, Any]:
        if run.upload is None:
            raise BadCatalog("the file that was sent is gone", "Send it again.")
        live = service.models.active
        batch = Batch(
            id=run.job.id,
            by=run.job.by,
            options=BatchOptions.of_dict(run.job.options),
            upload=BatchUpload.open(run.upload),
            model_id=live.id,
            model=within(live.model, service.settings.limits),
        )

        def let_others() -> int:
            run.tell(run.state[0])  # stops in the midst of a piece, which may take half a minute
            return room_beside(service.queue)

        return run_batch(batch, service.store, tell=run.tell, let_others=let_others)

    return work


def room_beside(queue: PredictionQueue) -> int:
    """Wait while single products are answered, but not for ever: a batch goes on under steady load.
    Returns how many rows may be answered before the next look."""
    end = time.monotonic() + _MOST_WAIT_SECONDS
    while not queue.idle and time.monotonic() < end:
        time.sleep(_LOOK_SECONDS)
    return CHUNK_ROWS if queue.quiet_seconds > _QUIET_SECONDS else _ROWS_BESIDE_OTHERS
