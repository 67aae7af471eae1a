"""A product's photos with what speaks for the class drawn over them, ready for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from glasscase.catalog.image_decoding import decode
from glasscase.catalog.photo import Photo
from glasscase.errors import BadPhoto
from glasscase.explanations.explanation import Explanation
from glasscase.explanations.heat_map import AttentionMap, HeatMap
from glasscase.explanations.overlay import (
    attention_picture,
    jpeg,
    overlay_picture,
    photo_picture,
    reference_logits,
)
from glasscase.pages.page import data_uri
from glasscase.pages.thumbnail import png

LONGEST_PX = 640

_HARDLY_LOGITS = 0.02
"""A place that moves the score by less hardly matters: the logistic function is nowhere steeper
than 1/4, so that is at most half a point of probability."""


@dataclass(frozen=True, slots=True)
class DrawnPhoto:
    """One photo: pictures are data URIs; empty where there is nothing to draw."""

    name: str
    photo: str
    overlay: str
    words: str
    """What the overlay says."""
    attention: str
    attention_words: str


def drawn_photos(
    explanation: Explanation,
    photos: Sequence[Photo],
    *,
    longest_px: int = LONGEST_PX,
    quick: bool = False,
) -> list[DrawnPhoto]:
    """Each readable one of `photos`, shrunk to `longest_px`, with its heat map and attention.

    `quick`: as JPEG, which is drawn in a fiftieth of the time of PNG.
    """
    reference = reference_logits(explanation.heat_maps)
    heats = list(explanation.heat_maps)
    shown = _as_jpeg if quick else _as_png
    found = []
    for photo in photos:
        try:
            image = decode(photo.read(), name=photo.name, at_least_px=longest_px)
        except BadPhoto:  # the explanation lists it among its problems
            continue
        heat = next((one for one in heats if one.photo == photo.name), None)
        overlay = ""
        if heat is not None:
            heats.remove(heat)
            overlay = shown(
                overlay_picture(image, heat, reference=reference, longest_px=longest_px)
            )
        plain = shown(photo_picture(image, longest_px=longest_px))
        words = _heat_words(heat, explanation.label) if heat is not None else ""
        attended = _attention_on(photo, explanation, alone=len(photos) == 1)
        attention = attention_words = ""
        if attended is not None:
            attention = shown(attention_picture(image, attended, longest_px=longest_px))
            attention_words = _attention_words(attended)
        found.append(DrawnPhoto(photo.name, plain, overlay, words, attention, attention_words))
    return found


def _as_png(picture: Image.Image) -> str:
    return data_uri(png(picture), "image/png")


def _as_jpeg(picture: Image.Image) -> str:
    return data_uri(jpeg(picture), "image/jpeg")


def _attention_on(photo: Photo, explanation: Explanation, *, alone: bool) -> AttentionMap | None:
    """Of this photo; attention to all photos together can only be drawn where there is one."""
    names = (photo.name, "") if alone else (photo.name,)
    return next((one for one in explanation.attention if one.photo in names), None)


def _attention_words(attention: AttentionMap) -> str:
    return (
        f"{attention.title}: {attention.sentence}; coloured where it is more than even. "
        f"The {attention.method}. It is the same whatever category is asked about."
    )


def _heat_words(heat: HeatMap, label: str) -> str:
    if heat.peak == 0:
        return f"Nothing in this photo speaks for “{label}”."
    if heat.peak < _HARDLY_LOGITS:
        return (
            f"No single place of this photo matters much for “{label}”: the strongest moves the "
            f"score by {heat.peak:.3f} logits, at most {25 * heat.peak:.1f} points of 100. The "
            f"colours only show where; the model sees {heat.resolution} places, drawn smoothly "
            "here."
        )
    return (
        f"Where the photo speaks for “{label}”. The model sees {heat.resolution} places, drawn "
        f"smoothly here; the strongest moves the score by {heat.peak:.3f} logits."
    )
