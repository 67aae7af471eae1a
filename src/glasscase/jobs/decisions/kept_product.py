"""A product whose photos and texts were kept, as a model reads it."""

from __future__ import annotations

from glasscase.catalog.given_product import given_product
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.settings import PhotoSettings, Settings
from glasscase.store.store import Store


def kept_product(
    store: Store, prediction_id: str, *, settings: Settings, name: str = ""
) -> Product | None:
    """What is kept of the product of one answer, its words cleaned as `settings` say; None where
    nothing is kept (any more). A photo that cannot be read any more is left out.

    `name`: the product's id.
    """
    kept = store.kept.of(prediction_id)
    if kept is None:
        return None
    found = (store.kept.photo(prediction_id, number) for number in range(kept.photos))
    photos = [Photo(photo.name, data=photo.data) for photo in found if photo is not None]
    attributes = {key: str(value) for key, value in kept.attributes.items()}

    def product(photos: list[Photo]) -> Product:
        return given_product(
            name,
            texts=kept.texts,
            attributes=attributes,
            photos=photos,
            settings=settings,
            limits=PhotoSettings(max_megabytes=1000, max_megapixels=250),
        ).product

    try:
        return product(photos)
    except BadPhoto:
        return product([photo for photo in photos if _is_good(photo)])


def _is_good(photo: Photo) -> bool:
    from glasscase.catalog.image_decoding import photo_size

    try:
        photo_size(photo.read(), photo.name)
    except BadPhoto:
        return False
    return True
