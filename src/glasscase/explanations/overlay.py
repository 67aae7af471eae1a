"""A heat map drawn over its photo, as a PNG that never makes nothing look like something."""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from glasscase.explanations.heat_map import AttentionMap, HeatMap
from glasscase.pages.ramp import ramp_colours
from glasscase.pages.thumbnail import png

WEAKEST_REFERENCE = 0.005
"""Logits of one place that are drawn at full strength at the least: 49 such places together would
move the log-odds by a quarter, which no decision hangs on."""
_OPACITY = 0.82
_GREYED = 0.55
_RAMP = np.array(
    [
        (50, 16, 131),
        (95, 31, 137),
        (138, 46, 133),
        (177, 64, 121),
        (210, 88, 104),
        (234, 119, 84),
        (248, 155, 70),
        (250, 194, 79),
        (242, 234, 116),
    ],
    dtype=np.float64,
)
"""Violet, red, orange, yellow: nine steps of equal lightness difference in OKLab, so that the
order can be read with any colour vision, and in grey."""


def reference_logits(heat_maps: Iterable[HeatMap]) -> float:
    """The value drawn at full strength in all of `heat_maps` (one product, so one scale).

    It is the largest peak, but never less than `WEAKEST_REFERENCE`: a map with next to no
    evidence stays next to invisible.
    """
    return max([heat.peak for heat in heat_maps] + [WEAKEST_REFERENCE])


def overlay_png(
    image: NDArray[np.uint8],
    heat: HeatMap,
    *,
    reference: float,
    longest_px: int = 640,
) -> bytes:
    """`overlay_picture` as PNG bytes."""
    return png(overlay_picture(image, heat, reference=reference, longest_px=longest_px))


def overlay_picture(
    image: NDArray[np.uint8], heat: HeatMap, *, reference: float, longest_px: int = 640
) -> Image.Image:
    """The photo, part greyed, with `heat` over it: colour and opacity both follow strength.

    Args:
        image: uint8 RGB [h, w, 3]; the map is stretched over all of it.
        heat: at its true resolution; drawn smoothly, which adds no detail.
        reference: the value at full strength: that of `reference_logits`.
        longest_px: the picture is shrunk to it.
    """
    return _drawn(image, heat.values, reference, longest_px)


def attention_picture(
    image: NDArray[np.uint8], attention: AttentionMap, *, longest_px: int = 640
) -> Image.Image:
    """The same for attention: coloured where it is above an even look, and by how much.

    Full strength is the highest of it, but never less than twice an even look: a network that
    looks everywhere alike leaves the photo next to uncoloured.
    """
    even = 1 / attention.values.size
    above = np.maximum(attention.values - even, 0)
    return _drawn(image, above, max(float(above.max()), even), longest_px)


def _drawn(
    image: NDArray[np.uint8], values: NDArray[np.float32], reference: float, longest_px: int
) -> Image.Image:
    photo = Image.fromarray(image)
    photo.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    strength = _strength(values, reference, photo.size)
    coloured = np.asarray(photo, np.float64)
    grey = np.asarray(photo.convert("L"), np.float64)[..., None]
    under = _GREYED * grey + (1 - _GREYED) * coloured
    colour = ramp_colours(_RAMP, strength)
    opacity = (_OPACITY * strength)[..., None]
    drawn = np.clip(opacity * colour + (1 - opacity) * under, 0, 255).round().astype(np.uint8)
    return Image.fromarray(drawn)


def photo_picture(image: NDArray[np.uint8], *, longest_px: int = 640) -> Image.Image:
    """The photo as it is, shrunk to `longest_px`."""
    photo = Image.fromarray(image)
    photo.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return photo


def region_png(
    image: NDArray[np.uint8], places: NDArray[np.bool_], *, longest_px: int = 480
) -> bytes:
    """The photo with `places` [rows, columns] blurred and outlined, as PNG bytes.

    Blurred as it was for the model (`explanations.blurred_photos`), at the photo's own proportions.
    """
    photo = Image.fromarray(image)
    scale = longest_px / max(photo.size)  # small photos grow, or the outline would hide them
    photo = photo.resize((max(1, round(photo.width * scale)), max(1, round(photo.height * scale))))
    coarse = Image.fromarray(places.astype(np.uint8) * 255)
    mask = coarse.resize(photo.size, Image.Resampling.NEAREST)
    soft = photo.filter(ImageFilter.GaussianBlur(max(photo.size) / 14))
    drawn = Image.composite(soft, photo, mask)
    inside = np.asarray(mask) > 0
    for colour, width in (((0, 0, 0), 5), ((255, 255, 255), 3)):
        drawn.paste(colour, mask=Image.fromarray(_edge(inside, width)))
    return png(drawn)


def _edge(inside: NDArray[np.bool_], width: int) -> NDArray[np.uint8]:
    """255 within some pixels of where `inside` begins or ends, else 0."""
    picture = Image.fromarray(inside.astype(np.uint8) * 255)
    grown = np.asarray(picture.filter(ImageFilter.MaxFilter(width)))
    shrunk = np.asarray(picture.filter(ImageFilter.MinFilter(width)))
    return np.asarray((grown != shrunk) * 255, np.uint8)


def ramp_css() -> str:
    """The colours as a CSS gradient, weakest first, for a legend."""
    steps = ", ".join(f"rgb({r:.0f} {g:.0f} {b:.0f})" for r, g, b in _RAMP)
    return f"linear-gradient(to right, {steps})"


def _strength(
    values: NDArray[np.float32], reference: float, size: tuple[int, int]
) -> NDArray[np.float64]:
    coarse = Image.fromarray(np.asarray(values / reference, np.float32))
    smooth = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC), np.float64)
    return np.clip(smooth, 0.0, 1.0)


def jpeg(image: Image.Image) -> bytes:
    """`image` nearly as it is, in a fiftieth of the time."""
    stream = io.BytesIO()
    image.save(stream, format="JPEG", quality=88)
    return stream.getvalue()
