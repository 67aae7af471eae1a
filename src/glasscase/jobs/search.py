"""Search products by words or by a photo, in the space that both share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadSetting
from glasscase.jobs.explained_product import product_of
from glasscase.jobs.hits import Hit, hits
from glasscase.models.joint_space import JointSpace
from glasscase.models.training_index import TrainingIndex
from glasscase.progress import Progress, silent

if TYPE_CHECKING:
    from glasscase.catalog.catalog import Catalog
    from glasscase.models.classifier import ProductClassifier
    from glasscase.settings import Settings


def search(
    model: ProductClassifier,
    *,
    text: str | None = None,
    photo: str | Path | Photo | None = None,
    products: Catalog | Sequence[Product] | None = None,
    top: int = 10,
    progress: Progress = silent,
) -> list[Hit]:
    """The products whose photo fits some words best, or whose words fit a photo best.

    Args:
        model: with a joint space: of the recipe `clip-align`, or on one CLIP or SigLIP.
        text: what is looked for, in words; products are compared by their photos.
        photo: a photo, or its file; products are compared by their words.
        products: where to look; the training products if not given.
        top: how many are wanted.
        progress: shows the encoding of `products`.

    Raises:
        BadSetting: not just one of `text` and `photo`; the model has no joint space; no product
            has what is compared.
        BadPhoto: the photo cannot be used.

    The similarity of a hit is the cosine of what was asked with its photo (asked by words) or its
    words (asked by a photo).

    Not covered: exact words, such as an article number; many millions of products (every one is
    compared, none is skipped).
    """
    space = JointSpace.of(model.encoder, model.head)
    if (photo is None) == (not (text or "").strip()):
        raise BadSetting("a search is by words or by a photo", "Give one of the two.")
    if top < 1:
        raise BadSetting(f"{top} products are asked for", "Ask for 1 or more.")
    index = model.training
    if products is not None:
        listed = list(products)
        features = model.encode(listed, progress=progress).features
        index = TrainingIndex.of(listed, features, ("sentence", "image"))
    words, photos = space.project(index.features)
    if photo is None:
        (asked,), found, modality = space.of_texts([text or ""]), photos, "image"
    else:
        one = _photo_product(photo, model.settings)
        (asked,), found, modality = space.project(model.encode([one]).features)[1], words, "text"
    rows = np.flatnonzero(index.features.has(modality))
    if not len(rows):
        lacking = {"image": "usable photo", "text": "words"}[modality]
        raise BadSetting(f"no product to search among has {lacking}", "Give others.")
    cosines = found[rows] @ asked
    order = np.argsort(-cosines, kind="stable")[:top]
    return hits(index, zip(rows[order].tolist(), cosines[order].tolist(), strict=True))


def _photo_product(photo: str | Path | Photo, settings: Settings) -> Product:
    if not isinstance(photo, Photo):
        return product_of([Path(photo)], "", settings).product
    decode(photo.read(), name=photo.name, limits=settings.photos)
    return Product(id=photo.name, photos=(photo,))
