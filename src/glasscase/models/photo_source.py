"""The photo of a product, prepared: which one it is, and what is done when it is broken."""

from __future__ import annotations

from collections.abc import Sequence

from glasscase.augmentation.draws import Draws
from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.encoders.unusable_photo import unusable_photo
from glasscase.errors import BadPhoto
from glasscase.models.photo_memory import PhotoMemory
from glasscase.models.photo_preparation import Image, PhotoTask, Preparation, Preparer


class PhotoSource:
    """Products' photos by their row. May be asked by several threads at once."""

    def __init__(
        self, products: Sequence[Product], preparation: Preparation, memory: PhotoMemory
    ) -> None:
        self.products = products
        self.memory = memory
        """Of these products at this side; others that look at the same may share it."""
        self._augmentation = preparation.augmentation

    def image(
        self, row: int, epoch: int, view: int, by: Preparer, *, remember: bool = True
    ) -> Image | None:
        """What a network gets to see of product `row`: uint8 [side, side, 3], or None.

        Of several photos one is drawn where photos are changed; else the first is taken. Should
        it be broken, the next is.

        Args:
            row: place of the product.
            epoch: another epoch, another variant.
            view: tells several variants within an epoch apart.
            by: who prepares it.
            remember: False looks at the stored photo, whatever is in memory.
        """
        product = self.products[row]
        for number in self._order(product, epoch, view):
            place = (row, number)
            try:
                known = self.memory.get(place) if remember else None
                task = PhotoTask(product.photos[number], epoch, product.id, view, known)
                done = by.prepare(task)
            except BadPhoto as error:
                self.memory.keep_broken(place, error)
                continue
            if known is None and remember:
                self.memory.keep(place, done.square)
            return done.image
        return None

    @property
    def problems(self) -> list[Problem]:
        """The photos that could not be used so far, in the order of the products."""
        return [
            unusable_photo(self.products[row], error) for (row, _), error in self.memory.broken()
        ]

    def _order(self, product: Product, epoch: int, view: int) -> list[int]:
        """Numbers of the photos in the order they are tried."""
        count, change = len(product.photos), self._augmentation
        if count < 2 or change is None:
            return list(range(count))
        first = Draws(change.seed, "which photo", epoch, product.id, view).below(count)
        return [(first + step) % count for step in range(count)]
