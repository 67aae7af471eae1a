"""Packs drawn with words of known size and colour, and a reader that needs no model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from glasscase.encoders.read_line import ReadLine

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)


@dataclass(frozen=True)
class Print:
    """A line to be printed on a pack."""

    words: str
    size: int = 40
    at: tuple[int, int] = (40, 40)
    ink: Colour = BLACK


@dataclass
class DrawnReader:
    """Reads what was printed, where it was printed, as a reader does; and counts."""

    lines_of: list[ReadLine]
    photos: int = 0
    strips: list[Any] = field(default_factory=list)

    def lines(self, image: Any, *, name: str = "") -> tuple[ReadLine, ...]:
        self.photos += 1
        return tuple(self.lines_of)

    def words_of(self, strips: Sequence[Any]) -> tuple[str, ...]:
        """The words of the line of this shape, where a quarter of full contrast is left."""
        self.strips.extend(strips)
        told = []
        for strip in strips:
            darkest, lightest = np.percentile(strip[..., 0], [2, 98])
            told.append(self._of_shape(strip) if lightest - darkest > 70 else "")
        return tuple(told)

    def _of_shape(self, strip: Any) -> str:
        wanted = strip.shape[1] / strip.shape[0]
        shapes = [abs(line.sides[0] / line.sides[1] - wanted) for line in self.lines_of]
        return self.lines_of[int(np.argmin(shapes))].words


def drawn(
    prints: Sequence[Print], *, size: tuple[int, int] = (400, 600), ground: Colour = WHITE
) -> tuple[np.ndarray, DrawnReader]:
    """uint8 RGB of `size` (width, height) with `prints` on it, and a reader of just these."""
    picture = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(picture)
    lines = []
    for one in prints:
        font = ImageFont.load_default(one.size)
        draw.text(one.at, one.words, one.ink, font)
        left, top, right, bottom = draw.textbbox(one.at, one.words, font)
        left, top, right, bottom = left - 4, top - 4, right + 4, bottom + 4
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)
        lines.append(ReadLine(corners, one.words, 0.99))
    return np.asarray(picture).copy(), DrawnReader(lines)
