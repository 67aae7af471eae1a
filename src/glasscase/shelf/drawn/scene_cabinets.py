"""Cabinets of drawn scenes: fridges and cupboards seen from before them, sparsely filled or empty.

Their drawers, panels, boards and lamps have edges like packs and are none; what stands in them is
small, stands at any depth, and often is as white as the wall behind it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFilter
from PIL.Image import Resampling

from glasscase.catalog.toy_drawings.palette import RGB, lit
from glasscase.shelf.drawn.scene_grounds import any_colour
from glasscase.shelf.drawn.scene_letters import font, word
from glasscase.shelf.drawn.scene_packs import draw_pack
from glasscase.shelf.drawn.scene_stage import Stage

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Inside:
    """The inside of a cabinet: a front frame and a back wall, both left, top, right, bottom."""

    front: tuple[float, float, float, float]
    back: tuple[float, float, float, float]
    colour: RGB

    def at(self, x: float, y: float, depth: float) -> Point:
        """Where a place is in the picture: shares across and down, depth 0 (front) to 1."""
        sides = [f + (b - f) * depth for f, b in zip(self.front, self.back, strict=True)]
        return sides[0] + (sides[2] - sides[0]) * x, sides[1] + (sides[3] - sides[1]) * y

    def wide(self, depth: float) -> float:
        """How many pixels it is wide there."""
        return self.at(1, 0, depth)[0] - self.at(0, 0, depth)[0]


def furnish_cabinet(stage: Stage, dice: random.Random, *, filled: bool) -> None:
    """An open cabinet with boards, drawers and a lamp; with products where `filled`."""
    inside = _shell(stage, dice)
    for _ in range(dice.randint(0, 5)):
        _mark(stage, inside, dice)
    if dice.random() < 0.6:
        _lamp(stage.picture, inside.at(dice.uniform(0.2, 0.8), dice.uniform(0.02, 0.2), 0.6), dice)
    count = dice.randint(1, 5)
    first, last = dice.uniform(0.2, 0.45), dice.uniform(0.7, 1.0)
    packs = [stage.any_pack(dice) for _ in range(dice.randint(2, 10))]
    for row in range(count):
        y = first + (last - first) * row / max(1, count - 1)
        _board(stage.picture, inside, y, dice)
        if filled:
            _stand(stage, inside, (y, row), packs, dice)
        _rail(stage, inside, y, dice)
    if dice.random() < 0.6:
        _drawers(stage, inside, last, dice)


def _shell(stage: Stage, dice: random.Random) -> Inside:
    """Its frame, three walls, floor and ceiling."""
    wide, high = stage.picture.size
    left, top, right, bottom = (dice.uniform(-0.15, 0.18) for _ in range(4))
    front = (left * wide, top * high, wide * (1 - right), high * (1 - bottom))
    broad, tall = front[2] - front[0], front[3] - front[1]
    sink = [dice.uniform(0.04, 0.2) for _ in range(4)]
    back = (front[0] + sink[0] * broad, front[1] + sink[1] * tall,
            front[2] - sink[2] * broad, front[3] - sink[3] * tall)  # fmt: skip
    light = dice.randint(190, 250)
    colour = (
        (light, light, light - dice.randint(0, 40)) if dice.random() < 0.6 else any_colour(dice)
    )
    inside, pen = Inside(front, back, colour), ImageDraw.Draw(stage.picture)
    frame = dice.uniform(0, 0.06) * broad
    pen.rectangle((front[0] - frame, front[1] - frame, front[2] + frame, front[3] + frame),
                  fill=any_colour(dice))  # fmt: skip
    corners = [inside.at(x, y, 0) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    far = [inside.at(x, y, 1) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    for k in range(4):
        face = [corners[k], corners[(k + 1) % 4], far[(k + 1) % 4], far[k]]
        pen.polygon(face, fill=lit(colour, dice.uniform(-0.3, 0.1)))
    pen.rectangle(back, fill=lit(colour, dice.uniform(-0.2, 0.05)))
    if dice.random() < 0.4:
        ribs = dice.randint(4, 30)
        for k in range(ribs):
            x, y = inside.at(k / ribs, 0, 1)
            pen.line((x, y, x, back[3]), fill=lit(colour, -0.3), width=1)
    return inside


def _mark(stage: Stage, inside: Inside, dice: random.Random) -> None:
    """A vent, a knob, a sticker or small print on the wall."""
    x, y = inside.at(dice.random(), dice.random(), dice.uniform(0.3, 1))
    unit, pen = inside.wide(0) * dice.uniform(0.02, 0.12), ImageDraw.Draw(stage.picture)
    tone, kind = lit(inside.colour, dice.choice((-0.6, -0.3, 0.4))), dice.randrange(4)
    if kind == 0:
        for k in range(dice.randint(3, 12)):
            pen.line((x, y + 4 * k, x + unit * 2, y + 4 * k), fill=tone, width=2)
    elif kind == 1:
        pen.ellipse((x, y, x + unit * 0.5, y + unit * 0.5), fill=tone)
    elif kind == 2:
        px = max(6, round(unit * 0.2))
        for k in range(5):
            pen.text((x, y + 1.3 * px * k), word(dice, upper=False), fill=tone, font=font(px))
    else:
        pen.rounded_rectangle((x, y, x + unit * 3, y + unit), unit * 0.2, fill=tone)


def _lamp(picture: Image.Image, at: Point, dice: random.Random) -> None:
    """A lamp and its glow."""
    unit = dice.uniform(0.02, 0.08) * picture.width
    glow = Image.new("L", picture.size)
    pen = ImageDraw.Draw(glow)
    pen.ellipse((at[0] - 3 * unit, at[1] - 2 * unit, at[0] + 3 * unit, at[1] + 2 * unit), 150)
    glow = glow.filter(ImageFilter.GaussianBlur(unit))
    ImageDraw.Draw(glow).ellipse((at[0] - unit, at[1] - unit, at[0] + unit, at[1] + unit), 255)
    picture.paste((255, 250, 235), mask=glow)


def _board(picture: Image.Image, inside: Inside, y: float, dice: random.Random) -> None:
    """The upper face of a board, of glass or of wires."""
    near, far = dice.uniform(0.02, 0.3), dice.uniform(0.85, 1)
    face = [
        inside.at(0, y, near),
        inside.at(1, y, near),
        inside.at(1, y, far),
        inside.at(0, y, far),
    ]
    pen, tone = ImageDraw.Draw(picture, "RGBA"), lit(inside.colour, dice.uniform(-0.3, 0.2))
    if dice.random() < 0.7:
        pen.polygon(face, fill=(*tone, dice.choice((60, 140, 255))))
        return
    for k in range(25):
        x = k / 24
        pen.line((*inside.at(x, y, near), *inside.at(x, y, far)), fill=(*tone, 255), width=2)


def _rail(stage: Stage, inside: Inside, y: float, dice: random.Random) -> None:
    """The front edge of a board: thin, over what stands lower behind it."""
    (left, floor), (right, _) = inside.at(0, y, 0.15), inside.at(1, y, 0.15)
    thick = max(1.0, inside.wide(0) * dice.uniform(0.004, 0.03))
    tone = lit(inside.colour, dice.choice((-0.3, 0.1, 0.4)))
    stage.rectangle((left, floor, right, floor + thick), tone)


def _stand(
    stage: Stage, inside: Inside, at: tuple[float, int], packs: list[int], dice: random.Random
) -> None:
    """A few products on the board at `at` (share down, row), any depth, some of them lying."""
    y, row = at
    x = dice.uniform(0.02, 0.3)
    spacing = dice.choice((1.05, 1.6, 3.0))
    while x < 0.92:
        number, depth = dice.choice(packs), dice.uniform(0.2, 0.8)
        pack = draw_pack(number)
        if pack.height > pack.width and dice.random() < 0.15:
            pack = pack.rotate(dice.choice((90, -90)), expand=True)
        tall = inside.wide(depth) * dice.uniform(0.06, 0.26)
        scale = min(tall / pack.height, 0.4 * inside.wide(depth) / pack.width)
        small = pack.resize(
            (max(3, round(pack.width * scale)), max(3, round(pack.height * scale))),
            Resampling.BILINEAR, reducing_gap=2.0,
        )  # fmt: skip
        left, floor = inside.at(x, y, depth)
        place = (round(left), round(floor - small.height))
        stage.shadow(small, (place[0] + 2, place[1] + 2), strength=0.35)
        stage.put(small, place, product=f"pack-{number:04d}", row=row)
        x += (small.width * dice.uniform(1, spacing) + 2) / inside.wide(depth)


def _drawers(stage: Stage, inside: Inside, y: float, dice: random.Random) -> None:
    """See-through or solid drawers below the last board."""
    across, down = dice.choice((1, 2, 2, 3)), dice.choice((1, 1, 2))
    foot = dice.uniform(0.98, 1.15)
    glaze, tone = dice.choice((60, 110, 170, 255)), lit(inside.colour, dice.uniform(-0.35, 0.2))
    pane = Image.new("RGBA", stage.picture.size)
    pen = ImageDraw.Draw(pane)
    for row in range(down):
        for column in range(across):
            top = y + (foot - y) * row / down
            left = inside.at((column + 0.03) / across, top + 0.015, 0.1)
            right = inside.at((column + 0.97) / across, top + (foot - y) / down * 0.95, 0.1)
            if right[1] <= left[1] + 4:
                continue
            edge = lit(inside.colour, dice.choice((-0.5, 0.5)))
            pen.rounded_rectangle((*left, *right), 8, fill=(*tone, glaze), outline=(*edge, 220),
                                  width=2)  # fmt: skip
            grip = left[1] + (right[1] - left[1]) * 0.12
            inset = (right[0] - left[0]) * dice.uniform(0.1, 0.4)
            pen.line((left[0] + inset, grip, right[0] - inset, grip), fill=(*edge, 200), width=4)
    if glaze == 255:
        stage.put(pane, (0, 0))
    else:
        stage.picture.paste(pane, mask=pane.getchannel("A"))
