"""What is past its day is removed by the service itself, without anybody asking for it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from glasscase.jobs.batches.kept_pictures import drop_all_over
from glasscase.jobs.purge import counts, purge
from glasscase.server.threads.regularly import Regularly
from glasscase.settings.service import ServiceSettings
from glasscase.store.store import Store

logger = logging.getLogger("glasscase.server")
HOUR_SECONDS = 3600.0


class Tidying:
    """Looks once an hour, in a thread of its own, and purges where something is past its day."""

    def __init__(
        self, store: Store, settings: ServiceSettings, *, every_seconds: float = HOUR_SECONDS
    ) -> None:
        self._store, self._settings = store, settings
        self._regularly = Regularly(
            self.tidy, every_seconds=every_seconds, name="tidying", trouble="not_purged"
        )

    def start(self) -> None:
        """Begin to look."""
        self._regularly.start()

    def close(self) -> None:
        """Stop looking. Blocks while something is being removed."""
        self._regularly.close()

    def tidy(self) -> bool:
        """Remove what is past its day; returns whether anything was. Raises `BadStore`."""
        drop_all_over(self._settings.data_folder)
        days = self._settings.service.log_days
        if self._store.retention.overdue(datetime.now(UTC), log_days=days).nothing:
            return False
        proof = purge(self._store, self._settings.data_folder, log_days=days, who="service")
        told = {"purged": counts(proof.removed), "gone": proof.holds}
        logger.info("purge", extra={"told": told})
        return True
