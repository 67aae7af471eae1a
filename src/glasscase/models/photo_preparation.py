"""One photo made ready for a network: decoded, squashed to its square, changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glasscase.augmentation.photos import PhotoAugmentation
from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.photo import Photo
from glasscase.settings import PhotoSettings

Image = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PhotoTask:
    """What is asked about one photo."""

    photo: Photo
    epoch: int
    key: str
    """Id of its product."""
    view: int
    square: Image | None = None
    """uint8 [side, side, 3] if it is decoded already."""


@dataclass(frozen=True, slots=True)
class PreparedPhoto:
    """The photo as it is, and as the network gets it: uint8 [side, side, 3] each."""

    square: Image
    image: Image


class Preparer(Protocol):
    """Prepares photos, here or in another process."""

    def prepare(self, task: PhotoTask) -> PreparedPhoto:
        """Do one task. Raises `BadPhoto`."""
        ...


@dataclass(frozen=True, slots=True)
class Preparation:
    """How every photo of a training is prepared; says nothing of where and when."""

    side: int
    """Of the square, in pixels."""
    limits: PhotoSettings
    augmentation: PhotoAugmentation | None

    def prepare(self, task: PhotoTask) -> PreparedPhoto:
        """Do one task: the same task gives the same bytes.

        Raises:
            BadPhoto: it cannot be read or decoded.
        """
        square = task.square
        if square is None:
            name = task.photo.name
            data = task.photo.read()
            square = resize(
                decode(data, name=name, limits=self.limits, at_least_px=self.side), self.side
            )
        if self.augmentation is None:
            return PreparedPhoto(square, square)
        changed = self.augmentation(square, epoch=task.epoch, key=task.key, view=task.view)
        return PreparedPhoto(square, changed)
