"""What a pack says, how large, with which contrast: read once, measured in many ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from glasscase.encoders.read_line import ReadLine
from glasscase.errors import GlasscaseError
from glasscase.packs.blurred_words import surviving_measures
from glasscase.packs.claims import Block, blocks_of, claim_measures
from glasscase.packs.contrast import brand_contrast, contrast_measures, ink_of
from glasscase.packs.letters import TILE_MM, letter_measures, letter_px
from glasscase.packs.measure import Evidence, Measure
from glasscase.packs.mirrored_print import lines_either_way
from glasscase.packs.pack import Pack
from glasscase.packs.product_box import product_box
from glasscase.packs.readability import readability_measures
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
    found: Sequence[ReadLine] = lines or ()
    try:
        reader = reader or _reader()
        if lines is None:
            known = (pack.brand, pack.product)
            found = lines_either_way(reader, pack.image, known=known, name=pack.id)
    except GlasscaseError as error:
        if lines is None:
            return Reading(pack, (), why_not=str(error).rstrip("."))
    return Reading(pack, tuple(_measured(pack.image, line) for line in found), reader)


def reading_measures(pack: Pack, *, reading: Reading | None = None) -> list[Measure]:
    """Everything that is measured on the words of one pack; pillar `readable`, save `brand_kept`
    and `brand_contrast`, which are `findable`.

    Args:
        pack: the pack; words of its `brand` and `product` are known by their names.
        reading: what `read_pack` found; None: it is read now.
    """
    reading = reading or read_pack(pack)
    image, lines = reading.pack.image, reading.lines
    box = product_box(image).box
    pack_px = max(1.0, (box[3] - box[1]) * image.shape[0])
    height_mm = reading.pack.height_mm
    mm_per_px = height_mm / pack_px if height_mm else None
    blocks = blocks_of(reading.pack, lines)
    tile = TILE_MM / max(image.shape[:2])
    measures = [
        *letter_measures(lines, mm_per_px=mm_per_px, tile_mm_per_px=tile),
        *contrast_measures(lines),
        brand_contrast(_brand_lines(blocks), given=bool(reading.pack.brand)),
        *_surviving(reading, blocks, pack_px, mm_per_px),
        *claim_measures(blocks),
        *readability_measures(blocks),
        *_named(reading.pack, blocks),
    ]
    if not lines:
        why = reading.why_not or "no words were read on the photo"
        return [_missing(one, why) for one in measures]
    return measures


def _surviving(
    reading: Reading, blocks: Sequence[Block], pack_px: float, mm_per_px: float | None
) -> list[Measure]:
    names = ("words_kept_blur", "words_kept_phone", "brand_kept", "words_kept_shelf")
    brands = {id(line) for line in _brand_lines(blocks)}
    brand = [i for i, line in enumerate(reading.lines) if id(line) in brands]
    why = "the lines were not read by a reader that can read them again"
    if reading.lines and reading.reader is not None:
        try:
            return surviving_measures(
                reading.pack.image,
                reading.lines,
                reading.reader,
                pack_px=pack_px,
                mm_per_px=mm_per_px,
                brand=brand if reading.pack.brand else None,
            )
        except GlasscaseError as error:
            why = str(error).rstrip(".")
    return [Measure.missing(name, "share", "more", why) for name in names]


def _named(pack: Pack, blocks: Sequence[Block]) -> list[Measure]:
    """`brand_read` and `quantity_read`: 1 where it stands on the pack and was read, else 0."""
    found: list[Measure] = []
    for name, part, asked in (
        ("brand_read", "brand", pack.brand),
        ("quantity_read", "quantity", "*"),
    ):
        places = tuple(block.evidence for block in blocks if block.part == part)
        if not asked:
            why = "the pack's brand is not given. Add it"
            found.append(Measure.missing(name, "share", "more", why))
        else:
            value = float(bool(places))
            found.append(Measure(name, value, "share", "more", "readable", evidence=places))
    return found


def _brand_lines(blocks: Sequence[Block]) -> list[TextLine]:
    return [line for block in blocks if block.part == "brand" for line in block.lines]


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
    from glasscase.encoders import photo_reader

    return _reader_of(photo_reader.installed_series())


@lru_cache(maxsize=1)
def _reader_of(series: str | None) -> LineReader:
    """One reader for all packs of a process: loading it takes as long as reading one."""
    from glasscase.encoders.photo_reader import PhotoReader

    return PhotoReader()
