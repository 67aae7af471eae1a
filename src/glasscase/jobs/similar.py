"""The training products most like one product: by its words, its photos, or both."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from glasscase.errors import BadProduct, BadSetting
from glasscase.explanations.neighbours import nearest
from glasscase.jobs.hits import Hit, hits
from glasscase.models.features import MODALITIES, MODALITY_OF, Features

if TYPE_CHECKING:
    from glasscase.catalog.product import Product
    from glasscase.models.classifier import ProductClassifier

By = Literal["words", "photo", "both"]
_MODALITY = {"words": "text", "photo": "image"}


def similar(
    model: ProductClassifier, product: Product | str, *, by: By = "both", top: int = 10
) -> list[Hit]:
    """The `top` training products most like `product`, most alike first.

    Args:
        model: a fitted model; the vectors it keeps of its training products are compared.
        product: any product, or the id of a training product (which is not its own neighbour).
        by: what is compared; `both` is the mean over what the product has.
        top: how many are wanted.

    Raises:
        BadSetting: no training product has this id, or the model keeps no such vectors.
        BadProduct: the product has none of what is compared.

    Not covered: exact words, such as an article number; the vectors are of meaning.
    """
    if top < 1:
        raise BadSetting(f"{top} products are asked for", "Ask for 1 or more.")
    if by not in get_args(By):
        raise BadSetting(f"products cannot be compared by {by!r}", "Say words, photo or both.")
    index = model.training
    wanted = [name for name in MODALITIES if by == "both" or name == _MODALITY[by]]
    if not any(MODALITY_OF.get(name) in wanted for name in index.features.blocks):
        raise BadSetting(f"this model keeps no vectors of {_of(by)}", "Compare by the other.")
    own: int | None = None
    if isinstance(product, str):
        own = _row(index.ids, product)
        one = index.features.take(np.array([own]))
    else:
        one = model.encode([product]).features.pooled()
    asked = _only(one, wanted)
    if not asked.present[0].any():
        raise BadProduct(f"the product has no {_of(by)} the model can use", "Compare by the other.")
    found = nearest(asked, index.features, top + (own is not None))
    others = [(row.row, row.similarity) for row in found if row.row != own]
    return hits(index, others[:top])


def _only(one: Features, modalities: list[str]) -> Features:
    keep = np.array([name in modalities for name in MODALITIES])
    return replace(one, present=one.present & keep)


def _row(ids: tuple[str, ...], wanted: str) -> int:
    try:
        return ids.index(wanted)
    except ValueError:
        raise BadSetting(f"there is no training product {wanted[:80]!r}", "Check the id.") from None


def _of(by: By) -> str:
    return "words or photos" if by == "both" else {"words": "words", "photo": "photo"}[by]
