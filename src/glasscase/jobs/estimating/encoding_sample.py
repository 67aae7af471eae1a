"""How fast this machine encodes, measured on a few products, and what is in the cache already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.product import Product
from glasscase.encoders.cached_encoder import CachedEncoder, text_digest
from glasscase.encoders.encoder import PaidTextEncoder
from glasscase.encoders.given import is_given
from glasscase.errors import BadPhoto
from glasscase.jobs.estimating.span import NOTHING, Span, around, from_pieces

Clock = Callable[[], float]
Item = TypeVar("Item")

SAMPLE = 64
"""Products encoded to measure."""
CHECKED = 1000
"""Products looked up in the cache; of more, a sample stands for all."""
_PIECES = 4
_BYTES_BESIDE = 180
"""Of a stored vector: its key, twice, and what SQLite keeps of a row."""


@dataclass(frozen=True)
class EncodingSample:
    """Of one block of vectors."""

    block: str
    seconds: Span
    """To encode what is not in the cache."""
    missing: int
    """Texts or products with photos to encode."""
    items: int
    """Texts or products with photos in all."""
    cache_bytes: Span
    """What the cache will grow by."""
    dim: int
    rows: NDArray[np.intp]
    """Products whose vectors are known: those that were encoded, or some of the cache."""
    vectors: NDArray[np.float32]
    """[rows, dim] of them."""
    note: str = ""


def encoding_sample(
    block: str, encoder: Any, products: Sequence[Product], *, clock: Clock
) -> EncodingSample:
    """Measure one encoder on up to 64 products that are not in its cache, past the cache.

    An encoder that costs money is not asked; its time is left open, and said to be.
    """
    rows = _readable(block, products)
    dim = encoder.card.dim
    none, no_vectors = np.zeros(0, np.intp), np.zeros((0, dim), np.float32)
    nothing = EncodingSample(block, NOTHING, 0, len(rows), NOTHING, dim, none, no_vectors)
    if is_given(encoder) or not len(rows):
        return nothing
    inner = encoder.encoder if isinstance(encoder, CachedEncoder) else encoder
    looked = spread(rows, CHECKED)
    keys = {int(row): _key(block, products[row]) for row in looked}
    known = encoder.cache.known(encoder.card, sorted({k for key in keys.values() for k in key}))
    unknown = [row for row, key in keys.items() if not set(key) <= known]
    missing = round(len(rows) * len(unknown) / len(looked))
    grown = around(1.1 * missing * (4 * dim + _BYTES_BESIDE), 0.9, 1.25)
    if not unknown:
        stored = np.array(spread(looked, SAMPLE), np.intp)
        found = encoder.encode([products[row] for row in stored]).vectors
        return replace(nothing, rows=stored, vectors=found)
    if isinstance(inner, PaidTextEncoder):
        note = f"{encoder.card.name} costs money and was not asked, so its time is not included."
        return EncodingSample(
            block, NOTHING, missing, len(rows), grown, dim, none, no_vectors, note
        )
    sample = np.array(spread(unknown, SAMPLE), np.intp)
    inner.encode([products[sample[0]]])  # opening the network does not count
    seconds, counts, vectors = [], [], []
    for piece in np.array_split(np.random.default_rng(0).permutation(len(sample)), _PIECES):
        if len(piece):
            chosen = [products[row] for row in sample[piece]]
            begin = clock()
            encoded = inner.encode(chosen)
            seconds.append(clock() - begin)
            counts.append(len(piece))
            vectors.append((sample[piece], encoded.vectors))
    return EncodingSample(
        block,
        from_pieces(seconds, counts, missing),
        missing,
        len(rows),
        grown,
        dim,
        np.concatenate([rows for rows, _ in vectors]),
        np.concatenate([found for _, found in vectors]),
    )


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """At most `most` of `items`, evenly spread.

    >>> spread(range(10), 3)
    [0, 3, 6]
    """
    if len(items) <= most:
        return list(items)
    return [items[int(i * len(items) / most)] for i in range(most)]


def _readable(block: str, products: Sequence[Product]) -> list[int]:
    """Products with photos, or the first of each different text."""
    if block == "image":
        return [row for row, product in enumerate(products) if product.photos]
    first: dict[str, int] = {}
    for row, product in enumerate(products):
        if product.text.strip():
            first.setdefault(product.text, row)
    return list(first.values())


def _key(block: str, product: Product) -> list[str]:
    """What the product's text or photos are called in the cache."""
    if block == "sentence":
        return [text_digest(product.text)]
    found = []
    for photo in product.photos:
        try:
            found.append(photo.digest())
        except BadPhoto:
            continue
    return found
