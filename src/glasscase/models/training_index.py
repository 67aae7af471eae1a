"""What a model remembers of the products it was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.product import Product
from glasscase.files import write_json
from glasscase.models.arrays_file import read_arrays, write_arrays
from glasscase.models.features import Features
from glasscase.models.stored_json import read_json

_TITLE = 90
_DENSE = ("sentence", "image")


@dataclass(frozen=True)
class TrainingIndex:
    """Names, labels and vectors of the training products, for "nearest training products".

    Vectors are kept in half precision; words, descriptions and photos are not kept.
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    titles: tuple[str, ...]
    """The first text field, at most 90 characters."""
    photo_names: tuple[str, ...]
    content_keys: frozenset[str]
    """`content_key` of every training product: tells whether a product was trained on."""
    features: Features
    """Dense blocks only."""

    @classmethod
    def of(
        cls, products: Sequence[Product], features: Features, blocks: Sequence[str]
    ) -> TrainingIndex:
        """Remember `products` [n] (all labelled) and the dense ones of `blocks` of `features`."""
        features = features.pooled()  # a photo's places one by one would be fifty times as much
        dense = [name for name in _DENSE if name in features.blocks and name in blocks]
        kept = {name: np.asarray(features.blocks[name]).astype(np.float16) for name in dense}
        widened = {name: block.astype(np.float32) for name, block in kept.items()}
        return cls(
            tuple(product.id for product in products),
            tuple(product.label or "" for product in products),
            tuple(title_of(product) for product in products),
            tuple(product.photos[0].name if product.photos else "" for product in products),
            frozenset(content_key(product) for product in products),
            Features(widened, features.present.copy()),
        )

    def joined(self, other: TrainingIndex) -> TrainingIndex:
        """These products, then those of `other`, which has the same blocks."""
        blocks = {
            name: np.concatenate([block, other.features.blocks[name]])
            for name, block in self.features.blocks.items()
        }
        present = np.concatenate([self.features.present, other.features.present])
        return TrainingIndex(
            self.ids + other.ids,
            self.labels + other.labels,
            self.titles + other.titles,
            self.photo_names + other.photo_names,
            self.content_keys | other.content_keys,
            Features(blocks, present),
        )

    def trained_on(self, products: Sequence[Product]) -> int:
        """How many of `products` were trained on: the same words and photos."""
        return sum(content_key(product) in self.content_keys for product in products)

    def save(self, folder: Path) -> None:
        """Store as `training.json` and `training.safetensors`. Raises `CannotWrite`."""
        names: dict[str, Any] = {
            "ids": self.ids,
            "labels": self.labels,
            "titles": self.titles,
            "photo_names": self.photo_names,
            "content_keys": sorted(self.content_keys),
        }
        write_json(folder / "training.json", names)
        blocks = {k: np.asarray(v).astype(np.float16) for k, v in self.features.blocks.items()}
        present = self.features.present.astype(np.uint8)
        write_arrays(folder / "training.safetensors", {**blocks, "present": present})

    @classmethod
    def load(cls, folder: Path) -> TrainingIndex:
        """What `save` stored. Raises `BadBundle`."""
        names = read_json(folder / "training.json")
        arrays = read_arrays(folder / "training.safetensors")
        present = arrays.pop("present").astype(bool)
        return cls(
            tuple(names["ids"]),
            tuple(names["labels"]),
            tuple(names["titles"]),
            tuple(names["photo_names"]),
            frozenset(names["content_keys"]),
            Features({k: v.astype(np.float32) for k, v in arrays.items()}, present),
        )


def content_key(product: Product) -> str:
    """SHA-256 over a product's words, the bytes of its photos and vectors that came with it; ids
    and labels do not count."""
    digest = hashlib.sha256(product.text.encode("utf-8", "surrogatepass"))
    for photo in product.photos:
        try:
            digest.update(bytes.fromhex(photo.digest()))
        except ValueError:  # BadPhoto: an unreadable photo counts by its name
            digest.update(photo.name.encode("utf-8", "surrogatepass"))
    for _, vector in sorted(product.vectors.items()):
        digest.update(vector.values.tobytes())
    return digest.hexdigest()


def title_of(product: Product) -> str:
    """The first text field of a product, at most 90 characters."""
    first = next(iter(product.texts.values()), "")
    return first if len(first) <= _TITLE else first[: _TITLE - 1].rstrip() + "…"
