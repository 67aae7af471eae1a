"""Packs from tables and photos: what is read, and what is told of what cannot be."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import write_table
from glasscase.catalog.photo import Photo
from glasscase.errors import BadCatalog, BadSetting, TooLarge
from glasscase.packs.pack import Pack
from glasscase.packs.pack_table import PackSet, given_packs, packs_of_photos, packs_of_table


def png(level: int = 200, size: tuple[int, int] = (60, 90)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (level, 90, 40)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, level in (("a", 10), ("b", 90), ("c", 160)):
        (tmp_path / f"{name}.png").write_bytes(png(level))
    (tmp_path / "broken.png").write_bytes(png()[:60])
    (tmp_path / "tiny.png").write_bytes(png(size=(20, 90)))
    (tmp_path / "large.png").write_bytes(png(size=(2000, 100)))
    return tmp_path


def read(folder: Path, *rows: list[str], **options: str) -> PackSet:
    return packs_of_table(write_table(folder / "packs.csv", *rows), **options)


def test_columns_are_found_whatever_they_are_called(folder: Path) -> None:
    found = read(
        folder,
        ["Brand", "Product Name", "Image", "Height (mm)", "OWN", "chosen share", "n"],
        ["Acorn", "Oats", "a.png", "24 cm", "yes", "34 %", "200"],
        ["Birch", "Oats", "b.png", "180", "", "0,2", "200"],
    )
    own, rival = found.packs
    assert (own.pack.id, own.pack.height_mm, own.pack.own) == ("Acorn Oats", 240.0, True)
    assert (rival.pack.height_mm, rival.pack.own) == (180.0, False)
    assert own.outcomes == {"chosen_share": 0.34, "n": 200}
    assert rival.outcomes["chosen_share"] == 0.2
    assert found.problems == ()


def test_a_variety_tells_packs_of_one_product_apart(folder: Path) -> None:
    found = read(
        folder,
        ["brand", "product", "Variety", "photo"],
        ["Acorn", "Oats", "Dark", "a.png"],
        ["Acorn", "Oats", "Mild", "a.png"],
        ["Acorn", "Oats Dark", "dark", "b.png"],
    )
    told = [(one.pack.id, one.pack.variety) for one in found.packs]
    assert told == [("Acorn Oats Dark", "Dark"), ("Acorn Oats Mild", "Mild"),
                    ("Acorn Oats Dark (2)", "dark")]  # fmt: skip


def test_problems_are_told_row_by_row_and_the_rest_goes_on(folder: Path) -> None:
    found = read(
        folder,
        ["brand", "photo", "height_mm", "rating"],
        ["Acorn", "a.png", "tall", "9"],
        ["Birch", "broken.png", "", ""],
        ["Clove", "", "", ""],
        ["Acorn", "a.png", "", ""],
        ["Dun", "../a.png", "", ""],
        ["Elder", "tiny.png", "", ""],
        ["Fern", "c.png", "", "4.5"],
    )
    assert [one.pack.brand for one in found.packs] == ["Acorn", "Fern"]
    told = [str(one) for one in found.problems]
    assert (
        told[0] == "row 2: height 'tall' is no height of 1 to 3000 mm. Write millimetres, or 18 cm."
    )
    assert told[1] == "row 2: rating '9' is no rating of 1 to 5. Write stars, such as 4.3."
    assert any(one.startswith("row 3: photo 'broken.png'") for one in told)
    assert "row 4: photo is not given. Name a file; a pack is its photo; it is left out." in told
    assert "row 5: pack 'a.png' is the same pack as row 2. It is left out." in told
    assert any("row 6: photo '../a.png' leaves the photo folder" in one for one in told)
    tiny = "photo 'tiny.png' has 20 x 90 pixels, the least is 32. Use a larger one; it is left out."
    assert f"row 7: {tiny}" in told
    assert len(told) == 7


def test_packs_of_different_categories_are_refused_or_chosen(folder: Path) -> None:
    rows = (
        ["brand", "photo", "category"],
        ["Acorn", "a.png", "Oats"],
        ["Birch", "b.png", "Soap"],
        ["Clove", "c.png", "Oats"],
    )
    with pytest.raises(BadCatalog) as error:
        read(folder, *rows)
    assert str(error.value) == (
        "the packs are of different categories: 'Oats' (2), 'Soap' (1). "
        "Packs compete within one: choose it with --category, or put one file each."
    )
    assert [one.pack.brand for one in read(folder, *rows, category="Oats").packs] == [
        "Acorn",
        "Clove",
    ]
    with pytest.raises(BadCatalog, match="no pack has the category 'Tea'"):
        read(folder, *rows, category="Tea")


def test_a_table_without_photos_and_too_many_packs_are_refused(folder: Path) -> None:
    with pytest.raises(BadCatalog, match="there is no column 'photo'"):
        read(folder, ["brand"], ["Acorn"])
    with pytest.raises(BadCatalog) as error:
        read(folder, ["photo"], ["nowhere.png"])
    assert str(error.value).startswith("there is no pack that can be used (row 2: photo 'nowhere")
    with pytest.raises(TooLarge, match="there are more than 60 packs"):
        packs_of_photos([Photo(f"{n}.png", data=b"") for n in range(61)])
    with pytest.raises(TooLarge):
        read(folder, ["photo"], *(["a.png"] for _ in range(70)))


def test_same_names_are_told_apart_and_large_photos_are_shrunk(folder: Path) -> None:
    found = packs_of_photos([
        Photo("one/x.png", data=png(1)), Photo("two/x.png", data=png(2)),
        Photo("large.png", path=folder / "large.png"),
    ])  # fmt: skip
    assert [one.pack.id for one in found.packs] == ["x", "x (2)", "large"]
    assert found.packs[2].pack.image.shape == (80, 1600, 3)


def test_a_product_that_says_its_brand_does_not_say_it_twice(folder: Path) -> None:
    found = read(
        folder, ["photo", "brand", "product"], ["a.png", "Oat", "oat Drink"],
        ["b.png", "Oat", "Oats"], ["c.png", "Oat", "OAT"],
    )  # fmt: skip
    assert [one.pack.id for one in found.packs] == ["oat Drink", "Oat Oats", "OAT"]


def test_own_packs_are_named_by_brand(folder: Path) -> None:
    rows = (["brand", "photo"], ["Acorn", "a.png"], ["Birch", "b.png"])
    found = read(folder, *rows).with_own("birch")
    assert [one.pack.own for one in found.packs] == [False, True]
    with pytest.raises(BadSetting) as error:
        found.with_own("Brich")
    assert str(error.value) == "no pack is of the brand 'Brich'. Did you mean 'Birch'?"
    assert [one.pack.own for one in found.with_first_own().packs] == [True, False]
    assert found.with_height(120.0).packs[0].pack.height_mm == 120.0


def test_packs_in_memory_need_ids_of_their_own() -> None:
    image = np.zeros((50, 40, 3), np.uint8)
    with pytest.raises(BadCatalog, match="two have one id"):
        given_packs([Pack("a", image), Pack("a", image)])


def test_a_rival_never_takes_the_place_of_an_own_pack_that_is_left_out(folder: Path) -> None:
    found = packs_of_photos([Photo("own.png", data=png()[:60]), Photo("b.png", data=png())])
    with pytest.raises(BadCatalog) as caught:
        found.with_first_own()
    assert str(caught.value) == (
        "your own pack cannot be used (photo 'own.png' is truncated: the file ends before the "
        "picture does. Upload or download it again; it is left out.). "
        "Mend it, or say whose packs are your own: --own, own=."
    )
    said = [["brand", "photo", "own"], ["Birch", "b.png", ""], ["Acorn", "broken.png", "yes"]]
    for rows in (said, [said[0], ["Acorn", "gone.png", ""], ["Birch", "b.png", ""]]):
        with pytest.raises(BadCatalog, match="your own pack cannot be used"):
            read(folder, *rows).with_first_own()
    assert read(folder, *said).with_own("Birch").packs[0].pack.own
    rival_lost = read(folder, said[0], ["Acorn", "a.png", ""], ["Birch", "gone.png", ""])
    assert rival_lost.with_first_own().packs[0].pack.own
