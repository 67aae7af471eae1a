"""What turning products into vectors costs, block by block."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.catalog.product import Product
from glasscase.encoders.encoder import PaidTextEncoder
from glasscase.encoders.lexical import LexicalEncoder
from glasscase.encoders.photo_words import PhotoWords
from glasscase.models.features import METADATA, Features
from glasscase.models.product_encoder import ProductEncoder

Encode = Callable[[Sequence[Product]], Any]
_SAMPLE = 32


@dataclass(frozen=True)
class EncodingCosts:
    """Of one block."""

    product_seconds: float
    """For one product that has what the encoder reads, past the cache."""
    disk_bytes: int
    """The encoder's files in a bundle."""


def encoding_costs(
    encoder: ProductEncoder, products: Sequence[Product], features: Features
) -> dict[str, EncodingCosts]:
    """Time and size of every block's encoder, on up to 32 products spread over the catalogue.

    The sample is encoded once before it is timed, so that opening the model does not count.
    `features` [n] are those of `products` [n], which say who has what.
    """
    found = {}
    for block, encode in _encoders(encoder).items():
        rows = np.flatnonzero(features.there(block))
        sample = [products[row] for row in rows[:: max(1, -(-len(rows) // _SAMPLE))]]
        seconds = 0.0
        if sample:
            encode(sample[:1])
            begin = time.perf_counter()
            encode(sample)
            seconds = (time.perf_counter() - begin) / len(sample)
        found[block] = EncodingCosts(seconds, stored_bytes(encoder.restricted((block,))))
    return found


def _encoders(encoder: ProductEncoder) -> dict[str, Encode]:
    """Block -> what encodes products, past every cache but that of an encoder that costs money."""
    found: dict[str, Encode] = {}
    for name, lexical in encoder.lexical.items():
        found[name] = partial(_counted, lexical)
    for name, frozen in (("sentence", encoder.sentence), ("image", encoder.image)):
        if frozen is not None:
            inner = getattr(frozen, "encoder", frozen)
            paid = isinstance(inner, PaidTextEncoder)  # is not asked again for a measurement
            found[name] = frozen.encode if paid else inner.encode
    if (words := encoder.photo_words) is not None:
        limits = encoder.settings.photos
        found["photo_words"] = PhotoWords.from_state(words.state(), cache=None, limits=limits).read
    if encoder.metadata is not None:
        found[METADATA] = encoder.metadata.encode
    return found


def _counted(lexical: LexicalEncoder, products: Sequence[Product]) -> Any:
    return lexical.counts([product.text for product in products])


def stored_bytes(encoder: ProductEncoder) -> int:
    """Size of the encoders' files in a bundle: written to a temporary folder, which is removed."""
    with tempfile.TemporaryDirectory(prefix="glasscase-size-") as name:
        encoder.save(Path(name))
        return sum(path.stat().st_size for path in Path(name).rglob("*") if path.is_file())
