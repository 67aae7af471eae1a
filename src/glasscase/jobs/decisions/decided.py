"""What is to be done with each answer to labelled products: the verdicts figures are taken from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glasscase.evaluation.answers import Answers
from glasscase.models.deciding import NOTHING, Decision, decisions

if TYPE_CHECKING:
    from glasscase.catalog.product import Product
    from glasscase.models.classifier import ProductClassifier
    from glasscase.models.product_encoder import EncodedProducts


def decided(
    model: ProductClassifier,
    answers: Answers,
    products: Sequence[Product],
    encoded: EncodedProducts,
    *,
    unknown: NDArray[np.float64] | None = None,
) -> list[Decision]:
    """What `model` makes of its `answers` to `products` [n]; of none it abstains.

    `unknown` [n]: p-values of `ProductClassifier.unknown`, where they were computed already.
    """
    found = decisions(
        answers.probs,
        model.tree,
        model.settings.decision,
        promise=model.promise,
        concerns=model.concerns(products, encoded, unknown=unknown),
    )
    nothing = Decision("abstain", NOTHING)
    there = answers.answered.tolist()
    return [one if has else nothing for one, has in zip(found, there, strict=True)]


def accepted(verdicts: Sequence[Decision]) -> list[bool]:
    """[n]: which answers are accepted unseen."""
    return [one.verdict == "accept" for one in verdicts]
