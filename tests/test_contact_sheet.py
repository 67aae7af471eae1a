"""The contact sheet: what training would see, as a picture and as a page."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Refused, Shell, write_table
from glasscase.augmentation.contact_sheet import ContactSheet
from glasscase.augmentation.photos import PhotoAugmentation
from glasscase.augmentation.sheet_picture import CELL_PX, SheetPicture
from glasscase.augmentation.words import WordAugmentation
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.image_decoding import decode, resize
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.catalog.toy import ToyCatalogue
from glasscase.errors import BadCatalog, BadSetting
from glasscase.jobs.augment import augment
from glasscase.settings import Settings

PAPER = (251, 250, 247)


@pytest.fixture(scope="module")
def sheet(toy_catalog: Catalog) -> ContactSheet:
    return augment(toy_catalog, products=3, settings=Settings.read(overrides=["train.seed=5"]))


def test_variants_are_what_training_sees(sheet: ContactSheet) -> None:
    one = sheet.products[0]
    image = decode(one.product.photos[0].read(), name="", at_least_px=224)
    for level, variants in one.variants.items():
        assert [variant.epoch for variant in variants] == [1, 2, 3, 4, 5, 6]
        seen = PhotoAugmentation(level, 5)(resize(image, 224), epoch=4, key=one.product.id)
        shown = resize(variants[3].photo, 224).astype(int)
        assert np.abs(shown - seen).mean() < 4  # stretched to its proportions and back
        words = WordAugmentation(level, 5)(one.product.texts, epoch=4, key=one.product.id)
        assert variants[3].texts == words


def test_variants_have_the_proportions_of_the_photo() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (300, 100), (9, 90, 9)).save(stream, "PNG")
    catalog = Catalog([Product("wide", photos=(Photo("wide.png", data=stream.getvalue()),))])
    (one,) = augment(catalog, level="light").products
    assert all(v.photo.shape == (75, 224, 3) for v in one.variants["light"])


def test_the_original_of_a_large_photo_is_kept_small() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (3000, 1500)).save(stream, "PNG")
    catalog = Catalog([Product("big", photos=(Photo("big.png", data=stream.getvalue()),))])
    assert augment(catalog, level="light").products[0].photo.shape == (112, 224, 3)


def test_the_same_seed_draws_the_same_products_those_with_photos_first() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20)).save(stream, "PNG")
    photo = Photo("a.png", data=stream.getvalue())
    products = [Product(str(row), texts={"t": "mug"}) for row in range(20)]
    products[4], products[17] = products[4].with_photos(photo), products[17].with_photos(photo)
    sheets = [augment(Catalog(products), level="light", products=3) for _ in range(2)]
    ids = [[one.product.id for one in sheet.products] for sheet in sheets]
    assert ids[0] == ids[1]
    assert {"4", "17"} < set(ids[0])


def test_a_broken_photo_is_listed_and_the_words_are_still_shown(tmp_path: Path) -> None:
    broken = Product("b", texts={"t": "Blue mug"}, photos=(Photo("b.jpg", data=b"x"),), row=2)
    sheet = augment(Catalog([broken]))
    assert str(sheet.problems[0]) == (
        "row 2: photo 'b.jpg' is not a photo but text. Give a JPEG, PNG, WebP, GIF, BMP or TIFF "
        "file."
    )
    assert "no photo" in sheet.save(tmp_path / "sheet.html").read_text(encoding="utf-8")
    with pytest.raises(BadSetting, match="none of these products has a photo that can be used"):
        sheet.save(tmp_path / "sheet.png")
    assert not (tmp_path / "sheet.png").exists()


def test_nothing_to_show_is_told() -> None:
    with pytest.raises(BadCatalog, match="no product has words or a photo"):
        augment(Catalog([Product("1")]))


def test_the_picture_has_every_photo_in_its_cell() -> None:
    picture = SheetPicture(columns=3, rows=2)
    colours = [(200, 0, 0), (0, 150, 0), (0, 0, 200)]
    tall, wide = (100, 50, 3), (20, 80, 3)
    for label, shape in (("light", tall), ("heavy", wide)):
        photos = [np.full(shape, colour, np.uint8) for colour in colours]
        picture.add(label, label, photos)
    pixels = np.asarray(Image.open(io.BytesIO(picture.png())).convert("RGB"))
    for colour in colours:
        rows, columns = np.nonzero((pixels == colour).all(axis=2))
        count = CELL_PX * CELL_PX // 2 + CELL_PX * round(CELL_PX / 4)
        assert len(rows) == pytest.approx(count, rel=0.03)
        assert np.ptp(columns) + 1 == CELL_PX
    assert (pixels[-5:] == PAPER).all()


def test_words_from_outside_are_escaped(tmp_path: Path) -> None:
    bad = Product("<script>x</script>", texts={"t": "<img src=x onerror=alert(1)>"})
    page = augment(Catalog([bad])).save(tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<script" not in page.lower()
    assert "<img src=x" not in page.lower()


def test_titles_the_font_cannot_write_do_no_harm(tmp_path: Path, toy_catalog: Catalog) -> None:
    product = toy_catalog[0].with_text("蓝色杯 ☕ كوب\n\x00 mug " + "x" * 500)
    path = augment(Catalog([product]), level="light").save(tmp_path / "a.PNG")
    with Image.open(path) as picture:
        assert picture.width < 1400


def test_the_shell_draws_both_kinds(shell: Shell, toy_shop: ToyCatalogue, tmp_path: Path) -> None:
    table = (toy_shop.products, "--photos", toy_shop.images, "--products", 2)
    code, out, err = shell("augment", *table, "--sheet", tmp_path / "a.png", "--level", "heavy")
    assert (code, err) == (0, "")
    assert out.endswith(f"The sheet of 2 products (heavy) is in {tmp_path}/a.png.\n")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width > 7 * CELL_PX
        assert 2 * CELL_PX < picture.height < 3 * CELL_PX
    code, out, _ = shell("augment", *table, "--sheet", tmp_path / "a.html", "--json")
    told = json.loads(out)
    assert code == 0
    assert told["levels"] == ["light", "medium", "heavy"]
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert len(re.findall(r"<img ", page)) == 2 * (1 + 3 * 6)
    for product in told["products"]:
        assert product["id"] in page
        assert len(product["variants"]["heavy"]) == 6


def test_one_product_is_one_product(shell: Shell, toy_shop: ToyCatalogue, tmp_path: Path) -> None:
    sheet = tmp_path / "a.html"
    _, out, _ = shell("augment", toy_shop.products, "--products", 1, "--sheet", sheet)
    assert "The sheet of 1 product (light, medium, heavy) is in" in out


def test_mistakes_end_in_one_line(refused: Refused, toy_shop: ToyCatalogue, tmp_path: Path) -> None:
    table = toy_shop.products
    sheet = tmp_path / "a.png"
    assert refused("augment", table, "--sheet", tmp_path / "a.gif") == (
        f"sheet '{tmp_path}/a.gif' is neither .png nor .html. "
        "Choose .png for a picture, .html for a page with the words.\n"
    )
    assert refused("augment", table, "--level", "hevy", "--sheet", sheet) == (
        "there is no level 'hevy'. Did you mean 'heavy'? Levels are: light, medium, heavy.\n"
    )
    for count in (0, 101):
        said = refused("augment", table, "--products", count, "--sheet", sheet)
        assert said == f"a sheet of {count} products is impossible. Use 1 to 100.\n"
    assert refused("augment", table, "--sheet", sheet) == (
        "none of these products has a photo that can be used. "
        "Name the folder with --photos, or make an .html sheet to see the words alone.\n"
    )
    assert not sheet.exists()


def test_a_table_without_words_or_photos(refused: Refused, tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", ("id", "title"), ("1", ""), ("2", " "))
    said = refused("augment", table, "--sheet", tmp_path / "a.html")
    assert said.startswith("no product has words or a photo.")
