"""The outlines of drawn packs: where a carton, bottle, can, jar, pouch, tub, tray or fruit is.

Each gives its mask, how light falls on it, and what of it is not printed (cap, lid, rim).
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from glasscase.catalog.toy_drawings.palette import COLOURS, RGB, lit

_HIGH = 240
Grey = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Outlined:
    """A pack without its print. All pictures are of one size."""

    mask: Image.Image
    """L: 255 where the pack is."""
    shade: Image.Image
    """L: what light leaves of the print, 255 all of it."""
    gloss: Image.Image
    """L: what shines, added."""
    cover: Image.Image
    """RGBA: what is drawn over the print: caps, lids, rims, side faces."""
    bare_share: float = 0.0
    """How much of the print is see-through (glass, film), 0 to 1."""

    def unprinted(self, colour: RGB, front: Image.Image) -> Image.Image:
        """What is seen where there is no print."""
        del front
        return Image.new("RGB", self.mask.size, lit(colour, -0.3))


def _blank(wide: int, high: int = _HIGH) -> tuple[Image.Image, Image.Image]:
    return Image.new("L", (wide, high)), Image.new("RGBA", (wide, high))


def _grey(values: Grey, size: tuple[int, int]) -> Image.Image:
    """Values 0 to 1 of any shape as an L picture of `size`."""
    picture = Image.fromarray((values.clip(0, 1) * 255).astype(np.uint8))
    return picture.resize(size, Image.Resampling.BILINEAR)


def _round_light(size: tuple[int, int], dice: random.Random) -> tuple[Image.Image, Image.Image]:
    """Shade and gloss of an upright round body."""
    across = np.linspace(-1, 1, 64, dtype=np.float32)
    lamp = dice.uniform(-0.6, 0.6)
    shade = 1 - dice.uniform(0.25, 0.65) * np.abs(across - lamp * 0.3).clip(0, 1) ** 2.5
    streak = np.exp(-(((across - lamp) / dice.uniform(0.06, 0.2)) ** 2))
    gloss = dice.choice((0.0, 0.15, 0.3, 0.5)) * streak
    return _grey(shade[None].astype(np.float32), size), _grey(gloss[None], size)


def _flat_light(size: tuple[int, int], dice: random.Random) -> tuple[Image.Image, Image.Image]:
    """Shade and gloss of a flat front."""
    down, across = np.mgrid[-1:1:24j, -1:1:24j].astype(np.float32)
    lean = dice.uniform(-0.15, 0.15) * across + dice.uniform(-0.12, 0.12) * down
    gloss = np.zeros((24, 24), np.float32)
    if dice.random() < 0.4:
        slant = across + dice.uniform(-1, 1) * down - dice.uniform(-0.8, 0.8)
        gloss = dice.uniform(0.1, 0.4) * np.exp(-((slant / dice.uniform(0.1, 0.5)) ** 2))
    return _grey(0.87 + lean, size), _grey(gloss, size)


def _colour(dice: random.Random) -> RGB:
    return dice.choice(list(COLOURS.values()))


def carton(dice: random.Random) -> Outlined:
    """A box from the front, sometimes with one side or its top in sight."""
    wide = round(_HIGH * dice.uniform(0.3, 1.3))
    mask, cover = _blank(wide)
    side = round(wide * dice.choice((0, 0, 0, 0.06, 0.12, 0.2)))
    lid = round(_HIGH * dice.choice((0, 0, 0, 0.03, 0.08)))
    pen, over = ImageDraw.Draw(mask), ImageDraw.Draw(cover)
    left = dice.random() < 0.5
    pen.rectangle((0, 0, wide, _HIGH), fill=255)
    if side:
        edge = (0, 0, side, _HIGH) if left else (wide - side, 0, wide, _HIGH)
        over.rectangle(edge, fill=(0, 0, 0, dice.randint(70, 130)))
    if lid:
        over.rectangle((0, 0, wide, lid), fill=(255, 255, 255, dice.randint(50, 120)))
        cut = round(lid * 1.5)
        pen.polygon([(0, 0), (cut, 0), (0, lid)], fill=0)
        pen.polygon([(wide, 0), (wide - cut, 0), (wide, lid)], fill=0)
    return Outlined(mask, *_flat_light(mask.size, dice), cover)


def milk_carton(dice: random.Random) -> Outlined:
    """A drink carton with a gable or a screw cap."""
    wide = round(_HIGH * dice.uniform(0.32, 0.5))
    mask, cover = _blank(wide)
    pen, over = ImageDraw.Draw(mask), ImageDraw.Draw(cover)
    roof = round(_HIGH * dice.uniform(0.1, 0.2))
    inset = wide * dice.uniform(0.0, 0.22)
    pen.polygon([(inset, 0), (wide - inset, 0), (wide, roof), (wide, _HIGH), (0, _HIGH), (0, roof)],
                fill=255)  # fmt: skip
    over.polygon([(inset, 0), (wide - inset, 0), (wide, roof), (0, roof)], fill=(0, 0, 0, 50))
    if dice.random() < 0.6:
        x, radius = wide * dice.uniform(0.3, 0.7), wide * 0.13
        frame = (x - radius, roof * 0.25, x + radius, roof * 0.25 + radius * 1.2)
        over.ellipse(frame, fill=(*_colour(dice), 255))
    return Outlined(mask, *_flat_light(mask.size, dice), cover)


def bottle(dice: random.Random) -> Outlined:
    """A bottle: body, shoulders, neck and cap; often only its label is printed."""
    wide = round(_HIGH * dice.uniform(0.24, 0.46))
    mask, cover = _blank(wide)
    neck = wide * dice.uniform(0.12, 0.26)
    neck_end, body = _HIGH * dice.uniform(0.12, 0.32), _HIGH * dice.uniform(0.3, 0.48)
    middle, steps = wide / 2, np.linspace(0, 1, 14)
    radii = neck + (middle - neck) * (0.5 - 0.5 * np.cos(math.pi * steps)) ** dice.uniform(0.6, 1.6)
    heights = neck_end + (body - neck_end) * steps
    waist = middle * dice.choice((1, 1, 1, 0.86))
    right = [(middle + neck, 0), *zip(middle + radii, heights, strict=True),
             (middle + waist, _HIGH * 0.66), (wide, _HIGH * 0.8), (wide * 0.98, _HIGH)]  # fmt: skip
    outline = [*right, *[(wide - x, y) for x, y in reversed(right)]]
    ImageDraw.Draw(mask).polygon([(float(x), float(y)) for x, y in outline], fill=255)
    over = ImageDraw.Draw(cover)
    if dice.random() < 0.75:
        glass = (*lit(_colour(dice), dice.uniform(-0.5, 0.2)), 255)
        foot = _HIGH * dice.uniform(0.86, 0.98)
        over.rectangle((0, 0, wide, body + _HIGH * dice.uniform(0.0, 0.12)), fill=glass)
        over.rectangle((0, foot, wide, _HIGH), fill=glass)
    cap = (*_colour(dice), 255)
    over.rectangle((0, 0, wide, min(neck_end * 0.6, _HIGH * dice.uniform(0.04, 0.13))), fill=cap)
    return Outlined(mask, *_round_light(mask.size, dice), cover)


def can(dice: random.Random) -> Outlined:
    """A can with its rims, low or tall."""
    wide = round(_HIGH * dice.choice((dice.uniform(0.42, 0.56), dice.uniform(0.7, 1.2))))
    mask, cover = _blank(wide)
    pen, over = ImageDraw.Draw(mask), ImageDraw.Draw(cover)
    bow = wide * dice.uniform(0.02, 0.09)
    pen.rounded_rectangle((0, 0, wide - 1, _HIGH - 1), radius=bow * 2, fill=255)
    metal = (*lit(COLOURS["silver"], dice.uniform(-0.3, 0.3)), 255)
    rim = _HIGH * dice.uniform(0.02, 0.06)
    over.rectangle((0, 0, wide, rim + bow), fill=metal)
    over.ellipse((0, -bow, wide, rim + bow * 1.3), fill=(*lit(metal[:3], -0.25), 255))
    over.rectangle((0, _HIGH - rim, wide, _HIGH), fill=metal)
    return Outlined(mask, *_round_light(mask.size, dice), cover)


def jar(dice: random.Random) -> Outlined:
    """A glass with a lid and a label; what is in it is seen beside the label."""
    wide = round(_HIGH * dice.uniform(0.5, 0.85))
    mask, cover = _blank(wide)
    pen, over = ImageDraw.Draw(mask), ImageDraw.Draw(cover)
    lid, inset = _HIGH * dice.uniform(0.12, 0.22), wide * dice.uniform(0.02, 0.1)
    pen.rounded_rectangle((inset, 0, wide - inset, lid + 8), radius=6, fill=255)
    pen.rounded_rectangle((0, lid, wide - 1, _HIGH - 1), radius=wide * 0.14, fill=255)
    filling = (*lit(_colour(dice), dice.uniform(-0.4, 0.1)), 255)
    low, foot = lid + _HIGH * dice.uniform(0.06, 0.2), _HIGH * dice.uniform(0.78, 0.96)
    over.rectangle((0, 0, wide, low), fill=filling)
    over.rectangle((0, foot, wide, _HIGH), fill=filling)
    over.rectangle((0, 0, wide, lid), fill=(*lit(_colour(dice), dice.uniform(-0.3, 0.3)), 255))
    return Outlined(mask, *_round_light(mask.size, dice), cover)


def pouch(dice: random.Random) -> Outlined:
    """A bag with soft sides and welded ends: crisps, coffee, pasta."""
    wide = round(_HIGH * dice.uniform(0.5, 1.0))
    mask, cover = _blank(wide)
    down = np.linspace(0, 1, 26)
    belly = (
        0.03 + 0.05 * np.cos(down * math.pi * 2) + np.array([dice.gauss(0, 0.008) for _ in down])
    )
    inset = [
        (wide * max(0.0, float(b)), float(y) * _HIGH) for b, y in zip(belly, down, strict=True)
    ]
    right, left = [(wide - x, y) for x, y in inset], inset
    ImageDraw.Draw(mask).polygon([*right, *reversed(left)], fill=255)
    over = ImageDraw.Draw(cover)
    weld = _HIGH * dice.uniform(0.02, 0.08)
    over.rectangle((0, 0, wide, weld), fill=(255, 255, 255, dice.randint(40, 140)))
    if dice.random() < 0.6:
        over.rectangle((0, _HIGH - weld, wide, _HIGH), fill=(255, 255, 255, 60))
    folds = np.array([[dice.gauss(0.84, 0.12) for _ in range(7)] for _ in range(9)], np.float32)
    shine = np.array([[max(0.0, dice.gauss(-0.1, 0.2)) for _ in range(8)] for _ in range(11)])
    gloss = _grey(shine.astype(np.float32), mask.size).filter(ImageFilter.GaussianBlur(2))
    film = dice.choice((0.0, 0.0, 0.0, 0.35))
    return Outlined(mask, _grey(folds, mask.size), gloss, cover, film)


def tub(dice: random.Random) -> Outlined:
    """A cup or a tub, narrower at the foot, with a lid: yoghurt, butter, ice cream."""
    wide = round(_HIGH * dice.uniform(0.75, 1.9))
    mask, cover = _blank(wide)
    inset, rim = wide * dice.uniform(0.03, 0.14), _HIGH * dice.uniform(0.05, 0.16)
    pen, over = ImageDraw.Draw(mask), ImageDraw.Draw(cover)
    pen.polygon([(wide * 0.02, rim), (wide * 0.98, rim), (wide - inset, _HIGH), (inset, _HIGH)],
                fill=255)  # fmt: skip
    pen.rounded_rectangle((0, 0, wide - 1, rim * 1.2), radius=rim * 0.4, fill=255)
    over.rectangle((0, 0, wide, rim), fill=(*lit(_colour(dice), dice.uniform(-0.1, 0.6)), 255))
    over.line((0, rim, wide, rim), fill=(0, 0, 0, 120), width=3)
    return Outlined(mask, *_round_light(mask.size, dice), cover)


def tray(dice: random.Random) -> Outlined:
    """A flat pack or a tray under film, seen from the front or above: meat, fruit, vegetables."""
    wide = round(_HIGH * dice.uniform(1.1, 2.2))
    mask, cover = _blank(wide)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, wide - 1, _HIGH - 1), radius=24, fill=255)
    over, grain = ImageDraw.Draw(cover), _HIGH * dice.uniform(0.06, 0.2)
    colour = _colour(dice)
    over.rounded_rectangle((12, 12, wide - 12, _HIGH - 12), 20, fill=(*lit(colour, -0.5), 255))
    for _ in range(round(1.6 * wide * _HIGH / grain**2 / 4)):
        x, y = dice.uniform(grain, wide - grain), dice.uniform(grain, _HIGH - grain)
        tone = (*lit(colour, dice.uniform(-0.4, 0.4)), 255)
        over.ellipse((x - grain, y - grain, x + grain, y + grain * 0.8), fill=tone)
    if dice.random() < 0.7:
        x, y = dice.uniform(0.1, 0.5) * wide, dice.uniform(0.1, 0.5) * _HIGH
        over.rectangle((x, y, x + wide * 0.4, y + _HIGH * 0.36), fill=(0, 0, 0, 0))
    return Outlined(mask, *_flat_light(mask.size, dice), cover)


def tube(dice: random.Random) -> Outlined:
    """A slim upright pack: a tube, a roll, a spice mill, a spray."""
    wide = round(_HIGH * dice.uniform(0.18, 0.34))
    mask, cover = _blank(wide)
    pen, over = ImageDraw.Draw(mask), ImageDraw.Draw(cover)
    head, slim = _HIGH * dice.uniform(0.1, 0.28), wide * dice.uniform(0.0, 0.28)
    pen.rounded_rectangle((slim, 0, wide - slim, head + 4), radius=5, fill=255)
    pen.rounded_rectangle((0, head, wide - 1, _HIGH - 1), radius=6, fill=255)
    over.rectangle((0, 0, wide, head), fill=(*_colour(dice), 255))
    return Outlined(mask, *_round_light(mask.size, dice), cover)


def produce(dice: random.Random) -> Outlined:
    """A fruit or a vegetable: one round or long thing without print, dark where its stem was."""
    wide = round(_HIGH * dice.choice((dice.uniform(0.8, 1.3), dice.uniform(0.25, 0.6))))
    mask, cover = _blank(wide)
    turns = np.linspace(0, 2 * math.pi, 30, endpoint=False)
    lobes, lean = dice.randint(1, 5), dice.uniform(0, 0.1)
    reach = 0.9 * (1 - lean * (1 + np.cos(lobes * turns + dice.uniform(0, 6))) / 2)
    x, y = wide / 2 * (1 + reach * np.cos(turns)), _HIGH / 2 * (1 + reach * np.sin(turns))
    ImageDraw.Draw(mask).polygon(
        [(float(a), float(b)) for a, b in zip(x, y, strict=True)], fill=255
    )
    over, skin = ImageDraw.Draw(cover), lit(_colour(dice), dice.uniform(-0.3, 0.2))
    over.rectangle((0, 0, wide, _HIGH), fill=(*skin, 255))
    for _ in range(dice.choice((0, 0, 30, 80))):
        a, b, spot = dice.uniform(0, wide), dice.uniform(0, _HIGH), dice.uniform(1, 5)
        tone = (*lit(skin, dice.uniform(-0.4, 0.3)), 255)
        over.ellipse((a - spot, b - spot, a + spot, b + spot), fill=tone)
    stem = (*lit((110, 120, 60), dice.uniform(-0.6, 0.3)), 255)
    over.ellipse((wide * 0.42, _HIGH * 0.04, wide * 0.58, _HIGH * 0.14), fill=stem)
    shade, gloss = _round_light(mask.size, dice)
    return Outlined(mask, shade, gloss.filter(ImageFilter.GaussianBlur(8)), cover)


OUTLINES: Mapping[str, Callable[[random.Random], Outlined]] = MappingProxyType(
    {
        "carton": carton, "carton too": carton, "milk carton": milk_carton, "bottle": bottle,
        "bottle too": bottle, "can": can, "jar": jar, "pouch": pouch, "pouch too": pouch,
        "tub": tub, "tray": tray, "tube": tube, "produce": produce,
    }
)  # fmt: skip
"""By kind; what is frequent on shelves stands here twice."""
