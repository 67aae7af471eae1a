"""Show what augmentation would make of a catalogue's photos and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.augmentation.contact_sheet import ContactSheet, SheetProduct, Variant
from glasscase.augmentation.level import LEVELS, Level, checked_level
from glasscase.augmentation.photos import PhotoAugmentation
from glasscase.augmentation.words import WordAugmentation
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.unusable_photo import unusable_photo
from glasscase.errors import BadCatalog, BadPhoto, BadSetting
from glasscase.progress import Progress, silent
from glasscase.settings import PhotoSettings, Settings

MOST_PRODUCTS = 100
_EPOCHS = 6
_SIDE_PX = 224


def augment(
    catalog: Catalog,
    *,
    level: str | None = None,
    products: int = 6,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> ContactSheet:
    """A contact sheet of some products: the original and what training sees in epochs 1 to 6.

    Photos go the way they go in training: squashed to a square of 224 px, changed, and here
    stretched again to their own proportions. `augment(catalog).save("sheet.html")` writes a page.

    Args:
        catalog: as `Catalog.read` gives it. Products with a photo go before others.
        level: `light`, `medium` or `heavy`; None shows each.
        products: how many, 1 to 100, drawn by the seed.
        settings: `train.seed`, `augment` and `photos` count.
        progress: who is told how far it is.

    Raises:
        BadCatalog: there are no products with words or photos.
        BadSetting: an unknown level, or an impossible number of products.
    """
    settings = settings or Settings()
    levels: tuple[Level, ...] = LEVELS if level is None else (checked_level(level),)
    if not 1 <= products <= MOST_PRODUCTS:
        raise BadSetting(
            f"a sheet of {products} products is impossible", f"Use 1 to {MOST_PRODUCTS}."
        )
    chosen = _chosen(catalog.products, products, settings.train.seed)
    problems: list[Problem] = []
    shown: list[SheetProduct] = []
    for product in progress.track(chosen, total=len(chosen), what="drawing variants"):
        photo = _photo(product, settings.photos, problems)
        variants = {one: _variants(product, photo, one, settings) for one in levels}
        original = None if photo is None else photo.stretched(photo.square)
        shown.append(SheetProduct(product, original, variants))
    return ContactSheet(shown, tuple(problems))


def _chosen(products: Sequence[Product], count: int, seed: int) -> list[Product]:
    """Products drawn by `seed`, those with photos first, in the order of the table."""
    usable = [row for row, product in enumerate(products) if product.text or product.photos]
    if not usable:
        raise BadCatalog(
            "no product has words or a photo", "Name the text columns with --text or --photos."
        )
    shuffled = np.random.default_rng(seed).permutation(usable)
    first = sorted(shuffled, key=lambda row: not products[row].photos)[:count]
    return [products[row] for row in sorted(first)]


@dataclass(frozen=True)
class _Squashed:
    """A photo as a network takes it, and the shape it had."""

    square: NDArray[np.uint8]
    shape: tuple[int, int]
    """Height and width."""

    def stretched(self, square: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """A square in the photo's own proportions."""
        share = _SIDE_PX / max(self.shape)
        height, width = (max(1, round(side * share)) for side in self.shape)
        picture = Image.fromarray(square).resize((width, height), Image.Resampling.BICUBIC)
        return np.array(picture, dtype=np.uint8)


def _photo(product: Product, limits: PhotoSettings, problems: list[Problem]) -> _Squashed | None:
    for photo in product.photos:
        try:
            image = decode(photo.read(), name=photo.name, limits=limits, at_least_px=_SIDE_PX)
        except BadPhoto as error:
            problems.append(unusable_photo(product, error))
            continue
        return _Squashed(resize(image, _SIDE_PX), (image.shape[0], image.shape[1]))
    return None


def _variants(
    product: Product, photo: _Squashed | None, level: Level, settings: Settings
) -> tuple[Variant, ...]:
    seed, key = settings.train.seed, product.id
    photos = PhotoAugmentation(level, seed, mirror=settings.augment.mirrored)
    words = WordAugmentation(level, seed)
    variants: list[Variant] = []
    for epoch in range(1, _EPOCHS + 1):
        seen = None
        if photo is not None:
            seen = photo.stretched(photos(photo.square, epoch=epoch, key=key))
        variants.append(Variant(epoch, seen, words(product.texts, epoch=epoch, key=key)))
    return tuple(variants)
