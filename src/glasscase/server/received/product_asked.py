"""The product a request asks about: sent along, or kept of an earlier answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from glasscase.catalog.photo import Photo
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.jobs.decisions.kept_product import kept_product
from glasscase.server.guard.refusals import Refused
from glasscase.server.received.incoming import Incoming, incoming
from glasscase.server.received.product_in import ProductIn
from glasscase.server.service import Service
from glasscase.server.threads.live_models import LiveModel
from glasscase.store.predictions import StoredPrediction

PREDICTION_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class ProductAsked:
    """A product, the model to ask, and what else the request says."""

    product: Product
    live: LiveModel
    problems: Sequence[Problem]
    controls: dict[str, str]

    @property
    def photos(self) -> tuple[Photo, ...]:
        """Of the product."""
        return self.product.photos


async def product_asked(request: Request, service: Service, told: type[ProductIn]) -> ProductAsked:
    """Read the product out of `request`.

    With a `prediction_id` the model that gave that answer is asked, as long as it is still loaded;
    where no product comes along, it is the one that was kept then.

    Raises:
        Refused: as `incoming`; 404 no such answer, or nothing was kept.
    """
    found = await incoming(request, service, told)
    id = found.controls.get("prediction_id", "").strip()
    if not id:
        return _sent(found, service.models.active, service)
    stored = await stored_prediction(service, id)
    live = service.models.get(stored.model) or service.models.active
    if found.has_product:
        return _sent(found, live, service)
    return await product_kept(service, stored, live, found.controls)


async def product_kept(
    service: Service, stored: StoredPrediction, live: LiveModel, controls: dict[str, str]
) -> ProductAsked:
    """The product that was kept of an answer.

    Raises:
        Refused: 404, nothing was kept, or its day is past.
    """
    product = await run_in_threadpool(
        kept_product,
        service.store,
        stored.id,
        settings=live.model.settings,
        name=stored.product_id,
    )
    if product is None:
        raise Refused(
            404,
            "the product of this answer was not kept",
            "Send the product, or ask with keep_days next time.",
            field="prediction_id",
        )
    return ProductAsked(product, live, (), controls)


async def stored_prediction(
    service: Service, id: str, field: str = "prediction_id"
) -> StoredPrediction:
    """An answer that was given; it may have been a moment ago.

    Raises:
        Refused: 404, there is none.
    """
    stored = None
    if re.fullmatch(PREDICTION_ID, id):
        stored = await run_in_threadpool(service.store.predictions.get, id)
        if stored is None:  # it may still be on its way to the database
            await run_in_threadpool(service.log.flush)
            stored = await run_in_threadpool(service.store.predictions.get, id)
    if stored is None:
        raise Refused(
            404,
            f"there is no answer {id[:40]!r}",
            "Take prediction_id from an answer; answers are kept service.log_days days.",
            field=field,
        )
    return stored


def _sent(found: Incoming, live: LiveModel, service: Service) -> ProductAsked:
    given = found.given(live.model.settings, service.settings.limits)
    return ProductAsked(given.product, live, given.problems, found.controls)
