"""Outlines as lists of points: x to the right, y down, a product fills about -1 to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

Point = tuple[float, float]
Outline = list[Point]


def oval(
    centre: Point, rx: float, ry: float, *, start: float = 0.0, stop: float = 360.0
) -> Outline:
    """Points of an ellipse or of an arc of it; degrees, clockwise from three o'clock."""
    steps = max(6, round(abs(stop - start) / 8))
    turns = [math.radians(start + (stop - start) * k / steps) for k in range(steps + 1)]
    return [(centre[0] + rx * math.cos(a), centre[1] + ry * math.sin(a)) for a in turns]


def box(left: float, top: float, right: float, bottom: float, *, corner: float = 0.0) -> Outline:
    """A rectangle; with `corner`, a rounded one.

    >>> box(0, 0, 2, 1)
    [(0, 0), (2, 0), (2, 1), (0, 1)]
    """
    if corner <= 0:
        return [(left, top), (right, top), (right, bottom), (left, bottom)]
    c = corner
    corners = [
        ((right - c, top + c), 270),
        ((right - c, bottom - c), 0),
        ((left + c, bottom - c), 90),
        ((left + c, top + c), 180),
    ]
    return [point for middle, at in corners for point in oval(middle, c, c, start=at, stop=at + 90)]


def smooth(points: Sequence[Point], *, closed: bool = True, steps: int = 8) -> Outline:
    """A soft curve through `points` (Catmull-Rom)."""
    count = len(points)
    spans = count if closed else count - 1
    curve: Outline = []
    for k in range(spans):
        if closed:
            a, b, c, d = (points[(k + shift) % count] for shift in (-1, 0, 1, 2))
        else:
            a, b, c, d = (points[min(max(k + shift, 0), count - 1)] for shift in (-1, 0, 1, 2))
        curve.extend(_span(a, b, c, d, steps))
    return curve if closed else [*curve, points[-1]]


def _span(a: Point, b: Point, c: Point, d: Point, steps: int) -> Outline:
    def at(t: float, axis: int) -> float:
        p, q, r, s = a[axis], b[axis], c[axis], d[axis]
        linear, square, cube = r - p, 2 * p - 5 * q + 4 * r - s, 3 * q - p - 3 * r + s
        return q + 0.5 * t * (linear + t * (square + t * cube))

    return [(at(k / steps, 0), at(k / steps, 1)) for k in range(steps)]


def moved(points: Sequence[Point], *, by: Point = (0, 0), scale: float = 1.0) -> Outline:
    """The outline scaled about the origin, then moved."""
    return [(x * scale + by[0], y * scale + by[1]) for x, y in points]


def mirrored(points: Sequence[Point]) -> Outline:
    """The outline followed by its mirror image in the y axis, as one closed outline."""
    return [*points, *[(-x, y) for x, y in reversed(points)]]


def turned(points: Sequence[Point], degrees: float, *, about: Point = (0, 0)) -> Outline:
    """The outline turned clockwise about a point."""
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return [
        (
            about[0] + (x - about[0]) * cos - (y - about[1]) * sin,
            about[1] + (x - about[0]) * sin + (y - about[1]) * cos,
        )
        for x, y in points
    ]


def star(centre: Point, radius: float, *, points: int = 5) -> Outline:
    """A star."""
    outline = []
    for k in range(2 * points):
        reach = radius if k % 2 == 0 else radius * 0.45
        turn = math.pi * k / points - math.pi / 2
        outline.append((centre[0] + reach * math.cos(turn), centre[1] + reach * math.sin(turn)))
    return outline
