"""The picture of a contact sheet: rows of photos on paper."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

CELL_PX = 150
_GAP_PX = 8
_AFTER_ORIGINAL_PX = 22
_LABEL_PX = 74
_TITLE_PX = 30
_MARGIN_PX = 20
_MOST_CHARACTERS = 250
_PAPER, _INK, _SOFT, _LINE = (251, 250, 247), (29, 31, 36), (91, 96, 105), (223, 220, 211)


class SheetPicture:
    """Rows of photos, the first of each set apart; rows with the same title stand together."""

    def __init__(self, *, columns: int, rows: int) -> None:
        width = 2 * _MARGIN_PX + _LABEL_PX + columns * (CELL_PX + _GAP_PX) + _AFTER_ORIGINAL_PX
        tallest = 2 * _MARGIN_PX + _TITLE_PX + rows * (CELL_PX + _GAP_PX + _TITLE_PX + _GAP_PX)
        self._picture = Image.new("RGB", (width, tallest), _PAPER)
        self._pen = ImageDraw.Draw(self._picture)
        self._bold = ImageFont.load_default(15)
        self._plain = ImageFont.load_default(12)
        self._title = ""
        self._down = _MARGIN_PX
        for column in range(columns):
            name = f"epoch {column}" if column else "original"
            self._pen.text((_across(column), self._down), name, _SOFT, self._plain)
        self._down += _TITLE_PX

    def add(self, title: str, label: str, photos: Sequence[NDArray[np.uint8]]) -> None:
        """Add one row.

        Args:
            title: stands above the row, once for rows that follow each other. Characters the
                built-in font does not have (it is Latin) are left out.
            label: stands in front of the row.
            photos: uint8 RGB [h, w, 3], each fitted into its cell.
        """
        first = title != self._title
        if first:
            self._begin(title)
        pictures = [_fitted(photo) for photo in photos]
        height = max(picture.height for picture in pictures)
        self._pen.text((_MARGIN_PX, self._down + height // 2 - 8), label, _INK, self._bold)
        for column, picture in enumerate(pictures):
            if column or first:
                self._paste(picture, column, height)
        self._down += height + _GAP_PX

    def png(self) -> bytes:
        """The picture so far, cut below its last row."""
        stream = io.BytesIO()
        bottom = self._down + _MARGIN_PX - _GAP_PX
        self._picture.crop((0, 0, self._picture.width, bottom)).save(stream, format="PNG")
        return stream.getvalue()

    def _begin(self, title: str) -> None:
        if self._title:
            self._down += _GAP_PX
        self._title = title
        right = self._picture.width - _MARGIN_PX
        self._pen.line((_MARGIN_PX, self._down, right, self._down), _LINE)
        shown = title[:_MOST_CHARACTERS]
        latin = " ".join("".join(c for c in shown if c.isprintable() and c < "\u0180").split())
        while latin and self._pen.textlength(latin, self._plain) > right - _MARGIN_PX:
            latin = latin[: -max(1, len(latin) // 20)]
        self._pen.text((_MARGIN_PX, self._down + 8), latin, _SOFT, self._plain)
        self._down += _TITLE_PX

    def _paste(self, picture: Image.Image, column: int, row_height: int) -> None:
        width, height = picture.size
        left = _across(column) + (CELL_PX - width) // 2
        top = self._down + (row_height - height) // 2
        self._picture.paste(picture, (left, top))
        around = (left - 1, top - 1, left + width, top + height)
        self._pen.rectangle(around, outline=_LINE)  # white photos end somewhere


def _fitted(photo: NDArray[np.uint8]) -> Image.Image:
    picture = Image.fromarray(photo)
    share = CELL_PX / max(picture.size)
    size = (max(1, round(picture.width * share)), max(1, round(picture.height * share)))
    return picture.resize(size, Image.Resampling.LANCZOS)


def _across(column: int) -> int:
    apart = _AFTER_ORIGINAL_PX if column else 0
    return _MARGIN_PX + _LABEL_PX + column * (CELL_PX + _GAP_PX) + apart
