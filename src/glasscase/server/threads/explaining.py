"""Explanations in a thread of their own: slow work that must not hold up answers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from glasscase.server.guard.patience import patiently
from glasscase.server.threads.prediction_queue import busy
from glasscase.settings.service import LimitSettings

Result = TypeVar("Result")


class Explaining:
    """Runs slow questions one after the other; a bounded number waits.

    A question that nobody waits for any more is dropped, unless it was begun: it cannot be broken
    off half-way, and takes its place in the count until it is over.
    """

    def __init__(self, limits: LimitSettings) -> None:
        self._most = limits.explain_queue
        self._waiting = 0
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="explanations")

    def __len__(self) -> int:
        """How many wait or are worked on."""
        return self._waiting

    async def run(self, work: Callable[[], Result]) -> Result:
        """What `work()` returns, computed in the thread.

        Raises:
            Refused: 503 with Retry-After where too many wait already, the service is closing, or
                the request's time is up.
        """
        with self._lock:
            if self._waiting >= self._most:
                raise busy("too many explanations wait", seconds=5)
            self._waiting += 1
        try:
            task = self._threads.submit(work)
        except RuntimeError:
            self._ended()
            raise busy("the service is closing") from None
        task.add_done_callback(lambda _: self._ended())
        return await patiently(asyncio.wrap_future(task))

    def close(self) -> None:
        """Finish what was begun, then stop. Blocks."""
        self._threads.shutdown(wait=True)

    def _ended(self) -> None:
        with self._lock:
            self._waiting -= 1
