"""Vectors that came with the products, in the place of an encoder's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.card_file import write_card
from glasscase.encoders.encoder import Encoded, EncoderCard, Modality
from glasscase.files import explained_write
from glasscase.progress import Progress, silent

_READ = {"text": "words", "image": "photos"}


class GivenVectors:
    """Hands on the vectors that products carry (`Product.vectors`); computes nothing.

    Not covered: bare texts and pictures. Nobody here knows how such a vector is made, so words
    cannot be taken out of it and it has no feature maps.
    """

    has_maps = False

    def __init__(self, card: EncoderCard) -> None:
        """An encoder with this `card`, made by `learnt` or read from a bundle."""
        self._card = card

    @classmethod
    def learnt(cls, products: Sequence[Product], modality: Modality) -> GivenVectors | None:
        """For the vectors of `products`, as long as most of them are; None where there are none."""
        given = [product.vectors[modality] for product in products if modality in product.vectors]
        if not given:
            return None
        lengths = Counter(len(one.values) for one in given)
        sources = dict.fromkeys(one.source for one in given)
        card = EncoderCard(
            name=f"given-{modality}-vectors",
            modality=modality,
            dim=max(lengths, key=lambda length: (lengths[length], length)),
            licence="see its source",
            source=", ".join(sources),
            sha256="",  # there are no weights here
            preprocessing={"given": True},
        )
        return cls(card)

    @property
    def card(self) -> EncoderCard:
        """Name, length of the vectors, and where they were read."""
        return self._card

    def has(self, products: Sequence[Product]) -> NDArray[np.bool_]:
        """[n]: which products carry a vector of the right length."""
        return np.array([self._fits(product) for product in products], dtype=bool)

    def encode(self, products: Sequence[Product], *, progress: Progress = silent) -> Encoded:
        """The vectors of `products`; one of another length becomes a problem, and is missing."""
        del progress
        vectors = np.zeros((len(products), self._card.dim), np.float32)
        present = self.has(products)
        problems: list[Problem] = []
        for i, product in enumerate(products):
            if present[i]:
                vectors[i] = product.vectors[self._card.modality].values
            elif (problem := self._problem(product)) is not None:
                problems.append(problem)
        return Encoded(vectors, present, tuple(problems))

    def save_files(self, folder: Path) -> None:
        """Store the card in `folder`: there is nothing else. Raises `CannotWrite`."""
        with explained_write(folder):
            folder.mkdir(parents=True, exist_ok=True)
        write_card(folder, self._card)

    def _fits(self, product: Product) -> bool:
        given = product.vectors.get(self._card.modality)
        return given is not None and len(given.values) == self._card.dim

    def _problem(self, product: Product) -> Problem | None:
        modality = self._card.modality
        given = product.vectors.get(modality)
        if given is not None:
            reason = f"has {len(given.values)} numbers, the model reads {self._card.dim}"
            remedy = "Compute it as in training."
        elif product.photos if modality == "image" else product.text.strip():
            reason = f"is missing, so the {_READ[modality]} are not used"
            remedy = "This model reads them by such vectors alone: add it."
        else:
            return None
        return Problem(product.row, f"{modality} vector", reason, remedy, product_id=product.id)


def is_given(encoder: Any) -> bool:
    """Whether an encoder only hands on vectors that came with the products."""
    return isinstance(encoder, GivenVectors)


def is_given_card(card: EncoderCard) -> bool:
    """Whether a stored card is one of `GivenVectors`."""
    return card.preprocessing.get("given") is True
