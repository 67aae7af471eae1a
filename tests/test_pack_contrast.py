"""The contrast of letters: golden ratios, whatever the colours, and where nothing can be told."""

from __future__ import annotations

import numpy as np
import pytest

from drawn_packs import BLACK, WHITE, Colour, Print, drawn
from glasscase.packs.contrast import contrast_ratio, ink_of
from glasscase.packs.pack import Pack
from glasscase.packs.reading import read_pack, reading_measures

PAIRS: list[tuple[Colour, Colour, float]] = [
    (BLACK, WHITE, 21.0),
    (WHITE, BLACK, 21.0),
    ((119, 119, 119), WHITE, 4.48),
    ((118, 118, 118), WHITE, 4.54),
    ((255, 0, 0), WHITE, 4.00),
    ((0, 0, 255), WHITE, 8.59),
    ((255, 255, 0), WHITE, 1.07),
    ((255, 0, 0), (0, 128, 0), 1.28),
]


@pytest.mark.parametrize(("ink", "ground", "ratio"), PAIRS)
def test_the_ratio_is_that_of_wcag_for_the_colours_and_for_letters_in_them(
    ink: Colour, ground: Colour, ratio: float
) -> None:
    assert contrast_ratio(ink, ground) == pytest.approx(ratio, abs=0.006)
    image, reader = drawn([Print("Dark Roast 250", 24, ink=ink)], ground=ground)
    (line,) = read_pack(Pack("a", image), reader=reader).lines
    assert line.ratio == pytest.approx(ratio, abs=0.006)


def test_ink_and_ground_are_told_apart_and_a_uneven_ground_is_a_range() -> None:
    image, reader = drawn([Print("NIGHT CREAM", 40)], ground=(250, 240, 200))
    strip = reader.lines_of[0].strip(image, smooth=False)
    ink = ink_of(strip)
    assert ink is not None
    assert (ink.colour, ink.ground) == (BLACK, (250, 240, 200))
    assert ink.low == ink.ratio == ink.high
    shaded = strip.astype(float) * np.linspace(0.5, 1, strip.shape[1])[None, :, None]
    uneven = ink_of(shaded.astype(np.uint8))
    assert uneven is not None
    assert uneven.low < 0.7 * uneven.high
    assert uneven.low <= uneven.ratio <= uneven.high


def test_where_nothing_stands_out_nothing_is_measured() -> None:
    assert ink_of(np.full((20, 80, 3), 200, np.uint8)) is None
    assert ink_of(np.zeros((1, 80, 3), np.uint8)) is None
    image, reader = drawn([Print("GHOST", ink=WHITE)])
    measures = {
        m.name: m
        for m in reading_measures(
            Pack("a", image), reading=read_pack(Pack("a", image), reader=reader)
        )
    }
    assert measures["contrast_median"].value is None
    assert measures["contrast_median"].why_not == "no line of words stands out from its ground"


def test_characters_count_and_poor_lines_are_shown() -> None:
    prints = [Print("TEN LETTERS", at=(40, 40)), Print("x y", at=(40, 140), ink=(200, 200, 200))]
    image, reader = drawn(prints)
    pack = Pack("a", image)
    measures = {m.name: m for m in reading_measures(pack, reading=read_pack(pack, reader=reader))}
    assert measures["contrast_median"].value == pytest.approx(21.0)
    assert measures["contrast_lowest"].value == pytest.approx(1.67, abs=0.01)
    enough = measures["contrast_enough_share"]
    assert enough.value == pytest.approx(10 / 12)
    assert [one.words for one in enough.evidence] == ["x y"]
