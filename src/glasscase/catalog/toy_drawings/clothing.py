"""T-shirts, socks and caps."""

from __future__ import annotations

import random

from glasscase.catalog.toy_drawings.canvas import Canvas
from glasscase.catalog.toy_drawings.cloth import weave
from glasscase.catalog.toy_drawings.palette import Look, lit
from glasscase.catalog.toy_drawings.shapes import (
    Outline,
    box,
    mirrored,
    moved,
    oval,
    smooth,
    star,
    turned,
)


def t_shirt(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A T-shirt, laid out flat."""
    sleeve, waist = dice.uniform(0.86, 1.0), dice.uniform(0.52, 0.6)
    drop = dice.uniform(-0.3, -0.12)
    half = [
        (0.24, -0.84),
        (0.52, -0.74),
        (sleeve, drop),
        (sleeve - 0.26, drop + 0.16),
        (waist, -0.28),
        (waist - 0.02, 0.2),
        (waist + 0.02, 0.9),
        (0.2, 0.93),
    ]
    neck = dice.uniform(0.14, 0.3)
    scoop: Outline = [
        (-0.24, -0.84),
        (-0.14, -0.84 + neck * 0.8),
        (0, -0.84 + neck),
        (0.14, -0.84 + neck * 0.8),
    ]
    outline = [*mirrored(half)[:-1], (-0.24, -0.84), *scoop[1:]]
    canvas.fill([(-0.24, -0.84), (0.24, -0.84), (0.14, -0.6), (-0.14, -0.6)], lit(look.main, -0.45))
    canvas.fill(outline, look.main)
    if look.pattern not in ("plain", "printed"):
        weave(canvas, outline, look, step=dice.uniform(0.16, 0.24))
    if look.pattern == "printed":
        _print(canvas, look, dice)
    if dice.random() < 0.35:  # sleeves of the second colour
        for side in (1, -1):
            arm = [(0.52, -0.74), (sleeve, drop), (sleeve - 0.26, drop + 0.16), (waist, -0.28)]
            canvas.fill([(x * side, y) for x, y in arm], look.second)
    for side in (1, -1):
        canvas.stroke([(side * 0.52, -0.72), (side * waist, -0.3)], 0.018, lit(look.main, -0.3))
        canvas.bloom((side * 0.36, 0.1), 0.12, 0.55, strength=0.3, colour=lit(look.main, -0.7))
        canvas.bloom((side * 0.22, 0.3), 0.1, 0.5, strength=0.2, colour=lit(look.main, 0.7))
    collar = [*scoop, (0.24, -0.84)]
    canvas.stroke(smooth(collar, closed=False), 0.06, lit(look.second, -0.1))
    canvas.shade(outline, to=(-canvas.view.light, 0.6), strength=0.32)


def _print(canvas: Canvas, look: Look, dice: random.Random) -> None:
    kind = dice.randrange(4)
    if kind == 0:
        canvas.disc((0, 0.0), 0.32, 0.32, look.second)
        canvas.fill(
            [(-0.3, 0.1), (-0.08, -0.16), (0.04, 0.0), (0.14, -0.1), (0.3, 0.1)],
            lit(look.second, -0.5),
        )
    elif kind == 1:
        canvas.fill(star((0, 0), 0.36, points=dice.choice((5, 6, 8))), look.second)
    elif kind == 2:
        for row in range(3):
            width = 0.36 - 0.06 * row
            canvas.fill(box(-width, -0.2 + row * 0.16, width, -0.11 + row * 0.16), look.second)
    else:
        canvas.fill(box(0.14, -0.28, 0.34, -0.04, corner=0.03), lit(look.second, -0.1))


def socks(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A pair of socks, side by side or crossed."""
    length, spread = dice.uniform(0.75, 1.0), dice.uniform(0.36, 0.46)
    lean = dice.uniform(-10, 10)
    for index, x in enumerate((-spread, spread * 0.85)):
        _sock(canvas, look, x=x, length=length, lean=lean + 6 * index)


def _sock(canvas: Canvas, look: Look, *, x: float, length: float, lean: float) -> None:
    top = -length

    def placed(points: Outline) -> Outline:
        return turned(moved(points, by=(x - 0.12, 0)), lean, about=(x, 0))

    leg = smooth(
        [
            (-0.2, top),
            (0.0, top - 0.005),
            (0.2, top),
            (0.2, top + 0.3),
            (0.2, 0.1),
            (0.24, 0.4),
            (0.5, 0.56),
            (0.66, 0.7),
            (0.6, 0.86),
            (0.4, 0.9),
            (0.1, 0.86),
            (-0.12, 0.74),
            (-0.21, 0.5),
            (-0.2, 0.0),
            (-0.2, top + 0.3),
        ]
    )
    outline = placed(leg)
    canvas.fill(outline, look.main)
    with canvas.inside(outline):
        if look.pattern != "plain":
            weave(canvas, outline, look, step=0.17)
        canvas.fill(placed(oval((-0.2, 0.78), 0.24, 0.26)), look.second)
        canvas.fill(placed(oval((0.62, 0.82), 0.25, 0.3)), look.second)
        canvas.fill(placed(box(-0.3, top - 0.1, 0.3, top + 0.16)), look.second)
        for k in range(9):
            rib = -0.2 + 0.05 * k
            canvas.stroke(placed([(rib, top), (rib, top + 0.15)]), 0.012, lit(look.second, -0.25))
    canvas.shade(outline, to=(-canvas.view.light, 0.3), strength=0.45)


def cap(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A baseball cap from the side."""
    high = dice.uniform(0.62, 0.76)
    reach = dice.uniform(0.98, 1.12)
    dome = smooth(
        [
            (-0.78, 0.3),
            (-0.8, 0.0),
            (-0.66, -high * 0.66),
            (-0.3, -high),
            (0.06, -high * 0.96),
            (0.38, -high * 0.6),
            (0.5, -0.1),
            (0.52, 0.24),
        ],
        closed=False,
    )
    dome = [*dome, (0.2, 0.36), (-0.3, 0.4)]
    brim = smooth(
        [
            (0.1, 0.26),
            (0.5, 0.14),
            (0.86, 0.2),
            (reach, 0.42),
            (reach - 0.08, 0.52),
            (0.7, 0.42),
            (0.36, 0.42),
            (0.08, 0.42),
        ]
    )
    canvas.fill(dome, look.main)
    if look.pattern in ("striped", "checked", "dotted"):
        weave(canvas, dome, look, step=0.18)
    elif look.pattern == "two-tone":
        front = [(-0.1, -high * 1.02), (0.4, -high * 0.6), (0.54, 0.3), (0.06, 0.36)]
        with canvas.inside(dome):
            canvas.fill(front, look.second)
    canvas.shade(dome, to=(-0.5, 0.8), strength=0.5)
    canvas.shade(dome, to=(0.4, -0.8), strength=0.3, colour=(255, 255, 255))
    seam = lit(look.main, -0.4)
    for bend in (-0.52, -0.1, 0.22):
        line = smooth(
            [(-0.12, -high), ((bend - 0.12) / 1.6, -high * 0.5), (bend, 0.32)], closed=False
        )
        canvas.stroke(line, 0.014, seam)
    canvas.disc((-0.12, -high + 0.005), 0.07, 0.04, look.second)
    if dice.random() < 0.7:
        canvas.fill(
            star((0.26, -0.12), 0.15, points=dice.choice((4, 5, 12))), lit(look.second, 0.1)
        )
    edge = look.second if dice.random() < 0.5 else look.main
    canvas.fill(brim, lit(edge, -0.12))
    canvas.shade(brim, to=(0, 1), strength=0.5)
    canvas.stroke(
        smooth([(0.1, 0.42), (0.4, 0.36), (0.75, 0.36), (reach - 0.06, 0.48)], closed=False),
        0.016,
        lit(edge, -0.45),
    )
