"""A pack is read once; letters have a size, words survive blur or do not; gaps say why."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageFont

from drawn_packs import DrawnReader, Print, drawn
from glasscase.catalog.image_decoding import decode
from glasscase.encoders import photo_reader
from glasscase.encoders.photo_reader import PhotoReader
from glasscase.encoders.read_line import ReadLine
from glasscase.errors import BadPhoto
from glasscase.packs.letters import letter_px, visual_degrees
from glasscase.packs.measure import Measure
from glasscase.packs.pack import Pack
from glasscase.packs.reading import Reading, read_pack, reading_measures

WINES = Path(__file__).parents[2] / "shared" / "data" / "wines"
PRINTS = [
    Print("ACORN", 80, (40, 20)),
    Print("Dark Roast", 44, (40, 140)),
    Print("low in acid", 20, (40, 260), ink=(90, 90, 90)),
    Print("250 g", 30, (40, 420)),
]


def measured(reading: Reading) -> dict[str, Measure]:
    return {m.name: m for m in reading_measures(reading.pack, reading=reading)}


@pytest.fixture(scope="module")
def real() -> Reading:
    """The drawn pack, read by the real reader once for all tests here."""
    image, _ = drawn(PRINTS)
    pack = Pack("acorn", image, brand="Acorn", product="dark roast", height_mm=200)
    return read_pack(pack, reader=PhotoReader())


@pytest.fixture(scope="module")
def figures(real: Reading) -> dict[str, Measure]:
    return measured(real)


def test_the_real_reader_says_what_stands_where(real: Reading) -> None:
    assert [line.words for line in real.lines] == [one.words for one in PRINTS]
    for line, one in zip(real.lines, PRINTS, strict=True):
        left, top, right, bottom = line.read.box
        print_left, print_top, print_right, print_bottom = ImageFont.load_default(one.size).getbbox(
            one.words
        )
        x, y = one.at
        assert abs(left - x - print_left) < 12
        assert abs(right - x - print_right) < 12
        assert top < y + (print_top + print_bottom) / 2 < bottom
        assert 0.9 < line.read.score <= 1
        assert max(line.evidence.box) <= 1


def test_letters_are_as_high_as_they_were_printed(real: Reading) -> None:
    for line, one in zip(real.lines, PRINTS, strict=True):
        sign = "E" if one.words in ("ACORN", "250 g") else "x"
        _, top, _, bottom = ImageFont.load_default(one.size).getbbox(sign)
        assert line.letter_px == pytest.approx(bottom - top, rel=0.15, abs=1)


def test_all_is_measured_with_places(figures: dict[str, Measure]) -> None:
    found = figures
    assert found["brand_read"].value == 1
    assert found["brand_read"].evidence[0].words == "ACORN"
    assert found["quantity_read"].evidence[0].words == "250 g"
    assert found["claims_count"].value == 1
    assert found["contrast_lowest"].evidence[0].words == "low in acid"
    assert found["reading_ease"].value is None
    for measure in found.values():
        assert measure.value is None or np.isfinite(measure.value)
        assert measure.low is None or measure.low <= (measure.value or 0) <= (measure.high or 0)
        assert bool(measure.why_not) == (measure.value is None)


def test_small_words_go_first_when_the_pack_is_seen_unsharply(
    figures: dict[str, Measure],
) -> None:
    blur, shelf, phone = (figures[f"words_kept_{way}"] for way in ("blur", "shelf", "phone"))
    assert 0 < (phone.value or 0) < 1
    assert (shelf.value or 0) >= (phone.value or 0)
    assert "low in acid" in [one.words for one in phone.evidence]
    assert "ACORN" not in [one.words for one in blur.evidence]


def test_a_brand_is_found_by_its_own_line_only(figures: dict[str, Measure]) -> None:
    image, reader = drawn(PRINTS)
    kept = figures["brand_kept"]
    assert (kept.pillar, kept.evidence[0].words) == ("findable", "ACORN")
    assert (kept.value or 0) >= (figures["words_kept_phone"].value or 0)
    other = measured(read_pack(Pack("a", image, brand="Borealis"), reader=reader))["brand_kept"]
    assert (other.value, other.low, other.high) == (0.0, 0.0, 0.5)
    contrast = figures["brand_contrast"]
    assert 1 < (contrast.low or 0) <= (contrast.value or 0) <= (contrast.high or 0)
    assert contrast.evidence[0].words == "ACORN"
    nobody = measured(read_pack(Pack("a", image), reader=reader))["brand_kept"]
    assert nobody.why_not == "the pack's brand is not given. Add it"


def test_a_taller_pack_has_larger_letters_on_the_shelf_alone() -> None:
    image, reader = drawn(PRINTS)

    def of_height(height_mm: float | None) -> dict[str, Measure]:
        return measured(read_pack(Pack("a", image, height_mm=height_mm), reader=reader))

    low, tall, unknown = of_height(200), of_height(400), of_height(None)
    name = "largest_letter_degrees_shelf"
    assert tall[name].value == pytest.approx(2 * (low[name].value or 0), rel=0.01)
    assert tall["smallest_letter_mm"].value == pytest.approx(
        2 * (low["smallest_letter_mm"].value or 0)
    )
    assert tall["letter_degrees_phone"].value == low["letter_degrees_phone"].value
    assert unknown[name].why_not == "the pack's height is not given. Add height_mm"
    assert unknown["words_kept_shelf"].why_not == "the pack's height is not given. Add height_mm"


def test_words_that_run_upwards_are_read_and_measured(
    real: Reading, figures: dict[str, Measure]
) -> None:
    image = np.ascontiguousarray(np.rot90(real.pack.image))
    turned = read_pack(Pack("a", image, height_mm=200), reader=real.reader)
    assert sorted(line.words for line in turned.lines) == sorted(one.words for one in PRINTS)
    upright = {line.words: line for line in real.lines}
    for line in turned.lines:
        assert line.letter_px == pytest.approx(upright[line.words].letter_px, rel=0.1, abs=1)
    kept = measured(turned)["words_kept_blur"].value or 0
    assert kept == pytest.approx(figures["words_kept_blur"].value, abs=0.2)


def test_lines_can_be_measured_again_on_an_edited_photo(real: Reading) -> None:
    faded = 255 - (255 - real.pack.image.astype(int)) // 3
    places = [line.read for line in real.lines]
    pack = Pack("a", faded.astype(np.uint8), height_mm=200)
    again = read_pack(pack, reader=real.reader, lines=places)
    assert [line.words for line in again.lines] == [line.words for line in real.lines]
    for before, after in zip(real.lines, again.lines, strict=True):
        assert (after.ratio or 0) < (before.ratio or 0) / 3
        assert after.letter_px == before.letter_px


def test_letter_heights_and_angles() -> None:
    mask = np.zeros((40, 100), bool)
    mask[5:33, 10:90] = True  # 28 rows
    assert letter_px("EXTRA", mask) == 28
    assert letter_px("Extra", mask) == pytest.approx(28 * 0.5 / 0.7)
    assert letter_px("Jogging", mask) == pytest.approx(28 * 0.5 / 0.91)
    assert letter_px("sauce", mask) == 28
    assert letter_px("茉莉花茶", mask) == 28
    assert letter_px("none", np.zeros((5, 5), bool)) is None
    assert visual_degrees(1.745, 100) == pytest.approx(1.0, abs=1e-3)


def test_a_pack_without_words_and_a_tiny_photo_say_so() -> None:
    blank = Pack("a", np.full((300, 200, 3), 240, np.uint8))
    found = measured(read_pack(blank, reader=DrawnReader([])))
    assert {m.value for m in found.values()} == {None}
    assert found["claims_count"].why_not == "no words were read on the photo"
    tiny = measured(read_pack(Pack("a", np.zeros((12, 300, 3), np.uint8))))
    assert tiny["contrast_median"].why_not == (
        "the photo has 300 x 12 pixels, the least is 32. Use a larger one"
    )
    assert set(tiny) == set(found)


def test_without_a_reader_nothing_fails_and_the_way_out_is_told(
    monkeypatch: pytest.MonkeyPatch, real: Reading, figures: dict[str, Measure]
) -> None:
    monkeypatch.setattr(photo_reader, "installed_series", lambda: None)
    found = {m.name: m for m in reading_measures(real.pack)}
    assert found["words_kept_blur"].why_not == (
        "'rapidocr', which reads the words on photos, is not installed. "
        "Run: pip install 'glasscase[ocr]'"
    )
    assert {m.value for m in found.values()} == {None}
    known = read_pack(real.pack, lines=[line.read for line in real.lines])
    again = measured(known)  # what was read before is measured all the same
    assert again["contrast_lowest"].value == figures["contrast_lowest"].value
    assert again["words_kept_blur"].why_not == (
        "the lines were not read by a reader that can read them again"
    )


def test_packs_share_one_reader(real: Reading) -> None:
    lines = [line.read for line in real.lines]
    readers = {id(read_pack(real.pack, lines=lines).reader) for _ in range(2)}
    assert len(readers) == 1


def test_a_reader_that_stumbles_over_one_photo(real: Reading) -> None:
    class Stumbling(DrawnReader):
        def lines(self, image: object, *, name: str = "") -> tuple:
            raise BadPhoto(f"the words on photo {name!r} cannot be read: OSError", "Go on.")

    found = measured(read_pack(real.pack, reader=Stumbling([])))
    assert found["contrast_median"].why_not.startswith("the words on photo 'acorn' cannot be read")


def test_hostile_lines_are_endured() -> None:
    image, reader = drawn([Print("A" * 3000, 12, (-400, 30)), Print("· — !", 30, (40, 200))])
    found = measured(read_pack(Pack("a", image, height_mm=100), reader=reader))
    assert found["words_count"].value is not None
    for measure in found.values():
        for place in measure.evidence:
            assert 0 <= min(place.box) <= max(place.box) <= 1


@pytest.mark.data
@pytest.mark.skipif(not WINES.exists(), reason="../shared/data is absent")
def test_a_wine_says_its_name() -> None:
    with (WINES / "XWines_Test_100_wines.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if "Sandeman" in row["WineryName"]]
    found = ""
    for row in rows:
        (path,) = (WINES / "images").glob(f"{row['WineID']}.*")
        lines = PhotoReader().lines(decode(path.read_bytes(), name=path.name))
        found += "\n".join(line.words for line in lines).upper()
    for words in ("SANDEMAN", "PORTO", "FINE RUBY"):
        assert words in found


def test_a_line_that_runs_upwards_is_as_high_as_it_is_wide_on_the_photo() -> None:
    image = np.zeros((400, 100, 3), np.uint8)
    image[300:] = 250
    upright = ReadLine(np.array([[20, 20], [60, 20], [60, 380], [20, 380]], float), "ACORN", 0.9)
    assert upright.sides == (360, 40)
    assert upright.box == (20, 20, 60, 380)
    assert upright.share_box(image) == pytest.approx((0.2, 0.05, 0.6, 0.95))
    strip = upright.strip(image)
    assert strip.shape == (40, 360, 3)
    assert (strip[:, :60].mean() > 200) != (strip[:, -60:].mean() > 200)
    assert upright.strip(image, margin=0.5).shape == (80, 400, 3)
