"""Explanations in a thread of their own: slow work that must not hold up answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from glasscase.server.prediction_queue import busy
from glasscase.settings.service import LimitSettings

Result = TypeVar("Result")


class Explaining:
    """Runs slow questions one after the other; a bounded number waits."""

    def __init__(self, limits: LimitSettings) -> None:
        self._most = limits.explain_queue
        self._waiting = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="explanations")

    def __len__(self) -> int:
        return self._waiting

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work()` returns, computed in the thread.

        Raises:
            Refused: 503 with Retry-After where too many wait already.
        """
        with self._lock:
            if self._waiting >= self._most:
                raise busy("too many explanations wait")
            self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            with self._lock:
                self._waiting -= 1

    def close(self) -> None:
        """Finish what was begun, then stop. Blocks."""
        self._threads.shutdown(wait=True)
