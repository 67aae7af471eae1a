"""What went wrong behind the answers, told to the log as fields, not as a sentence."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from typing import Any

logger = logging.getLogger("glasscase.server")


def tell(fields: Mapping[str, Any], *, error: BaseException | None = None) -> None:
    """Log `fields` as an error; `error` with where it happened."""
    logger.error(json.dumps(fields), extra={"told": dict(fields)}, exc_info=error)


class LastingTrouble:
    """What goes wrong again and again is told once, and once a minute while it lasts."""

    def __init__(self, key: str, *, every_seconds: float = 60.0) -> None:
        self._key, self._every = key, every_seconds
        self._reason, self._since = "", 0.0

    def tell(self, reason: str) -> None:
        """Log `reason` unless it was logged just now."""
        now = time.monotonic()
        if reason == self._reason and now - self._since < self._every:
            return
        self._reason, self._since = reason, now
        tell({self._key: reason})
