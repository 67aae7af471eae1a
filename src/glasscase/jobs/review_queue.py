"""The queue of answers that people look at: filled, and kept in the order that teaches most."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.product import Product
from glasscase.jobs.decisions.kept_product import kept_product
from glasscase.models.features import Features
from glasscase.models.nearness import dense_blocks, unit
from glasscase.review.teaching import (
    Pile,
    Weights,
    dearest,
    teaching_order,
    unsure_between,
    why_first,
)
from glasscase.store.review_items import NewReview, ReviewItem
from glasscase.store.store import Store

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

MOST_OPEN = 2000
"""So many open products are put in order; further ones wait behind them."""
MOST_REVIEWED = 1000
"""So many of the last decided ones are looked at, to go on with what is unlike them."""
_AT_ONCE = 32
_PROJECTED = 256


@dataclass(frozen=True)
class Filled:
    """What came into the queue."""

    added: int
    queued: int
    """In it already, or decided."""
    not_kept: int
    """Cannot be shown: their photos and texts were not kept."""
    more: int
    """Left for the next time."""

    @property
    def sentence(self) -> str:
        """What happened, in plain words."""
        said = [f"{_products(self.added)} came into the queue."]
        if self.queued:
            said.append(f"{_products(self.queued)} had come before.")
        if self.not_kept:
            said.append(
                f"{_products(self.not_kept)} cannot be shown, for their photos and texts were not "
                "kept: send keep_days, or set service.keep_days."
            )
        if self.more:
            said.append(f"{_products(self.more)} wait for the next time.")
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class _Known:
    """A product as a model sees it."""

    vector: NDArray[np.float16]
    unsure: float
    value: float


@dataclass(frozen=True, slots=True)
class _Place:
    """What put a product where it stands in the order; as in `why_first`."""

    apart: float = 0.0
    speaks_for: int = 0
    value: float | None = None


class ReviewQueue:
    """Fills the queue and puts it in order. What a model said of a product is remembered until
    another model is asked. Thread-safe; an order is made by one thread at a time."""

    def __init__(
        self, store: Store, *, weights: Weights | None = None, value: str = "price"
    ) -> None:
        """Use the queue of `store`.

        Args:
            store: the service's.
            weights: what counts how much.
            value: the attribute that says what a product is worth.
        """
        self._store, self._weights, self._value = store, weights or Weights(), value
        self._lock = threading.Lock()
        self._model = ""
        self._known: dict[str, _Known] = {}
        self._places: dict[str, _Place] = {}

    def fill(
        self, *, batch_id: str | None = None, since: datetime | None = None, most: int = 1000
    ) -> Filled:
        """Put answers that were not accepted into the queue, of a batch or since a time, the
        newest first. They come behind those in order; `reorder` gives them their place."""
        found = self._store.reviewable.find(batch_id=batch_id, since=since, most=most)
        added = self._store.reviews.add(
            [
                NewReview(
                    prediction_id=one.id,
                    priority=_unsure(one.answer) - 1,
                    model=one.model,
                    batch_id=one.batch_id,
                )
                for one in found.predictions
            ]
        )
        return Filled(added, found.queued, found.not_kept, found.more)

    def reorder(self, model: ProductClassifier, model_id: str) -> int:
        """Put the open products in the order that teaches `model` most; returns how many. Those
        that are no longer kept come last."""
        with self._lock:
            if model_id != self._model:
                self._model, self._known = model_id, {}
            items = self._store.reviews.open_items(MOST_OPEN)
            reviewed = self._store.review_figures.last_decided(MOST_REVIEWED)
            waiting = [item.prediction_id for item in items]
            self._learn([*waiting, *reviewed], model)
            there = [item for item in items if item.prediction_id in self._known]
            known = [self._known[item.prediction_id] for item in there]
            before = [self._known[id].vector for id in reviewed if id in self._known]
            priorities = {item.id: -2.0 for item in items}
            if known:
                priorities |= self._ordered(there, known, before)
            self._store.reviews.reprioritise(priorities)
            keep = {*waiting, *reviewed}
            self._known = {id: one for id, one in self._known.items() if id in keep}
            return len(items)

    def why(self, item: ReviewItem, answer: Any) -> str:
        """Why this product is shown, in plain words; `answer` is what is stored of it."""
        place = self._places.get(item.id, _Place())
        return why_first(  # the figures of the answer, for they stand beside it on the page
            [(one["label"], one["probability"]) for one in answer.get("top_k", [])],
            choices=len(answer.get("label_set", [])),
            apart=place.apart,
            speaks_for=place.speaks_for,
            value=place.value,
        )

    def _ordered(
        self, items: Sequence[ReviewItem], known: Sequence[_Known], before: Sequence[Any]
    ) -> dict[str, float]:
        values = np.array([one.value for one in known])
        order = teaching_order(
            Pile(np.array([one.unsure for one in known]), _stacked(known), values),
            reviewed=np.stack(before).astype(np.float32) if before else None,
            weights=self._weights,
        )
        dear = dearest(values)
        self._places = {
            item.id: _Place(
                apart=float(order.apart[at]) if before else 0.0,
                speaks_for=int(order.speaks_for[at]),
                value=one.value if dear[at] else None,
            )
            for at, (item, one) in enumerate(zip(items, known, strict=True))
        }
        priorities = order.priorities().tolist()
        return {item.id: priority for item, priority in zip(items, priorities, strict=True)}

    def _learn(self, ids: Iterable[str], model: ProductClassifier) -> None:
        """Ask `model` about the products it was not asked about yet, a few at a time."""
        missing = [id for id in dict.fromkeys(ids) if id not in self._known]
        for start in range(0, len(missing), _AT_ONCE):
            some: dict[str, Product] = {}
            for id in missing[start : start + _AT_ONCE]:
                product = kept_product(self._store, id, settings=model.settings, name=id)
                if product is not None:
                    some[id] = product
            if some:
                self._known |= _asked(some, model, self._value)


def _asked(some: dict[str, Product], model: ProductClassifier, value: str) -> dict[str, _Known]:
    features = model.encode(list(some.values())).features
    vectors = product_vectors(features)
    probs, usable = model.probabilities(features), model.usable(features)
    names = [str(name) for name in model.classes_]
    found = {}
    for at, (id, product) in enumerate(some.items()):
        best = np.argsort(-probs[at], kind="stable")[:2]
        top = tuple((names[c], float(probs[at, c])) for c in best) if usable[at] else ()
        choices = len(model.promise.label_set(probs[at], names)) if model.promise and top else 0
        unsure = unsure_between(top[0][1], top[1][1], choices) if len(top) == 2 else 0.0
        worth = product.attributes.get(value)
        number = float(worth) if isinstance(worth, int | float) else float("nan")
        found[id] = _Known(vectors[at].astype(np.float16), unsure, number)
    return found


def product_vectors(features: Features) -> NDArray[np.float32]:
    """One vector of length 1 for each product [n, dim], zeros where nothing is known: of the
    sentence and the photo, or, of a model that reads single words only, of these in 256 random
    directions (Johnson and Lindenstrauss 1984)."""
    pooled = features.pooled()
    dense = dense_blocks(pooled)
    if dense:
        return unit(np.hstack([unit(pooled.blocks[name]) for name in dense]))
    words = [unit_projected(pooled.blocks[name], name) for name in sorted(pooled.blocks)]
    return unit(np.hstack(words)) if words else np.zeros((len(pooled), 1), np.float32)


def unit_projected(block: Any, name: str) -> NDArray[np.float32]:
    """Sparse rows [n, dim] as rows of length 1 [n, 256], their angles about kept."""
    rng = np.random.default_rng(list(name.encode()))
    directions = rng.standard_normal((block.shape[1], _PROJECTED), np.float32)
    return unit(np.asarray(block @ directions, np.float32))


def _stacked(known: Sequence[_Known]) -> NDArray[np.float32]:
    return np.stack([one.vector for one in known]).astype(np.float32)


def _unsure(answer: Any) -> float:
    top = [float(one["probability"]) for one in answer.get("top_k", [])][:2]
    if not top:
        return 0.0
    return unsure_between(top[0], top[1] if len(top) > 1 else 0.0, len(answer.get("label_set", [])))


def _products(count: int) -> str:
    return "1 product" if count == 1 else f"{count:,} products"
