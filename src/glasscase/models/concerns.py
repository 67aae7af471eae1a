"""What about a product itself speaks against taking its answer, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.product import Product
from glasscase.catalog.unusable_text import TEXT_KINDS, Fault
from glasscase.catalog.usable import Usable
from glasscase.models.added_head import AddedHead
from glasscase.models.deciding import Concern
from glasscase.models.features import MODALITY_OF, Features
from glasscase.models.head import Head
from glasscase.models.prediction import Prediction
from glasscase.models.product_encoder import EncodedProducts
from glasscase.settings import DecisionSettings, Settings


def unknown_kinds(
    p_values: NDArray[np.float64], settings: DecisionSettings
) -> list[tuple[Concern, ...]]:
    """The concern that a product is of no known kind, for each of `p_values` [n]; NaN: none.

    >>> [one] = unknown_kinds(np.array([0.0012]), DecisionSettings())
    >>> one[0].reason.partition(":")[0]
    'It is unlike every product the model was trained on'
    """
    return [
        (Concern("abstain", _unlike(p)),) if p <= settings.unknown_at else ()
        for p in p_values.tolist()
    ]


def unusable_parts(
    products: Sequence[Product], encoded: EncodedProducts, usable: Usable, settings: Settings
) -> list[tuple[Concern, ...]]:
    """The concern that a photo or the text is of no use, for each of `products` [n].

    Review where something of use is left, else abstain: with the only photo blank and "N/A" for a
    text there is nothing to go by, whatever the vectors say. Nothing is told of what the model
    does not read, nor where `decision.check_usable` is off.
    """
    if not settings.decision.check_usable:
        return [() for _ in products]
    text_blocks = {name for name, of in MODALITY_OF.items() if of == "text"}
    reads_text = bool(text_blocks & encoded.features.blocks.keys()) and not settings.net.token_ids
    least_px = settings.photos.least_px or None
    found = []
    for i, product in enumerate(products):
        looks = encoded.looks[i] if encoded.looks else ()
        looked_at = product.photos if encoded.looks else ()
        photos = [
            usable.photo_fault(photo.name, look, least_px=least_px)
            for photo, look in zip(looked_at, looks, strict=True)
        ]
        text = usable.text_fault(product.text) if reads_text and not product.vectors else None
        faults = [fault for fault in (*photos, text) if fault is not None]
        sound = [look for fault, look in zip(photos, looks, strict=True) if fault is None and look]
        words = reads_text and product.text.strip() and text is None
        found.append(_concern(faults, nothing_left=not (sound or words)))
    return found


def added_kinds(head: Head, features: Features) -> list[tuple[Concern, ...]]:
    """The concern that an answer is a category added by a few examples, for each of n products.

    Nothing of it was promised and little measured, so a person looks at it: review at the least.
    """
    if not isinstance(head, AddedHead):
        return [() for _ in range(len(features))]
    told = {one.name: str(one.facts.get("measured", "")) for one in head.prototypes}
    return [
        (Concern("review", f"“{name}” was added to the trained categories: {told[name]}"),)
        if name
        else ()
        for name in head.takes(features).tolist()
    ]


def joined(*parts: Sequence[tuple[Concern, ...]]) -> list[tuple[Concern, ...]]:
    """The concerns of each product [n], of several lists of such concerns."""
    return [tuple(one for some in those for one in some) for those in zip(*parts, strict=True)]


def with_unknown(
    predictions: Sequence[Prediction], p_values: NDArray[np.float64]
) -> list[Prediction]:
    """The predictions [n], each with its p-value [n] of being of a known kind."""
    return [
        one if math.isnan(p) else replace(one, unknown=p)
        for one, p in zip(predictions, p_values.tolist(), strict=True)
    ]


def _concern(faults: Sequence[Fault], *, nothing_left: bool) -> tuple[Concern, ...]:
    if not faults:
        return ()
    said = " ".join(fault.reason for fault in faults)
    text = [fault.kind in TEXT_KINDS for fault in faults]
    wanted = "a photo and words" if len(set(text)) > 1 else "words" if text[0] else "another photo"
    if nothing_left:
        return (Concern("abstain", f"{said} Nothing else is known of it: give {wanted}."),)
    return (Concern("review", f"{said} Give {wanted}, or decide without."),)


def _unlike(p: float) -> str:
    return (
        "It is unlike every product the model was trained on: of those, at most 1 in "
        f"{math.floor(1 / p + 1e-9)} is so far from the others (decision.unknown_at)."
    )
