"""What photos are like, kept in the vector cache beside their vectors."""

from __future__ import annotations

from collections.abc import Mapping

from glasscase.catalog.photo_look import PhotoLook
from glasscase.encoders.cache import Vector
from glasscase.encoders.encoder import EncoderCard

_DIM = 7
_VERSION = 1


def look_card(side_px: int) -> EncoderCard:
    """Under what looks are kept: they hang on how small a photo may have been decoded."""
    return EncoderCard(
        name="photo-look",
        modality="image",
        dim=_DIM,
        licence="Apache-2.0",
        source="measured by Glasscase",
        sha256="",
        preprocessing={"side_px": side_px, "version": _VERSION},
    )


def stored(looks: Mapping[str, PhotoLook]) -> dict[str, Vector]:
    """Looks by content, as the cache keeps them."""
    return {content: look.to_vector() for content, look in looks.items()}


def restored(vectors: Mapping[str, Vector]) -> dict[str, PhotoLook]:
    """What gave `vectors`."""
    return {content: PhotoLook.from_vector(vector) for content, vector in vectors.items()}
