"""One product under every change, to look at beside the figures."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.augmentation.photo_damage import STRENGTHS
from glasscase.catalog.image_decoding import decode
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.evaluation.robustness import Case, Example
from glasscase.jobs.damage import Damage
from glasscase.pages.thumbnail import thumbnail

_MOST_CHARACTERS = 260


def examples_of(
    products: Sequence[Product], cases: Sequence[Case], damage: Damage
) -> tuple[Example, ...]:
    """Each change of `cases` at three strengths, on the first product that has what it takes."""
    found = []
    shown = {
        "image": next((one for one in products if _pictures([one], damage)), None),
        "text": next((one for one in products if one.text.strip()), None),
    }
    for change in dict.fromkeys(case.change for case in cases if case.strength):
        own = {case.strength: case for case in cases if case.change == change}
        modality = next(iter(own.values())).modality
        product = shown[modality]
        if product is None:
            continue
        seen = [product, *(damage.product(product, own[one]) for one in STRENGTHS)]
        if modality == "image":
            found.append(Example(change, pictures=_pictures(seen, damage)))
        else:
            found.append(Example(change, texts=tuple(one.text[:_MOST_CHARACTERS] for one in seen)))
    return tuple(found)


def _pictures(products: Sequence[Product], damage: Damage) -> tuple[str, ...]:
    """The first photo of each as a small picture; nothing where one cannot be decoded."""
    found = []
    for product in products:
        if not product.photos:
            return ()
        photo = product.photos[0]
        try:
            image = decode(photo.read(), name=photo.name, limits=damage.limits)
        except BadPhoto:
            return ()
        found.append(thumbnail(image, longest_px=150))
    return tuple(found)
