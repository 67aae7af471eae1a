"""The review queue of a running service: put in order behind the reviewers' backs."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from glasscase.errors import GlasscaseError
from glasscase.jobs.review_queue import ReviewQueue
from glasscase.review.teaching import Weights
from glasscase.server.guard.trouble import tell
from glasscase.server.threads.live_models import LiveModels
from glasscase.settings.service import ReviewSettings
from glasscase.store.store import Store


class Reviewing:
    """Puts the queue in order after so many decisions, when it was filled, and for a new model.

    In a thread of its own, one order at a time; what is asked for meanwhile is one more.
    """

    def __init__(self, store: Store, models: LiveModels, settings: ReviewSettings) -> None:
        self._models, self._settings = models, settings
        weights = Weights(settings.diversity, settings.value_weight)
        self.queue = ReviewQueue(store, weights=weights, value=settings.value)
        self._lock = threading.Lock()
        self._decided, self._waiting, self._ordered_for = 0, False, ""
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="review-order")
        self._last: Future[None] | None = None

    def decided(self) -> None:
        """One more decision was made."""
        with self._lock:
            self._decided += 1
            due = self._decided >= self._settings.reorder_after
        if due:
            self.reorder()

    def looked(self) -> None:
        """Somebody asks for products; where another model answers now, the order is made anew."""
        if self._models.ready and self._models.active.id != self._ordered_for:
            self.reorder()

    def reorder(self) -> None:
        """Put the queue in order soon."""
        with self._lock:
            if self._waiting:
                return
            self._waiting, self._decided = True, 0
            try:
                self._last = self._threads.submit(self._order)
            except RuntimeError:  # the service closes
                self._waiting = False

    def settled(self) -> None:
        """Wait until the order that was asked for is made."""
        last = self._last
        if last is not None:
            last.result()

    def close(self) -> None:
        """Finish the order at hand, then stop."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _order(self) -> None:
        with self._lock:
            self._waiting = False
        if not self._models.ready:
            return
        live = self._models.active
        self._ordered_for = live.id
        try:
            self.queue.reorder(live.model, live.id)
        except GlasscaseError as error:
            tell({"review_order": error.reason})
