"""Photos that could show two kinds of product: only the words can tell."""

from __future__ import annotations

import random

from glasscase.catalog.toy_drawings.canvas import Canvas
from glasscase.catalog.toy_drawings.cloth import weave
from glasscase.catalog.toy_drawings.palette import Look, lit
from glasscase.catalog.toy_drawings.shapes import box, oval, smooth


def tumbler(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A mug whose handle is turned away, or a bottle without its cap."""
    radius, tilt = dice.uniform(0.42, 0.5), 0.22
    foot = radius - dice.uniform(0.02, 0.1)
    canvas.round_body([(-0.76, radius), (0.7, foot), (0.76, foot - 0.04)], look.main, tilt=tilt)
    if look.pattern == "two-tone":
        canvas.round_body([(0.0, radius - 0.03), (0.3, foot + 0.02)], look.second, tilt=tilt)
    canvas.disc((0, -0.76), radius, radius * tilt, lit(look.main, 0.3))
    canvas.disc((0, -0.75), radius - 0.04, (radius - 0.04) * tilt, lit(look.main, -0.5))


def disc(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """The back of a wall clock, or the bottom of a pan whose handle is out of sight."""
    radius = dice.uniform(0.74, 0.88)
    rim = oval((0, 0), radius, radius)
    canvas.fill(rim, look.main)
    canvas.shade(rim, to=(-canvas.view.light, 0.7), strength=0.5)
    plate = oval((0, 0), radius * 0.86, radius * 0.86)
    canvas.fill(plate, lit(look.main, -0.2))
    canvas.shade(plate, to=(canvas.view.light, -0.7), strength=0.4, colour=(255, 255, 255))
    for share in (0.6, 0.3):
        canvas.stroke(oval((0, 0), radius * share, radius * share), 0.014, lit(look.main, -0.45))
    canvas.disc((0, -radius * 0.93), 0.03, 0.03, (20, 20, 24))


def folded_cloth(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A folded T-shirt, or a cushion cover without its filling."""
    wide, high = dice.uniform(0.62, 0.76), dice.uniform(0.64, 0.76)
    for step in (2, 1, 0):
        layer = box(-wide, -high + 0.05 * step, wide, high + 0.05 * step, corner=0.08)
        canvas.fill(layer, lit(look.main, -0.22 * step))
    top = box(-wide, -high, wide, high, corner=0.08)
    if look.pattern != "plain":
        weave(canvas, top, look, step=dice.uniform(0.18, 0.26))
    canvas.shade(top, to=(-canvas.view.light, 0.6), strength=0.35)
    fold = [(-wide, high * 0.2), (wide, high * 0.12), (wide, high * 0.3), (-wide, high * 0.36)]
    canvas.shade(fold, to=(0, 1), strength=0.3)


def knit_ball(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A rolled-up pair of socks, or a rolled-up knitted cap."""
    radius = dice.uniform(0.6, 0.72)
    ball = smooth(
        [
            (-radius, 0.02),
            (-radius * 0.7, -radius * 0.72),
            (0, -radius * 0.9),
            (radius * 0.74, -radius * 0.7),
            (radius, 0.05),
            (radius * 0.7, radius * 0.74),
            (0, radius * 0.86),
            (-radius * 0.72, radius * 0.7),
        ]
    )
    canvas.fill(ball, look.main)
    with canvas.inside(ball):
        for k in range(-9, 10):
            x = k * radius / 8
            rib = smooth([(x * 0.7, -radius), (x * 1.25, 0), (x * 0.7, radius)], closed=False)
            canvas.stroke(rib, 0.02, lit(look.main, -0.2))
        cuff = [(-1, -0.16), (0, 0.0), (1, -0.16), (1, 0.12), (0, 0.28), (-1, 0.12)]
        canvas.fill(smooth(cuff), look.second)
    canvas.shade(ball, to=(-canvas.view.light, 0.8), strength=0.6)
    canvas.shade(ball, to=(canvas.view.light, -0.8), strength=0.25, colour=(255, 255, 255))


def zipped_case(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A zipped hard case: headphones or a mouse may be in it."""
    wide, high = dice.uniform(0.7, 0.84), dice.uniform(0.52, 0.64)
    shell = box(-wide, -high, wide, high, corner=0.3)
    canvas.fill(shell, look.main)
    canvas.shade(shell, to=(-canvas.view.light, 0.8), strength=0.55)
    canvas.shade(shell, to=(canvas.view.light, -0.8), strength=0.3, colour=(255, 255, 255))
    inner = box(-wide + 0.1, -high + 0.1, wide - 0.1, high - 0.1, corner=0.22)
    canvas.stroke(inner, 0.03, lit(look.main, -0.5), closed=True)
    canvas.stroke(inner, 0.01, lit(look.main, 0.4), closed=True)
    canvas.fill(box(wide - 0.16, -0.1, wide - 0.04, 0.1, corner=0.04), look.second)
    canvas.disc((0, 0), 0.12, 0.08, lit(look.second, -0.2))


def carton(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A closed carton: a laptop or a lamp may be in it."""
    wide, depth, top = dice.uniform(0.56, 0.68), dice.uniform(0.22, 0.34), -0.36
    brown = (188, 146, 100)
    front = [(-0.8, top), (-0.8 + wide * 2, top), (-0.8 + wide * 2, 0.72), (-0.8, 0.72)]
    right = -0.8 + wide * 2
    side = [
        (right, top),
        (right + depth, top - depth),
        (right + depth, 0.72 - depth),
        (right, 0.72),
    ]
    lid = [(-0.8, top), (right, top), (right + depth, top - depth), (-0.8 + depth, top - depth)]
    canvas.fill(front, brown)
    canvas.shade(front, to=(0.4, 1), strength=0.3)
    canvas.fill(side, lit(brown, -0.3))
    canvas.fill(lid, lit(brown, 0.25))
    seam = [(-0.8 + depth / 2, top - depth / 2), (right + depth / 2, top - depth / 2)]
    canvas.stroke(seam, 0.1, lit(look.main, 0.1))
    middle = (right - 0.8) / 2
    canvas.fill(box(middle - 0.26, 0.0, middle + 0.26, 0.36), (246, 244, 238))
    for line in range(3):
        canvas.fill(
            box(middle - 0.2, 0.06 + line * 0.09, middle + 0.1, 0.1 + line * 0.09), look.main
        )
