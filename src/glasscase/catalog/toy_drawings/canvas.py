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
        """Left, top, right, bottom of the product in pixels of the finished photo.

        All 0 as long as nothing is drawn.
        """
        if self._left > self._right:
            return 0, 0, 0, 0
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
        slices = round(14 + 34 * max(r for _, r in profile))
        turns = [math.pi * (k / slices - 0.5) for k in range(slices + 1)]
        for k in range(slices):
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
        seen = self._seen(points)
        frame, mask = self._stencil(seen)
        under, pen = self.image, self._pen
        extent = (self._left, self._top, self._right, self._bottom)
        self.image = under.copy()
        self._pen = ImageDraw.Draw(self.image)
        yield
        under.paste(self.image.crop(frame), frame[:2], mask)
        self.image, self._pen = under, pen
        self._left, self._top, self._right, self._bottom = extent

    def shade(
        self, points: Sequence[Point], *, to: Point, strength: float, colour: RGB = (10, 10, 20)
    ) -> None:
        """Let `colour` grow over the polygon in the direction `to` (product coordinates)."""
        frame, mask = self._stencil(self._seen(points))
        (ox, oy), (tx, ty) = self.pixels([(0, 0), to])
        turn = math.degrees(math.atan2(tx - ox, ty - oy))
        ramp = _ramp(round(turn / 15) * 15 % 360, round(strength * 20))
        ramp = ramp.resize(mask.size, Image.Resampling.NEAREST)
        self.image.paste(colour, frame[:2], ImageChops.multiply(mask, ramp))

    def bloom(self, centre: Point, rx: float, ry: float, *, strength: float, colour: RGB) -> None:
        """A soft spot of `colour`, fading to nothing at `rx` and `ry` from the centre."""
        (x, y), wide, high = self.pixels([centre])[0], rx * self._unit, ry * self._unit
        spot = _spot(round(strength * 20)).resize((round(2 * wide), round(2 * high)))
        self.image.paste(colour, (round(x - wide), round(y - high)), spot)

    def _stencil(self, seen: Outline) -> tuple[tuple[int, int, int, int], Image.Image]:
        """The frame round a polygon in pixels, and within it an L mask, 255 inside the polygon."""
        xs, ys = zip(*seen, strict=True)
        left, top = math.floor(min(xs)), math.floor(min(ys))
        frame = (left, top, math.ceil(max(xs)) + 1, math.ceil(max(ys)) + 1)
        mask = Image.new("L", (frame[2] - left, frame[3] - top))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in seen], fill=255)
        return frame, mask

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
    """128 px L ramp from 0 to `strength` / 20 of 255, growing downwards when `turn` is 0."""
    across, down = math.sin(math.radians(turn)), math.cos(math.radians(turn))
    steps = np.linspace(-1, 1, 128)
    height = (steps[None, :] * across + steps[:, None] * down) / (abs(across) + abs(down))
    return Image.fromarray(np.rint((height + 1) / 2 * 255 * strength / 20).astype(np.uint8))


@lru_cache(maxsize=32)
def _spot(strength: int) -> Image.Image:
    """48 px L spot, `strength` / 20 of 255 in the middle, falling smoothly to 0 at the rim."""
    steps = np.linspace(-1, 1, 48)
    far = np.minimum(1, np.hypot(steps[None, :], steps[:, None]))
    return Image.fromarray(np.rint((1 - far**2) ** 2 * 255 * strength / 20).astype(np.uint8))
