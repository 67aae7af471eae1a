"""Rows and a clock for tests of the store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from glasscase.store.predictions import NewPrediction
from glasscase.store.review_items import NewReview, ReviewItem
from glasscase.store.store import Store

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that only goes when it is told to."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> datetime:
        return self.time

    def go(self, **span: float) -> None:
        """Let a `timedelta` pass."""
        self.time += timedelta(**span)


def a_prediction(**values: object) -> NewPrediction:
    """An answer; every field may be given."""
    usual = {
        "product_id": "p1", "label": "Mugs", "probability": 0.5, "verdict": "review",
        "answer": {"label": "Mugs"}, "model": "m", "source": "api", "made_at": START,
    }  # fmt: skip
    return NewPrediction(**{**usual, **values})  # type: ignore[arg-type]


def in_the_queue(store: Store, many: int) -> list[ReviewItem]:
    """Put so many answers in the queue, the most important first."""
    answers = [a_prediction(product_id=f"p{number}") for number in range(many)]
    store.predictions.add(answers)
    store.reviews.add(
        [
            NewReview(prediction_id=answer.id, priority=-number)
            for number, answer in enumerate(answers)
        ]
    )
    return store.reviews.open_items(many)


def in_threads(*work: Callable[[], object]) -> None:
    """Run all at once; the first mistake of any is raised."""
    ready = threading.Barrier(len(work))

    def run(one: Callable[[], object]) -> None:
        ready.wait(20)
        one()

    with ThreadPoolExecutor(len(work)) as pool:
        for done in [pool.submit(run, one) for one in work]:
            done.result()
