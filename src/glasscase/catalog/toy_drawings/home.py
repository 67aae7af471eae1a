"""Lamps, cushions and clocks."""

from __future__ import annotations

import math
import random

from glasscase.catalog.toy_drawings.canvas import Canvas
from glasscase.catalog.toy_drawings.cloth import weave
from glasscase.catalog.toy_drawings.palette import COLOURS, Look, lit, mix
from glasscase.catalog.toy_drawings.shapes import Outline, oval, smooth, turned

_GLOW = (255, 226, 150)


def lamp(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A table lamp with a shade, or a desk lamp on a jointed arm."""
    if dice.random() < 0.65:
        _table_lamp(canvas, look, dice)
    else:
        _desk_lamp(canvas, look, dice)


def _table_lamp(canvas: Canvas, look: Look, dice: random.Random) -> None:
    top, brim = dice.uniform(0.24, 0.42), dice.uniform(0.54, 0.68)
    edge, tilt = dice.uniform(-0.18, -0.02), 0.16
    stand = look.second
    canvas.round_body([(0.84, 0.3), (0.9, 0.36), (0.94, 0.36)], stand, tilt=tilt)
    canvas.disc((0, 0.84), 0.3, 0.3 * tilt, lit(stand, 0.15))
    if dice.random() < 0.5:
        canvas.round_body([(edge, 0.05), (0.84, 0.05)], stand, tilt=tilt, gloss=0.6)
    else:
        belly = [(edge, 0.05), (0.1, 0.06), (0.3, 0.22), (0.52, 0.28), (0.7, 0.2), (0.86, 0.1)]
        canvas.round_body(belly, stand, tilt=tilt, gloss=0.6)
    canvas.disc((0, edge), brim, brim * tilt, lit(look.main, -0.45))
    shade = [(-0.95, top), (edge, brim)]
    glow = mix(look.main, _GLOW, 0.45) if dice.random() < 0.6 else look.main
    canvas.round_body(shade, glow, tilt=tilt, gloss=0.15)
    if look.pattern == "striped":
        for share in (0.1, 0.84):
            y, r = -0.95 + share * (edge + 0.95), top + share * (brim - top)
            canvas.round_body([(y, r), (y + 0.06, r + 0.02)], look.second, tilt=tilt)
    canvas.disc((0, -0.95), top, top * tilt, mix(glow, (255, 250, 225), 0.6))


def _desk_lamp(canvas: Canvas, look: Look, dice: random.Random) -> None:
    elbow = (dice.uniform(-0.56, -0.4), dice.uniform(-0.26, -0.1))
    head = (dice.uniform(0.2, 0.36), dice.uniform(-0.76, -0.62))
    metal = COLOURS[dice.choice(("silver", "charcoal", "black"))]
    canvas.round_body([(0.8, 0.34), (0.92, 0.38)], look.main, tilt=0.22)
    canvas.disc((0, 0.8), 0.34, 0.34 * 0.22, lit(look.main, 0.2))
    canvas.tube([(0, 0.8), elbow], 0.08, metal)
    canvas.tube([elbow, head], 0.08, metal)
    canvas.disc(elbow, 0.08, 0.08, lit(metal, -0.3))
    lean = dice.uniform(-40, -22)
    hood: Outline = turned([(-0.12, -0.14), (0.12, -0.14), (0.4, 0.36), (-0.4, 0.36)], lean)
    placed = [(x + head[0], y + head[1]) for x, y in hood]
    mouth = [(x + head[0], y + head[1]) for x, y in turned(oval((0, 0.36), 0.4, 0.13), lean)]
    canvas.fill(placed, look.main)
    canvas.shade(placed, to=(-0.8, 0.4), strength=0.5)
    canvas.fill(mouth, mix(_GLOW, (255, 255, 255), 0.3))
    bulb = turned([(0, 0.36)], lean)[0]
    canvas.disc((bulb[0] + head[0], bulb[1] + head[1] + 0.02), 0.12, 0.12, (255, 252, 232))


def cushion(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A stuffed cushion with drawn-in sides."""
    wide, high = dice.uniform(0.78, 0.9), dice.choice((0.6, 0.78, 0.86))
    pinch = dice.uniform(0.8, 0.88)
    outline = smooth(
        [
            (-wide, -high),
            (-wide * 0.5, -high * pinch),
            (wide * 0.5, -high * pinch),
            (wide, -high),
            (wide * pinch, -high * 0.5),
            (wide * pinch, high * 0.5),
            (wide, high),
            (wide * 0.5, high * pinch),
            (-wide * 0.5, high * pinch),
            (-wide, high),
            (-wide * pinch, high * 0.5),
            (-wide * pinch, -high * 0.5),
        ]
    )
    canvas.fill(outline, look.main)
    if look.pattern != "plain":
        weave(canvas, outline, look, step=dice.uniform(0.18, 0.3))
    dark, light = lit(look.main, -0.75), lit(look.main, 0.8)
    with canvas.inside(outline):
        for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            canvas.bloom((x * wide, y * high), 0.5, 0.5, strength=0.4, colour=dark)
        bright = (canvas.view.light * (-0.24 if canvas.view.mirrored else 0.24), -0.2)
        canvas.bloom(bright, wide * 0.8, high * 0.8, strength=0.4, colour=light)
    canvas.shade(outline, to=(-canvas.view.light, 0.9), strength=0.4)
    canvas.stroke(outline, 0.035, lit(look.second, -0.1), closed=True)
    if dice.random() < 0.3:
        canvas.disc((0, 0), 0.07, 0.06, lit(look.second, -0.2))
        for turn in range(0, 360, 60):
            fold = turned([(0.08, 0.0), (0.24, 0.0)], turn)
            canvas.stroke(fold, 0.016, lit(look.main, -0.4))


def clock(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A wall clock or an alarm clock with bells."""
    alarm = dice.random() < 0.4
    radius = 0.68 if alarm else dice.uniform(0.8, 0.92)
    middle = (0.0, 0.12 if alarm else 0.0)
    if alarm:
        _bells(canvas, look)
    rim = oval(middle, radius, radius)
    canvas.fill(rim, look.main)
    canvas.shade(rim, to=(-canvas.view.light, 0.7), strength=0.55)
    face = COLOURS[dice.choice(("cream", "white", "white", "charcoal"))]
    dial = radius * dice.uniform(0.82, 0.88)
    canvas.disc(middle, dial + 0.02, dial + 0.02, lit(look.main, -0.5))
    canvas.disc(middle, dial, dial, face)
    ink = (40, 40, 46) if sum(face) > 400 else (236, 236, 232)
    _dial(canvas, middle, dial, ink, look)
    _hands(canvas, middle, dial, ink, look, dice)
    glass = [
        (x + middle[0], y + middle[1]) for x, y in oval((0, 0), dial, dial, start=190, stop=300)
    ]
    canvas.shade(glass, to=(-0.7, -0.7), strength=0.25, colour=(255, 255, 255))


def _bells(canvas: Canvas, look: Look) -> None:
    for side in (-1, 1):
        canvas.tube([(side * 0.36, 0.66), (side * 0.5, 0.92)], 0.1, look.second)
        bell = turned(oval((0, -0.64), 0.27, 0.2, start=180, stop=360), side * 36, about=(0, 0.12))
        canvas.fill(bell, look.second)
        canvas.shade(bell, to=(0.5, 0.8), strength=0.5)
    handle = smooth([(-0.24, -0.62), (-0.2, -0.9), (0.2, -0.9), (0.24, -0.62)], closed=False)
    canvas.stroke(handle, 0.05, lit(look.second, -0.3))
    canvas.stroke([(0, -0.5), (0, -0.76)], 0.06, lit(look.second, -0.4))


def _dial(
    canvas: Canvas, middle: tuple[float, float], dial: float, ink: tuple[int, int, int], look: Look
) -> None:
    for hour in range(12):
        turn = math.radians(hour * 30)
        long = hour % 3 == 0
        inner = dial * (0.74 if long else 0.82)
        ends = [
            (middle[0] + reach * math.sin(turn), middle[1] - reach * math.cos(turn))
            for reach in (inner, dial * 0.91)
        ]
        canvas.stroke(
            ends, 0.055 if long else 0.03, look.main if long and sum(look.main) < 500 else ink
        )


def _hands(
    canvas: Canvas,
    middle: tuple[float, float],
    dial: float,
    ink: tuple[int, int, int],
    look: Look,
    dice: random.Random,
) -> None:
    hour, minute = dice.randrange(12), dice.randrange(60)
    pointers = (
        (hour * 30 + minute / 2, 0.5, 0.06, ink),
        (minute * 6, 0.74, 0.042, ink),
        (dice.randrange(60) * 6, 0.8, 0.016, look.second),
    )
    for degrees, length, width, colour in pointers:
        turn = math.radians(degrees)
        tip = (
            middle[0] + dial * length * math.sin(turn),
            middle[1] - dial * length * math.cos(turn),
        )
        canvas.stroke([middle, tip], width, colour)
    canvas.disc(middle, 0.05, 0.05, look.second)
