"""Answers written behind the caller's back: in order, again where the database is away, counted."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from glasscase.errors import BadStore
from glasscase.server.threads.prediction_log import PredictionLog
from glasscase.store.predictions import NewPrediction


class Written:
    """A database that is away the first times it is asked."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.ids: list[str] = []
        self.free, self.asked = threading.Event(), threading.Event()
        self.free.set()
        self.predictions: Any = SimpleNamespace(add=self.add)

    def add(self, new: Sequence[NewPrediction]) -> None:
        self.asked.set()
        assert self.free.wait(20)
        if self.errors:
            raise self.errors.pop(0)
        self.ids += [one.id for one in new]


def _answer(name: str) -> NewPrediction:
    return NewPrediction(
        product_id="p", label=None, probability=None, verdict="abstain", answer={}, model="m",
        source="api", id=name,
    )  # fmt: skip


def test_all_is_written_in_order_by_the_time_it_closes() -> None:
    store = Written()
    log = PredictionLog(store)
    for number in range(1_000):
        log.add(_answer(str(number)))
    log.close()
    assert store.ids == [str(number) for number in range(1_000)]
    assert log.lost == 0


def test_flush_waits_for_what_was_given_before() -> None:
    store = Written()
    log = PredictionLog(store)
    log.add(_answer("a"))
    log.flush()
    assert store.ids == ["a"]
    log.close()


def test_a_database_that_is_away_is_asked_again() -> None:
    store, pauses = Written(BadStore("away"), BadStore("away")), []
    log = PredictionLog(store, pause=pauses.append)
    log.add(_answer("a"))
    log.close()
    assert store.ids == ["a"]
    assert pauses == [0.1, 0.2]
    assert log.lost == 0


def test_what_cannot_be_written_is_counted_and_the_rest_goes_on() -> None:
    store = Written(*[BadStore("away")] * 8, ValueError("a bug"))
    log = PredictionLog(store, pause=lambda _: None)
    for name in "abc":
        log.add(_answer(name))
        log.flush()
    log.close()
    assert store.ids == ["c"]
    assert log.lost == 2


def test_nobody_waits_where_too_many_wait_already(caplog: pytest.LogCaptureFixture) -> None:
    store = Written()
    store.free.clear()
    log = PredictionLog(store, most_waiting=3)
    log.add(_answer("first"))
    assert store.asked.wait(20)
    for number in range(20):
        log.add(_answer(str(number)))  # would block for ever
    assert log.lost == 17
    store.free.set()
    log.close()
    assert store.ids == ["first", "0", "1", "2"]
    assert len(caplog.records) == 1  # not one for each
