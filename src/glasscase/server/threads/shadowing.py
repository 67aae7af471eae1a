"""What another model would have answered: asked after the answer has left, and only in idle time.

Nothing waits for it: a shadow answer is begun when no product waits for a real one, and where
there is no idle time products are left out rather than piled up.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from glasscase.catalog.product import Product
from glasscase.errors import GlasscaseError
from glasscase.server.guard.trouble import tell
from glasscase.server.threads.live_models import LiveModel
from glasscase.server.threads.prediction_log import PredictionLog
from glasscase.store.store import Store

_MOST_WAITING = 256
_AT_ONCE = 16
_LOOK_AGAIN_SECONDS = 0.05


@dataclass(frozen=True)
class _Asked:
    prediction_id: str
    product: Product
    shadow: LiveModel


class Shadowing:
    """Asks shadow models in a thread of its own and stores what they say beside the answer."""

    def __init__(
        self, store: Store, log: PredictionLog, *, waiting: Callable[[], int] = lambda: 0
    ) -> None:
        """`waiting()`: how many products wait for a real answer."""
        self._store, self._log, self._waiting = store, log, waiting
        self._line: queue.Queue[_Asked | None] = queue.Queue(_MOST_WAITING)
        self._closing = threading.Event()
        self._pause = threading.Event()
        self.dropped = 0
        """Products left out since the start, for want of idle time."""
        self._thread = threading.Thread(target=self._work, name="shadow", daemon=True)
        self._thread.start()

    def add(self, prediction_id: str, product: Product, shadow: LiveModel) -> None:
        """Ask `shadow` about `product` when there is time. Never blocks."""
        try:
            self._line.put_nowait(_Asked(prediction_id, product, shadow))
        except queue.Full:
            self.dropped += 1

    def settle(self) -> None:
        """Wait until all that was added is answered; for tests and the end."""
        self._line.join()

    def close(self) -> None:
        """Stop; what still waits is left out. Call it before the log is closed."""
        self._closing.set()
        self._pause.set()
        with suppress(queue.Full):  # then it looks at `_closing` with the next one anyway
            self._line.put_nowait(None)
        self._thread.join()

    def _work(self) -> None:
        while not self._closing.is_set():
            found = [self._line.get()]
            while len(found) < _AT_ONCE and not self._line.empty():
                found.append(self._line.get_nowait())
            while self._waiting() and not self._closing.is_set():
                self._pause.wait(_LOOK_AGAIN_SECONDS)
            asked = [one for one in found if one is not None]
            if not self._closing.is_set():
                for shadow in {one.shadow.id: one.shadow for one in asked}.values():
                    self._answer(shadow, [one for one in asked if one.shadow is shadow])
            for _ in found:
                self._line.task_done()

    def _answer(self, shadow: LiveModel, asked: list[_Asked]) -> None:
        try:
            answers = shadow.model.predictions([one.product for one in asked])
            self._log.flush()  # the answers they stand beside are written first
            self._store.shadows.add(
                {
                    one.prediction_id: {**answer.to_dict(), "model": shadow.id}
                    for one, answer in zip(asked, answers, strict=True)
                }
            )
        except GlasscaseError as error:
            tell({"shadow": shadow.id, "reason": error.reason})
        except Exception as error:  # noqa: BLE001  (its failure must not be noticed by who asks)
            tell({"bug": type(error).__name__, "shadow": shadow.id}, error=error)
