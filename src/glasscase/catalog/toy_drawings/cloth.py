"""Patterns of cloth: stripes, dots, checks."""

from __future__ import annotations

from glasscase.catalog.toy_drawings.canvas import Canvas
from glasscase.catalog.toy_drawings.palette import Look, lit
from glasscase.catalog.toy_drawings.shapes import Outline, box, star


def weave(canvas: Canvas, outline: Outline, look: Look, *, step: float) -> None:
    """Cover the inside of `outline` with the look's pattern, repeated every `step` units."""
    count = round(1.2 / step)
    rows = [k * step for k in range(-count, count + 1)]
    with canvas.inside(outline):
        if look.pattern in ("striped", "checked"):
            for y in rows:
                canvas.fill(box(-1.3, y, 1.3, y + step * 0.45), look.second)
        if look.pattern == "checked":
            crossing = lit(look.second, -0.3)
            for x in rows:
                canvas.fill(box(x, -1.3, x + step * 0.28, 1.3), crossing)
        if look.pattern in ("dotted", "printed"):
            for index, y in enumerate(rows):
                for x in rows:
                    at = (x + (step / 2 if index % 2 else 0), y)
                    if look.pattern == "dotted":
                        canvas.disc(at, step * 0.24, step * 0.24, look.second)
                    else:
                        canvas.fill(star(at, step * 0.34), look.second)
