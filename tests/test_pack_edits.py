"""What-if edits change what they say, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from drawn_packs import Print, drawn
from glasscase.errors import BadSetting
from glasscase.packs.contrast import ink_of
from glasscase.packs.edit import Edit, parsed_edits
from glasscase.packs.edits import edited, logo_line
from glasscase.packs.pack import Pack

PRINTS = [
    Print("ACORN", 60, (60, 60), (120, 60, 30)),
    Print("no added sugar", 24, (60, 300), (150, 110, 80)),
    Print("organic", 18, (60, 400), (150, 110, 80)),
]
IMAGE, READER = drawn(PRINTS, ground=(220, 190, 140))
LINES = READER.lines(IMAGE)
PACK = Pack("Acorn oats", IMAGE, brand="Acorn", own=True)


def ratio(image: np.ndarray, number: int) -> float:
    ink = ink_of(LINES[number].strip(image))
    assert ink is not None
    return ink.ratio


def test_more_contrast_raises_every_line_and_leaves_the_rest() -> None:
    new = edited(Edit("contrast", 40), PACK, LINES)
    assert all(ratio(new.pack.image, n) > 1.2 * ratio(IMAGE, n) for n in range(3))
    assert (new.pack.image[500:] == IMAGE[500:]).all()
    less = edited(Edit("contrast", -50), PACK, LINES)
    assert ratio(less.pack.image, 0) < ratio(IMAGE, 0)


def test_the_logo_grows_about_its_middle_with_its_line() -> None:
    new = edited(Edit("logo", 50), PACK, LINES)
    assert new.note == "the logo is taken to be 'ACORN'"
    before, after = LINES[0], new.lines[0]
    assert after.sides[1] == pytest.approx(1.5 * before.sides[1], rel=0.02)
    rows = [np.flatnonzero((np.abs(image[:260].astype(int) - IMAGE[0, 0]).max(axis=2) > 60).any(1))
            for image in (IMAGE, new.pack.image)]  # fmt: skip
    assert np.ptp(rows[1]) == pytest.approx(1.5 * np.ptp(rows[0]), rel=0.1)
    assert new.lines[1:] == LINES[1:]


def test_the_logo_is_the_brand_else_the_largest_line() -> None:
    assert logo_line(LINES, "organic").words == "organic"
    assert logo_line(LINES, "Zebra").words == "ACORN"
    assert logo_line(LINES, "").words == "ACORN"


def test_the_smallest_lines_are_painted_out_but_never_the_logo() -> None:
    new = edited(Edit("claims", -1), PACK, LINES)
    assert new.note == "without 'organic'"
    assert [line.words for line in new.lines] == ["ACORN", "no added sugar"]
    assert np.ptp(new.pack.image[395:430].reshape(-1, 3), axis=0).max() < 8
    assert [line.words for line in edited(Edit("claims", -9), PACK, LINES).lines] == ["ACORN"]


def test_colours_change_on_the_pack_and_not_on_the_white_around_it() -> None:
    image = np.full((200, 160, 3), 255, np.uint8)
    image[40:160, 40:120] = (200, 60, 40)
    pack = Pack("p", image)
    for edit in (Edit("hue", 120), Edit("saturation", -60), Edit("brightness", -40)):
        new = edited(edit, pack, ()).pack.image
        assert (new[:30] == 255).all()
        assert (new[100, 80] != image[100, 80]).any()
    turned = edited(Edit("hue", 120), pack, ()).pack.image[100, 80]
    assert turned.argmax() == 1  # red turned by 120 degrees is green


def test_an_edit_that_cannot_be_done_says_so() -> None:
    for kind, amount in (("contrast", 20), ("logo", 20), ("claims", -1)):
        new = edited(Edit(kind, amount), PACK, ())
        assert (new.pack.image == IMAGE).all()
        assert new.note
    assert edited(Edit("hue", 0), PACK, LINES).note == "nothing is changed"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("contarst=+20", "there is no edit 'contarst=+20'. Did you mean contrast? There are "
         "contrast, logo, claims, brightness, saturation, hue, each with a number."),
        ("contrast=much", "edit 'contrast' has 'much'. "
         "Give a number of -90 to 300, such as contrast=+20."),
        ("contrast=nan", "edit 'contrast' has 'nan'. "
         "Give a number of -90 to 300, such as contrast=+20."),
        ("claims=-1.5", "edit 'claims' has '-1.5'. Give a number of -50 to -1, such as claims=-1."),
        ("logo=900", "edit 'logo' has '900'. Give a number of -50 to 200, such as logo=+20."),
    ],
)  # fmt: skip
def test_a_bad_edit_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadSetting) as error:
        Edit.parse(text)
    assert str(error.value) == message


def test_too_many_edits_are_refused() -> None:
    with pytest.raises(BadSetting, match="there are 13 edits"):
        parsed_edits(["hue=1"] * 13)
