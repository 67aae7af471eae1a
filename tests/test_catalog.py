"""A whole catalogue: products, and every problem with its row, reason and remedy."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.columns import Columns
from glasscase.catalog.tables import open_table
from glasscase.errors import BadCatalog, BadSetting
from glasscase.settings import Settings

DATA = Path(__file__).parents[2] / "shared" / "data"


def _photo(path, size=(20, 20), kind=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, "red").save(path, kind)


def _table(folder, text, name="p.csv"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def images(tmp_path):
    folder = tmp_path / "images"
    for name in ("a.jpg", "b.png", "1.webp", "sub/c.jpg"):
        _photo(folder / name)
    return folder


def _problems(catalog):
    return [str(problem) for problem in catalog.problems]


def test_a_csv_with_everything(tmp_path, images):
    path = _table(
        tmp_path,
        "sku,title,description,category,price,brand,image\n"
        'x1,<b>Blue</b> mug,"Holds 300&nbsp;ml",Home > Mugs > Big,"Rs. 1,299",Acme,a.jpg\n'
        "x2,Pot,,Home > Pots,,,a.jpg|sub/c.jpg\n"
        "x3,Puzzle,,,9.5,,\n",
    )
    catalog = Catalog.read(path, photos=images, level=2)
    mug, pot, puzzle = catalog
    assert (mug.id, mug.row, mug.label) == ("x1", 2, "Home > Mugs")
    assert mug.texts == {"title": "Blue mug", "description": "Holds 300 ml"}
    assert mug.attributes == {"price": 1299.0, "brand": "Acme"}
    assert [photo.path for photo in mug.photos] == [images / "a.jpg"]
    assert [photo.name for photo in pot.photos] == ["a.jpg", "sub/c.jpg"]
    assert pot.texts == {"title": "Pot"}
    assert puzzle.category is None
    assert puzzle.attributes == {"price": 9.5}
    assert catalog.problems == []
    assert catalog.labels() == ["Home > Mugs", "Home > Pots", None]
    assert catalog.unlabelled == 1
    assert catalog.taxonomy.leaves == (("Home", "Mugs"), ("Home", "Pots"))
    assert catalog.columns.photo == ("image",)
    assert catalog.removed_characters == [12, 0, 0]
    assert catalog.cleaning_examples[0].before == "<b>Blue</b> mug"


def test_photos_called_like_the_id(tmp_path, images):
    catalog = Catalog.read(_table(tmp_path, "id,title\n1,Mug\n2,Pot\n"), photos=images)
    assert [photo.name for photo in catalog[0].photos] == ["1.webp"]
    assert catalog[1].photos == ()
    assert _problems(catalog) == [
        f"row 3: photo '2.jpg' is not in '{images}'. Add the file or clear the cell."
    ]


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "frame", "tsv"])
def test_other_kinds_of_table(tmp_path, images, kind):
    frame = pd.DataFrame(
        {
            "id": [7, 8],
            "title": ["Mug", None],
            "category": ["A > B", float("nan")],
            "price": [1.299, 5.0],
            "image": ["a.jpg", "b.png"],
        }
    )
    if kind == "frame":
        source = frame
    elif kind == "jsonl":
        source = tmp_path / "p.jsonl"
        frame.to_json(source, orient="records", lines=True)
    elif kind == "parquet":
        source = tmp_path / "p.parquet"
        frame.to_parquet(source)
    else:
        source = tmp_path / "p.tsv"
        frame.to_csv(source, sep="\t", index=False)
    catalog = Catalog.read(source, photos=images)
    assert [(p.id, p.text, p.category, len(p.photos), p.row) for p in catalog] == [
        ("7", "Mug", ("A", "B"), 1, 2),
        ("8", "", None, 1, 3),
    ]
    if kind in ("frame", "parquet"):  # a number is not read as text: 1.299 is no thousand
        assert [p.attributes["price"] for p in catalog] == [1.299, 5.0]
    assert catalog.problems == []


def test_a_folder_of_categories(tmp_path):
    folder = tmp_path / "shop"
    for name in ("Home/Mugs/1.jpg", "Home/Mugs/2.png", "Toys/3.webp", "4.gif"):
        _photo(folder / name)
    (folder / "Toys" / "page.jpg").write_text("<html>")
    (folder / "notes.txt").write_text("x")
    (folder / ".hidden.jpg").write_text("x")
    _photo(folder / ".thumbnails" / "5.jpg")
    catalog = Catalog.read(folder, level=1)
    assert [(p.id, p.label, p.row) for p in catalog] == [
        ("4.gif", None, None),
        ("Home/Mugs/1.jpg", "Home", None),
        ("Home/Mugs/2.png", "Home", None),
        ("Toys/3.webp", "Toys", None),
    ]
    assert _problems(catalog) == [
        "files without the ending of a photo were left out: 1 (notes.txt). "
        "Remove them, or save them as photos.",
        "photo 'Toys/page.jpg' is not a photo but an HTML page. "
        "Download the photo again: a page came in its place.",
    ]
    assert _problems(catalog.labelled())[1].startswith("photo 'Toys/page.jpg' is not a photo")
    assert Catalog.read(folder).taxonomy.depth == 2


def test_a_level_below_the_tree_is_told(tmp_path):
    _photo(tmp_path / "Home" / "Mugs" / "1.jpg")
    assert Catalog.read(tmp_path, level=2).problems == []
    assert _problems(Catalog.read(tmp_path, level=7)) == [
        "level is 7, and the deepest category has 2: nothing was cut. Choose 1 to 2."
    ]


def test_bad_folders(tmp_path, images):
    with pytest.raises(BadCatalog) as caught:
        Catalog.read(images, photos=tmp_path)
    assert str(caught.value) == (
        f"'{images}' is a folder of photos already. Leave --photos out, or name a table."
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadCatalog) as caught:
        Catalog.read(empty)
    assert str(caught.value) == (f"folder '{empty}' holds no photos. Sort photos into sub-folders.")
    _table(empty, "id\n", "products.csv")
    with pytest.raises(BadCatalog, match="Name the table in it: products.csv"):
        Catalog.read(empty)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "/etc/passwd", "..\\secret.jpg", "C:\\photos\\a.jpg", "sub/../../x"],
)
def test_photo_paths_that_leave_the_folder(tmp_path, images, name):
    path = _table(tmp_path, f"id,title,image\n1,Mug,{name}\n")
    catalog = Catalog.read(path, photos=images, columns=Columns(photo=("image",)))
    assert catalog[0].photos == ()
    assert _problems(catalog)[0] == (
        f"row 2: photo {name!r} leaves the photo folder '{images}'. "
        "Put the file inside it and name it from there."
    )


def test_a_link_out_of_the_folder_is_not_followed(tmp_path, images):
    _photo(tmp_path / "secret.jpg")
    (images / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (images / "inner.jpg").symlink_to(images / "a.jpg")
    path = _table(tmp_path, "id,title,image\n1,Mug,link.jpg\n2,Pot,inner.jpg\n")
    catalog = Catalog.read(path, photos=images)
    assert catalog[0].photos == ()
    assert len(catalog[1].photos) == 1
    assert "row 2: photo 'link.jpg' leaves the photo folder" in _problems(catalog)[0]


def test_unusable_photos(tmp_path, images):
    (images / "zero.jpg").write_bytes(b"")
    (images / "page.jpg").write_text("<!doctype html>404")
    (images / "folder.jpg").mkdir()
    _photo(images / "wrong.jpg", kind="PNG")
    _photo(images / "big.png", (300, 300))
    names = [
        "zero.jpg",
        "page.jpg",
        "folder.jpg",
        "wrong.jpg",
        "big.png",
        "https://x.example/a.jpg",
    ]
    rows = "".join(f"{i},Mug {i},{name}\n" for i, name in enumerate(names))
    settings = Settings.parse({"photos": {"max_megapixels": 0.01}})
    catalog = Catalog.read(
        _table(tmp_path, f"id,title,image\n{rows}"), photos=images, settings=settings
    )
    assert _problems(catalog) == [
        "row 2: photo 'zero.jpg' is empty (0 bytes). Upload or download it again.",
        "row 3: photo 'page.jpg' is not a photo but an HTML page. "
        "Download the photo again: a page came in its place.",
        f"row 4: photo 'folder.jpg' is not in '{images}'. Add the file or clear the cell.",
        "row 5: photo 'wrong.jpg' is a PNG file in spite of its ending .jpg. "
        "It is used; rename it to be tidy.",
        "row 6: photo 'big.png' is 0.1 MP, the limit is 0.01 MP. "
        "Raise photos.max_megapixels or shrink it.",
        "row 7: photo 'https://x.example/a.jpg' is a web address, which is not fetched. "
        "Download it into the photo folder and name the file.",
    ]
    assert [len(product.photos) for product in catalog] == [0, 0, 0, 1, 0, 0]
    assert not any(problem.dropped for problem in catalog.problems)


def test_a_header_far_back_in_the_file_is_found(tmp_path, images):
    jpeg = (images / "a.jpg").read_bytes()
    notes = (b"\xff\xfe\xff\xff" + bytes(65_533)) * 2  # two comments of 64 KiB
    (images / "far.jpg").write_bytes(jpeg[:2] + notes + jpeg[2:])
    catalog = Catalog.read(_table(tmp_path, "id,title,image\n1,Mug,far.jpg\n"), photos=images)
    assert len(catalog[0].photos) == 1


def test_no_usable_photo_at_all(tmp_path, images):
    path = _table(tmp_path, "id,title,image\n1,Mug,x.jpg\n2,Pot,y.jpg\n")
    catalog = Catalog.read(path, photos=images)
    assert _problems(catalog)[-1] == (
        "photo files: none of the 2 named can be used. "
        f"Check the photo column and the folder '{images}'."
    )
    assert [product.text for product in catalog] == ["Mug", "Pot"]


def test_no_text_at_all(tmp_path, images):
    path = _table(tmp_path, "id,title,image\n1,,a.jpg\n2,nan,\n")
    catalog = Catalog.read(path, photos=images, columns=Columns(text=("title",)))
    assert _problems(catalog) == [
        "row 3: product has neither words nor a usable photo. Add one of them; the model abstains.",
        "text is missing everywhere (title). Check --text.",
    ]
    assert len(catalog) == 2


def test_photo_folder_that_is_none(tmp_path):
    path = _table(tmp_path, "id,title\n1,Mug\n")
    with pytest.raises(BadCatalog) as caught:
        Catalog.read(path, photos=tmp_path / "no")
    assert str(caught.value) == (
        f"photo folder '{tmp_path / 'no'}' does not exist. Check --photos."
    )
    with pytest.raises(BadCatalog, match="is a file. Name its folder"):
        Catalog.read(path, photos=path)


def test_photos_in_the_table_but_no_folder_given(tmp_path):
    catalog = Catalog.read(_table(tmp_path, "id,title,image\n1,Mug,a.jpg\n"))
    assert _problems(catalog) == [
        "photo column 'image' is not used, for no photo folder is given. Give it with --photos."
    ]


def test_addresses_of_photos_are_said_once(tmp_path, images):
    rows = "".join(f"{i},Mug,https://x.example/{i}.jpg\n" for i in range(2))
    path = _table(tmp_path, f"id,title,image_url\n{rows}")
    assert _problems(Catalog.read(path, photos=images))[0] == (
        "column 'image_url' holds web addresses, which are not fetched. "
        "Download the photos and name the column of their file names."
    )


def test_double_and_missing_ids_lose_nothing(tmp_path):
    path = _table(
        tmp_path, "id,title\n7,Mug\n7,Pot\n,Pan\n7#2,Lid\n7,Jug\n4,Cup\n8#2,Box\n8,Bag\n8,Bin\n"
    )
    catalog = Catalog.read(path, columns=Columns(id="id"))
    assert [product.id for product in catalog] == [
        "7",
        "7#2",
        "4",
        "7#2#2",
        "7#3",
        "4#2",
        "8#2",
        "8",
        "8#3",
    ]
    assert len({product.id for product in catalog}) == 9
    assert _problems(catalog)[0] == (
        "row 3: id '7' is there already; this one is called '7#2'. Give every product its own id."
    )


def test_a_broken_row_in_the_middle(tmp_path):
    path = _table(tmp_path, "id,title\n1,Mug\n2\n3,Pot\n")
    catalog = Catalog.read(path)
    assert [product.id for product in catalog] == ["1", "3"]
    assert _problems(catalog) == [
        "row 3: row has 1 cell, the header has 2. Mend it or quote its cells; it is left out."
    ]
    assert catalog.problems[0].dropped


def test_a_different_delimiter(tmp_path):
    text = 'id;title;price\n1;"Mug; blue, big";"2,50"\n'
    assert Catalog.read(_table(tmp_path, text))[0].attributes == {"price": 2.5}
    odd = open_table(_table(tmp_path, "id^title\n1^Blue mug\n"), delimiter="^")
    assert Catalog.read(odd)[0].text == "Blue mug"


def test_texts_of_every_kind(tmp_path):
    hebrew, japanese = "\u05e1\u05e4\u05dc \u05db\u05d7\u05d5\u05dc", "\u9752\u3044\u30de\u30b0"
    texts = ["x" * 1_000_000, "", "\U0001f600\U0001f44d", hebrew, japanese]
    lines = "\n".join(json.dumps({"id": i, "title": t}) for i, t in enumerate(texts))
    catalog = Catalog.read(_table(tmp_path, lines, "p.jsonl"), columns=Columns(text=("title",)))
    assert [product.text for product in catalog][1:] == texts[1:]
    assert len(catalog[0].text) == 20_000
    assert _problems(catalog) == [
        "row 2: title has 1,000,000 characters and was cut at 20,000. "
        "Raise text.max_characters if the rest matters.",
        "row 3: product has neither words nor a usable photo. Add one of them; the model abstains.",
    ]


def test_too_many_photos_and_a_price_that_is_none(tmp_path, images):
    path = _table(tmp_path, "id,title,image,price\n1,Mug,a.jpg|b.png,ask us\n")
    settings = Settings.parse({"photos": {"max_per_product": 1}})
    columns = Columns(price="price", photo=("image",))
    catalog = Catalog.read(path, photos=images, settings=settings, columns=columns)
    assert len(catalog[0].photos) == 1
    assert _problems(catalog) == [
        "row 2: photo count is 2, the first 1 are used. Raise photos.max_per_product to use more.",
        "row 2: price 'ask us' holds no number. Write it like 12.99.",
    ]


def test_a_price_below_0_or_of_another_kind_is_none(tmp_path):
    path = _table(tmp_path, "id,title,price\n1,Mug,-5\n2,Mug,$ -5.00\n3,Mug,0\n")
    catalog = Catalog.read(path, columns=Columns(price="price"))
    assert [one.attributes.get("price") for one in catalog] == [None, None, 0.0]
    assert _problems(catalog)[0] == "row 2: price '-5' is below 0. Write it like 12.99."
    odd = [True, [1, 2], 10**400, -5, 12]
    lines = "".join(json.dumps({"title": "Mug", "price": one}) + "\n" for one in odd)
    catalog = Catalog.read(_table(tmp_path, lines, "p.jsonl"), columns=Columns(price="price"))
    assert [one.attributes.get("price") for one in catalog] == [None] * 4 + [12.0]
    assert len(_problems(catalog)) == 4
    kinds = [Decimal("19.90"), np.float32(2.5), np.int64(3), "Rs. 1,299"]
    frame = pd.DataFrame({"title": ["Mug"] * 4, "price": pd.Series(kinds, dtype=object)})
    catalog = Catalog.read(frame, columns=Columns(price="price"))
    assert [one.attributes["price"] for one in catalog] == [19.9, 2.5, 3.0, 1299.0]


def test_nothing_to_read(tmp_path):
    path = _table(tmp_path, "a,b\n1,2\n")
    with pytest.raises(BadCatalog) as caught:
        Catalog.read(path)
    assert str(caught.value) == (
        f"no column of '{path}' looks like text, and no photos are given. "
        "Name text columns with --text or photos with --photos. Columns are: a, b."
    )
    with pytest.raises(BadCatalog, match="there is no column 'titel'. Did you mean 'title'"):
        Catalog.read(
            _table(tmp_path, "id,title\n1,Mug\n", "q.csv"), columns=Columns(text=("titel",))
        )
    with pytest.raises(BadSetting, match="level is 0. Use 1 for the top of the category tree"):
        Catalog.read(path, level=0)


def test_streaming_gives_the_same_in_pieces(tmp_path, images):
    rows = "".join(f"{i % 40},Mug {i},Home/Mugs/{i % 3},a.jpg\n" for i in range(50))
    path = _table(tmp_path, f"id,title,category,image\n{rows}broken\n")
    whole = Catalog.read(path, photos=images, level=2)
    pieces = list(Catalog.stream(path, photos=images, level=2, chunk_rows=8))
    assert [len(piece) for piece in pieces] == [8] * 6 + [2]
    assert [product for piece in pieces for product in piece] == whole.products
    assert [p for piece in pieces for p in piece.problems] == whole.problems
    assert sum("is there already" in str(p) for p in whole.problems) == 10
    with pytest.raises(BadSetting, match="a piece of 0 rows is impossible"):
        next(Catalog.stream(path, chunk_rows=0))


def test_streaming_says_what_it_left_out_even_if_that_is_all(tmp_path):
    path = _table(tmp_path, "id,title\nbroken\n")
    (piece,) = Catalog.stream(path)
    assert len(piece) == 0
    assert piece.problems[0].row == 2


def test_streaming_a_folder(tmp_path):
    for i in range(5):
        _photo(tmp_path / "Mugs" / f"{i}.png")
    pieces = list(Catalog.stream(tmp_path, chunk_rows=2))
    assert [len(piece) for piece in pieces] == [2, 2, 1]
    assert pieces[2][0].label == "Mugs"


def test_take_and_labelled(tmp_path):
    path = _table(tmp_path, "id,title,category\n1,<p>Mug</p>,A\n1,Pot,\n3,Pan,B\n")
    catalog = Catalog.read(path, columns=Columns(id="id"))
    assert [product.text for product in catalog.labelled()] == ["Mug", "Pan"]
    part = catalog.take(np.array([2, 1]))
    assert [product.text for product in part] == ["Pan", "Pot"]
    assert len(part.problems) == 1
    assert catalog.take([0]).problems == []
    assert catalog.take([0]).removed_characters == [7]
    assert catalog.take([0]).cleaning_examples == catalog.cleaning_examples


def test_progress_is_told():
    seen = []

    class Watcher:
        def track(self, items, *, total, what):
            seen.append((total, what))
            yield from items

        def say(self, message):
            seen.append(message)

    Catalog.read(pd.DataFrame({"title": ["Mug", "Pot"]}), progress=Watcher())
    assert seen == [(2, "reading products")]


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is absent")
def test_flipkart():
    folder = DATA / "flipkart"
    catalog = Catalog.read(folder / "products.csv", photos=folder / "images", level=1)
    assert len(catalog) == 840
    assert len(catalog.taxonomy.leaves) == 7
    assert sum(bool(product.photos) for product in catalog) == 838
    assert [problem.field for problem in catalog.problems] == ["photo", "photo"]
    assert catalog[0].attributes == {"price": 899.0, "brand": "Elegance"}
    assert catalog.unlabelled == 0


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is absent")
def test_fashion_finds_photos_by_id():
    folder = DATA / "fashion_noisy"
    first = next(Catalog.stream(folder / "products.csv", photos=folder / "images", chunk_rows=500))
    assert all(len(product.photos) == 1 for product in first)
    assert first.problems == []
