"""Something that is done again and again, in a thread of its own, until the service closes."""

from __future__ import annotations

import threading
from collections.abc import Callable

from glasscase.errors import GlasscaseError
from glasscase.server.guard.trouble import LastingTrouble


class Regularly:
    """Calls `work` every so many seconds; an expected error is logged and it goes on.

    Args:
        work: what to do.
        every_seconds: how long to wait before the first time and between two.
        name: of the thread.
        trouble: the key under which an error stands in the log.
    """

    def __init__(
        self, work: Callable[[], object], *, every_seconds: float, name: str, trouble: str
    ) -> None:
        self._work, self._every, self._told = work, every_seconds, LastingTrouble(trouble)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop. Blocks while `work` is being done."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _go_on(self) -> None:
        while not self._closing.wait(self._every):
            try:
                self._work()
            except GlasscaseError as error:
                self._told.tell(error.reason)
