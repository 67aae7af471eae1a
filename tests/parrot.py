"""A model that answers with the first word of a product: for tests where only rows matter."""

from __future__ import annotations

import time
from collections.abc import Sequence

from glasscase.catalog.columns import Columns
from glasscase.catalog.product import Product
from glasscase.models.prediction import Prediction
from glasscase.settings import Settings


class Parrot:
    """Accepts what begins with "sure", is unsure of the rest, and breaks on "poison"."""

    columns = Columns(id="sku", text=("name",), label="kind")
    classes_ = ("a", "b")

    def __init__(self, seconds_each: float = 0.0) -> None:
        self.settings = Settings()
        self.seconds_each = seconds_each
        self.asked: list[str] = []

    def with_settings(self, settings: Settings) -> Parrot:
        self.settings = settings
        return self

    def predictions(self, products: Sequence[Product], **_: object) -> list[Prediction]:
        time.sleep(self.seconds_each * len(products))
        if any("poison" in one.text for one in products):
            raise ZeroDivisionError
        self.asked += [one.id for one in products]
        return [self._answer(one) for one in products]

    def _answer(self, one: Product) -> Prediction:
        word = one.text.split()[0] if one.text else "photo" if one.photos else None
        sure = word == "sure"
        return Prediction(
            one.id, word, None if word is None else 0.95 if sure else 0.5,
            "abstain" if word is None else "accept" if sure else "review", (), None, None,
            "" if word else "nothing to go by", one.row,
        )  # fmt: skip
