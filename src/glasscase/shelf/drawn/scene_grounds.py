"""What is behind products in a drawn scene: walls, boards, tiles, wood, cloth, clutter."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from glasscase.catalog.toy_drawings.palette import COLOURS, RGB, lit, mix
from glasscase.shelf.drawn.scene_letters import lettered_card
from glasscase.shelf.drawn.scene_packs import draw_pack, softened

Size = tuple[int, int]
"""Width and height in pixels, as Pillow counts."""


def ground(size: Size, dice: random.Random) -> Image.Image:
    """A ground without products (RGB); its kind, colours and grain by the dice."""
    made = dice.choice(tuple(_GROUNDS.values()))(size, dice)
    made = grained(made, dice, strength=dice.choice((0.0, 0.15, 0.3, 0.5)))
    if dice.random() < 0.35:
        clutter(made, dice, pieces=dice.randint(2, 14))
    return softened(made, dice.choice((0.0, 0.0, 0.8, 2.0)))


def any_colour(dice: random.Random) -> RGB:
    """A colour: half of them greyish, as walls and furniture are."""
    colour = dice.choice(list(COLOURS.values()))
    if dice.random() < 0.6:
        level = dice.randrange(20, 245)
        colour = mix(colour, (level, level, level), dice.uniform(0.4, 0.95))
    return lit(colour, dice.uniform(-0.5, 0.4))


def noise(size: Size, dice: random.Random, *, stretch: tuple[int, int] = (1, 1)) -> Image.Image:
    """Cloudy noise as an L picture: coarse to fine, each octave half as strong.

    Perlin 1985 in spirit; here octaves of random values are scaled up by cubic interpolation.
    """
    values = np.random.default_rng(dice.getrandbits(32))
    total: NDArray[np.float32] = np.zeros((size[1], size[0]), np.float32)
    weight = 1.0
    for octave in range(dice.randint(3, 6)):
        across, down = max(2, (3 << octave) // stretch[0]), max(2, (3 << octave) // stretch[1])
        small = values.random((down, across), dtype=np.float32) - 0.5
        total += weight * np.asarray(Image.fromarray(small).resize(size, Image.Resampling.BICUBIC))
        weight *= 0.6
    return Image.fromarray((128 + 127 * total).clip(0, 255).astype(np.uint8))


def grained(picture: Image.Image, dice: random.Random, *, strength: float) -> Image.Image:
    """The picture made uneven by noise; `strength` 0 (none) to 1."""
    if strength <= 0:
        return picture
    uneven = noise(picture.size, dice).point(lambda level: 128 + (level - 128) * strength)
    return ImageChops.add(picture, uneven.convert("RGB"), 1, -128)


def _plain(size: Size, dice: random.Random) -> Image.Image:
    one = any_colour(dice)
    ramp = Image.linear_gradient("L").rotate(dice.choice((0, 90, 180, 270))).resize(size)
    other = lit(one, dice.uniform(-0.4, 0.4))
    return Image.composite(Image.new("RGB", size, one), Image.new("RGB", size, other), ramp)


def _cloudy(size: Size, dice: random.Random) -> Image.Image:
    stretch = dice.choice(((1, 1), (1, 1), (1, 12), (12, 1)))
    cloud = noise(size, dice, stretch=stretch)
    one, other = any_colour(dice), any_colour(dice)
    return Image.composite(Image.new("RGB", size, one), Image.new("RGB", size, other), cloud)


def _tiled(size: Size, dice: random.Random) -> Image.Image:
    """Tiles or bricks with joints."""
    colour = any_colour(dice)
    picture = Image.new("RGB", size, lit(colour, dice.choice((-0.4, 0.4))))
    pen = ImageDraw.Draw(picture)
    wide, high = dice.randint(18, 160), dice.randint(14, 120)
    joint, offset = dice.randint(1, 5), dice.choice((0.0, 0.5))
    for row in range(-1, size[1] // high + 1):
        for column in range(-1, size[0] // wide + 1):
            x, y = round((column + offset * (row % 2)) * wide), row * high
            tone = lit(colour, dice.uniform(-0.12, 0.12))
            pen.rectangle((x, y, x + wide - joint, y + high - joint), fill=tone)
    return picture


def _planks(size: Size, dice: random.Random) -> Image.Image:
    wood = lit((160, 112, 72), dice.uniform(-0.5, 0.5))
    veins = noise(size, dice, stretch=dice.choice(((14, 1), (1, 14))))
    dark = Image.new("RGB", size, lit(wood, -0.45))
    picture = Image.composite(Image.new("RGB", size, wood), dark, veins)
    pen, step = ImageDraw.Draw(picture), dice.randint(30, 150)
    for x in range(dice.randrange(step), size[0], step):
        pen.line((x, 0, x, size[1]), fill=lit(wood, -0.7), width=dice.randint(1, 3))
    return picture


def _barred(size: Size, dice: random.Random) -> Image.Image:
    """Wires, slats or a perforated wall."""
    colour = any_colour(dice)
    picture = Image.new("RGB", size, colour)
    pen, step = ImageDraw.Draw(picture), dice.randint(8, 50)
    bar, width = lit(colour, dice.choice((-0.5, 0.5))), dice.randint(1, 6)
    lean = dice.choice((0, 0, 0.3))
    for x in range(0, size[0] + size[1], step):
        if dice.random() < 0.97:
            pen.line((x, 0, x - lean * size[1], size[1]), fill=bar, width=width)
    if dice.random() < 0.5:
        for y in range(0, size[1], step):
            pen.line((0, y, size[0], y), fill=bar, width=width)
    return picture


def _room(size: Size, dice: random.Random) -> Image.Image:
    """A wall above a floor or a table."""
    picture = ground_part(size, dice)
    horizon = round(size[1] * dice.uniform(0.25, 0.85))
    floor = ground_part((size[0], size[1] - horizon), dice)
    picture.paste(floor, (0, horizon))
    return picture


def ground_part(size: Size, dice: random.Random) -> Image.Image:
    """A ground of one material."""
    made: Image.Image = dice.choice((_plain, _cloudy, _tiled, _planks, _barred))(size, dice)
    return made


def _mess(size: Size, dice: random.Random) -> Image.Image:
    """Nothing in particular: shapes of all sizes upon one another."""
    picture = ground_part(size, dice)
    clutter(picture, dice, pieces=dice.randint(20, 70))
    return softened(picture, dice.uniform(0, 3))


def _far_products(size: Size, dice: random.Random) -> Image.Image:
    """Products far out of focus: seen as colours, not as things."""
    picture = ground_part(size, dice)
    for _ in range(dice.randint(10, 40)):
        pack = draw_pack(dice.randrange(100_000, 100_300)).copy()
        pack.thumbnail((size[0] // 5, size[1] // 3))
        picture.paste(pack, (dice.randrange(-20, size[0]), dice.randrange(-20, size[1])), pack)
    return picture.filter(ImageFilter.GaussianBlur(dice.uniform(9, 16)))


_GROUNDS: Mapping[str, Callable[[Size, random.Random], Image.Image]] = MappingProxyType(
    {
        "plain": _plain, "cloudy": _cloudy, "tiled": _tiled, "planks": _planks, "barred": _barred,
        "room": _room, "room too": _room, "mess": _mess, "far products": _far_products,
    }
)  # fmt: skip


def clutter(picture: Image.Image, dice: random.Random, *, pieces: int) -> None:
    """Things that are no products, painted on `picture`: blots, cables, cards, handles, rings."""
    wide, high = picture.size
    pen = ImageDraw.Draw(picture, "RGBA")
    for _ in range(pieces):
        x, y = dice.uniform(-0.1, 1) * wide, dice.uniform(-0.1, 1) * high
        reach = math.exp(dice.uniform(math.log(8), math.log(0.4 * wide)))
        ink = (*any_colour(dice), dice.choice((255, 255, 120)))
        kind = dice.randrange(6)
        if kind == 0:
            points = [(x + dice.gauss(0, reach), y + dice.gauss(0, reach)) for _ in range(6)]
            pen.polygon(points, fill=ink)
        elif kind == 1:
            end = (x + dice.gauss(0, 3 * reach), y + dice.gauss(0, 3 * reach))
            pen.line((x, y, *end), fill=ink, width=dice.randint(1, 8))
        elif kind == 2:
            frame = (x, y, x + reach, y + reach * dice.uniform(0.5, 1.5))
            pen.ellipse(frame, outline=ink, width=dice.randint(1, 6))
        elif kind == 3:
            card = lettered_card(dice, (max(8, round(reach)), max(6, round(reach * 0.6))))
            card = card.rotate(dice.choice((0, 0, dice.uniform(-30, 30))), fillcolor=ink[:3])
            picture.paste(card, (round(x), round(y)))
        elif kind == 4:
            frame = (x, y, x + 2 * reach, y + 2 * reach)
            pen.arc(frame, dice.uniform(0, 360), dice.uniform(0, 360), fill=ink, width=4)
        else:
            pen.line((x, y, x + reach, y + 0.2 * reach), fill=ink, width=max(2, round(reach / 4)))
