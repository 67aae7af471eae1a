"""The shelf photo with what was read off it: boxes, rows, gaps, and a legend below.

Boxes have the colour of their brand (or product); those not recognised are dashed. Gaps are
hatched, rows are thin lines. Lines and letters grow with the photo.

Not covered: scripts that Pillow's own font lacks are drawn as empty boxes in the legend; the HTML
report writes them right.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from glasscase.shelf.shelf_colours import colours_of, group_of, legend_of
from glasscase.shelf.usable_boxes import UNKNOWN

Point = tuple[float, float]
_INK, _PAPER, _GAP = "#1d1f24", "#ffffff", "#ffd400"
_MOST_LETTERS = 40


def annotated(image: NDArray[np.uint8], result: Mapping[str, Any]) -> Image.Image:
    """`image` (uint8 RGB [h, w, 3]) with the boxes of `result` (`ShelfReading.to_dict`) drawn."""
    picture = Image.fromarray(image).convert("RGB")
    pen = _Pen(picture, max(2, round(max(picture.size) / 500)))
    for row in result["figures"]["rows"]:
        pen.row_line(float(row["left_px"]), float(row["right_px"]))
    for gap in result["figures"]["gaps"]:
        pen.gap(_corners(gap))
    colours = colours_of(result)
    for one in result["products"]:
        if one["name"] == UNKNOWN:
            pen.dashed(_corners(one), colours[UNKNOWN])
        else:
            pen.box(_corners(one), colours[group_of(one)])
    return _with_legend(picture, result)


def annotated_bytes(
    image: NDArray[np.uint8],
    result: Mapping[str, Any],
    *,
    form: Literal["PNG", "JPEG"] = "JPEG",
    longest_px: int = 0,
) -> bytes:
    """`annotated` as a file; `longest_px` above 0 makes it smaller first."""
    picture = annotated(image, result)
    if longest_px:
        picture.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, form, **({"quality": 88} if form == "JPEG" else {}))
    return stream.getvalue()


class _Pen:
    """Draws on one picture with lines of one width, each on a dark edge so that it is seen on
    products of any colour."""

    def __init__(self, picture: Image.Image, width: int) -> None:
        self._draw = ImageDraw.Draw(picture, "RGBA")
        self._width, self._across = width, picture.width

    def box(self, corners: Sequence[float], colour: str) -> None:
        grown = [corners[0] - 1, corners[1] - 1, corners[2] + 1, corners[3] + 1]
        self._draw.rectangle(grown, outline=(0, 0, 0, 150), width=self._width + 2)
        self._draw.rectangle(list(corners), outline=colour, width=self._width)

    def dashed(self, corners: Sequence[float], colour: str) -> None:
        left, top, right, bottom = corners
        self._draw.rectangle(list(corners), outline=(0, 0, 0, 130), width=self._width)
        for one, other in (
            ((left, top), (right, top)), ((right, top), (right, bottom)),
            ((right, bottom), (left, bottom)), ((left, bottom), (left, top)),
        ):  # fmt: skip
            for start, end in _dashes(one, other, 5.0 * self._width):
                self._draw.line([start, end], fill=colour, width=self._width)

    def gap(self, corners: Sequence[float]) -> None:
        left, top, right, bottom = corners
        self._draw.rectangle(list(corners), fill=(255, 212, 0, 60), outline=_GAP, width=self._width)
        step, high = max(8, 5 * self._width), bottom - top
        start = left - high
        while start < right:  # slanted lines, cut at the edges of the gap
            a, b = max(left, start), min(right, start + high)
            if a < b:
                line = [(a, bottom - (a - start)), (b, bottom - (b - start))]
                self._draw.line(line, fill=_GAP, width=max(1, self._width // 2))
            start += step

    def row_line(self, left: float, right: float) -> None:
        line = [(0.0, left), (float(self._across), right)]
        self._draw.line(line, fill=(0, 0, 0, 120), width=self._width + 2)
        self._draw.line(line, fill=(255, 255, 255, 210), width=max(1, self._width // 2))


def _corners(box: Mapping[str, Any]) -> list[float]:
    return [float(box[edge]) for edge in ("left", "top", "right", "bottom")]


def _dashes(start: Point, end: Point, length: float) -> Iterator[tuple[Point, Point]]:
    across, down = end[0] - start[0], end[1] - start[1]
    whole = max((across**2 + down**2) ** 0.5, 1e-6)
    place = 0.0
    while place < whole:
        stop = min(place + length, whole)
        yield (
            (start[0] + across * place / whole, start[1] + down * place / whole),
            (start[0] + across * stop / whole, start[1] + down * stop / whole),
        )
        place += 2 * length


def _with_legend(picture: Image.Image, result: Mapping[str, Any]) -> Image.Image:
    """The picture above lines of colour, name and number of boxes."""
    px = max(12, round(picture.width / 70))
    font, pad = ImageFont.load_default(px), px // 2
    lines = [
        (name, colour, f"{_short(name)}  {count}") for name, colour, count in legend_of(result)
    ]
    gaps = len(result["figures"]["gaps"])
    if gaps:
        lines.append(("", _GAP, f"possible gap  {gaps}"))
    wide = [round(font.getlength(text)) + 2 * px + 2 * pad for _, _, text in lines]
    places, x, y = [], pad, pad
    for width in wide:
        if x > pad and x + width > picture.width:
            x, y = pad, y + px + pad
        places.append((x, y))
        x += width
    high = y + px + 2 * pad if lines else 0
    sheet = Image.new("RGB", (picture.width, picture.height + high), _PAPER)
    sheet.paste(picture)
    draw = ImageDraw.Draw(sheet)
    for (name, colour, text), (x, y) in zip(lines, places, strict=True):
        top = picture.height + y
        square = (x, top, x + px, top + px)
        if name == UNKNOWN:
            draw.rectangle(square, outline="#777777", width=max(1, px // 10))
            draw.line((x, top + px, x + px, top), fill="#777777")
        else:
            draw.rectangle(square, fill=colour, outline=_INK)
        draw.text((x + px + pad, top + px / 2), text, _INK, font, anchor="lm")
    return sheet


def _short(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else " " for letter in name)
    return plain if len(plain) <= _MOST_LETTERS else plain[: _MOST_LETTERS - 1] + "…"
