"""Where eyes are likely to go first on a picture, by contrast alone: maps of saliency by name.

Simulated, not measured: see docs/attention.md. The default is the sum of three maps, each with its
lowest value taken off and divided by its sum.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadPhoto, BadSetting
from glasscase.nearest_names import nearest_names
from glasscase.packs.colour_space import srgb_to_lab
from glasscase.packs.resizing import fitting_size, resized, resized_image
from glasscase.packs.saliency_centre_surround import centre_surround
from glasscase.packs.saliency_fine_grained import fine_grained
from glasscase.packs.saliency_spectral import spectral_residual

SaliencyMap = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""uint8 RGB [h, w, 3] -> float32 [h, w], not below 0, with a sum of 1."""
LONGEST_PX = 384
"""Larger pictures are shrunk to it first; the map is stretched back."""


def saliency(image: NDArray[np.uint8], name: str = "sum") -> NDArray[np.float32]:
    """The map called `name` of uint8 RGB [h, w, 3]: float32 [h, w] with a sum of 1.

    An even picture has an even map.

    >>> picture = np.full((40, 60, 3), 90, np.uint8)
    >>> picture[15:25, 20:30] = (200, 40, 40)
    >>> bool(saliency(picture)[15:25, 20:30].sum() > 3 * 100 / 2400)
    True

    Raises:
        BadSetting: there is no map of this name.
        BadPhoto: `image` is no picture.
    """
    return saliency_map(name)(image)


def saliency_map(name: str) -> SaliencyMap:
    """The function that computes the map called `name`, a key of `MAPS`.

    Raises:
        BadSetting: there is no such map.
    """
    if name not in MAPS:
        reason = f"there is no saliency map {name!r}; there are {', '.join(MAPS)}"
        raise BadSetting(reason, f"Use {nearest_names(name, list(MAPS))[0]!r}, or open a model.")
    return MAPS[name]


def check_image(image: NDArray[np.uint8]) -> None:
    """Raise `BadPhoto` unless `image` is uint8 RGB [h, w, 3] with at least one pixel."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        seen = f"{image.dtype} {list(image.shape)}"
        raise BadPhoto(f"a picture is {seen}, not uint8 [height, width, 3]", "Decode it as RGB.")


def as_density(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """`values` [h, w] less their lowest, divided by their sum; even where all are equal."""
    lifted = values - values.min()
    total = float(lifted.sum(dtype=np.float64))
    if total <= 1e-12:
        return np.full_like(values, 1 / values.size)
    return np.asarray(lifted / total, np.float32)


def _of_parts(*parts: Callable[[NDArray[np.uint8]], NDArray[np.float32]]) -> SaliencyMap:
    """The mean of the densities of `parts`."""

    def mapped(image: NDArray[np.uint8]) -> NDArray[np.float32]:
        check_image(image)
        small = resized_image(image, fitting_size(image.shape, LONGEST_PX))
        total = np.sum([as_density(part(small)) for part in parts], axis=0)
        stretched = np.maximum(resized(total, (image.shape[0], image.shape[1])), 0)
        return np.asarray(stretched / stretched.sum(dtype=np.float64), np.float32)

    return mapped


def _centre_surround(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    return centre_surround(srgb_to_lab(image))


def _spectral(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    return spectral_residual(srgb_to_lab(image))


def _spectral_grey(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    return spectral_residual(srgb_to_lab(image)[..., :1])


MAPS = MappingProxyType(
    {
        "sum": _of_parts(_centre_surround, _spectral, fine_grained),
        "centre_surround": _of_parts(_centre_surround),
        "spectral_residual": _of_parts(_spectral),
        "fine_grained": _of_parts(fine_grained),
        "spectral_residual_grey": _of_parts(_spectral_grey),
    }
)
"""Maps by name. The last two see no colour: they are there to be compared with."""
