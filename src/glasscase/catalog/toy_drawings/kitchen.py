"""Mugs, pans and bottles."""

from __future__ import annotations

import random

from glasscase.catalog.toy_drawings.canvas import Canvas
from glasscase.catalog.toy_drawings.palette import COLOURS, Look, lit
from glasscase.catalog.toy_drawings.shapes import box, oval, smooth, star


def mug(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A mug with a handle, seen a little from above."""
    tilt, top, foot = dice.uniform(0.18, 0.3), -0.72, 0.66
    wide, narrow = dice.uniform(0.54, 0.66), dice.uniform(0.42, 0.6)
    grip = dice.uniform(0.3, 0.4)
    handle = smooth(
        [
            (wide - 0.1, -0.36),
            (wide + grip * 0.8, -0.34),
            (wide + grip, 0.02),
            (wide + grip * 0.7, 0.34),
            (narrow - 0.06, 0.4),
        ],
        closed=False,
    )
    canvas.tube(handle, 0.16, look.second if dice.random() < 0.25 else look.main)
    profile = [
        (top, wide),
        (top + 0.5, (wide * 2 + narrow) / 3 + 0.02),
        (foot - 0.15, narrow + 0.02),
        (foot - 0.03, narrow),
        (foot, narrow - 0.06),
    ]
    canvas.round_body(profile, look.main, tilt=tilt, gloss=0.5)
    _decorate(canvas, look, dice, radius=(wide + narrow) / 2 + 0.02, tilt=tilt)
    canvas.disc((0, top), wide, wide * tilt, lit(look.main, 0.3))
    inner = COLOURS["cream"] if dice.random() < 0.5 else look.second
    canvas.disc((0, top + 0.01), wide - 0.05, (wide - 0.05) * tilt, lit(inner, -0.2))
    if dice.random() < 0.6:
        drink = dice.choice([(84, 50, 30), (150, 98, 54), (124, 70, 28)])
        with canvas.inside(oval((0, top + 0.01), wide - 0.05, (wide - 0.05) * tilt)):
            canvas.disc((0, top + 0.12), wide - 0.08, (wide - 0.08) * tilt, drink)
            canvas.disc((-0.1, top + 0.1), wide * 0.4, wide * 0.1, lit(drink, 0.2))


def _decorate(
    canvas: Canvas, look: Look, dice: random.Random, *, radius: float, tilt: float
) -> None:
    sag = radius * tilt
    if look.pattern == "striped":
        for y in (-0.2, 0.06, 0.3):
            canvas.round_body([(y, radius), (y + 0.1, radius)], look.second, tilt=tilt)
    elif look.pattern == "dotted":
        for row in range(3):
            for column in range(-2, 3):
                x = (column + (row % 2) * 0.5) * 0.24
                drop = sag * max(0.0, 1 - (x / radius) ** 2) ** 0.5
                if abs(x) < radius * 0.9:
                    flat = max(0.25, (1 - (x / radius) ** 2) ** 0.5)
                    canvas.disc((x, -0.28 + row * 0.26 + drop), 0.07 * flat, 0.07, look.second)
    elif look.pattern == "printed":
        middle = (dice.uniform(-0.15, 0.1), 0.0 + sag)
        if dice.random() < 0.5:
            canvas.fill(star(middle, 0.24), look.second)
        else:
            heart = [
                (0, 0.2),
                (-0.22, -0.02),
                (-0.2, -0.16),
                (-0.08, -0.18),
                (0, -0.08),
                (0.08, -0.18),
                (0.2, -0.16),
                (0.22, -0.02),
            ]
            canvas.fill([(x + middle[0], y + middle[1]) for x, y in heart], look.second)
    elif look.pattern == "two-tone":
        canvas.round_body([(0.22, radius), (0.62, radius - 0.04)], look.second, tilt=tilt)


def pan(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A frying pan or a saucepan with a long handle, seen from above at a slant."""
    tilt, deep = dice.uniform(0.42, 0.66), dice.choice((0.16, 0.2, 0.42))
    radius, middle = dice.uniform(0.62, 0.7), (-0.32, 0.05)
    reach, rise = dice.uniform(1.0, 1.12), dice.uniform(-0.42, -0.2)
    grip = COLOURS[dice.choice(("black", "charcoal", "brown"))]
    canvas.tube([(0.2, 0.0), (0.5, rise * 0.5)], 0.1, COLOURS["silver"])
    canvas.tube([(0.46, rise * 0.46), (reach, rise)], 0.16, grip)
    canvas.disc((reach - 0.03, rise + 0.01), 0.035, 0.028, lit(grip, 0.6))
    outside = look.main
    profile = [(0.0, radius), (deep * 0.5, radius - 0.03), (deep, radius - 0.12)]
    shifted = [(y + middle[1], r) for y, r in profile]
    _round_at(canvas, shifted, outside, middle[0], tilt)
    canvas.disc(middle, radius, radius * tilt, lit(outside, 0.35))
    rim = oval(middle, radius - 0.04, (radius - 0.04) * tilt)
    inside = dice.choice([(52, 52, 56), (70, 70, 74), (176, 180, 186), (40, 40, 44)])
    canvas.fill(rim, lit(inside, -0.35))
    with canvas.inside(rim):
        bottom = (middle[0], middle[1] + deep * 0.45)
        canvas.disc(bottom, radius - 0.1, (radius - 0.1) * tilt, inside)
        canvas.disc(bottom, radius * 0.6, radius * 0.6 * tilt, lit(inside, 0.06))
        canvas.disc(bottom, radius * 0.3, radius * 0.3 * tilt, lit(inside, 0.02))
        canvas.shade(rim, to=(0.7, -0.5), strength=0.35, colour=(255, 255, 255))
        if dice.random() < 0.25:
            _egg(canvas, bottom, tilt)


def _round_at(
    canvas: Canvas,
    profile: list[tuple[float, float]],
    colour: tuple[int, int, int],
    x: float,
    tilt: float,
) -> None:
    left = [(x - r, y) for y, r in profile]
    right = [(x + r, y) for y, r in reversed(profile)]
    y, r = profile[-1]
    belly = oval((x, y), r, r * tilt, start=180, stop=0)
    wall = [*left, *belly, *right]
    canvas.fill(wall, colour)
    canvas.shade(wall, to=(-canvas.view.light, 0.2), strength=0.6)
    canvas.shade(wall, to=(canvas.view.light, -0.2), strength=0.35, colour=(255, 255, 255))


def _egg(canvas: Canvas, middle: tuple[float, float], tilt: float) -> None:
    x, y = middle
    white = smooth(
        [
            (x - 0.26, y),
            (x - 0.1, y - 0.2 * tilt),
            (x + 0.16, y - 0.26 * tilt),
            (x + 0.28, y),
            (x + 0.08, y + 0.26 * tilt),
            (x - 0.16, y + 0.2 * tilt),
        ]
    )
    canvas.fill(white, (250, 248, 240))
    canvas.disc((x, y), 0.1, 0.1 * tilt, (244, 182, 44))


def bottle(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A drinking bottle, upright."""
    tilt, neck = 0.16, dice.uniform(0.12, 0.2)
    radius, foot = dice.uniform(0.27, 0.36), 0.95
    shoulder = dice.uniform(-0.6, -0.3)
    profile = [
        (-0.78, neck),
        (-0.68, neck),
        (shoulder - 0.05, radius * 0.86),
        (shoulder + 0.1, radius),
        (foot - 0.12, radius),
        (foot - 0.03, radius - 0.02),
        (foot, radius - 0.06),
    ]
    canvas.round_body(profile, look.main, tilt=tilt, gloss=0.7)
    cap = look.second if dice.random() < 0.6 else COLOURS["charcoal"]
    wide = neck + 0.03
    canvas.round_body([(-0.98, wide - 0.02), (-0.72, wide)], cap, tilt=tilt, gloss=0.3)
    canvas.disc((0, -0.98), wide - 0.02, (wide - 0.02) * tilt, lit(cap, 0.25))
    if dice.random() < 0.45:
        loop = smooth(
            [(-wide, -0.86), (-wide * 0.9, -1.08), (wide * 0.9, -1.08), (wide, -0.86)], closed=False
        )
        canvas.tube(loop, 0.06, cap)
    _label(canvas, look, dice, radius=radius, tilt=tilt)


def _label(canvas: Canvas, look: Look, dice: random.Random, *, radius: float, tilt: float) -> None:
    if look.pattern == "plain":
        canvas.round_body(
            [(0.8, radius + 0.005), (0.95, radius - 0.03)], lit(look.main, -0.4), tilt=tilt
        )
    elif look.pattern == "striped":
        for y in (-0.1, 0.04, 0.18):
            canvas.round_body(
                [(y, radius + 0.004), (y + 0.06, radius + 0.004)], look.second, tilt=tilt
            )
    elif look.pattern == "dotted":
        for row in range(5):
            for column in (-1, 0, 1):
                x = column * radius * 0.52 + (0.06 if row % 2 else -0.06)
                canvas.disc((x, -0.12 + row * 0.19), 0.04, 0.045, look.second)
    elif look.pattern == "two-tone":
        canvas.round_body([(0.3, radius + 0.004), (0.92, radius - 0.01)], look.second, tilt=tilt)
    else:
        canvas.round_body(
            [(-0.12, radius + 0.004), (0.5, radius + 0.004)], COLOURS["cream"], tilt=tilt
        )
        canvas.fill(star((0, 0.24), radius * 0.5, points=dice.choice((4, 5, 6, 8))), look.second)
        canvas.fill(box(-radius * 0.6, 0.42, radius * 0.6, 0.46), lit(look.second, -0.2))
