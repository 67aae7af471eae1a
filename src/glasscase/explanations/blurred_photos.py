"""A product's photos with some places blurred, through the real encoder.

Blurring takes away detail and leaves colour and brightness, as in Fong and Vedaldi 2017 and in the
insertion game of Petsiuk et al. 2018 (RISE); its radius is half a place of the 7 x 7 grid of the
default network, and its edges are soft, so that no edge is there to be seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from glasscase.catalog.image_decoding import resize
from glasscase.explanations.usable_photos import usable_photos

if TYPE_CHECKING:
    from glasscase.explanations.heat_map import HeatMap
    from glasscase.explanations.question import Question

Places = NDArray[np.bool_]
_SIDE = 224
MOST_PHOTOS = 3
"""Photos in which places are blurred: those with the strongest heat. Others stay as they are."""


@dataclass(frozen=True)
class BlurredPhotos:
    """Asks what the model says when places of the photos are blurred."""

    question: Question
    names: tuple[str, ...]
    """Of all the photos the model looks at."""
    pictures: tuple[Image.Image, ...]
    blurred: tuple[Image.Image, ...]
    heat_maps: tuple[HeatMap, ...]
    """Of those photos in which places may be blurred."""
    _vectors: dict[tuple[int, bytes], NDArray[np.float32]] = field(default_factory=dict)

    @classmethod
    def of(cls, question: Question, heat_maps: Sequence[HeatMap]) -> BlurredPhotos | None:
        """None where there is no heat map to go by."""
        encoder = question.model.image_encoder
        if not heat_maps or encoder is None:
            return None
        names, images = usable_photos(question.product, encoder, question.settings.photos)
        side = int(encoder.card.preprocessing.get("side_px", 0)) or _SIDE
        pictures = [Image.fromarray(resize(image, side)) for image in images]
        softened = ImageFilter.GaussianBlur(side / 14)
        hottest = sorted(heat_maps, key=lambda heat: -heat.peak)[:MOST_PHOTOS]
        return cls(
            question,
            tuple(names),
            tuple(pictures),
            tuple(picture.filter(softened) for picture in pictures),
            tuple(heat for heat in heat_maps if heat in hottest),
        )

    @property
    def order(self) -> NDArray[np.intp]:
        """Places of all its heat maps, hottest first, [places]."""
        heat = np.concatenate([one.signed.ravel() for one in self.heat_maps])
        return np.argsort(-heat, kind="stable")

    @property
    def share_of_photos(self) -> float:
        """Part of all the photos' area that all its places are."""
        return len(self.heat_maps) / len(self.names)

    def first(self, order: NDArray[np.intp], counts: Sequence[int]) -> Places:
        """[n, places]: the first so many of `order` for each of `counts`."""
        chosen = np.zeros((len(counts), len(order)), bool)
        for row, count in enumerate(counts):
            chosen[row, order[:count]] = True
        return chosen

    def logits(self, places: Places) -> NDArray[np.float64]:
        """Calibrated logits [n, classes] with `places` [n, all places] blurred."""
        grids = [self.grids(row) for row in places]
        self._encode([pair for grid in grids for pair in enumerate(grid)])
        rows = [
            np.mean([self._vectors[i, one.tobytes()] for i, one in enumerate(grid)], axis=0)
            for grid in grids
        ]
        features = self.question.features.shown(len(rows))
        block = np.asarray(rows, np.float32)
        return np.asarray(self.question.model.logits(features.replaced({"image": block})), float)

    def grids(self, places: NDArray[np.bool_]) -> list[Places]:
        """One grid [rows, columns] for every photo, in the order of `names`; empty for those that
        stay as they are."""
        at, by_photo = 0, {}
        for heat in self.heat_maps:
            by_photo[heat.photo] = places[at : at + heat.values.size].reshape(heat.values.shape)
            at += heat.values.size
        return [by_photo.get(name, np.zeros((0, 0), bool)) for name in self.names]

    def _encode(self, wanted: Sequence[tuple[int, Places]]) -> None:
        new = {
            (photo, grid.tobytes()): (photo, grid)
            for photo, grid in wanted
            if (photo, grid.tobytes()) not in self._vectors
        }
        if new:
            encoder = self.question.model.image_encoder
            images = [np.asarray(self._picture(photo, grid)) for photo, grid in new.values()]
            self._vectors.update(zip(new, encoder.encode_images(images), strict=True))

    def _picture(self, photo: int, grid: Places) -> Image.Image:
        picture = self.pictures[photo]
        if not grid.any():
            return picture
        if grid.all():
            return self.blurred[photo]
        coarse = Image.fromarray(grid.astype(np.uint8) * 255)
        mask = coarse.resize(picture.size, Image.Resampling.NEAREST)
        mask = mask.filter(ImageFilter.GaussianBlur(picture.width / (8 * max(grid.shape))))
        return Image.composite(self.blurred[photo], picture, mask)
