"""Products with their photos or words changed, encoded the way all products are."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from glasscase.augmentation.draws import Draws
from glasscase.augmentation.photo_damage import PHOTO_DAMAGE, STRENGTHS, PhotoDamage, damaged_photo
from glasscase.augmentation.photo_prints import ascii_letters
from glasscase.augmentation.text_damage import TEXT_DAMAGE, TextDamage, damaged_texts
from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.evaluation.robustness import Case
from glasscase.models.features import MODALITY_OF, Features
from glasscase.models.product_encoder import EncodedProducts, ProductEncoder
from glasscase.settings import PhotoSettings

_LEVEL = 0  # of PNG compression: stored as it is, a third of the time


@dataclass(frozen=True)
class Damage:
    """Changes products; the same product is changed in the same way whoever is changed with it."""

    classes: tuple[str, ...]
    """Of the model, for a wrong word on the photo."""
    limits: PhotoSettings
    at_least_px: int
    """At which size a photo is changed: as large as the encoder decodes it, 0 for all of it."""
    seed: int = 0

    def product(self, product: Product, case: Case) -> Product:
        """`product` under `case`: other photos, or other words."""
        if case.modality == "text":
            return damaged_texts(product, case.change, case.strength, seed=self.seed)
        word = self.wrong_word(product)
        photos = [
            self._photo(photo, case, f"{product.id}/{number}", word)
            for number, photo in enumerate(product.photos)
        ]
        return product.with_photos(*photos)

    def wrong_word(self, product: Product) -> str:
        """The last part of another class's name; nothing where no name can be printed."""
        own = product.label
        names = [name.split(" > ")[-1] for name in self.classes if name != own]
        names = [name for name in names if ascii_letters(name)]
        return names[Draws(self.seed, "word", product.id).below(len(names))] if names else ""

    def _photo(self, photo: Photo, case: Case, key: str, word: str) -> Photo:
        """Stored anew without loss; one that cannot be decoded stays as it is."""
        try:
            image = decode(
                photo.read(), name=photo.name, limits=self.limits, at_least_px=self.at_least_px
            )
        except BadPhoto:
            return photo
        changed = damaged_photo(
            image, case.change, case.strength, seed=self.seed, key=key, word=word
        )
        stream = io.BytesIO()
        Image.fromarray(changed).save(stream, format="PNG", compress_level=_LEVEL)
        return Photo(photo.name, data=stream.getvalue())


def cases_for(features: Features, blocks: Sequence[str]) -> list[Case]:
    """What can be changed: of modalities that `blocks` reads and some of the products have."""
    tables: dict[str, Mapping[str, PhotoDamage | TextDamage]] = {
        "image": PHOTO_DAMAGE,
        "text": TEXT_DAMAGE,
    }
    found: list[Case] = []
    for modality, table in tables.items():
        if not any(MODALITY_OF.get(name) == modality for name in blocks):
            continue
        if not features.has(modality).any():
            continue
        found += [
            Case(name, modality, strength, kind.describe(strength))
            for name, kind in table.items()
            for strength in STRENGTHS
        ]
    return found


def encoded_anew(
    encoder: ProductEncoder, products: Sequence[Product], clean: EncodedProducts, modality: str
) -> EncodedProducts:
    """The features of changed products: only blocks of `modality` are computed again."""
    names = [name for name in clean.features.blocks if MODALITY_OF.get(name) == modality]
    part = encoder.restricted(names).encode(products)
    column = ("text", "image").index(modality)
    present = clean.features.present.copy()
    present[:, column] = part.features.present[:, column]
    blocks = {**clean.features.blocks, **part.features.blocks}
    features = replace(clean.features, blocks=blocks, present=present)
    looks = part.looks if modality == "image" else clean.looks
    return EncodedProducts(features, part.problems, looks)


def withheld(
    products: Sequence[Product], encoded: EncodedProducts, modality: str
) -> tuple[list[Product], EncodedProducts]:
    """Products and their features as if they had nothing of `modality`."""
    features = encoded.features.without(modality)
    if modality == "image":
        return [one.with_photos() for one in products], EncodedProducts(features)
    rest = [replace(one, texts={}) for one in products]
    return rest, EncodedProducts(features, looks=encoded.looks)


def drawn(products: Sequence[Product], count: int, seed: int) -> list[int]:
    """Rows of `count` products, drawn by their ids: the same ones in any order of the table."""
    luck = np.array([Draws(seed, "sample", one.id).between(0, 1) for one in products])
    return sorted(np.argsort(luck, kind="stable")[:count].tolist())
