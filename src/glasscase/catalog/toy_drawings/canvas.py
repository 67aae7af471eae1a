"""A pen that draws in product coordinates, at twice the size, and remembers where it drew."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageChops, ImageDraw

from glasscase.catalog.toy_drawings.palette import RGB, lit
from glasscase.catalog.toy_drawings.shapes import Outline, Point, oval

OVERSAMPLING = 2
SLICES = 22  # of a round body: enough that no slice is seen at 256 px


@dataclass(frozen=True, slots=True)
class View:
    """Where the product stands in the photo and how it is turned; in shares of the photo's side."""

    centre: Point = (0.5, 0.5)
    unit: float = 0.38
    angle: float = 0.0
    """Degrees, clockwise."""
    mirrored: bool = False
    light: float = -0.5
    """Where the light comes from: -1 is left, 1 is right."""


class Canvas:
    """Draws polygons, strokes and round bodies in product coordinates (see `shapes`).

    Everything drawn through its methods counts as the product; what is painted on `image`
    directly (background, shadow) does not. `bounds` tells where the product is.
    """

    def __init__(self, background: Image.Image, view: View) -> None:
        self.image = background
        self.view = view
        self._pen = ImageDraw.Draw(background)
        self._unit = view.unit * background.width
        turn = math.radians(view.angle)
        self._cos, self._sin = math.cos(turn) * self._unit, math.sin(turn) * self._unit
        self._centre = (view.centre[0] * background.width, view.centre[1] * background.height)
        self._left = self._top = math.inf
        self._right = self._bottom = -math.inf

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of the product in pixels of the finished photo."""
        width, height = (side // OVERSAMPLING for side in self.image.size)
        return (
            max(0, math.floor(self._left / OVERSAMPLING)),
            max(0, math.floor(self._top / OVERSAMPLING)),
            min(width, math.ceil(self._right / OVERSAMPLING)),
            min(height, math.ceil(self._bottom / OVERSAMPLING)),
        )

    def pixels(self, points: Sequence[Point]) -> Outline:
        """Product coordinates -> pixels of the large picture."""
        x0, y0 = self._centre
        flip = -1.0 if self.view.mirrored else 1.0
        cos, sin = self._cos, self._sin
        return [(x0 + flip * x * cos - y * sin, y0 + flip * x * sin + y * cos) for x, y in points]

    def fill(self, points: Sequence[Point], colour: RGB) -> None:
        """A filled polygon."""
        self._pen.polygon(self._seen(points), fill=colour)

    def disc(self, centre: Point, rx: float, ry: float, colour: RGB) -> None:
        """A filled ellipse."""
        self.fill(oval(centre, rx, ry), colour)

    def stroke(
        self, points: Sequence[Point], width: float, colour: RGB, *, closed: bool = False
    ) -> None:
        """A line with round joints and ends; `width` in product units."""
        line = self._seen([*points, points[0]] if closed else points, margin=width / 2)
        thick = max(1, round(width * self._unit))
        self._pen.line(line, fill=colour, width=thick, joint="curve")
        if thick > 3 and not closed:
            half = thick / 2
            for x, y in (line[0], line[-1]):
                self._pen.ellipse((x - half, y - half, x + half, y + half), fill=colour)

    def tube(self, points: Sequence[Point], width: float, colour: RGB) -> None:
        """A stroke that looks round: dark edge, lighter middle."""
        self.stroke(points, width, lit(colour, -0.3))
        self.stroke(points, width * 0.72, colour)
        lifted = [(x, y - width * 0.12) for x, y in points]
        self.stroke(lifted, width * 0.24, lit(colour, 0.35))

    def round_body(
        self,
        profile: Sequence[tuple[float, float]],
        colour: RGB,
        *,
        tilt: float,
        gloss: float = 0.4,
    ) -> None:
        """The seen front of a body of revolution.

        Args:
            profile: (y, radius) from top to bottom.
            colour: of the material.
            tilt: how much it is seen from above: height of a level circle over its width, 0 to 1.
            gloss: strength of the bright streak, 0 to 1.
        """
        flip = -1.0 if self.view.mirrored else 1.0
        lamp = math.asin(max(-1.0, min(1.0, self.view.light * flip * 0.8)))
        turns = [math.pi * (k / SLICES - 0.5) for k in range(SLICES + 1)]
        for k in range(SLICES):
            middle = (turns[k] + turns[k + 1]) / 2
            lambert = math.cos(middle - lamp)
            shine = gloss * max(0.0, lambert) ** 24
            shade = 0.62 * (lambert - 0.78) + 0.16 * math.cos(middle)
            left, right = turns[k], min(turns[k + 1] + 0.02, math.pi / 2)
            edge = [(r * math.sin(left), y + r * math.cos(left) * tilt) for y, r in profile]
            other = [(r * math.sin(right), y + r * math.cos(right) * tilt) for y, r in profile]
            self.fill([*edge, *reversed(other)], lit(colour, max(-0.7, min(0.85, shade + shine))))

    @contextmanager
    def inside(self, points: Sequence[Point]) -> Iterator[None]:
        """Whatever is drawn meanwhile shows only inside the polygon `points`."""
        before = self.image.copy()
        extent = (self._left, self._top, self._right, self._bottom)
        yield
        self._left, self._top, self._right, self._bottom = extent
        outside = ImageChops.invert(self.mask(self._seen(points)))
        self.image.paste(before, mask=outside)

    def shade(
        self, points: Sequence[Point], *, to: Point, strength: float, colour: RGB = (10, 10, 20)
    ) -> None:
        """Let `colour` grow over the polygon in the direction `to` (product coordinates)."""
        seen = self._seen(points)
        x0, y0 = (min(axis) for axis in zip(*seen, strict=True))
        x1, y1 = (max(axis) for axis in zip(*seen, strict=True))
        frame = (math.floor(x0), math.floor(y0), math.ceil(x1) + 1, math.ceil(y1) + 1)
        size = (frame[2] - frame[0], frame[3] - frame[1])
        mask = Image.new("L", size)
        ImageDraw.Draw(mask).polygon([(x - frame[0], y - frame[1]) for x, y in seen], fill=255)
        (ox, oy), (tx, ty) = self.pixels([(0, 0), to])
        turn = math.degrees(math.atan2(tx - ox, ty - oy))
        ramp = _ramp(round(turn / 15) * 15 % 360, round(strength * 20)).resize(size)
        self.image.paste(colour, frame[:2], ImageChops.multiply(mask, ramp))

    def mask(self, seen: Sequence[Point]) -> Image.Image:
        """L picture, 255 inside the polygon given in pixels."""
        mask = Image.new("L", self.image.size)
        ImageDraw.Draw(mask).polygon(list(seen), fill=255)
        return mask

    def _seen(self, points: Sequence[Point], *, margin: float = 0.0) -> Outline:
        """Product coordinates -> pixels, remembered as part of the product."""
        seen = self.pixels(points)
        room = margin * self._unit
        xs, ys = zip(*seen, strict=True)
        self._left, self._right = min(self._left, min(xs) - room), max(self._right, max(xs) + room)
        self._top, self._bottom = min(self._top, min(ys) - room), max(self._bottom, max(ys) + room)
        return seen


@lru_cache(maxsize=512)
def _ramp(turn: int, strength: int) -> Image.Image:
    """64 px L ramp from 0 to `strength` / 20 of 255, growing downwards when `turn` is 0."""
    across, down = math.sin(math.radians(turn)), math.cos(math.radians(turn))
    steps = np.linspace(-1, 1, 64)
    height = (steps[None, :] * across + steps[:, None] * down) / (abs(across) + abs(down))
    return Image.fromarray(np.rint((height + 1) / 2 * 255 * strength / 20).astype(np.uint8))
