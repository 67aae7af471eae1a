"""Words as they stand on packs, cards and pages of drawn scenes: made up, of one typeface."""

from __future__ import annotations

import random
import string
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from glasscase.catalog.toy_drawings.palette import RGB

_VOWELS = "aeiou"
_OTHERS = "".join(sorted(set(string.ascii_lowercase) - set(_VOWELS)))


def readable(ground: RGB) -> RGB:
    """Ink that can be read on this colour."""
    return (250, 248, 240) if sum(ground) < 380 else (28, 24, 30)


def word(dice: random.Random, *, upper: bool) -> str:
    """A made-up word of three to eight letters that can be spoken."""
    letters = (dice.choice(_OTHERS if k % 2 == 0 else _VOWELS) for k in range(dice.randint(3, 8)))
    made = "".join(letters)
    return made.upper() if upper else made.capitalize()


def lettering(text: str, *, bold: int) -> Image.Image:
    """A word as an L picture, tight round its letters."""
    face = font(40)
    left, top, right, bottom = face.getbbox(text, stroke_width=bold)
    picture = Image.new("L", (max(1, round(right - left)), max(1, round(bottom - top))))
    ImageDraw.Draw(picture).text((-left, -top), text, 255, face, stroke_width=bold)
    return picture


@lru_cache(maxsize=64)
def font(px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The one typeface, so many pixels high."""
    return ImageFont.load_default(size=px)


def lettered_card(dice: random.Random, size: tuple[int, int]) -> Image.Image:
    """A card with words or a price on it (RGB): a tag or a poster, no product."""
    paper = dice.choice(((250, 250, 246), (250, 226, 80), (226, 60, 50), (240, 240, 240)))
    card = Image.new("RGB", size, paper)
    pen = ImageDraw.Draw(card)
    ink = readable(paper)
    wide, high = size
    if high >= 10:
        price = f"{dice.randint(0, 19)}.{dice.randint(0, 99):02d}"
        text = price if dice.random() < 0.7 else word(dice, upper=True)
        pen.text((wide * 0.08, high * 0.05), text, fill=ink, font=font(max(6, round(high * 0.6))))
    for k in range(2):
        y = high * (0.72 + 0.14 * k)
        pen.line((wide * 0.1, y, wide * dice.uniform(0.4, 0.9), y), fill=ink)
    return card
