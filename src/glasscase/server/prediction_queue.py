"""Products wait in line and are answered together: whoever waits is taken along, nobody is kept."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from glasscase.catalog.product import Product
from glasscase.models.prediction import Prediction
from glasscase.server.live_models import LiveModel
from glasscase.server.refusals import Refused
from glasscase.settings.service import LimitSettings


@dataclass(eq=False)
class _Waiting:
    live: LiveModel
    product: Product
    answer: asyncio.Future[Prediction]
    loop: asyncio.AbstractEventLoop
    since: float = field(default_factory=time.perf_counter)


class PredictionQueue:
    """Answers products in a thread of its own, all that wait at once (up to `limits.at_once`).

    Nothing waits for company unless `limits.wait_milliseconds` says so: while one batch is
    answered the next gathers by itself.
    """

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits
        self._line: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="predictions", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._line)

    async def predict(self, live: LiveModel, product: Product) -> Prediction:
        """The answer of `live` about `product`.

        Raises:
            Refused: 503 with Retry-After where too many wait already, or the service is closing.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Prediction] = loop.create_future()
        with self._changed:
            if self._closing or len(self._line) >= self._limits.queue_length:
                raise busy("the service is closing" if self._closing else "too many products wait")
            self._line.append(_Waiting(live, product, answer, loop))
            self._changed.notify()
        return await answer

    def close(self) -> None:
        """Answer all who wait, then stop. Blocks; call it once."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next():
            for live in dict.fromkeys(one.live for one in batch):
                self._answer(live, [one for one in batch if one.live is live])

    def _next(self) -> list[_Waiting]:
        """All that wait, up to a batch; empty when the service is closing and none is left."""
        with self._changed:
            self._changed.wait_for(lambda: self._line or self._closing)
            if self._limits.wait_milliseconds and not self._closing:
                self._changed.wait_for(
                    lambda: len(self._line) >= self._limits.at_once or self._closing,
                    timeout=self._limits.wait_milliseconds / 1000,
                )
            number = min(len(self._line), self._limits.at_once)
            return [self._line.popleft() for _ in range(number)]

    def _answer(self, live: LiveModel, batch: Sequence[_Waiting]) -> None:
        batch = [one for one in batch if not one.answer.cancelled()]
        try:
            answers = live.model.predictions([one.product for one in batch]) if batch else []
        except Exception as error:  # noqa: BLE001  (one product must not spoil the answers of others)
            if len(batch) == 1:
                _tell(batch[0], error)
                return
            for one in batch:
                self._answer(live, [one])
            return
        for one, prediction in zip(batch, answers, strict=True):
            _tell(one, prediction)


def busy(reason: str) -> Refused:
    """503: come again in a moment."""
    return Refused(503, reason, "Try again in a moment.", retry_after_seconds=1)


def _tell(one: _Waiting, outcome: Prediction | Exception) -> None:
    def settle() -> None:
        if one.answer.done():
            return
        if isinstance(outcome, Prediction):
            one.answer.set_result(outcome)
        else:
            one.answer.set_exception(outcome)

    try:
        one.loop.call_soon_threadsafe(settle)
    except RuntimeError:  # the loop is gone, and with it whoever asked
        return
