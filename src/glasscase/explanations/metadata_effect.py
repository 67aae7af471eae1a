"""What price and brand changed of an answer: the same product, as if neither were known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glasscase.encoders.metadata import brand_of, price_of
from glasscase.explanations.explanation import MetadataEffect
from glasscase.models.features import METADATA

if TYPE_CHECKING:
    from glasscase.explanations.question import Question


def metadata_effect(question: Question) -> MetadataEffect | None:
    """The answer without price and brand, a case the model was trained on.

    None for a model that does not read them, and for a product of which neither is known.
    """
    model, features = question.model, question.features
    said = {"price": price_of(question.product), "brand": brand_of(question.product)}
    known = tuple(name for name, value in said.items() if value is not None)
    if METADATA not in model.head.blocks or not known:
        return None
    unknown = np.zeros_like(features.blocks[METADATA])
    without = model.probabilities(features.replaced({METADATA: unknown}))[0]
    return MetadataEffect(
        known, float(without[question.label]), str(model.classes_[int(without.argmax())])
    )
