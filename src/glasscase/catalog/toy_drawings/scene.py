"""Where a toy product is photographed: backgrounds, shadow, light, grain of the camera."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter

from glasscase.catalog.toy_drawings.canvas import OVERSAMPLING, View
from glasscase.catalog.toy_drawings.palette import COLOURS, RGB, lit, mix

PHOTO_PX = 256
_GREY = 128  # of the grain's picture, where it changes nothing
_WALLS = ("white", "cream", "beige", "mint", "sky blue", "lilac", "pink", "grey", "silver", "teal")
_WOODS: tuple[RGB, ...] = ((196, 150, 104), (150, 104, 68), (224, 190, 148), (110, 78, 56))


@dataclass(frozen=True, slots=True)
class Shot:
    """One photograph's circumstances: the same product can be shot many times."""

    view: View
    backdrop: str
    """studio, table, wood, vignette or plain."""
    wall: RGB
    floor: RGB
    exposure: float
    """1 is neutral."""
    warmth: float
    """-1 (blue) to 1 (yellow)."""
    grain: int
    """Which part of the grain is used."""
    quality: int
    """JPEG quality."""


def choose_shot(dice: random.Random) -> Shot:
    """Circumstances by the dice."""
    view = View(
        centre=(0.5 + dice.uniform(-0.04, 0.04), 0.5 + dice.uniform(-0.03, 0.04)),
        unit=dice.uniform(0.33, 0.42),
        angle=dice.gauss(0, 4),
        mirrored=dice.random() < 0.5,
        light=dice.choice((-1, 1)) * dice.uniform(0.35, 0.9),
    )
    wall = lit(COLOURS[dice.choice(_WALLS)], dice.uniform(0.1, 0.5))
    kinds = ("studio", "studio", "table", "wood", "vignette", "plain")
    return Shot(
        view=view,
        backdrop=dice.choice(kinds),
        wall=wall,
        floor=dice.choice((*_WOODS, mix(wall, (90, 84, 80), 0.35))),
        exposure=dice.uniform(0.88, 1.08),
        warmth=dice.uniform(-1, 1),
        grain=dice.randrange(64),
        quality=dice.choice((84, 88, 88, 92)),
    )


def backdrop(shot: Shot, *, lying: bool) -> Image.Image:
    """The empty scene, 256 px; `lying`: seen from above, so without a horizon."""
    wall, floor = shot.wall, shot.floor
    if shot.backdrop == "plain":
        return Image.new("RGB", (PHOTO_PX, PHOTO_PX), lit(wall, 0.75))
    if shot.backdrop == "wood":
        return _planks(floor, shot.grain)
    if shot.backdrop == "vignette":
        return Image.composite(_sheet(lit(wall, -0.25)), _sheet(lit(wall, 0.35)), _halo())
    if shot.backdrop == "studio" or lying:
        rows = tuple(lit(wall, share) for share in (0.0, 0.3, 0.34, 0.12))
        return _blend(rows, light=shot.view.light)
    picture = _blend(tuple(lit(wall, share) for share in (0.2, 0.05, -0.1)), light=shot.view.light)
    horizon = round(PHOTO_PX * (0.66 + 0.01 * (shot.grain % 8)))
    surface = _blend(tuple(lit(floor, s) for s in (-0.18, 0.0, 0.14)), light=shot.view.light)
    picture.paste(surface.resize((PHOTO_PX, PHOTO_PX - horizon)), (0, horizon))
    return picture


def cast_shadow(picture: Image.Image, shot: Shot, *, base: float, lying: bool) -> None:
    """Darken the ground under the product, softly, away from the light.

    Args:
        picture: the scene, changed in place.
        shot: tells view and light.
        base: y of the product's foot, in product units.
        lying: the shadow surrounds the product instead of stretching from its foot.
    """
    view = shot.view
    unit = view.unit * 64
    x = view.centre[0] * 64 - view.light * unit * 0.16
    y = view.centre[1] * 64 + (0.10 if lying else base) * unit
    rx, ry = unit * (0.86 if lying else 0.78), unit * (0.82 if lying else 0.15)
    soft = Image.new("L", (64, 64))
    ImageDraw.Draw(soft).ellipse((x - rx, y - ry, x + rx, y + ry), fill=80 if lying else 130)
    soft = soft.filter(ImageFilter.GaussianBlur(4 if lying else 2.4))
    picture.paste((16, 14, 22), mask=soft.resize(picture.size, Image.Resampling.BICUBIC))


def enlarged(picture: Image.Image) -> Image.Image:
    """The scene as large as products are drawn."""
    return picture.resize((PHOTO_PX * OVERSAMPLING,) * 2, Image.Resampling.NEAREST)


def develop(picture: Image.Image, shot: Shot) -> Image.Image:
    """The finished photo: made small (which smooths every edge), exposed, tinted, grained."""
    gains = (1 + 0.035 * shot.warmth, 1.0, 1 - 0.045 * shot.warmth)
    curve = [
        min(255, round(level * gain * shot.exposure)) for gain in gains for level in range(256)
    ]
    photo = picture.reduce(OVERSAMPLING).point(curve)
    left, top = shot.grain % 8 * 8, shot.grain // 8 * 8
    grain = _grain().crop((left, top, left + PHOTO_PX, top + PHOTO_PX))
    return ImageChops.add(photo, grain, 1, -_GREY)


def take_again(photo: Image.Image, dice: random.Random) -> Image.Image:
    """A near-duplicate of a finished photo.

    Three in four went through a smaller copy; one in four is cropped and lit differently, which
    a check for duplicates may well miss.
    """
    if dice.random() < 0.75:
        small = photo.resize((dice.randint(170, 230),) * 2, Image.Resampling.BICUBIC)
        return small.resize(photo.size, Image.Resampling.BICUBIC)
    cut = dice.randint(2, 5)
    frame = (cut, dice.randint(0, cut), photo.width - dice.randint(0, cut), photo.height - cut)
    again = photo.crop(frame).resize(photo.size, Image.Resampling.BICUBIC)
    return ImageEnhance.Brightness(again).enhance(dice.choice((0.94, 1.06)))


def _sheet(colour: RGB) -> Image.Image:
    return Image.new("RGB", (PHOTO_PX, PHOTO_PX), colour)


def _blend(rows: tuple[RGB, ...], *, light: float) -> Image.Image:
    """Colours from top to bottom, a little lighter on the side of the light."""
    small = Image.new("RGB", (2, len(rows)))
    for y, colour in enumerate(rows):
        small.putpixel((0, y), lit(colour, -0.07 * light))
        small.putpixel((1, y), lit(colour, 0.07 * light))
    return small.resize((PHOTO_PX, PHOTO_PX), Image.Resampling.BICUBIC)


def _planks(colour: RGB, grain: int) -> Image.Image:
    dice = random.Random(grain)
    small = Image.new("RGB", (32, PHOTO_PX), colour)
    pen = ImageDraw.Draw(small)
    width = dice.choice((43, 52, 64))
    for top in range(0, PHOTO_PX, width):
        tone = lit(colour, dice.uniform(-0.12, 0.14))
        pen.rectangle((0, top, 32, top + width - 2), fill=tone)
        for _ in range(14):
            y, x = top + dice.randrange(width - 2), dice.randrange(-10, 30)
            end = (x + dice.randrange(6, 26), y + dice.choice((0, 0, 1)))
            pen.line((x, y, *end), fill=lit(tone, dice.uniform(-0.16, 0.06)))
        pen.line((0, top + width - 1, 32, top + width - 1), fill=lit(colour, -0.45))
    return small.resize((PHOTO_PX, PHOTO_PX), Image.Resampling.BILINEAR)


@lru_cache(maxsize=1)
def _halo() -> Image.Image:
    return Image.radial_gradient("L").resize((PHOTO_PX, PHOTO_PX), Image.Resampling.BILINEAR)


@lru_cache(maxsize=1)
def _grain() -> Image.Image:
    side = PHOTO_PX + 64
    noise = np.random.default_rng(5).normal(_GREY, 2.2, (side, side))
    return Image.fromarray(np.rint(noise).astype(np.uint8)).convert("RGB")
