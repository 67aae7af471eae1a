"""Products in line: answered together, in order, bounded, and not for people who have gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadProduct
from glasscase.models.prediction import Prediction
from glasscase.server.guard.patience import GONE, LimitedTime, Patience
from glasscase.server.guard.refusals import Refused
from glasscase.server.threads.explaining import Explaining
from glasscase.server.threads.live_models import LiveModel
from glasscase.server.threads.prediction_queue import PredictionQueue
from glasscase.settings.service import LimitSettings


@dataclass(eq=False)
class Slow:
    """A model that answers with the product's id, when it is let go."""

    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    asked: list[list[str]] = field(default_factory=list)

    def predictions(self, products: Sequence[Product]) -> list[Prediction]:
        self.asked.append([product.id for product in products])
        self.begun.set()
        assert self.go.wait(20)
        if any(product.id == "bad" for product in products):
            raise BadProduct("there is nothing to work with")
        return [_prediction(product.id) for product in products]


def _prediction(name: str) -> Prediction:
    found = Prediction.__new__(Prediction)
    object.__setattr__(found, "id", name)
    return found


def _live(model: Any) -> LiveModel:
    return LiveModel("0", "slow", Path("nowhere"), model)


def _product(name: str, photos: int = 0) -> Product:
    held = tuple(Photo(f"{n}.png", data=b"-") for n in range(photos))
    return Product(name, texts={"title": name}, photos=held)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.001)


def _run(limits: LimitSettings, story: Callable[[PredictionQueue, Slow], Any]) -> Slow:
    model, queue = Slow(), PredictionQueue(limits)
    try:
        asyncio.run(story(queue, model))
    finally:
        model.go.set()  # so that a failed test ends
        queue.close()
    return model


def _ask(queue: PredictionQueue, live: LiveModel, *products: Product) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(queue.predict(live, product)) for product in products]


def test_who_waits_is_answered_together_and_in_order() -> None:
    async def story(queue: PredictionQueue, model: Slow) -> None:
        live = _live(model)
        first = _ask(queue, live, _product("a"))
        await _until(model.begun.is_set)
        rest = _ask(queue, live, *map(_product, "bcdef"))
        await _until(lambda: len(queue) == 5)
        model.go.set()
        assert [one.id for one in await asyncio.gather(*first, *rest)] == [*"abcdef"]

    assert _run(LimitSettings(at_once=3), story).asked == [["a"], [*"bcd"], [*"ef"]]


def test_many_photos_are_a_batch_of_their_own() -> None:
    async def story(queue: PredictionQueue, model: Slow) -> None:
        live = _live(model)
        first = _ask(queue, live, _product("a"))
        await _until(model.begun.is_set)
        rest = _ask(queue, live, _product("b"), _product("c", 8), _product("d"), _product("e", 3))
        await _until(lambda: len(queue) == 4)
        model.go.set()
        await asyncio.gather(*first, *rest)

    assert _run(LimitSettings(at_once=4), story).asked == [["a"], ["b"], ["c"], ["d", "e"]]


def test_one_bad_product_does_not_spoil_the_answers_of_others() -> None:
    async def story(queue: PredictionQueue, model: Slow) -> None:
        live = _live(model)
        first = _ask(queue, live, _product("a"))
        await _until(model.begun.is_set)
        rest = _ask(queue, live, *map(_product, ("b", "bad", "c")))
        await _until(lambda: len(queue) == 3)
        model.go.set()
        told = await asyncio.gather(*first, *rest, return_exceptions=True)
        assert [getattr(one, "id", type(one)) for one in told] == ["a", "b", BadProduct, "c"]

    _run(LimitSettings(), story)


def test_one_too_many_is_told_to_come_again() -> None:
    async def story(queue: PredictionQueue, model: Slow) -> None:
        live = _live(model)
        first = _ask(queue, live, _product("a"))
        await _until(model.begun.is_set)
        rest = _ask(queue, live, _product("b"), _product("c"))
        await _until(lambda: len(queue) == 2)
        with pytest.raises(Refused, match="too many products wait") as refused:
            await queue.predict(live, _product("d"))
        assert refused.value.status == 503
        assert int(refused.value.headers["Retry-After"]) >= 1
        model.go.set()
        await asyncio.gather(*first, *rest)

    _run(LimitSettings(queue_length=2), story)


def test_a_queue_that_closes_answers_who_waits_and_nobody_else() -> None:
    async def story(queue: PredictionQueue, model: Slow) -> None:
        live = _live(model)
        tasks = _ask(queue, live, _product("a"), _product("b"))
        await _until(model.begun.is_set)
        closing = asyncio.create_task(asyncio.to_thread(queue.close))
        await _until(lambda: queue._closing)
        with pytest.raises(Refused, match="the service is closing"):
            await queue.predict(live, _product("c"))
        model.go.set()
        assert [one.id for one in await asyncio.gather(*tasks)] == ["a", "b"]
        await closing

    _run(LimitSettings(), story)


async def _nothing(*_: Any) -> Any:
    await asyncio.Event().wait()


def _asked_by(queue: PredictionQueue, live: LiveModel, product: Product, seconds: float) -> Any:
    """The outcome of a request whose sender goes away when `leave` is set."""
    leave, outcome = asyncio.Event(), asyncio.get_running_loop().create_future()
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if messages:
            return messages.pop()
        await leave.wait()
        return {"type": "http.disconnect"}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        try:
            outcome.set_result(await queue.predict(live, product))
        except Refused as refused:
            outcome.set_result(refused)

    task = asyncio.create_task(
        LimitedTime(app, seconds)({"type": "http", "path": "/"}, receive, _nothing)
    )
    return leave, outcome, task


def test_nothing_is_computed_for_a_sender_who_has_gone() -> None:
    async def story(queue: PredictionQueue, model: Slow) -> None:
        live = _live(model)
        first = _ask(queue, live, _product("a"))
        await _until(model.begun.is_set)
        leave, outcome, task = _asked_by(queue, live, _product("gone"), 60)
        await _until(lambda: len(queue) == 1)
        leave.set()
        assert (await outcome).status == GONE
        assert len(queue) == 0  # its place is free at once
        await task
        rest = _ask(queue, live, _product("b"))
        model.go.set()
        await asyncio.gather(*first, *rest)

    assert _run(LimitSettings(), story).asked == [["a"], ["b"]]


def test_nothing_is_computed_when_its_time_is_up() -> None:
    async def story(queue: PredictionQueue, model: Slow) -> None:
        live = _live(model)
        first = _ask(queue, live, _product("a"))
        await _until(model.begun.is_set)
        _, outcome, task = _asked_by(queue, live, _product("late"), 0.01)
        refused = await outcome
        assert (refused.status, refused.code) == (503, "too_slow")
        assert refused.reason == "there was no answer within 0.01 s"
        await task
        model.go.set()
        await asyncio.gather(*first)

    assert _run(LimitSettings(), story).asked == [["a"]]


def test_a_body_that_does_not_come_is_refused() -> None:
    async def story() -> None:
        with pytest.raises(Refused, match="did not arrive within") as refused:
            await Patience(_nothing, 0.01).receive()
        assert refused.value.status == 408

    asyncio.run(story())


def test_explanations_are_bounded_and_dropped_when_nobody_waits() -> None:
    go, done = threading.Event(), []

    async def story() -> None:
        explaining = Explaining(LimitSettings(explain_queue=2))
        begun = threading.Event()
        first = asyncio.create_task(explaining.run(lambda: (begun.set(), go.wait(20), 1)[-1]))
        await _until(begun.is_set)
        second = asyncio.create_task(explaining.run(lambda: done.append("second")))
        await _until(lambda: len(explaining) == 2)
        with pytest.raises(Refused, match="too many explanations wait"):
            await explaining.run(lambda: done.append("third"))
        second.cancel()
        await _until(lambda: len(explaining) == 1)
        go.set()
        assert await first == 1
        await asyncio.to_thread(explaining.close)
        with pytest.raises(Refused, match="the service is closing"):
            await explaining.run(lambda: 1)
        assert len(explaining) == 0

    asyncio.run(story())
    assert done == []


def test_it_is_idle_again_when_all_are_answered() -> None:
    """A batch waits two seconds for every few rows while it is not."""

    async def story(queue: PredictionQueue, model: Slow) -> None:
        assert queue.idle
        (task,) = _ask(queue, _live(model), _product("a"))
        await _until(model.begun.is_set)
        assert not queue.idle
        model.go.set()
        await task
        await _until(lambda: queue.idle)

    _run(LimitSettings(), story)
