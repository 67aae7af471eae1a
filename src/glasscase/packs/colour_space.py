"""Colours as people tell them apart: sRGB to CIELAB and back, and the difference CIEDE2000.

Source: IEC 61966-2-1 (sRGB), CIE 15 (CIELAB, white D65), G. Sharma, W. Wu and E. N. Dalal, "The
CIEDE2000 color-difference formula", Color Research and Application 30 (2005), 21-30; the numbers in
brackets are its equations.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WHITE_D65 = np.array([0.95047, 1.0, 1.08883])
"""X, Y, Z of D65 seen at 2 degrees, Y = 1."""
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_KNEE = (6 / 29) ** 3
_SLOPE = (29 / 6) ** 2 / 3
_OFFSET = 4 / 29
_POW25_7 = 25.0**7


def _linear_steps() -> NDArray[np.float32]:
    """float32 [256]: the light that each byte of sRGB stands for."""
    step = np.arange(256) / 255
    light = np.where(step <= 0.04045, step / 12.92, ((step + 0.055) / 1.055) ** 2.4)
    return light.astype(np.float32)


_LINEAR = _linear_steps()
_TO_WHITE_XYZ = (_TO_XYZ / WHITE_D65[:, None]).astype(np.float32)


def linear_rgb(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Light instead of bytes: uint8 sRGB [..., 3] -> float32 [..., 3], 0 to 1."""
    return _LINEAR[image]


def luminance(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Relative luminance Y: uint8 sRGB [..., 3] -> float32 [...], 0 (black) to 1 (white)."""
    weights: NDArray[np.float32] = _TO_XYZ[1].astype(np.float32)
    return linear_rgb(image) @ weights


def srgb_to_lab(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 sRGB [..., 3] -> float32 CIELAB [..., 3]: L* 0 to 100, a* and b* about -110 to 110.

    >>> srgb_to_lab(np.array([255, 0, 0], np.uint8)).round(1).tolist()
    [53.2..., 80.0..., 67.1...]
    """
    ratio = linear_rgb(image) @ _TO_WHITE_XYZ.T
    root = np.where(ratio > _KNEE, np.cbrt(ratio), np.float32(_SLOPE) * ratio + np.float32(_OFFSET))
    lab: NDArray[np.float32] = np.empty(root.shape, np.float32)
    lab[..., 0] = 116 * root[..., 1] - 16
    lab[..., 1] = 500 * (root[..., 0] - root[..., 1])
    lab[..., 2] = 200 * (root[..., 1] - root[..., 2])
    return lab


def lab_to_srgb(lab: Any) -> NDArray[np.uint8]:
    """CIELAB [..., 3] -> uint8 sRGB [..., 3]; colours that no screen shows are clipped."""
    values = np.asarray(lab, np.float64)
    middle = (values[..., 0] + 16) / 116
    root = np.stack([middle + values[..., 1] / 500, middle, middle - values[..., 2] / 200], axis=-1)
    ratio = np.where(root > 6 / 29, root**3, (root - _OFFSET) / _SLOPE)
    light = np.clip((ratio * WHITE_D65) @ np.linalg.inv(_TO_XYZ).T, 0, 1)
    step = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray((step * 255).round(), np.uint8)


def ciede2000(first: Any, second: Any) -> NDArray[np.float64]:
    """How different two colours look: CIELAB [..., 3] and [..., 3] (broadcast) -> [...].

    About 1 is just visible side by side, 2.3 at a glance, above 20 another colour. The weights kL,
    kC and kH are 1. Not covered: what stands around a colour, and the light of a shop.

    >>> round(float(ciede2000([50, 2.6772, -79.7751], [50, 0, -82.7485])), 4)
    2.0425
    """
    one, two = np.asarray(first, np.float64), np.asarray(second, np.float64)
    chroma_mean = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(two[..., 1], two[..., 2])) / 2
    stretch = 1 + 0.5 * (1 - np.sqrt(chroma_mean**7 / (chroma_mean**7 + _POW25_7)))  # (4)
    chroma_1, hue_1 = _polar(one, stretch)
    chroma_2, hue_2 = _polar(two, stretch)
    colourless = chroma_1 * chroma_2 == 0

    turn = (hue_2 - hue_1 + 180) % 360 - 180
    turn = np.where(hue_2 - hue_1 == 180, 180.0, turn)
    turn = np.where(colourless, 0.0, turn)  # (10)
    hue_step = 2 * np.sqrt(chroma_1 * chroma_2) * np.sin(np.radians(turn) / 2)  # (11)
    hue = _mean_hue(hue_1, hue_2, colourless)
    chroma = (chroma_1 + chroma_2) / 2
    light = (one[..., 0] + two[..., 0]) / 2

    wave = (
        1
        - 0.17 * np.cos(np.radians(hue - 30))
        + 0.24 * np.cos(np.radians(2 * hue))
        + 0.32 * np.cos(np.radians(3 * hue + 6))
        - 0.20 * np.cos(np.radians(4 * hue - 63))
    )  # (15)
    light_part = (two[..., 0] - one[..., 0]) / (
        1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    )  # (18)
    chroma_part = (chroma_2 - chroma_1) / (1 + 0.045 * chroma)  # (19)
    hue_part = hue_step / (1 + 0.015 * chroma * wave)  # (20)
    angle = 30 * np.exp(-(((hue - 275) / 25) ** 2))  # (16)
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + _POW25_7)) * np.sin(np.radians(2 * angle))
    total = light_part**2 + chroma_part**2 + hue_part**2 + rotation * chroma_part * hue_part  # (22)
    difference: NDArray[np.float64] = np.sqrt(np.maximum(total, 0))
    return difference


def _polar(
    lab: NDArray[np.float64], stretch: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Chroma and hue in degrees, 0 to 360, after a* is stretched: (5) to (7)."""
    a = lab[..., 1] * stretch
    b = lab[..., 2]
    hue = np.degrees(np.arctan2(b, a)) % 360
    return np.hypot(a, b), hue


def _mean_hue(
    first: NDArray[np.float64], second: NDArray[np.float64], colourless: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """(14): the hue half way on the shorter side; of one alone where the other has none."""
    total = first + second
    near = np.abs(first - second) <= 180
    half = np.where(near, total / 2, np.where(total < 360, total / 2 + 180, total / 2 - 180))
    return np.where(colourless, total, half)
