"""Pictures of simulated attention: over a shelf, and over the front of one pack.

Never drawn from a classifier's heat map: that says what an answer hangs on, not where eyes go.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from glasscase.packs.attention import Attention
from glasscase.packs.cut_out import cut_out
from glasscase.packs.resizing import resized
from glasscase.pages.ramp import ramp_colours

TITLE = "attention (simulated)"
LEAST_TIMES, MOST_TIMES = 1.0, 4.0
"""Coloured from an even look upwards; at four times an even look the colour is at its strongest."""
_RAMP = np.array(
    [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], np.float64
)
"""Violet, blue, green, yellow, ever lighter: the order is read with any colour vision, and it is
not the ramp of heat maps, which say something else."""
_OPACITY = 0.85
_LEGEND_PX = 44
_LEAST_WIDTH_PX = 260


def shelf_picture(found: Attention, *, longest_px: int = 960) -> Image.Image:
    """The first arrangement, or the photo, with its attention over it and a legend below."""
    times = found.density * found.density.size
    return _with_legend(_coloured(found.scene.image, times, longest_px))


def pack_picture(
    image: NDArray[np.uint8], times: NDArray[np.float32], *, longest_px: int = 420
) -> Image.Image:
    """The photo of one pack with the mean attention on it over all arrangements, without a legend:
    colours are those of `shelf_picture`, so packs can be compared.

    Args:
        image: uint8 RGB [h, w, 3], the photo of the pack with its ground.
        times: one of `Attention.pack_maps`; it lies where `cut_out` finds the pack on the photo.
        longest_px: of the picture.
    """
    height, width = image.shape[:2]
    left, top, right, bottom = cut_out(image).box
    rows = slice(round(top * height), max(round(top * height) + 1, round(bottom * height)))
    columns = slice(round(left * width), max(round(left * width) + 1, round(right * width)))
    whole = np.ones((height, width), np.float32)
    whole[rows, columns] = resized(times, (rows.stop - rows.start, columns.stop - columns.start))
    return _coloured(image, whole, longest_px)


def packed_times(times: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Attention as bytes, 0 to 255 for 0 to `MOST_TIMES` an even look: as much as is drawn."""
    return np.asarray(np.rint(np.clip(times / MOST_TIMES, 0, 1) * 255), np.uint8)


def unpacked_times(packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Attention out of `packed_times`, in times an even look."""
    return np.asarray(packed * (MOST_TIMES / 255), np.float32)


def _coloured(image: NDArray[np.uint8], times: NDArray[np.float32], longest_px: int) -> Image.Image:
    photo = Image.fromarray(np.ascontiguousarray(image))
    scale = longest_px / max(photo.size)
    size = max(1, round(photo.width * scale)), max(1, round(photo.height * scale))
    photo = photo.resize(size, Image.Resampling.LANCZOS)
    grey = np.asarray(photo.convert("L"), np.float64)[..., None]
    under = 0.5 * grey + 0.5 * np.asarray(photo, np.float64)
    shown = resized(np.asarray(times, np.float32), (size[1], size[0]))
    strength = np.clip((shown - LEAST_TIMES) / (MOST_TIMES - LEAST_TIMES), 0, 1)
    opacity = (_OPACITY * np.sqrt(strength))[..., None]
    drawn = opacity * ramp_colours(_RAMP, strength) + (1 - opacity) * under
    return Image.fromarray(np.clip(drawn, 0, 255).round().astype(np.uint8))


def _with_legend(drawn: Image.Image) -> Image.Image:
    width = max(drawn.width, _LEAST_WIDTH_PX)
    page = Image.new("RGB", (width, drawn.height + _LEGEND_PX), "white")
    page.paste(drawn, ((width - drawn.width) // 2, 0))
    ramp = np.broadcast_to(
        ramp_colours(_RAMP, np.linspace(0, 1, 90, dtype=np.float32)), (12, 90, 3)
    )
    page.paste(Image.fromarray(ramp.round().astype(np.uint8)), (8, drawn.height + 26))
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(13)
    pen.text((8, drawn.height + 6), TITLE, fill="black", font=font)
    scale = f"{LEAST_TIMES:g} to {MOST_TIMES:g} times an even look"
    pen.text((104, drawn.height + 24), scale, fill="black", font=font)
    return page
