"""Laptops, headphones and computer mice."""

from __future__ import annotations

import random

from glasscase.catalog.toy_drawings.canvas import Canvas
from glasscase.catalog.toy_drawings.palette import COLOURS, Look, lit, mix
from glasscase.catalog.toy_drawings.shapes import box, oval, smooth

_DARK = (34, 36, 42)


def laptop(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """An open laptop from the front."""
    wide, back = dice.uniform(0.74, 0.82), 0.22
    front, deep = dice.uniform(0.98, 1.06), dice.uniform(0.72, 0.84)
    lean = dice.uniform(-0.03, 0.06)
    lid = [(-wide + lean, -0.86), (wide - lean, -0.86), (wide, back), (-wide, back)]
    canvas.stroke(lid, 0.06, look.main, closed=True)
    canvas.fill(lid, _DARK)
    screen = [
        (-wide + 0.07 + lean, -0.8),
        (wide - 0.07 - lean, -0.8),
        (wide - 0.06, back - 0.1),
        (-wide + 0.06, back - 0.1),
    ]
    _wallpaper(canvas, look, dice, screen)
    base = [(-wide, back), (wide, back), (front, deep), (-front, deep)]
    canvas.fill(
        [(-front, deep), (front, deep), (front - 0.02, deep + 0.07), (-front + 0.02, deep + 0.07)],
        lit(look.main, -0.4),
    )
    canvas.fill(base, lit(look.main, 0.1))
    canvas.shade(base, to=(0, 1), strength=0.3, colour=(255, 255, 255))
    canvas.fill(
        [
            (-wide * 0.96, back),
            (wide * 0.96, back),
            (wide * 0.97, back + 0.04),
            (-wide * 0.97, back + 0.04),
        ],
        lit(look.main, -0.55),
    )

    def at(across: float, down: float) -> tuple[float, float]:
        half = wide + (front - wide) * down
        return across * half, back + (deep - back) * down

    keys = _DARK if sum(look.main) > 240 else (96, 100, 108)
    for row in range(4):
        low, high = 0.13 + row * 0.12, 0.22 + row * 0.12
        for column in range(11):
            left, right = -0.86 + column * 0.157, -0.73 + column * 0.157
            canvas.fill([at(left, low), at(right, low), at(right, high), at(left, high)], keys)
    pad = [at(-0.24, 0.66), at(0.24, 0.66), at(0.25, 0.93), at(-0.25, 0.93)]
    canvas.fill(pad, lit(look.main, -0.14))


def _wallpaper(
    canvas: Canvas, look: Look, dice: random.Random, screen: list[tuple[float, float]]
) -> None:
    colour = mix(look.second, COLOURS["blue"], 0.4)
    canvas.fill(screen, colour)
    with canvas.inside(screen):
        kind = dice.randrange(3)
        if kind == 0:
            canvas.fill(
                smooth([(-0.9, 0.3), (-0.5, -0.3), (-0.1, 0.0), (0.3, -0.4), (0.9, 0.3)]),
                lit(colour, -0.35),
            )
            canvas.disc((0.36, -0.55), 0.1, 0.1, (250, 226, 150))
        elif kind == 1:
            canvas.fill(box(-0.6, -0.62, 0.1, -0.05), (246, 246, 248))
            for line in range(6):
                width = dice.uniform(0.3, 0.6)
                canvas.fill(
                    box(-0.55, -0.54 + line * 0.075, -0.55 + width, -0.515 + line * 0.075),
                    (150, 156, 168),
                )
            canvas.fill(box(0.2, -0.62, 0.56, -0.3), lit(colour, 0.5))
        else:
            for ring in range(5):
                radius = 1.1 - ring * 0.2
                canvas.disc((-0.4, 0.4), radius, radius, lit(colour, 0.14 * ring))
        glare = [(-0.1, -0.86), (0.5, -0.86), (0.1, 0.2), (-0.5, 0.2)]
        canvas.shade(glare, to=(0.5, -1), strength=0.25, colour=(255, 255, 255))


def headphones(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """Headphones with a band over the head, from the front."""
    wide, high = dice.uniform(0.56, 0.68), dice.uniform(0.78, 0.95)
    band = [(x * wide, 0.1 + y * high) for x, y in oval((0, 0), 1, 1, start=176, stop=364)]
    canvas.stroke(band, 0.16, lit(look.main, -0.3))
    canvas.stroke(band, 0.11, look.main)
    inner = [(x * 0.93, 0.1 + (y - 0.1) * 0.92) for x, y in band]
    canvas.stroke(inner[6:-6], 0.07, lit(look.second, -0.1))
    cup_wide, cup_high = dice.uniform(0.19, 0.25), dice.uniform(0.34, 0.44)
    for side in (-1, 1):
        x = side * wide
        canvas.fill(box(x - 0.05, -0.1, x + 0.05, 0.34), COLOURS["silver"])
        pad = smooth(
            [
                (x - side * 0.02, 0.36 - cup_high),
                (x - side * cup_wide * 1.2, 0.36 - cup_high * 0.6),
                (x - side * cup_wide * 1.3, 0.36 + cup_high * 0.6),
                (x - side * 0.02, 0.36 + cup_high),
            ]
        )
        canvas.fill(pad, (44, 42, 46))
        canvas.shade(pad, to=(0, -1), strength=0.4, colour=(255, 255, 255))
        shell = oval((x + side * 0.08, 0.36), cup_wide, cup_high)
        canvas.fill(shell, look.main)
        canvas.shade(shell, to=(-canvas.view.light, 0.7), strength=0.6)
        canvas.shade(shell, to=(canvas.view.light, -0.7), strength=0.4, colour=(255, 255, 255))
        canvas.disc((x + side * 0.12, 0.36), cup_wide * 0.5, cup_high * 0.5, look.second)
        canvas.disc(
            (x + side * 0.13, 0.36), cup_wide * 0.26, cup_high * 0.26, lit(look.second, 0.3)
        )
    if dice.random() < 0.35:
        cable = smooth([(-wide, 0.7), (-wide + 0.1, 0.95), (0.0, 0.86), (0.3, 1.0)], closed=False)
        canvas.stroke(cable, 0.035, _DARK)


def mouse(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A computer mouse from above, with or without a cable."""
    wide, back = dice.uniform(0.46, 0.56), dice.uniform(0.76, 0.86)
    lean = dice.uniform(0.0, 0.1)
    hull = smooth(
        [
            (0, -0.72),
            (wide * 0.62, -0.66),
            (wide * 0.9, -0.3),
            (wide + lean * 0.4, 0.15),
            (wide * 0.86, 0.6),
            (0, back),
            (-wide * 0.86, 0.6),
            (-wide, 0.15),
            (-wide * 0.9 + lean, -0.3),
            (-wide * 0.62, -0.66),
        ]
    )
    if dice.random() < 0.5:
        cable = smooth(
            [
                (0, -0.66),
                (0.04, -0.86),
                (dice.uniform(-0.5, 0.5), -0.94),
                (dice.uniform(-0.3, 0.3), -1.08),
            ],
            closed=False,
        )
        canvas.stroke(cable, 0.05, _DARK)
    canvas.fill([(x * 1.05, y * 1.03 + 0.02) for x, y in hull], lit(look.main, -0.5))
    canvas.fill(hull, look.main)
    canvas.shade(hull, to=(-canvas.view.light, 0.8), strength=0.5)
    canvas.shade(hull, to=(canvas.view.light, -0.8), strength=0.45, colour=(255, 255, 255))
    seam = lit(look.main, -0.6 if sum(look.main) > 200 else 0.35)
    canvas.stroke(
        smooth([(-wide * 0.93, -0.12), (0, -0.02), (wide * 0.93, -0.12)], closed=False), 0.02, seam
    )
    canvas.stroke([(0, -0.7), (0, -0.04)], 0.02, seam)
    canvas.fill(box(-0.085, -0.52, 0.085, -0.16, corner=0.08), _DARK)
    canvas.fill(box(-0.05, -0.48, 0.05, -0.2, corner=0.05), lit(look.second, -0.1))
    for k in range(4):
        canvas.stroke([(-0.05, -0.44 + k * 0.07), (0.05, -0.44 + k * 0.07)], 0.012, _DARK)
    if dice.random() < 0.6:
        canvas.disc((0, 0.46), 0.09, 0.09, look.second)
    if look.pattern == "two-tone":
        for side in (-1, 1):
            trim = smooth(
                [(side * wide * 0.7, 0.0), (side * wide * 0.76, 0.3), (side * wide * 0.5, 0.62)],
                closed=False,
            )
            canvas.stroke(trim, 0.05, look.second)
