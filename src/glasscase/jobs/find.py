"""Find training products by words or by a photo, whatever model there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadSetting
from glasscase.jobs.hits import Hit
from glasscase.jobs.search import search
from glasscase.jobs.similar import similar
from glasscase.models.joint_space import JointSpace

if TYPE_CHECKING:
    from glasscase.models.classifier import ProductClassifier

Side = Literal["words", "photo"]


@dataclass(frozen=True)
class Found:
    """What was found, and what of the products was looked at."""

    hits: list[Hit]
    compared: Side
    """What of the products was compared with what was asked."""


def find(
    model: ProductClassifier, *, text: str = "", photo: Photo | None = None, top: int = 10
) -> Found:
    """The training products that fit some words or a photo best.

    With a space that words and photos share, words are compared with photos and a photo with words
    (`jobs.search`). Without one, like is compared with like: words with words, photos with photos.

    Raises:
        BadSetting: not just one of the two is given; no product has what is compared.
        BadPhoto: the photo cannot be used.
    """
    words = text.strip()
    if (photo is None) == (not words):
        raise BadSetting("a search is by words or by a photo", "Give one of the two.")
    if has_joint_space(model):
        hits = search(model, text=words or None, photo=photo, top=top)
        return Found(hits, "photo" if photo is None else "words")
    if photo is None:
        asked = Product("search", texts={"text": words})
        return Found(similar(model, asked, by="words", top=top), "words")
    asked = Product("search", photos=(photo,))
    return Found(similar(model, asked, by="photo", top=top), "photo")


def has_joint_space(model: ProductClassifier) -> bool:
    """Whether words and photos can be compared with one another."""
    try:
        JointSpace.of(model.encoder, model.head)
    except BadSetting:
        return False
    return True
