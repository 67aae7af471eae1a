"""Products to click on: drawn by the toy catalogue, so that anybody can try the service at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from glasscase.catalog.product import Product
from glasscase.catalog.toy import toy_products
from glasscase.catalog.toy_plan import LEAVES, plan

NUMBER = 12
_SEED = 23
_TOLD = {
    "text_ambiguous": "The words suit two kinds: the photo decides.",
    "photo_ambiguous": "The photo suits two kinds: the words decide.",
    "no_photo": "No photo: the words must do.",
    "no_text": "No words: the photo must do.",
    "unknown": "Of a kind the toy shop does not sell.",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One product to click on."""

    number: int
    product: Product
    told: str
    """What is special about it; empty for an ordinary one."""

    @property
    def title(self) -> str:
        """What it is called, or that it has no words."""
        return self.product.texts.get("title", "") or "(a photo only)"


@lru_cache(maxsize=1)
def samples() -> tuple[Sample, ...]:
    """The `NUMBER` samples, always the same. Drawn at the first call (about 0.2 s)."""
    planned = plan(NUMBER, seed=_SEED, stream="new")
    products = toy_products(NUMBER, seed=_SEED, stream="new")
    return tuple(
        Sample(number, product, _TOLD.get(one.case, ""))
        for number, (one, product) in enumerate(zip(planned, products, strict=True))
    )


def sells_samples(labels: Iterable[object]) -> bool:
    """Whether a model with these `labels` knows the toy shop's kinds, so that samples suit it."""
    known = {str(label).rsplit(">", 1)[-1].strip() for label in labels}
    return len(known & set(LEAVES)) >= len(LEAVES) // 2
