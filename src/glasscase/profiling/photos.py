"""What the photos are like: sizes and formats of all, colours and sharpness of a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.image_header import photo_size
from glasscase.catalog.photo import Photo
from glasscase.catalog.photo_look import LOOKED_AT_PX, PhotoLook
from glasscase.catalog.product import Product
from glasscase.errors import BadPhoto
from glasscase.profiling.spread import Spread
from glasscase.progress import Progress, silent
from glasscase.settings import PhotoSettings

SAMPLE = 500
SMALL_PX = 100
"""Photos whose shorter side is below this show few details."""
_GREY = 3.0
"""Mean difference between colour channels, 0 to 255, below which a photo counts as grey."""


@dataclass(frozen=True)
class Sample:
    """Colours and sharpness of some photos; shares are 0 to 1."""

    photos: int
    grey_share: float
    blurred_share: float
    blank_share: float
    channel_mean: tuple[float, float, float]
    """Red, green, blue, 0 to 1; every photo counts the same."""
    channel_deviation: tuple[float, float, float]


@dataclass(frozen=True)
class Photos:
    """Sizes and formats of all photos that can be read, and a closer look at a sample."""

    products_with: int
    several: int
    """Products with more than one photo."""
    files: int
    width_px: Spread
    height_px: Spread
    megapixels: Spread
    small: int
    """Photos with a side below 100 px."""
    formats: dict[str, int]
    sizes: tuple[tuple[int, int], ...]
    """Width and height of each photo (at most 5,000), for the plot; not in the JSON."""
    sample: Sample
    unreadable: tuple[str, ...]
    """Photos whose header or pixels cannot be read, with the reason."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        values = asdict(self)
        del values["sizes"]
        return values


def look_at_photos(
    products: Sequence[Product],
    *,
    limits: PhotoSettings,
    seed: int = 0,
    progress: Progress = silent,
) -> Photos:
    """Read the header of every photo and decode up to 500, drawn by `seed`.

    What is blank and what blurred is told as for the products of a model (`PhotoLook`).

    Not covered: soft photos of things with hard print, plain things in sharp photos; the share of
    blurred ones is a hint, not a verdict on any one photo.
    """
    photos = [photo for product in products for photo in product.photos]
    sizes, formats, unreadable = [], Counter[str](), []
    readable: list[Photo] = []
    for photo in progress.track(photos, total=len(photos), what="measuring photos"):
        try:
            width, height, kind = photo_size(photo.read(), photo.name)
        except BadPhoto as error:
            unreadable.append(str(error))
            continue
        sizes.append((width, height))
        formats[kind] += 1
        readable.append(photo)
    sample, damaged = _sample(readable, limits=limits, seed=seed, progress=progress)
    table = np.array(sizes, np.float64).reshape(-1, 2)
    return Photos(
        products_with=sum(bool(product.photos) for product in products),
        several=sum(len(product.photos) > 1 for product in products),
        files=len(sizes),
        width_px=Spread.of(table[:, 0]),
        height_px=Spread.of(table[:, 1]),
        megapixels=Spread.of(table.prod(axis=1) / 1e6),
        small=int((table.min(axis=1) < SMALL_PX).sum()) if len(table) else 0,
        formats=dict(formats.most_common()),
        sizes=tuple(sizes[:: max(1, len(sizes) // 5000)]),
        sample=sample,
        unreadable=(*unreadable, *damaged),
    )


def _sample(
    photos: Sequence[Photo], *, limits: PhotoSettings, seed: int, progress: Progress
) -> tuple[Sample, list[str]]:
    count = min(SAMPLE, len(photos))
    drawn = np.sort(np.random.default_rng(seed).choice(len(photos), count, replace=False))
    looks, damaged = [], []
    for row in progress.track(drawn, total=count, what="looking at photos"):
        photo = photos[row]
        try:
            image = decode(photo.read(), name=photo.name, limits=limits, at_least_px=LOOKED_AT_PX)
        except BadPhoto as error:
            damaged.append(str(error))
            continue
        looks.append(_look(image))
    if not looks:
        return Sample(0, 0.0, 0.0, 0.0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)), damaged
    table = np.array(looks)
    mean, square = table[:, :3].mean(axis=0), table[:, 3:6].mean(axis=0)
    deviation = np.sqrt(np.maximum(square - mean**2, 0))
    grey, blank, blurred = table[:, 6:].mean(axis=0)
    sample = Sample(
        photos=len(looks),
        grey_share=float(grey),
        blurred_share=float(blurred),
        blank_share=float(blank),
        channel_mean=_three(mean),
        channel_deviation=_three(deviation),
    )
    return sample, damaged


def _three(values: NDArray[np.float64]) -> tuple[float, float, float]:
    red, green, blue = values
    return float(red), float(green), float(blue)


def _look(image: NDArray[np.uint8]) -> list[float]:
    """Means and mean squares of the channels (0 to 1), then grey, blank, blurred as 0 or 1."""
    look = PhotoLook.of(image, shorter_px=min(image.shape[:2]))
    picture = Image.fromarray(image)
    picture.thumbnail((LOOKED_AT_PX, LOOKED_AT_PX))
    pixels = np.asarray(picture, np.float64)
    unit = pixels.reshape(-1, 3) / 255
    grey = np.ptp(pixels, axis=2).mean() < _GREY
    flags = [float(grey), float(look.blank), float(look.blurred)]
    return [*unit.mean(axis=0), *(unit**2).mean(axis=0), *flags]
