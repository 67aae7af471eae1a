"""Make a gallery of known products from a catalogue, and add products to one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from glasscase.catalog.photo import Photo
from glasscase.encoders.table import load_encoder
from glasscase.errors import BadSetting
from glasscase.jobs.read_shelf import gallery_encoder
from glasscase.progress import Progress, silent
from glasscase.settings import Settings
from glasscase.shelf.known.gallery import Gallery
from glasscase.shelf.known.gallery_files import load_gallery, save_gallery
from glasscase.shelf.known.match import KnownProduct

if TYPE_CHECKING:
    from glasscase.catalog.catalog import Catalog


def make_gallery(
    catalog: Catalog, *, settings: Settings | None = None, progress: Progress = silent
) -> Gallery:
    """A gallery of all products of `catalog` that have a photo; `problems` says what is not in it.

    Args:
        catalog: id, title, brand and category of each, and its photo.
        settings: `encoders.image` says which encoder: the embedded one, `timm:efficientnet_b7` ...
        progress: is told how far it is.

    Raises:
        BadEncoder: the encoder is not on this machine.
        BadSetting: no product has a usable photo.
    """
    settings = settings or Settings()
    name = settings.encoders.image
    encoder = load_encoder(name, modality="image", settings=settings, progress=progress)
    made = Gallery.of(catalog.products, encoder, limits=settings.photos, progress=progress)
    return replace(made, problems=(*catalog.problems, *made.problems))


def add_to_gallery(
    place: Path, photo: Path, product: KnownProduct, *, settings: Settings | None = None
) -> Gallery:
    """Add one product, from one photo, to the gallery stored at `place`.

    Raises:
        BadBundle: there is no gallery there.
        BadPhoto: the photo cannot be used.
        BadEncoder: the gallery's encoder is not on this machine.
    """
    if not product.id.strip():
        raise BadSetting("a product needs an id", "Give --id.")
    gallery = load_gallery(place)
    encoder = gallery_encoder(gallery, None, settings or Settings())
    grown = gallery.with_product(Photo(photo.name, photo), product, encoder)
    save_gallery(grown, place)
    return grown
