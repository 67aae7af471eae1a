"""Where a toy product is photographed: backgrounds, shadow, light, grain of the camera."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from glasscase.catalog.toy_drawings.canvas import OVERSAMPLING, View
from glasscase.catalog.toy_drawings.palette import COLOURS, RGB, lit, mix

PHOTO_PX = 256
_SIDE = PHOTO_PX * OVERSAMPLING
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
    """The empty scene, large; `lying`: seen from above, so without a horizon."""
    wall, floor = shot.wall, shot.floor
    if shot.backdrop == "plain":
        return Image.new("RGB", (_SIDE, _SIDE), lit(wall, 0.75))
    if shot.backdrop == "wood":
        return _planks(floor, shot.grain)
    if shot.backdrop == "vignette":
        return _vignette(lit(wall, 0.35), lit(wall, -0.25))
    if shot.backdrop == "studio" or lying:
        return _blend((lit(wall, 0.3), lit(wall, 0.55), lit(wall, -0.12)), tilt=shot.view.light)
    picture = _blend((lit(wall, 0.15), wall, lit(wall, -0.1)), tilt=shot.view.light)
    horizon = round(_SIDE * (0.66 + 0.01 * (shot.grain % 8)))
    surface = _blend((lit(floor, -0.15), floor, lit(floor, 0.12)), tilt=shot.view.light)
    picture.paste(surface.crop((0, 0, _SIDE, _SIDE - horizon)), (0, horizon))
    return picture


def cast_shadow(picture: Image.Image, shot: Shot, *, base: float, lying: bool) -> None:
    """Darken the ground under the product, softly, away from the light.

    Args:
        picture: the large scene, changed in place.
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


def develop(picture: Image.Image, shot: Shot) -> Image.Image:
    """The finished photo: made small (which smooths every edge), exposed, tinted, grained."""
    small = picture.reduce(OVERSAMPLING)
    red, blue = 1 + 0.035 * shot.warmth, 1 - 0.045 * shot.warmth
    gains = np.array([red, 1.0, blue], np.float32) * shot.exposure
    light = np.asarray(small, np.float32) * gains
    light += np.roll(_grain(), shot.grain * 731, axis=0)[:, None].reshape(PHOTO_PX, PHOTO_PX, 1)
    return Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))


def take_again(photo: Image.Image, dice: random.Random) -> Image.Image:
    """A finished photo cropped a little, made brighter or darker and scaled: a near-duplicate."""
    cut = dice.randint(1, 5)
    frame = (cut, dice.randint(0, cut), photo.width - dice.randint(0, cut), photo.height - cut)
    again = photo.crop(frame).resize(photo.size, Image.Resampling.BICUBIC)
    return ImageEnhance.Brightness(again).enhance(dice.uniform(0.93, 1.07))


def _blend(rows: tuple[RGB, RGB, RGB], *, tilt: float) -> Image.Image:
    """Three colours from top to bottom, a little lighter on the side of the light."""
    small = Image.new("RGB", (2, 3))
    for y, colour in enumerate(rows):
        small.putpixel((0, y), lit(colour, -0.07 * tilt))
        small.putpixel((1, y), lit(colour, 0.07 * tilt))
    return small.resize((_SIDE, _SIDE), Image.Resampling.BICUBIC)


def _vignette(middle: RGB, edge: RGB) -> Image.Image:
    return Image.composite(
        Image.new("RGB", (_SIDE, _SIDE), edge), Image.new("RGB", (_SIDE, _SIDE), middle), _halo()
    )


def _planks(colour: RGB, grain: int) -> Image.Image:
    dice = random.Random(grain)
    small = Image.new("RGB", (64, 256), colour)
    pen = ImageDraw.Draw(small)
    width = dice.choice((43, 52, 64))
    for top in range(0, 256, width):
        tone = lit(colour, dice.uniform(-0.12, 0.14))
        pen.rectangle((0, top, 64, top + width - 2), fill=tone)
        for _ in range(14):
            y, x = top + dice.randrange(width - 2), dice.randrange(-20, 60)
            pen.line(
                (x, y, x + dice.randrange(12, 50), y + dice.choice((0, 0, 1))),
                fill=lit(tone, dice.uniform(-0.16, 0.06)),
            )
        pen.line((0, top + width - 1, 64, top + width - 1), fill=lit(colour, -0.45))
    return small.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)


@lru_cache(maxsize=1)
def _halo() -> Image.Image:
    return Image.radial_gradient("L").resize((_SIDE, _SIDE), Image.Resampling.BILINEAR)


@lru_cache(maxsize=1)
def _grain() -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.random.default_rng(5).normal(0, 2.2, PHOTO_PX * PHOTO_PX).astype(np.float32)
