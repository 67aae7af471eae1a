"""Print as it misleads: pictures of other things on packs, fronts in two halves, foil, clear walls.

Each takes a front (RGB) or a finished pack (RGBA) and gives it changed.
"""

from __future__ import annotations

import math
import random

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from PIL.Image import Resampling

from glasscase.catalog.toy_drawings.palette import COLOURS, lit, mix
from glasscase.shelf.drawn.scene_letters import lettering, readable, word


def misprinted(front: Image.Image, dice: random.Random) -> Image.Image:
    """A front with one to three prints that have edges of their own."""
    for _ in range(dice.randint(1, 3)):
        front = dice.choice((_halves, _photo, _bowl, _bands, _pattern, _headline))(front, dice)
    return front


def _halves(front: Image.Image, dice: random.Random) -> Image.Image:
    """One part of the front in quite another colour, up to a straight or bent edge."""
    wide, high = front.size
    part = Image.new("L", front.size)
    pen, cut = ImageDraw.Draw(part), dice.uniform(0.25, 0.75)
    if dice.random() < 0.4:
        pen.rectangle((0, 0, cut * wide, high), fill=255)
    elif dice.random() < 0.5:
        pen.polygon([(0, cut * high), (wide, (cut + dice.uniform(-0.3, 0.3)) * high), (wide, high),
                     (0, high)], fill=255)  # fmt: skip
    else:
        pen.ellipse((-0.4 * wide, cut * high, 1.4 * wide, high * (cut + 1.2)), fill=255)
    front.paste(lit(dice.choice(list(COLOURS.values())), dice.uniform(-0.5, 0.5)), mask=part)
    return front


def _photo(front: Image.Image, dice: random.Random) -> Image.Image:
    """A printed photo: blurred colours with something round before them, in a frame or none."""
    wide, high = front.size
    size = (
        max(8, round(wide * dice.uniform(0.4, 1.0))),
        max(8, round(high * dice.uniform(0.2, 0.7))),
    )
    rough = np.random.default_rng(dice.getrandbits(32)).random((5, 6, 3)) * 255
    tint = np.array(dice.choice(list(COLOURS.values())))
    made = Image.fromarray((0.45 * rough + 0.55 * tint).astype(np.uint8))
    made = made.resize(size, Resampling.BICUBIC)
    pen = ImageDraw.Draw(made)
    for _ in range(dice.randint(1, 7)):
        x, y = dice.uniform(0, 1) * size[0], dice.uniform(0.2, 1) * size[1]
        reach, colour = dice.uniform(0.08, 0.4) * min(size), dice.choice(list(COLOURS.values()))
        for k in range(6):
            part = reach * (1 - k / 7)
            frame = (x - part, y - part * 0.8, x + part * 0.85, y + part * 0.7)
            pen.ellipse(frame, fill=lit(colour, -0.4 + 0.14 * k))
    made = made.filter(ImageFilter.GaussianBlur(dice.uniform(0, 2)))
    place = (
        round((wide - size[0]) * dice.random()),
        round((high - size[1]) * dice.uniform(0.2, 1)),
    )
    front.paste(made, place)
    return front


def _bowl(front: Image.Image, dice: random.Random) -> Image.Image:
    """A cup, a bowl or a glass on the front: a thing that is no pack and looks like one."""
    wide, high = front.size
    broad, tall = wide * dice.uniform(0.3, 0.8), high * dice.uniform(0.15, 0.45)
    x, y = dice.uniform(0, 1) * (wide - broad), high * dice.uniform(0.3, 0.95) - tall
    foot, colour = broad * dice.uniform(0.0, 0.3), dice.choice(list(COLOURS.values()))
    body = [(x, y), (x + broad, y), (x + broad - foot, y + tall), (x + foot, y + tall)]
    thing = front.copy()
    pen = ImageDraw.Draw(thing)
    pen.polygon(body, fill=colour)
    lip = tall * dice.uniform(0.1, 0.35)
    pen.ellipse((x, y - lip, x + broad, y + lip), fill=lit(colour, 0.4))
    filling = lit(dice.choice(list(COLOURS.values())), -0.2)
    pen.ellipse((x + broad * 0.06, y - lip * 0.7, x + broad * 0.94, y + lip * 0.8), fill=filling)
    pen.line((x + broad * 0.2, y + lip, x + broad * 0.25, y + tall), fill=lit(colour, 0.6), width=4)
    return thing.filter(ImageFilter.GaussianBlur(dice.choice((0, 1))))


def _bands(front: Image.Image, dice: random.Random) -> Image.Image:
    """Bands across or down, as wide as they like."""
    wide, high = front.size
    pen, across = ImageDraw.Draw(front), dice.random() < 0.6
    for _ in range(dice.randint(1, 4)):
        at, broad = dice.random(), dice.uniform(0.03, 0.3)
        colour = lit(dice.choice(list(COLOURS.values())), dice.uniform(-0.4, 0.4))
        end = at + broad
        lying, upright = (0, at * high, wide, end * high), (at * wide, 0, end * wide, high)
        pen.rectangle(lying if across else upright, fill=colour)
    return front


def _pattern(front: Image.Image, dice: random.Random) -> Image.Image:
    """Small things again and again: dots, beans, checks."""
    wide, high = front.size
    pen, step = ImageDraw.Draw(front), dice.uniform(0.06, 0.25) * wide
    colour, round_ones = dice.choice(list(COLOURS.values())), dice.random() < 0.6
    top = dice.choice((0.0, 0.0, 0.5)) * high
    for row in range(math.ceil((high - top) / step)):
        for column in range(math.ceil(wide / step)):
            x, y = (column + 0.5 * (row % 2)) * step, top + row * step
            tone, frame = (
                lit(colour, dice.uniform(-0.3, 0.3)),
                (x, y, x + step * 0.6, y + step * 0.6),
            )
            if round_ones:
                pen.ellipse(frame, fill=tone)
            else:
                pen.rectangle(frame, fill=tone)
    return front


def _headline(front: Image.Image, dice: random.Random) -> Image.Image:
    """A word over the whole width, upright or up the side."""
    wide, high = front.size
    letters = lettering(word(dice, upper=True), bold=dice.choice((1, 2, 3)))
    upright = dice.random() < 0.25
    size = (round((high if upright else wide) * dice.uniform(0.8, 1.1)),
            round((wide if upright else high) * dice.uniform(0.15, 0.4)))  # fmt: skip
    letters = letters.resize(size, Resampling.BILINEAR)
    if upright:
        letters = letters.rotate(90, expand=True)
    ink = dice.choice(list(COLOURS.values())) if dice.random() < 0.6 else readable((0, 0, 0))
    front.paste(ink, (round(-0.02 * wide), round(high * dice.uniform(0, 0.6))), letters)
    return front


def pale(dice: random.Random) -> tuple[int, int, int]:
    """A nearly white, a nearly black or a brown ground, as many packs have."""
    ends = ((248, 248, 246), (248, 248, 246), (26, 26, 30), (150, 112, 74))
    return mix(dice.choice(ends), dice.choice(list(COLOURS.values())), dice.uniform(0, 0.15))


def foiled(pack: Image.Image, dice: random.Random) -> Image.Image:
    """The pack crumpled and shining: hard bright and dark creases."""
    rough = np.random.default_rng(dice.getrandbits(32)).standard_normal((14, 9))
    folds = Image.fromarray((128 + 70 * rough).clip(0, 255).astype(np.uint8))
    folds = folds.resize(pack.size, dice.choice((Resampling.BILINEAR, Resampling.NEAREST)))
    folds = folds.filter(ImageFilter.GaussianBlur(dice.uniform(1, 5)))
    strong = folds.point(lambda level: 128 + (level - 128) * 0.8)
    shining = ImageChops.add(pack.convert("RGB"), strong.convert("RGB"), 1, -128)
    shining.putalpha(pack.getchannel("A"))
    return shining


def cleared(pack: Image.Image, dice: random.Random) -> Image.Image:
    """The pack of glass or clear plastic: what is behind shines through, but for label and edge."""
    alpha = pack.getchannel("A")
    wide, high = pack.size
    inner = alpha.filter(ImageFilter.MinFilter(9)).filter(ImageFilter.GaussianBlur(4))
    share = dice.uniform(0.25, 0.48)
    clear = inner.point(lambda level: level * share)
    pen, top = ImageDraw.Draw(clear), dice.uniform(0.3, 0.65)
    pen.rectangle((0, top * high, wide, (top + dice.uniform(0.15, 0.35)) * high), fill=0)
    pen.rectangle((0, 0, wide, 0.07 * high), fill=0)
    pack = pack.copy()
    pack.putalpha(ImageChops.subtract(alpha, clear))
    return pack


def leaning(pack: Image.Image, dice: random.Random) -> Image.Image:
    """The pack seen from a side or from above: one edge shorter than the other."""
    wide, high = pack.size
    pinch = dice.uniform(0.03, 0.22)
    corners: list[float] = [0, 0, 0, high, wide, high, wide, 0]
    if dice.random() < 0.5:
        inset = pinch * wide
        if dice.random() < 0.7:
            corners = [-inset, 0, 0, high, wide, high, wide + inset, 0]
        else:
            corners = [0, 0, -inset, high, wide + inset, high, wide, 0]
    else:
        inset = pinch * high
        corners = [0, -inset, 0, high + inset, wide, high, wide, 0]
        if dice.random() < 0.5:
            corners = [0, 0, 0, high, wide, high + inset, wide, -inset]
    return pack.transform(pack.size, Image.Transform.QUAD, corners, Resampling.BILINEAR)
