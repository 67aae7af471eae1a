"""Drawn packs: cartons, bottles, cans, jars, pouches, tubs and trays, cut out of their ground.

A pack is decided by its number alone; two facings of it are the same picture. Drawn by our own
code, so free of anybody's brand, photo or licence.

Not covered: print, foil and transparency as a camera sees them; letters are of one typeface.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from PIL.Image import Resampling, Transpose

from glasscase.catalog.toy_drawings.canvas import Canvas, View
from glasscase.catalog.toy_drawings.drawing import FIGURES, LOOKALIKES, STRANGERS
from glasscase.catalog.toy_drawings.palette import COLOURS, RGB, lit, mix
from glasscase.shelf.drawn.scene_letters import font, lettering, readable, word
from glasscase.shelf.drawn.scene_outlines import OUTLINES, Outlined
from glasscase.shelf.drawn.scene_prints import cleared, foiled, misprinted, pale

HEIGHT_PX = 240
"""How high packs are drawn before they are brought to their size in a scene."""
_TOYS = (*FIGURES.values(), *LOOKALIKES.values(), *STRANGERS.values())
_TOY_SHARE = 0.12
WILD_FROM = 1_000_000
"""Packs from this number on have prints, foil and clear walls that mislead (`scene_prints`)."""


@lru_cache(maxsize=384)
def draw_pack(number: int) -> Image.Image:
    """The cut-out of pack `number` (RGBA, tight round it); the same number, the same picture.

    >>> draw_pack(3).mode, draw_pack(3).size == draw_pack(3).size
    ('RGBA', True)
    """
    dice = random.Random(f"pack/{number}")
    if dice.random() < _TOY_SHARE:
        return _toy(dice, number)
    kind = dice.choice(tuple(OUTLINES))
    outlined = OUTLINES[kind](dice)
    if number < WILD_FROM:
        return _printed(outlined, dice)
    pack = _printed(outlined, dice, wild=True)
    if dice.random() < (0.4 if kind.startswith("pouch") else 0.06):
        pack = foiled(pack, dice)
    if dice.random() < (0.35 if kind.startswith(("bottle", "jar")) else 0.05):
        pack = cleared(pack, dice)
    return pack


def _toy(dice: random.Random, number: int) -> Image.Image:
    """A product of the toy shop without its ground: drawn on black and on white, alpha solved."""
    figure = dice.choice(_TOYS)
    look = figure.look(dice, seed=f"scene/{number}")
    view = View(unit=0.45, mirrored=dice.random() < 0.5, light=dice.uniform(-0.8, 0.8))
    grounds = []
    for level in (0, 255):
        canvas = Canvas(Image.new("RGB", (HEIGHT_PX, HEIGHT_PX), (level,) * 3), view)
        figure.draw(canvas, look, random.Random(look.seed))
        grounds.append(np.asarray(canvas.image, np.int16))
    alpha = 255 - (grounds[1] - grounds[0]).max(axis=2)
    cut = Image.fromarray(np.dstack([grounds[0], alpha]).clip(0, 255).astype(np.uint8), "RGBA")
    frame = cut.getchannel("A").point(lambda level: 255 * (level > 24)).getbbox()
    return cut.crop(frame) if frame else cut


def _printed(outlined: Outlined, dice: random.Random, *, wild: bool = False) -> Image.Image:
    """Print on the front of an outline, then light and the parts that are not printed."""
    size = outlined.mask.size
    base, second, third = _colours(dice)
    if wild and dice.random() < 0.35:
        base = second = pale(dice)
    front = _ground(size, base, second, dice)
    if wild and dice.random() < 0.75:
        front = misprinted(front, dice)
    pen = ImageDraw.Draw(front, "RGBA")
    for _ in range(dice.randint(1, 4)):
        dice.choice(tuple(_PRINTS.values()))(front, pen, (second, third), dice)
    _brand(front, third if dice.random() < 0.5 else readable(base), dice)
    for _ in range(dice.randint(0, 3)):
        _small_print(pen, size, readable(second), dice)
    front = Image.blend(front, outlined.unprinted(base, front), outlined.bare_share)
    front.paste(outlined.cover, mask=outlined.cover.getchannel("A"))
    shaded = ImageChops.multiply(front, outlined.shade.convert("RGB"))
    lit_up = ImageChops.screen(shaded, outlined.gloss.convert("RGB"))
    lit_up.putalpha(outlined.mask)
    return lit_up


def _colours(dice: random.Random) -> tuple[RGB, RGB, RGB]:
    names = list(COLOURS.values())
    picked = []
    for _ in range(3):
        colour = dice.choice(names)
        if dice.random() < 0.5:
            colour = mix(colour, tuple(dice.randrange(256) for _ in range(3)), 0.4)  # type: ignore[arg-type]
        picked.append(lit(colour, dice.uniform(-0.35, 0.3)))
    return picked[0], picked[1], picked[2]


def _ground(size: tuple[int, int], one: RGB, other: RGB, dice: random.Random) -> Image.Image:
    """The pack's own colour, plain or running into another."""
    if dice.random() < 0.45:
        return Image.new("RGB", size, one)
    ramp = Image.linear_gradient("L").rotate(dice.choice((0, 90, 180)))
    return Image.composite(
        Image.new("RGB", size, one), Image.new("RGB", size, other), ramp.resize(size)
    )


Print = Callable[
    [Image.Image, ImageDraw.ImageDraw, tuple[RGB, RGB], random.Random],
    None,
]


def _panel(
    front: Image.Image, pen: ImageDraw.ImageDraw, inks: tuple[RGB, RGB], dice: random.Random
) -> None:
    wide, high = front.size
    top, tall = dice.uniform(0.05, 0.7), dice.uniform(0.1, 0.5)
    inset = dice.choice((0.0, 0.0, 0.08, 0.16)) * wide
    frame = (inset, top * high, wide - inset, min(0.97, top + tall) * high)
    if dice.random() < 0.4:
        pen.rounded_rectangle(frame, radius=wide * 0.08, fill=dice.choice(inks))
    else:
        pen.rectangle(frame, fill=dice.choice(inks))


def _stripes(
    front: Image.Image, pen: ImageDraw.ImageDraw, inks: tuple[RGB, RGB], dice: random.Random
) -> None:
    wide, high = front.size
    lean, step = dice.choice((0.0, 0.0, 0.6, -0.6, 1.4)), dice.uniform(0.06, 0.2) * wide
    first, count = dice.uniform(0, 1) * high, dice.randint(1, 5)
    for k in range(count):
        y = first + k * step * 2
        pen.polygon(
            [(0, y), (wide, y + lean * wide), (wide, y + lean * wide + step), (0, y + step)],
            fill=dice.choice(inks) if k == 0 else inks[k % 2],
        )


def _roundel(
    front: Image.Image, pen: ImageDraw.ImageDraw, inks: tuple[RGB, RGB], dice: random.Random
) -> None:
    wide, high = front.size
    x, y = dice.uniform(0.2, 0.8) * wide, dice.uniform(0.2, 0.85) * high
    rx = dice.uniform(0.12, 0.45) * wide
    ry = rx * dice.choice((1.0, 1.0, 0.6))
    pen.ellipse((x - rx, y - ry, x + rx, y + ry), fill=inks[0], outline=inks[1], width=3)
    if dice.random() < 0.5:
        pen.ellipse((x - rx * 0.6, y - ry * 0.6, x + rx * 0.6, y + ry * 0.6), fill=inks[1])


def _food(
    front: Image.Image, pen: ImageDraw.ImageDraw, inks: tuple[RGB, RGB], dice: random.Random
) -> None:
    """A heap of round or long things: what packs show of what is in them."""
    wide, high = front.size
    x0, y0 = dice.uniform(0.25, 0.75) * wide, dice.uniform(0.5, 0.85) * high
    grain = dice.uniform(0.03, 0.12) * wide
    stretch = dice.choice((1.0, 1.0, 2.2))
    colour = dice.choice(list(COLOURS.values()))
    for _ in range(dice.randint(8, 28)):
        x, y = dice.gauss(x0, wide * 0.14), dice.gauss(y0, high * 0.07)
        tone = lit(colour, dice.uniform(-0.45, 0.4))
        pen.ellipse((x - grain * stretch, y - grain, x + grain * stretch, y + grain), fill=tone)
    del inks


def _blot(
    front: Image.Image, pen: ImageDraw.ImageDraw, inks: tuple[RGB, RGB], dice: random.Random
) -> None:
    wide, high = front.size
    count = dice.randint(3, 9)
    x0, y0 = dice.uniform(0, 1) * wide, dice.uniform(0, 1) * high
    reach = dice.uniform(0.2, 0.6) * wide
    points = [(x0 + dice.gauss(0, reach), y0 + dice.gauss(0, reach)) for _ in range(count)]
    pen.polygon(points, fill=(*inks[0], dice.randint(90, 255)))


_PRINTS: Mapping[str, Print] = MappingProxyType(
    {"panel": _panel, "stripes": _stripes, "roundel": _roundel, "food": _food, "blot": _blot}
)


def _brand(front: Image.Image, ink: RGB, dice: random.Random) -> None:
    """A large word, or two of them, pressed into a box of any shape."""
    wide, high = front.size
    for _ in range(dice.choice((1, 1, 1, 2))):
        name = word(dice, upper=dice.random() < 0.6)
        letters = lettering(name, bold=dice.choice((0, 1, 2)))
        broad = max(8, round(wide * dice.uniform(0.5, 0.95)))
        tall = max(6, round(high * dice.uniform(0.06, 0.2)))
        letters = letters.resize((broad, tall), Resampling.BILINEAR)
        if dice.random() < 0.2:
            letters = letters.rotate(dice.choice((-90, -20, -10, 10, 20, 90)), expand=True)
        place = (
            round((wide - letters.width) * dice.uniform(0.2, 0.8)),
            round((high - letters.height) * dice.uniform(0.05, 0.6)),
        )
        if dice.random() < 0.35:
            shadow = (place[0] + 2, place[1] + 2)
            front.paste(lit(ink, -0.8), shadow, letters)
        front.paste(ink, place, letters)


def _small_print(
    pen: ImageDraw.ImageDraw, size: tuple[int, int], ink: RGB, dice: random.Random
) -> None:
    wide, high = size
    px = dice.randint(8, 20)
    x, y = dice.uniform(0.05, 0.4) * wide, dice.uniform(0.1, 0.9) * high
    for line in range(dice.randint(1, 4)):
        words = " ".join(word(dice, upper=False) for _ in range(dice.randint(1, 3)))
        pen.text((x, y + line * px * 1.2), words, fill=ink, font=font(px))


def softened(picture: Image.Image, radius: float) -> Image.Image:
    """The picture out of focus."""
    return picture.filter(ImageFilter.GaussianBlur(radius)) if radius > 0 else picture


def mirrored(picture: Image.Image) -> Image.Image:
    """The picture as in a mirror."""
    return picture.transpose(Transpose.FLIP_LEFT_RIGHT)
