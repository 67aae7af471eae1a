"""Products wait in line and are answered together: whoever waits is taken along, nobody is kept."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from glasscase.catalog.product import Product
from glasscase.models.prediction import Prediction
from glasscase.server.guard.patience import patiently
from glasscase.server.guard.refusals import Refused
from glasscase.server.threads.live_models import LiveModel
from glasscase.settings.service import LimitSettings

_NEW_SHARE = 0.2  # of the last batch, in the running mean of seconds a product takes


@dataclass(eq=False)
class _Waiting:
    live: LiveModel
    product: Product
    answer: asyncio.Future[Prediction]
    loop: asyncio.AbstractEventLoop

    @property
    def weight(self) -> int:
        """How much work it is, roughly: photos take most of the time."""
        return max(1, len(self.product.photos))


class PredictionQueue:
    """Answers products in a thread of its own, all that wait at once (up to `limits.at_once`).

    Nothing waits for company unless `limits.wait_milliseconds` says so: while one batch is
    answered the next gathers by itself. Products are taken in the order they came, and a batch
    holds a bounded number of photos, so a product with few never waits for many others' many.
    """

    def __init__(self, limits: LimitSettings) -> None:
        self._limits = limits
        self._line: deque[_Waiting] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._answering = False
        self._asked_at = -math.inf
        self._seconds_each = 0.0
        self._thread = threading.Thread(target=self._work, name="predictions", daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._line)

    @property
    def idle(self) -> bool:
        """Whether nobody waits and nobody is answered."""
        return not self._line and not self._answering

    @property
    def quiet_seconds(self) -> float:
        """How long ago somebody last asked."""
        return time.monotonic() - self._asked_at

    async def predict(self, live: LiveModel, product: Product) -> Prediction:
        """The answer of `live` about `product`.

        Raises:
            Refused: 503 with Retry-After where too many wait already, the service is closing, or
                the request's time is up (the product is not computed for then, if it waits still).
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(live, product, loop.create_future(), loop)
        with self._changed:
            if self._closing:
                raise busy("the service is closing")
            if len(self._line) >= self._limits.queue_length:
                raise busy("too many products wait", seconds=len(self._line) * self._seconds_each)
            self._asked_at = time.monotonic()
            self._line.append(waiting)
            self._changed.notify()
        try:
            return await patiently(waiting.answer)
        finally:
            if waiting.answer.cancelled():
                self._forget(waiting)

    def close(self) -> None:
        """Answer all who wait, then stop. Blocks; call it once."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _forget(self, waiting: _Waiting) -> None:
        """Its place in line is free for another."""
        with self._changed:
            if waiting in self._line:
                self._line.remove(waiting)

    def _work(self) -> None:
        while batch := self._next():
            for live in {id(one.live): one.live for one in batch}.values():
                self._answer(live, [one for one in batch if one.live is live])

    def _next(self) -> list[_Waiting]:
        """Those first in line, up to a batch; empty when the service closes and none is left."""
        with self._changed:
            self._answering = False
            self._changed.wait_for(lambda: self._line or self._closing)
            if self._limits.wait_milliseconds and not self._closing:
                self._changed.wait_for(
                    lambda: len(self._line) >= self._limits.at_once or self._closing,
                    timeout=self._limits.wait_milliseconds / 1000,
                )
            batch: list[_Waiting] = []
            room = self._limits.at_once
            while self._line and (not batch or self._line[0].weight <= room):
                batch.append(self._line.popleft())
                room -= batch[-1].weight
            self._answering = bool(batch)
            return batch

    def _answer(self, live: LiveModel, batch: Sequence[_Waiting]) -> None:
        batch = [one for one in batch if not one.answer.cancelled()]
        if not batch:
            return
        started = time.perf_counter()
        try:
            answers = live.model.predictions([one.product for one in batch])
        except Exception as error:  # noqa: BLE001  (one product must not spoil the answers of others)
            if len(batch) == 1:
                _tell([(batch[0], error)])
                return
            for one in batch:
                self._answer(live, [one])
            return
        each = (time.perf_counter() - started) / len(batch)
        self._seconds_each += _NEW_SHARE * (each - self._seconds_each)
        _tell(list(zip(batch, answers, strict=True)))


def busy(reason: str, *, seconds: float = 1.0) -> Refused:
    """503: come again in a moment, `seconds` being a guess of how long that is."""
    return Refused(503, reason, "Try again in a moment.", retry_after_seconds=seconds)


def _tell(outcomes: Sequence[tuple[_Waiting, Prediction | Exception]]) -> None:
    """Hand results to those who wait, each event loop being woken once."""
    for loop in dict.fromkeys(one.loop for one, _ in outcomes):
        own = [(one, outcome) for one, outcome in outcomes if one.loop is loop]
        try:
            loop.call_soon_threadsafe(_settle, own)
        except RuntimeError:  # the loop is gone, and with it whoever asked
            continue


def _settle(outcomes: Sequence[tuple[_Waiting, Prediction | Exception]]) -> None:
    for one, outcome in outcomes:
        if one.answer.done():
            continue
        if isinstance(outcome, Prediction):
            one.answer.set_result(outcome)
        else:
            one.answer.set_exception(outcome)
