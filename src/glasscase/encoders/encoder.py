"""What an encoder is: a product's words or photos become a row of numbers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.photo_look import PhotoLook
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.progress import Progress, silent

Modality = Literal["text", "image"]
Vectors = NDArray[np.float32]
LEARNT_ON = "learnt on by the recipe"
"""Stands in the source of encoders whose weights are no longer those of their name."""


@dataclass(frozen=True)
class EncoderCard:
    """Everything that decides what vectors an encoder gives; the cache key holds all of it."""

    name: str
    modality: Modality
    dim: int
    licence: str
    source: str
    sha256: str
    """Of the weights as they are run."""
    preprocessing: dict[str, str | int | float | bool] = field(default_factory=dict)
    """Size, resampling, mean, maximum length and so on."""

    def fingerprint(self) -> str:
        """SHA-256 over all fields, in hexadecimal: equal cards give equal vectors."""
        text = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True)
class Encoded:
    """The vectors of some products, and what could not be used on the way."""

    vectors: Vectors
    """float32 [n, dim]; a row of zeros where `present` is False."""
    present: NDArray[np.bool_]
    """[n]: False where the product has nothing of this modality, or nothing usable."""
    problems: tuple[Problem, ...] = ()
    looks: tuple[tuple[PhotoLook | None, ...], ...] = ()
    """[n]: what the photos of each product are like, in order; None for one that cannot be used.
    Empty where nobody looked."""


@runtime_checkable
class Encoder(Protocol):
    """Turns products into vectors of one modality. Thread-safe once built; deterministic.

    The vector of a product does not depend on its neighbours in the batch (to 1e-5).
    """

    @property
    def card(self) -> EncoderCard:
        """Name, size, licence, fingerprint."""
        ...

    def encode(self, products: Sequence[Product], *, progress: Progress = silent) -> Encoded:
        """Encode `products`, in order. Several photos of a product are averaged.

        An unreadable photo becomes a `Problem` in the result, never an exception.
        """
        ...


class TextEncoder(Encoder, Protocol):
    """An encoder of words, also usable on bare strings (explanations ask for thousands)."""

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """float32 [n, dim], uncached. Identical strings are computed once; "" gives zeros."""
        ...


@runtime_checkable
class PaidTextEncoder(TextEncoder, Protocol):
    """A text encoder of which every text costs money, so that nothing may be asked twice."""

    def batches(self, texts: Sequence[str]) -> Iterator[list[str]]:
        """`texts` in pieces that are paid for together; each is to be stored at once."""
        ...

    def announce(self, texts: Sequence[str], progress: Progress) -> None:
        """Say what `texts` will cost. Raises `BadSetting` where that was not agreed to."""
        ...

    def account(self, progress: Progress) -> None:
        """Say what was paid for so far."""
        ...


class ImageEncoder(Encoder, Protocol):
    """An encoder of photos, which can also show its last feature maps."""

    @property
    def has_maps(self) -> bool:
        """Whether the vectors are the mean of feature maps, so that `feature_maps` can be asked."""
        ...

    @property
    def learnt(self) -> Path | None:
        """The file of the weights it learnt on to, where only torch can look into it."""
        ...

    def feature_maps(self, images: Sequence[NDArray[np.uint8]]) -> tuple[Vectors, Vectors]:
        """Vectors [n, dim] and the feature maps [n, dim, rows, columns] they are the mean of.

        `images`: uint8 RGB [h, w, 3] of any size, as `catalog.image_decoding.decode` gives them.
        """
        ...
