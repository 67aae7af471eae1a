"""What a pack says, how large, with which contrast: read once, measured in many ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.read_line import ReadLine
from glasscase.errors import GlasscaseError
from glasscase.packs.contrast import contrast_measures, ink_of
from glasscase.packs.letters import TILE_MM, letter_measures, letter_px
from glasscase.packs.measure import Evidence, Measure
from glasscase.packs.pack import Pack
from glasscase.packs.product_box import product_box
from glasscase.packs.text_line import TextLine

LEAST_PX = 32
"""A photo of which a side has fewer pixels is not read."""


class LineReader(Protocol):
    """Reads lines off a photo; `encoders.photo_reader.PhotoReader` is one."""

    def lines(self, image: NDArray[np.uint8], *, name: str = "") -> tuple[ReadLine, ...]:
        """Every line with its place."""

    def words_of(self, strips: Sequence[NDArray[np.uint8]]) -> tuple[str, ...]:
        """What stands on pictures of one line each."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A pack and the lines that were read on it; `why_not` says why nothing could be read."""

    pack: Pack
    lines: tuple[TextLine, ...]
    reader: LineReader | None = None
    why_not: str = ""

    @property
    def text(self) -> str:
        """All lines, from top to bottom."""
        return "\n".join(line.words for line in self.lines)


def read_pack(
    pack: Pack, *, reader: LineReader | None = None, lines: Sequence[ReadLine] | None = None
) -> Reading:
    """Read `pack` once; hand the result to `reading_measures` and `hero_report`.

    Args:
        pack: the pack.
        reader: who reads; None: the reader of the extra `ocr`.
        lines: lines already read, for instance before the photo was edited: their letters are
            measured anew at the same places.

    Never fails for want of a reader or for a bad photo: `why_not` says what was wrong.
    """
    if min(pack.image.shape[:2]) < LEAST_PX:
        height, width = pack.image.shape[:2]
        why = f"the photo has {width} x {height} pixels, the least is {LEAST_PX}. Use a larger one"
        return Reading(pack, (), why_not=why)
    try:
        reader = reader or _reader()
        found = reader.lines(pack.image, name=pack.id) if lines is None else lines
    except GlasscaseError as error:
        return Reading(pack, (), why_not=str(error).rstrip("."))
    return Reading(pack, tuple(_measured(pack.image, line) for line in found), reader)


def reading_measures(pack: Pack, *, reading: Reading | None = None) -> list[Measure]:
    """Everything that is measured on the words of one pack; pillar `readable`.

    Args:
        pack: the pack.
        reading: what `read_pack` found; None: it is read now.
    """
    reading = reading or read_pack(pack)
    if reading.why_not or not reading.lines:
        why = reading.why_not or "no words were read on the photo"
        return [_missing(one, why) for one in _measures(reading)]
    return _measures(reading)


def _measures(reading: Reading) -> list[Measure]:
    image = reading.pack.image
    box = product_box(image).box
    pack_px = max(1.0, (box[3] - box[1]) * image.shape[0])
    height_mm = reading.pack.height_mm
    return [
        *letter_measures(
            reading.lines,
            mm_per_px=height_mm / pack_px if height_mm else None,
            tile_mm_per_px=TILE_MM / max(image.shape[:2]),
        ),
        *contrast_measures(reading.lines),
    ]


def _missing(measure: Measure, why: str) -> Measure:
    return Measure.missing(measure.name, measure.unit, measure.better, why)


def _measured(image: NDArray[np.uint8], line: ReadLine) -> TextLine:
    evidence = Evidence(line.share_box(image), line.words)
    ink = ink_of(line.strip(image, smooth=False))
    if ink is None:
        return TextLine(line, evidence, letter_px=None, ratio=None)
    height = letter_px(line.words, ink.mask)
    return TextLine(line, evidence, height, ink.ratio, ink.low, ink.high)


def _reader() -> LineReader:
    from glasscase.encoders.photo_reader import PhotoReader

    return PhotoReader()
