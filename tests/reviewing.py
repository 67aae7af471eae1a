"""Products under review: what tests of the review queue and of retraining share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.store_rows import a_prediction

from glasscase.catalog.product import Product
from glasscase.models.prediction import Prediction
from glasscase.store.kept import KeptPhoto
from glasscase.store.store import Store


def asked_about(
    store: Store,
    products: Sequence[Product],
    said: Sequence[Prediction],
    *,
    verdict: str = "review",
) -> list[str]:
    """Store the answers `said` about `products`, which are kept; their ids, in order."""
    answers = [
        a_prediction(
            product_id=product.id, label=one.label, probability=one.probability,
            verdict=verdict, answer=one.to_dict(), made_at=datetime.now(UTC),
        )
        for product, one in zip(products, said, strict=True)
    ]  # fmt: skip
    store.predictions.add(answers)
    for answer, product in zip(answers, products, strict=True):
        store.kept.keep(
            answer.id, texts=product.texts, attributes={"price": "12.50"},
            photos=[KeptPhoto(photo.name, "image/png", photo.read()) for photo in product.photos],
            until=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip
    return [answer.id for answer in answers]
