"""Grounds that are full of things and yet hold no product: grass, gravel, text, houses, people.

A detector that learns on tame walls alone takes every blade of grass for a pack; what it is shown
here without a box it leaves alone later.

Not covered: real texture; all of it is polygons, strokes and noise.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image, ImageDraw, ImageFilter

from glasscase.catalog.toy_drawings.palette import RGB, lit, mix
from glasscase.shelf.drawn.scene_camera import choose_view, seen_picture
from glasscase.shelf.drawn.scene_grounds import Size, any_colour, grained, ground_part, noise
from glasscase.shelf.drawn.scene_letters import font, readable, word
from glasscase.shelf.drawn.scene_packs import softened

_MOST_PIECES = 2_200
_SKINS = ((240, 205, 180), (224, 172, 136), (180, 124, 88), (122, 80, 56), (84, 56, 44))


def wild_ground(size: Size, dice: random.Random) -> Image.Image:
    """A ground without products (RGB) that is full of other things; which, by the dice."""
    made = dice.choice(tuple(_WILDS.values()))(size, dice)
    made = grained(made, dice, strength=dice.choice((0.0, 0.2, 0.4)))
    if dice.random() < 0.15:
        made = made.convert("L").convert("RGB")
    return softened(made, dice.choice((0.0, 0.0, 0.6, 1.5)))


def _reach(size: Size, dice: random.Random, low: float, high: float) -> float:
    """A length between two shares of the photo's shorter side; small ones are as likely."""
    return math.exp(dice.uniform(math.log(low), math.log(high))) * min(size)


def _field(size: Size, dice: random.Random) -> Image.Image:
    """Small things of one kind, thousands of them: blades, stones, leaves, pellets."""
    picture = ground_part(size, dice)
    pen, grain = ImageDraw.Draw(picture), max(2.0, _reach(size, dice, 0.008, 0.07))
    kind, tint, contrast = dice.randrange(4), any_colour(dice), dice.uniform(0.15, 0.6)
    count = min(_MOST_PIECES, round(dice.uniform(0.6, 2.0) * size[0] * size[1] / grain**2))
    for _ in range(count):
        x, y = dice.uniform(0, size[0]), dice.uniform(0, size[1])
        tone = lit(tint, dice.uniform(-contrast, contrast))
        if kind == 0:
            end = (x + dice.gauss(0, 1.5 * grain), y + dice.gauss(0, 1.5 * grain))
            pen.line((x, y, *end), fill=tone, width=max(1, round(grain / 5)))
        elif kind == 1:
            pen.ellipse((x, y, x + grain, y + grain * dice.uniform(0.5, 1.2)), fill=tone)
        else:
            corners = 4 if kind == 2 else 6
            spread = [(x + dice.gauss(0, grain / 2), y + dice.gauss(0, grain / 2))
                      for _ in range(corners)]  # fmt: skip
            pen.polygon(spread, fill=tone)
    return picture


def _page(size: Size, dice: random.Random) -> Image.Image:
    """Lines of text in columns under a heading: a poster, a page, a notice."""
    paper = dice.choice(((250, 250, 244), (238, 232, 214), (40, 40, 48), any_colour(dice)))
    picture = Image.new("RGB", size, paper)
    pen, ink = ImageDraw.Draw(picture), readable(paper)
    px = max(7, round(_reach(size, dice, 0.025, 0.16)))
    columns = dice.choice((1, 1, 2, 3))
    for column in range(columns):
        x, y = (column + 0.06) * size[0] / columns, size[1] * dice.uniform(0.02, 0.2)
        while y < size[1]:
            letters = round(size[0] / columns / px * dice.uniform(0.6, 1.9))
            line = ""
            while len(line) < letters:
                line += word(dice, upper=False).lower() + " "
            pen.text((x, y), line[:letters], fill=ink, font=font(px))
            y += px * (1.25 if dice.random() < 0.85 else 2.5)
    if dice.random() < 0.7:
        pen.text((8, 4), word(dice, upper=True), fill=ink, font=font(px * 2))
    return picture


def _houses(size: Size, dice: random.Random) -> Image.Image:
    """Houses and towers with rows of windows before a sky, and perhaps trees."""
    wide, high = size
    sky = any_colour(dice)
    ramp = Image.linear_gradient("L").resize(size)
    picture = Image.composite(
        Image.new("RGB", size, mix(sky, (230, 232, 238), 0.6)), Image.new("RGB", size, sky), ramp
    )
    pen = ImageDraw.Draw(picture)
    for _ in range(dice.randint(2, 9)):
        broad, x = wide * dice.uniform(0.04, 0.4), dice.uniform(-0.1, 1) * wide
        top, foot = high * dice.uniform(0.05, 0.8), high * dice.uniform(0.7, 1.0)
        wall = any_colour(dice)
        pen.rectangle((x, top, x + broad, max(foot, top)), fill=wall)
        if dice.random() < 0.5:
            peak = (x + broad / 2, top - broad * dice.uniform(0.1, 1.2))
            pen.polygon([(x - 4, top), peak, (x + broad + 4, top)], fill=lit(wall, -0.4))
        _panes(pen, (x, top, broad, foot - top), lit(wall, dice.choice((-0.5, 0.4))), dice)
    if dice.random() < 0.5:
        _bush(pen, size, dice)
    return picture


def _panes(
    pen: ImageDraw.ImageDraw,
    wall: tuple[float, float, float, float],
    tone: RGB,
    dice: random.Random,
) -> None:
    """Rows of windows on a wall (x, y, width, height)."""
    x, y, wide, high = wall
    across, down = dice.randint(1, 6), dice.randint(1, 9)
    for row in range(down):
        for column in range(across):
            left, top = x + wide * (column + 0.25) / across, y + high * (row + 0.25) / down
            frame = (left, top, left + wide * 0.5 / across, top + max(1.0, high * 0.5 / down))
            pen.rectangle(frame, fill=tone)


def _bush(pen: ImageDraw.ImageDraw, size: Size, dice: random.Random) -> None:
    x0, y0 = dice.uniform(0, 1) * size[0], dice.uniform(0.5, 1) * size[1]
    spread, leaf, green = (
        _reach(size, dice, 0.1, 0.4),
        _reach(size, dice, 0.01, 0.04),
        (70, 104, 52),
    )
    for _ in range(300):
        x, y = dice.gauss(x0, spread), dice.gauss(y0, spread * 0.6)
        pen.ellipse((x, y, x + leaf, y + leaf), fill=lit(green, dice.uniform(-0.6, 0.4)))


def _people(size: Size, dice: random.Random) -> Image.Image:
    picture = ground_part(size, dice) if dice.random() < 0.6 else _houses(size, dice)
    picture = softened(picture, dice.choice((0.0, 2.0, 5.0)))
    for _ in range(dice.choice((1, 1, 2, 3, 5))):
        draw_person(picture, dice)
    return picture


def draw_person(picture: Image.Image, dice: random.Random) -> None:
    """Somebody, painted on `picture`: near (head and shoulders) or whole, from far."""
    wide, high = picture.size
    tall = high * dice.choice((dice.uniform(0.3, 0.9), dice.uniform(1.2, 2.6)))
    x, top, unit = dice.uniform(0.05, 0.95) * wide, dice.uniform(0.0, 0.5) * high, tall / 7.5
    skin, cloth, legs = dice.choice(_SKINS), any_colour(dice), any_colour(dice)
    hair = lit(dice.choice(((60, 44, 34), (24, 22, 22), (170, 140, 90), (130, 130, 130))), -0.1)
    body = picture.copy()
    pen, line = ImageDraw.Draw(body), max(2, round(unit * 0.62))
    hip, feet = top + 4.0 * unit, top + 7.5 * unit
    for side in (-1, 1):
        pen.line((x + side * unit * 0.4, hip, x + side * unit * dice.uniform(0.3, 1), feet),
                 fill=legs, width=line)  # fmt: skip
        hand = (x + side * unit * dice.uniform(0.6, 2.2), top + unit * dice.uniform(1.6, 4.2))
        pen.line((x + side * unit * 0.9, top + 1.7 * unit, *hand), fill=cloth, width=line)
        pen.ellipse((hand[0] - line / 2, hand[1] - line / 2, hand[0] + line / 2,
                     hand[1] + line / 2), fill=skin)  # fmt: skip
    pen.rounded_rectangle((x - unit, top + 1.35 * unit, x + unit, hip), unit * 0.5, fill=cloth)
    pen.rectangle((x - unit * 0.2, top + 0.8 * unit, x + unit * 0.2, top + 1.5 * unit), fill=skin)
    pen.ellipse((x - unit * 0.5, top - unit * 0.1, x + unit * 0.5, top + unit * 0.8), fill=hair)
    pen.ellipse((x - unit * 0.4, top + unit * 0.1, x + unit * 0.4, top + unit * 1.15), fill=skin)
    for side in (-1, 1):
        eye, y = x + side * unit * 0.17, top + unit * 0.55
        pen.ellipse((eye - unit * 0.06, y, eye + unit * 0.06, y + unit * 0.08), fill=hair)
    body = grained(body, dice, strength=0.3)
    picture.paste(softened(body, dice.choice((0.0, 1.0, 3.0))))


def _cupboards(size: Size, dice: random.Random) -> Image.Image:
    """Furniture: doors, drawers and panels with their edges and handles."""
    colour = any_colour(dice)
    picture = Image.new("RGB", size, colour)
    pen, across, down = ImageDraw.Draw(picture), dice.randint(1, 5), dice.randint(1, 5)
    wide, high, gap = size[0] / across, size[1] / down, dice.uniform(0.01, 0.06) * min(size)
    rounding, bevel = dice.choice((0.0, 0.0, gap, 3 * gap)), max(1, round(gap / 3))
    for row in range(down):
        for column in range(across):
            x, y = column * wide + gap, row * high + gap
            frame = (x, y, max(x, x + wide - 2 * gap), max(y, y + high - 2 * gap))
            tone = lit(colour, dice.uniform(-0.15, 0.15))
            edge = lit(colour, dice.choice((-0.4, 0.3)))
            pen.rounded_rectangle(frame, rounding, fill=tone, outline=edge, width=bevel)
            knob = (frame[0] + dice.choice((0.1, 0.45, 0.85)) * wide, frame[1] + 0.45 * high)
            broad = wide * dice.choice((0.03, 0.03, 0.2))
            pen.rectangle((*knob, knob[0] + broad, knob[1] + 0.03 * high), fill=edge)
    return picture


def _windows(size: Size, dice: random.Random) -> Image.Image:
    """Bright panes in a dark wall, with what is outside or a curtain."""
    picture = ground_part(size, dice).point(lambda level: level * 0.6)
    view = _houses(size, dice).filter(ImageFilter.GaussianBlur(dice.uniform(1, 8)))
    view = Image.blend(view, Image.new("RGB", size, (250, 250, 250)), dice.uniform(0.1, 0.8))
    across, down = dice.randint(1, 4), dice.randint(1, 3)
    for row in range(down):
        for column in range(across):
            x = round(size[0] * (column + dice.uniform(0.08, 0.2)) / across)
            y = round(size[1] * (row + dice.uniform(0.05, 0.2)) / down)
            pane = (x, y, x + round(size[0] * 0.7 / across), y + round(size[1] * 0.7 / down))
            picture.paste(view.crop(pane), pane[:2])
    return picture


def _plane(size: Size, dice: random.Random) -> Image.Image:
    """A floor or a ceiling that runs away from the eye, perhaps with lamps in it."""
    picture = ground_part(size, dice)
    pen = ImageDraw.Draw(picture)
    if dice.random() < 0.6:
        for _ in range(dice.randint(1, 8)):
            x, y = dice.uniform(0, 0.9) * size[0], dice.uniform(0, 0.9) * size[1]
            frame = (x, y, x + _reach(size, dice, 0.02, 0.5), y + _reach(size, dice, 0.02, 0.1))
            pen.rectangle(frame, fill=(255, 255, 250))
    return seen_picture(picture, choose_view(size, dice, tilt=0.42))


def _lights(size: Size, dice: random.Random) -> Image.Image:
    """Lamps, stars or reflections in the dark, with posts between them."""
    picture = Image.new("RGB", size, lit(any_colour(dice), -0.8))
    pen = ImageDraw.Draw(picture)
    for _ in range(dice.randint(0, 8)):
        x, broad = dice.uniform(0, 1) * size[0], _reach(size, dice, 0.005, 0.06)
        pen.rectangle(
            (x, size[1] * dice.uniform(0, 0.7), x + broad, size[1]), fill=any_colour(dice)
        )
    for _ in range(dice.randint(5, 250)):
        x, y, wide = (
            dice.uniform(0, size[0]),
            dice.uniform(0, size[1]),
            _reach(size, dice, 0.004, 0.05),
        )
        pen.ellipse((x, y, x + wide, y + wide), fill=lit(any_colour(dice), 0.6))
    return softened(picture, dice.choice((0.0, 1.0, 3.0)))


def _camouflage(size: Size, dice: random.Random) -> Image.Image:
    """Patches of several colours without an outline of anything."""
    picture = Image.new("RGB", size, any_colour(dice))
    for _ in range(dice.randint(2, 5)):
        limit = dice.randint(110, 170)
        stretch = dice.choice(((1, 1), (1, 5), (5, 1)))
        patch = noise(size, dice, stretch=stretch).point([255 * (k > limit) for k in range(256)])
        picture.paste(any_colour(dice), mask=softened(patch, dice.choice((0.0, 1.0, 6.0))))
    return picture


def _scribbles(size: Size, dice: random.Random) -> Image.Image:
    """Lines that wander: writing, cables, twigs, cracks, hair."""
    picture = ground_part(size, dice)
    pen, ink = ImageDraw.Draw(picture), any_colour(dice)
    step = _reach(size, dice, 0.01, 0.08)
    for _ in range(dice.randint(5, 60)):
        x, y, turn = dice.uniform(0, size[0]), dice.uniform(0, size[1]), dice.uniform(0, 6.3)
        path = []
        for _ in range(dice.randint(4, 40)):
            path.append((x, y))
            turn += dice.gauss(0, 0.5)
            x, y = x + step * math.cos(turn), y + step * math.sin(turn)
        pen.line(path, fill=lit(ink, dice.uniform(-0.3, 0.3)), width=dice.randint(1, 5))
    return picture


def _creature(size: Size, dice: random.Random) -> Image.Image:
    """An animal or a blossom: rounded parts about a middle, with fur or petals."""
    picture = softened(_field(size, dice), dice.uniform(0, 8))
    pen, coat = ImageDraw.Draw(picture), any_colour(dice)
    x, y, reach = size[0] * dice.uniform(0.2, 0.8), size[1] * dice.uniform(0.2, 0.8), _reach(
        size, dice, 0.08, 0.4)  # fmt: skip
    petals = dice.randint(3, 40)
    for ring in (1.0, 0.75, 0.5):
        for k in range(petals):
            turn = 2 * math.pi * (k + ring) / petals
            u, v = x + reach * ring * math.cos(turn), y + reach * ring * math.sin(turn)
            part = reach * dice.uniform(0.15, 0.5)
            pen.ellipse((u - part, v - part, u + part, v + part * dice.uniform(0.5, 1.3)),
                        fill=lit(coat, dice.uniform(-0.35, 0.35)))  # fmt: skip
    for _ in range(dice.choice((0, 400))):
        u, v = dice.gauss(x, reach * 0.7), dice.gauss(y, reach * 0.7)
        pen.line((u, v, u + dice.gauss(0, 6), v + dice.gauss(0, 6)), fill=lit(coat, dice.uniform(
            -0.5, 0.3)))  # fmt: skip
    return picture


_WILDS: Mapping[str, Callable[[Size, random.Random], Image.Image]] = MappingProxyType(
    {
        "field": _field, "field too": _field, "page": _page, "houses": _houses,
        "people": _people, "people too": _people, "cupboards": _cupboards,
        "cupboards too": _cupboards, "windows": _windows, "plane": _plane, "lights": _lights,
        "camouflage": _camouflage, "scribbles": _scribbles, "creature": _creature,
    }
)  # fmt: skip
