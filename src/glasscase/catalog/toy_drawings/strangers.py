"""Products of no category of the toy shop: an umbrella, a plant, a guitar."""

from __future__ import annotations

import random

from glasscase.catalog.toy_drawings.canvas import Canvas
from glasscase.catalog.toy_drawings.palette import Look, lit
from glasscase.catalog.toy_drawings.shapes import oval, smooth


def umbrella(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """An open umbrella from the side."""
    high = dice.uniform(0.8, 0.95)
    canvas.tube([(0, -high), (0, 0.7)], 0.05, (70, 66, 64))
    hook = [(x, 0.72 + y) for x, y in oval((-0.12, 0), 0.12, 0.16, start=0, stop=180)]
    canvas.tube(hook, 0.08, look.second)
    ribs = [-1.0, -0.62, -0.22, 0.22, 0.62, 1.0]
    for k, (left, right) in enumerate(zip(ribs, ribs[1:], strict=False)):
        edge = oval(((left + right) / 2, 0.02), (right - left) / 2, 0.1, start=180, stop=360)
        up = smooth([(right, 0.02), (right * 0.82, -high * 0.56), (0, -high)], closed=False)
        down = smooth([(0, -high), (left * 0.82, -high * 0.56), (left, 0.02)], closed=False)
        panel = [*edge, *up, *down]
        canvas.fill(panel, look.main if k % 2 == 0 else look.second)
        canvas.shade(panel, to=(-canvas.view.light, 0.4), strength=0.1 + 0.08 * k)
    canvas.stroke([(0, -high), (0, -high - 0.1)], 0.04, (70, 66, 64))


def plant(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """A green plant in a pot."""
    green = (58, 128, 66)
    for k in range(13):
        lean = (k - 6) * 0.17 + dice.uniform(-0.05, 0.05)
        tip = (lean * 1.05, -0.9 + abs(lean) * 0.75 + dice.uniform(0, 0.1))
        bow = 0.12 if k % 2 else -0.12
        leaf = smooth(
            [
                (0.02 * (k - 6), 0.3),
                (tip[0] * 0.5 + bow, (tip[1] + 0.2) / 2),
                tip,
                (tip[0] * 0.5 - bow, (tip[1] + 0.1) / 2),
            ]
        )
        tone = lit(green, dice.uniform(-0.25, 0.2))
        canvas.fill(leaf, tone)
        canvas.stroke([(0.02 * (k - 6), 0.3), tip], 0.012, lit(tone, 0.25))
    canvas.round_body([(0.22, 0.42), (0.34, 0.42)], lit(look.main, 0.05), tilt=0.16)
    canvas.round_body([(0.36, 0.38), (0.92, 0.28)], look.main, tilt=0.16)


def guitar(canvas: Canvas, look: Look, dice: random.Random) -> None:
    """An acoustic guitar, upright."""
    wood = dice.choice([(206, 142, 74), (170, 96, 48), (128, 66, 36), look.main])
    body = smooth(
        [
            (0, -0.1),
            (0.28, -0.06),
            (0.32, 0.16),
            (0.26, 0.3),
            (0.44, 0.52),
            (0.4, 0.86),
            (0, 0.98),
            (-0.4, 0.86),
            (-0.44, 0.52),
            (-0.26, 0.3),
            (-0.32, 0.16),
            (-0.28, -0.06),
        ]
    )
    canvas.fill([(x * 1.05, y * 1.02) for x, y in body], lit(wood, -0.5))
    canvas.fill(body, wood)
    canvas.shade(body, to=(-canvas.view.light, 0.6), strength=0.4)
    canvas.disc((0, 0.34), 0.14, 0.14, (40, 28, 22))
    canvas.fill([(-0.06, -0.84), (0.06, -0.84), (0.06, 0.28), (-0.06, 0.28)], (74, 48, 34))
    canvas.fill([(-0.09, -1.06), (0.09, -1.06), (0.07, -0.82), (-0.07, -0.82)], lit(wood, -0.4))
    canvas.fill([(-0.18, 0.68), (0.18, 0.68), (0.18, 0.74), (-0.18, 0.74)], (54, 36, 28))
    for k in range(4):
        x = -0.036 + 0.024 * k
        canvas.stroke([(x, -0.84), (x, 0.7)], 0.008, (226, 220, 206))
    for k in range(8):
        y = -0.76 + 0.11 * k
        canvas.stroke([(-0.06, y), (0.06, y)], 0.012, (190, 186, 178))
