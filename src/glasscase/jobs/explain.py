"""Explain one answer of a model."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from glasscase.explanations.explainer import explain_product
from glasscase.explanations.explanation import Explanation
from glasscase.explanations.tested import PARTS
from glasscase.settings import Settings

if TYPE_CHECKING:
    from glasscase.catalog.product import Product
    from glasscase.models.classifier import ProductClassifier


def explain(
    model: ProductClassifier,
    product: Product,
    *,
    label: str | None = None,
    against: str | None = None,
    settings: Settings | None = None,
    parts: Collection[str] = PARTS,
) -> Explanation:
    """Say why `model` answers as it does for `product`.

    Args:
        model: a fitted model.
        product: with words, photos or both.
        label: class to speak for; the predicted one if not given.
        against: second class: explain why `label` rather than `against` (log-odds of the two).
        settings: `explain` and `text` sections count; the model's own if not given.
        parts: which of `words`, `photo`, `rival`, `flip` and `check` are wanted; all if not given.

    Returns:
        Word weights (LIME), a heat map per photo (Grad-CAM), the shares of text and photos
        (Shapley), why not the runner-up, the smallest changes that make the answer another, the
        nearest training products, and how far each can be trusted.

    Raises:
        BadSetting: the model does not know `label` or `against` (the nearest names are listed), or
            there is no such part.
        BadProduct: there are neither words nor a usable photo.

    Not covered: explanations say what the model used, not what is true of the product.
    """
    return explain_product(
        model,
        product,
        label=label,
        against=against,
        settings=settings,
        parts=parts,
    )
