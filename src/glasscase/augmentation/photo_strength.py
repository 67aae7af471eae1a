"""How far each level goes with photos, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from glasscase.augmentation.level import Level


@dataclass(frozen=True, slots=True)
class PhotoStrength:
    """The widest changes of one level; each photo gets something between none and these."""

    nearest: float
    """Smallest part of the photo's side that still fills the picture: below 1 it is cut."""
    farthest: float
    """Largest: above 1 the photo is shrunk, and its own border colour surrounds it."""
    aspect: float
    """Width may be multiplied, or divided, by up to 1 + this."""
    degrees: float
    """Turned by up to this, either way."""
    brightness: float
    contrast: float
    saturation: float
    """Each multiplied by up to 1 + this, or down to 1 - this."""
    warmth: float
    """Red up and blue down by this share, or the other way: another lamp."""
    mirror_share: float
    """Share of the photos that are mirrored, left to right; so are all the others below."""
    grey_share: float
    blur_share: float
    blur: float
    """Radius of the blur, as a share of the shorter side."""
    jpeg_share: float
    jpeg_quality: int
    """Worst quality of a photo that is stored as JPEG once more, 1 to 95."""
    erase_share: float
    """Of each of two rectangles."""
    erase_area: float
    """Largest share of the picture one of them covers."""


PHOTO_STRENGTHS: Mapping[Level, PhotoStrength] = MappingProxyType(
    {
        "light": PhotoStrength(
            nearest=0.92, farthest=1.06, aspect=0.04, degrees=3.0,
            brightness=0.08, contrast=0.08, saturation=0.10, warmth=0.02,
            mirror_share=0.0, grey_share=0.0, blur_share=0.0, blur=0.0,
            jpeg_share=0.15, jpeg_quality=60, erase_share=0.0, erase_area=0.0,
        ),
        "medium": PhotoStrength(
            nearest=0.78, farthest=1.15, aspect=0.12, degrees=8.0,
            brightness=0.20, contrast=0.20, saturation=0.30, warmth=0.06,
            mirror_share=0.0, grey_share=0.05, blur_share=0.15, blur=0.006,
            jpeg_share=0.30, jpeg_quality=35, erase_share=0.0, erase_area=0.0,
        ),
        "heavy": PhotoStrength(
            nearest=0.60, farthest=1.30, aspect=0.25, degrees=15.0,
            brightness=0.35, contrast=0.35, saturation=0.60, warmth=0.12,
            mirror_share=0.5, grey_share=0.15, blur_share=0.30, blur=0.012,
            jpeg_share=0.40, jpeg_quality=15, erase_share=0.35, erase_area=0.12,
        ),
    }
)  # fmt: skip
"""Only heavy mirrors: print on a pack, read backwards, is nothing a camera ever sees."""
