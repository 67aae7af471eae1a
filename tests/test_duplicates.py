"""The same photo or the same words make a group; looking alike does not."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from glasscase.catalog import duplicates
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.duplicates import find_near_duplicates, near_duplicate_groups
from glasscase.catalog.near_hashes import near_pairs
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product

DATA = Path(__file__).parents[2] / "shared" / "data"


def _scene(seed, size=300, colour=None):
    """A drawing of shapes; `colour` draws one and the same shape in another colour."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (size, size), "white")
    draw = ImageDraw.Draw(image)
    for _ in range(7):
        x, y = rng.integers(0, size - 60, 2)
        w, h = rng.integers(30, 140, 2)
        fill = colour or tuple(rng.integers(0, 255, 3).tolist())
        draw.ellipse((x, y, x + w, y + h), fill=fill)
    return image


def _product(number, image=None, text="", kind="PNG", **options):
    photos = ()
    if image is not None:
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        photos = (Photo(f"{number}.{kind}", data=stream.getvalue()),)
    return Product(str(number), {"text": text} if text else {}, photos)


def test_a_copy_smaller_and_recompressed_is_found():
    original = _scene(1)
    products = [
        _product(0, original),
        _product(1, _scene(2)),
        _product(2, original.resize((140, 140)), kind="JPEG", quality=60),
        _product(3, original, kind="WEBP", quality=70),
        _product(4),
    ]
    found = find_near_duplicates(products)
    assert found.groups.tolist() == [0, 1, 0, 0, 2]
    assert found.sizes.tolist() == [3, 1, 1]
    assert {(pair.first, pair.second) for pair in found.pairs} == {(0, 2), (0, 3), (2, 3)}
    assert all(pair.by == "photo" for pair in found.pairs)
    assert all(pair.difference <= duplicates.MOST_DIFFERENCE for pair in found.pairs)


def test_the_same_shape_in_another_colour_is_another_product(monkeypatch):
    products = [_product(0, _scene(1, colour="#c03030")), _product(1, _scene(1, colour="#3060c0"))]
    assert near_duplicate_groups(products).tolist() == [0, 1]
    monkeypatch.setattr(duplicates, "MOST_DIFFERENCE", 9.0)
    assert near_duplicate_groups(products).tolist() == [0, 0]  # the hash alone is colour-blind


def test_blank_photos_glue_nothing_together():
    blank = [_product(i, Image.new("RGB", (80, 80), c)) for i, c in enumerate(["white"] * 3)]
    assert near_duplicate_groups(blank).tolist() == [0, 1, 2]


def test_unreadable_photos_have_no_part():
    bad = Product("x", {}, (Photo("x.jpg", data=b"<html>"),))
    assert near_duplicate_groups([bad, bad]).tolist() == [0, 1]


def test_equal_words_in_any_dress():
    products = [
        _product(0, text="Blue ceramic mug, 300 ml."),
        _product(1, text="BLUE ceramic mug - 300 ml"),
        _product(2, text="Blue ceramic mug, 350 ml."),
        _product(3, text="Watch"),
        _product(4, text="Watch"),
    ]
    found = find_near_duplicates(products)
    assert found.groups.tolist() == [0, 0, 1, 2, 3]
    assert [(pair.first, pair.second, pair.by) for pair in found.pairs] == [(0, 1, "text")]


def test_photos_and_words_join_groups_into_one():
    image = _scene(5)
    products = [
        _product(0, image, "One title of a product"),
        _product(1, image, "Quite another title"),
        _product(2, _scene(6), "Quite another title"),
    ]
    assert near_duplicate_groups(products).tolist() == [0, 0, 0]


@pytest.mark.parametrize("most_bits", [0, 3, 6])
def test_every_close_pair_of_hashes_is_found(most_bits):
    """The parts of the hash miss nothing: compared with looking at all pairs."""
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**63, 300, dtype=np.uint64)
    flips = [
        np.uint64(sum(1 << int(b) for b in rng.choice(64, k, replace=False))) for k in range(10)
    ]
    flips.append(np.uint64(sum(1 << bit for bit in (5, 15, 25, 35, 45, 60))))  # far apart
    hashes = np.concatenate([hashes, *(hashes[:20] ^ flip for flip in flips)])
    distance = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    close = np.argwhere(np.triu(distance <= most_bits, k=1))
    assert _listed(hashes, most_bits) == sorted(map(tuple, close.tolist()))


def test_a_crowd_of_like_hashes_is_compared_in_full_and_told_once():
    """Larger than what is compared at once, and alike in most bytes."""
    rng = np.random.default_rng(1)
    hashes = np.uint64(7) ^ (np.uint64(1) << rng.integers(0, 64, 200, dtype=np.uint64))
    distance = np.bitwise_count(hashes[:, None] ^ hashes[None, :])
    assert _listed(hashes, 6) == sorted(
        map(tuple, np.argwhere(np.triu(distance <= 6, k=1)).tolist())
    )


def _listed(hashes, most_bits):
    found = [
        tuple(pair) for part in near_pairs(hashes, most_bits=most_bits) for pair in part.tolist()
    ]
    return sorted(found)


def test_no_hashes_have_no_pairs():
    assert _listed(np.zeros(0, np.uint64), 6) == []
    assert _listed(np.zeros(1, np.uint64), 6) == []


def test_a_placeholder_on_many_products_is_one_group_with_few_pairs():
    image = _scene(9)
    found = find_near_duplicates([_product(i, image) for i in range(60)])
    assert set(found.groups.tolist()) == {0}
    assert [(pair.first, pair.second) for pair in found.pairs] == [(0, i) for i in range(1, 60)]


def test_thumbnails_on_disk_give_the_same(monkeypatch):
    products = [_product(i, _scene(i // 2), kind="JPEG", quality=50 + i) for i in range(12)]
    before = find_near_duplicates(products)
    monkeypatch.setattr(duplicates, "_IN_MEMORY", 3)
    monkeypatch.setattr(duplicates, "_UNDER_WAY", 5)
    monkeypatch.setattr(duplicates, "_CONFIRMED_AT_ONCE", 2)
    assert find_near_duplicates(products).pairs == before.pairs
    assert before.groups.tolist() == [i // 2 for i in range(12)]


def test_no_products():
    assert near_duplicate_groups([]).tolist() == []


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is absent")
def test_real_catalogue():
    """Looked at by eye: 6 groups, all true copies; look-alikes are left apart."""
    folder = DATA / "flipkart"
    catalog = Catalog.read(folder / "products.csv", photos=folder / "images", level=1)
    found = find_near_duplicates(catalog.products)
    assert sorted(found.sizes[found.sizes > 1].tolist()) == [2, 2, 3, 3, 3, 4]
