"""Drawn fronts of packs of which everything is known: to try the score with, and to test it.

Drawn by our own code, so free of anybody's brand, photo or licence.

Not covered: print, folds, foil and shadows as a camera sees them; one typeface.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from glasscase.packs.pack import Pack

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Front:
    """What is printed on a carton, and how."""

    brand: str
    product: str
    claims: tuple[str, ...] = ("No added sugar", "Source of fibre")
    quantity: str = "500 g"
    ground: Colour = (214, 178, 96)
    panel: Colour = (247, 240, 222)
    ink: Colour = (52, 38, 20)
    brand_px: int = 62
    claim_px: int = 22
    height_mm: float | None = 240.0
    own: bool = False


def drawn_front(front: Front, *, width_px: int = 400, height_px: int = 600) -> Pack:
    """The carton of `front` on a white ground: a roundel, a panel with the words on it.

    >>> drawn_front(Front("Acorn", "Oat flakes")).image.shape
    (600, 400, 3)
    """
    picture = Image.new("RGB", (width_px, height_px), WHITE)
    draw = ImageDraw.Draw(picture)
    edge = width_px // 20
    draw.rectangle((edge, edge, width_px - edge, height_px - edge), fill=front.ground)
    wide = width_px - 4 * edge
    draw.rounded_rectangle(
        (2 * edge, 2 * edge, 2 * edge + wide, round(height_px * 0.36)), edge, fill=front.panel
    )
    _centred(draw, front.brand.upper(), front.brand_px, height_px * 0.14, front.ink, wide)
    _centred(draw, front.product, round(front.brand_px * 0.6), height_px * 0.27, front.ink, wide)
    radius, middle = width_px * 0.2, height_px * 0.55
    circle = (width_px / 2 - radius, middle - radius, width_px / 2 + radius, middle + radius)
    draw.ellipse(circle, fill=front.panel, outline=front.ink, width=4)
    inner = radius * 0.55
    draw.ellipse(
        (width_px / 2 - inner, middle - inner, width_px / 2 + inner, middle + inner),
        fill=front.ink,
    )
    for number, claim in enumerate(front.claims):
        y = height_px * 0.73 + number * front.claim_px * 1.7
        _centred(draw, claim, front.claim_px, y, front.panel, wide)
    _centred(draw, front.quantity, 20, height_px * 0.92, front.panel, wide)
    return Pack(
        f"{front.brand} {front.product}",
        np.array(picture, np.uint8),
        front.brand,
        front.product,
        "",
        front.height_mm,
        front.own,
    )


def _centred(
    draw: ImageDraw.ImageDraw, words: str, px: int, y: float, ink: Colour, most_px: int
) -> None:
    """One line about the middle, shrunk until it fits."""
    middle = draw.im.size[0] / 2
    while px > 6 and draw.textlength(words, ImageFont.load_default(px)) > most_px - 8:
        px -= 1
    draw.text((middle, y), words, ink, ImageFont.load_default(px), anchor="mm")


SIX = (
    Front("Acorn", "Oat flakes", own=True),
    Front("Birchwood", "Whole oats", ground=(176, 58, 46), ink=(94, 20, 14), brand_px=58),
    Front("Cloverley", "Jumbo oats", ground=(60, 120, 70), ink=(24, 58, 30), brand_px=66,
          claims=("Organic",), claim_px=26),
    Front("Dunmore", "Porridge oats", ground=(196, 170, 110), panel=(228, 208, 160),
          ink=(150, 120, 70), claim_px=15,
          claims=("High in fibre", "Wholegrain", "No salt", "Vegan", "Ready in two minutes")),
    Front("Elderfield", "Oats and honey", ground=(232, 170, 40), ink=(120, 60, 10), brand_px=52),
    Front("Fernhill", "Rolled oats", ground=(36, 66, 120), panel=(240, 240, 248),
          ink=(20, 34, 80), brand_px=70, claims=("Slow milled",)),
)  # fmt: skip
"""Six cartons of oats of one shelf, the first of them one's own."""
