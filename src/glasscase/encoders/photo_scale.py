"""How a network wants its photos."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PhotoScale:
    """Size and scaling of the photos a network was trained on."""

    side: int
    """Of the square, in pixels."""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    """Per channel, red first, of values between 0 and 1."""
