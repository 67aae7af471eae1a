"""The toy catalogue: what is planted is true, what is drawn is seen, what is written agrees."""

import csv
import io
import random
from collections import Counter, defaultdict
from pathlib import Path

import imagehash
import numpy as np
import pytest
from PIL import Image

from glasscase.catalog import toy
from glasscase.catalog.toy import (
    LEAVES,
    draw_toy_catalogue,
    toy_products,
)
from glasscase.catalog.toy_plan import CASES, entry, plan
from glasscase.catalog.toy_vocabulary import STRANGER_KINDS, category_path
from glasscase.errors import BadSetting, CannotWrite

SIZE = 130


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return draw_toy_catalogue(tmp_path_factory.mktemp("toy") / "shop", size=SIZE, seed=3)


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def truth(shop):
    return {row["id"]: row for row in rows(shop.truth)}


def every_byte(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def pixels(product):
    return np.asarray(Image.open(io.BytesIO(product.photos[0].data)), np.int16)


# the plan


def test_every_hundred_products_hold_the_promised_hard_cases():
    for start in (0, 100, 4200):
        entries = [entry(number, seed=1) for number in range(start, start + 100)]
        counts = Counter(one.case for one in entries)
        duplicates = counts.pop("near_duplicate")
        assert duplicates <= 4
        assert duplicates + counts.pop("plain") == 75
        assert counts == {
            "wrong_label": 3,
            "text_ambiguous": 6,
            "photo_ambiguous": 8,
            "no_photo": 5,
            "no_text": 3,
        }


def test_small_catalogues_hold_every_kind_and_every_case():
    for seed in range(20):
        assert {one.leaf for one in plan(12, seed=seed)} == set(LEAVES)
        entries = plan(60, seed=seed)
        assert min(Counter(one.leaf for one in entries).values()) >= 4
        assert {one.case for one in entries} == set(CASES) - {"unknown"}


def test_a_product_is_the_same_at_any_size():
    assert plan(40, seed=5) == plan(400, seed=5)[:40]
    assert toy_products(5, seed=5) == toy_products(9, seed=5)[:5]


def test_only_wrong_labels_are_wrong():
    for one in plan(300, seed=2):
        assert (one.label != one.leaf) == (one.case == "wrong_label")
        assert one.label in LEAVES


def test_near_duplicates_repeat_an_earlier_plain_product_of_their_kind():
    entries = plan(400, seed=0)
    twins = [one for one in entries if one.case == "near_duplicate"]
    assert len(twins) > 10
    for one in twins:
        first = entries[one.twin]
        assert first.number < one.number
        assert (first.case, first.leaf, first.id) == ("plain", one.leaf, one.group)
    assert all(one.group == one.id for one in entries if one.case != "near_duplicate")


def test_unknown_kinds_are_met_only_among_the_new():
    new = plan(48, seed=0, stream="new")
    unknown = [one for one in new if one.case == "unknown"]
    assert len(unknown) == 8
    assert {one.leaf for one in unknown} <= set(STRANGER_KINDS)
    assert not {one.leaf for one in plan(500, seed=0)} & set(STRANGER_KINDS)
    assert {one.label for one in new} == {None}


# the files


def test_tables_say_what_was_promised(shop):
    products, new = rows(shop.products), rows(shop.new)
    columns = ["id", "title", "description", "price", "brand", "category", "photo"]
    assert list(products[0]) == columns
    assert list(new[0]) == [name for name in columns if name != "category"]
    assert (len(products), len(new), shop.size, shop.new_size) == (SIZE, 13, SIZE, 13)
    assert list(rows(shop.reviews)[0]) == ["product_id", "stars", "text"]
    known = truth(shop)
    assert list(known) == [row["id"] for row in (*products, *new)]
    for row in products:
        case, right = known[row["id"]]["case"], known[row["id"]]["true_category"]
        assert (row["category"] == right) == (case != "wrong_label")
        assert (row["photo"] == "") == (case == "no_photo")
        assert (row["title"] + row["description"] == "") == (case == "no_text")
        assert float(row["price"]) > 0
    unknown = {row["true_category"] for row in known.values() if row["case"] == "unknown"}
    assert unknown
    assert not unknown & {row["category"] for row in products}


def test_stored_text_has_html_and_boilerplate_now_and_then_but_clean_text_never(shop):
    stored = [row["description"] for row in rows(shop.products)]
    assert 0.05 < sum("<p>" in text for text in stored) / SIZE < 0.35
    assert 0.1 < sum("Free delivery" in t or "newsletter" in t for t in stored) / SIZE < 0.4
    clean = [product.text for product in toy_products(SIZE, seed=3)]
    assert not [text for text in clean if "<" in text or "newsletter" in text]


def test_every_photo_named_is_there_and_opens(shop):
    named = {row["photo"] for row in (*rows(shop.products), *rows(shop.new))} - {""}
    assert named == {path.name for path in shop.images.iterdir()}
    for name in named:
        with Image.open(shop.images / name) as photo:
            photo.load()
            assert (photo.format, photo.size, photo.mode) == ("JPEG", (256, 256), "RGB")


def test_products_in_memory_are_those_of_the_files(shop):
    for product, row in zip(toy_products(SIZE, seed=3), rows(shop.products), strict=True):
        assert product.id == row["id"]
        assert product.label == row["category"]
        assert product.texts.get("title", "") == row["title"]
        assert product.attributes == {"price": float(row["price"]), "brand": row["brand"]}
        stored = [(shop.images / row["photo"]).read_bytes()] if row["photo"] else []
        assert [photo.read() for photo in product.photos] == stored


def test_near_duplicates_look_alike_and_their_titles_differ(shop):
    products = {product.id: product for product in toy_products(SIZE, seed=3)}
    groups = defaultdict(list)
    for row in rows(shop.truth):
        if row["id"] in products:
            groups[row["group"]].append(products[row["id"]])
    hashes = {
        name: imagehash.phash(Image.open(io.BytesIO(product.photos[0].data)))
        for name, product in products.items()
        if product.photos
    }
    pairs = [(group[0], twin) for group in groups.values() for twin in group[1:]]
    assert len(pairs) >= 4
    for first, twin in pairs:
        assert twin.category == first.category
        assert twin.texts["title"] != first.texts["title"]
        assert twin.photos[0].data != first.photos[0].data
        assert hashes[twin.id] - hashes[first.id] <= 6
        assert np.abs(pixels(twin) - pixels(first)).mean() < 25


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_shop(tmp_path):
    for name, seed in (("one", 8), ("same", 8), ("other", 9)):
        draw_toy_catalogue(tmp_path / name, size=15, seed=seed)
    one, same, other = (every_byte(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same
    assert len(one) > 25
    assert not set(one.values()) & set(other.values())


def test_global_randomness_is_left_alone():
    random.seed(1)
    before = random.getstate()
    toy_products(3, seed=77)
    assert random.getstate() == before


def test_without_cases_every_product_is_an_ordinary_one():
    mixed, ordinary = toy_products(60), toy_products(60, cases=False)
    assert all(product.photos and product.text for product in ordinary)
    for one, product in zip(plan(60, seed=0), ordinary, strict=True):
        assert product.category == category_path(one.leaf)
    same = [a == b for a, b in zip(mixed, ordinary, strict=True)]
    assert 35 < sum(same) < 50


# bad input


def test_impossible_sizes_are_explained(tmp_path):
    with pytest.raises(BadSetting) as caught:
        draw_toy_catalogue(tmp_path / "toy", size=0)
    assert str(caught.value) == "a toy catalogue of size 0 cannot be drawn. Use 1 or more."
    assert toy_products(0) == []
    assert not (tmp_path / "toy").exists()


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(CannotWrite) as caught:
        draw_toy_catalogue(tmp_path, size=1)
    assert str(caught.value) == (
        f"folder {str(tmp_path)!r} holds other things ('thesis.txt' ...). "
        "The toy catalogue replaces its whole folder: name an empty or a new one."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(CannotWrite, match=r"is a file. Name a folder for the toy catalogue\."):
        draw_toy_catalogue(tmp_path / "thesis.txt", size=1)


def test_an_older_toy_catalogue_is_replaced_as_a_whole_or_not_at_all(tmp_path, monkeypatch):
    folder = tmp_path / "shop"
    draw_toy_catalogue(folder, size=30, seed=1)
    before = every_byte(folder)

    def fails(one, seed):
        if one.number == 5:
            raise OSError(28, "No space left on device")
        return b""

    with monkeypatch.context() as patch:
        patch.setattr(toy, "_photo", fails)
        with pytest.raises(CannotWrite, match="No space left on device"):
            draw_toy_catalogue(folder, size=10, seed=2)
    assert every_byte(folder) == before
    assert list(tmp_path.iterdir()) == [folder]
    shop = draw_toy_catalogue(folder, size=2, seed=2)
    assert len(rows(shop.products)) == 2
    assert len(list(shop.images.iterdir())) <= 14


def test_progress_is_told(tmp_path):
    told = []

    class Listener:
        def track(self, items, *, total, what):
            told.append((total, what))
            yield from items

        def say(self, message):
            raise AssertionError(message)

    draw_toy_catalogue(Path(tmp_path / "toy"), size=3, progress=Listener())
    assert told == [(15, "drawing products")]
