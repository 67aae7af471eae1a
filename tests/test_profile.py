"""A profile says what is true of a catalogue, what to do first, and lets nothing run."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from glasscase.catalog.catalog import Catalog
from glasscase.catalog.columns import Columns
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.catalog.toy import toy_products
from glasscase.encoders.token_counts import token_counts
from glasscase.errors import CannotWrite
from glasscase.jobs.profile import profile
from glasscase.profiling.class_counts import best_level, levels
from glasscase.profiling.photos import look_at_photos
from glasscase.profiling.spread import Histogram, Spread
from glasscase.settings import PhotoSettings, Settings

DATA = Path(__file__).parents[2] / "shared" / "data"


def jpeg(pixels) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(stream, "JPEG", quality=95)
    return stream.getvalue()


def pictured(*datas: bytes) -> list[Product]:
    return [
        Product(id=str(i), photos=(Photo(f"{i}.jpg", data=data),)) for i, data in enumerate(datas)
    ]


def looked_at(*datas: bytes):
    return look_at_photos(pictured(*datas), limits=PhotoSettings())


def in_classes(**counts: int) -> list[Product]:
    return [
        Product(id=f"{name}{i}", texts={"title": f"{name} thing {i}"}, category=(name,))
        for name, count in counts.items()
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def toy():
    return profile(Catalog(toy_products(160)))


def test_the_toy_shop_is_described_as_it_was_drawn(toy):
    products = toy_products(160)
    assert toy.rows == 160
    lacking = {one.field: one.count for one in toy.missing}
    assert lacking["photo"] == sum(not p.photos for p in products) > 0
    assert lacking["category"] == 0
    assert [level.classes for level in toy.levels] == [4, 12]
    assert sum(count for _, count in toy.levels[1].counts) == 160
    assert toy.photos.formats == {"JPEG": 160 - lacking["photo"]}
    assert toy.look_alikes.products > 0
    assert toy.texts.characters.largest == max(len(p.text) for p in products)


def test_tokens_are_those_of_the_sentence_encoders_own_tokeniser():
    counts = token_counts(["", "blue mug", "blue ceramic coffee mug"], settings=Settings())
    assert counts.tolist() == [2, 4, 6]
    long = Product(id="1", texts={"text": "mug " * 300}, category=("A",))
    short = Product(id="2", texts={"text": "mug"}, category=("B",))
    blank = Product(id="3", category=("B",))
    one_window = Settings.read(overrides=["text.max_tokens=128", "text.max_windows=1"])
    texts = profile(Catalog([long, short, blank]), settings=one_window).texts
    assert (texts.cut, texts.cut_share, texts.tokens.largest) == (1, 0.5, 302)
    wider = profile(
        Catalog([long, short]),
        settings=Settings.read(overrides=["text.max_tokens=128", "text.max_windows=3"]),
    )
    assert wider.texts.cut == 0


def test_channel_means_are_those_of_the_pixels():
    flat = jpeg(np.full((64, 64, 3), (255, 0, 51)))
    split = np.zeros((64, 64, 3))
    split[:32] = 255
    sample = looked_at(flat).sample
    assert sample.channel_mean == pytest.approx((1.0, 0.0, 0.2), abs=0.01)
    assert sample.channel_deviation == pytest.approx((0, 0, 0), abs=0.02)
    assert looked_at(jpeg(split)).sample.channel_deviation == pytest.approx((0.5,) * 3, abs=0.01)


def test_grey_blank_and_blurred_photos_are_told_apart():
    rng = np.random.default_rng(0)
    colours = np.kron(rng.integers(0, 255, (20, 20, 3)), np.ones((12, 12, 1)))
    sharp = Image.fromarray(colours.astype(np.uint8))
    blurred = np.asarray(sharp.filter(ImageFilter.GaussianBlur(12)))
    grey = np.asarray(sharp.convert("L").convert("RGB"))
    for pixels, expected in (
        (colours, (0, 0, 0)),
        (grey, (1, 0, 0)),
        (blurred, (0, 1, 0)),
        (np.full((200, 200, 3), 250), (1, 0, 1)),
    ):
        sample = looked_at(jpeg(pixels)).sample
        assert (sample.grey_share, sample.blurred_share, sample.blank_share) == expected


def test_an_unreadable_photo_is_listed_and_the_others_are_measured():
    good = jpeg(np.random.default_rng(0).integers(0, 255, (40, 90, 3)))
    photos = looked_at(good, b"<html>", good[: len(good) - 900])
    assert photos.files == 2
    assert (photos.width_px.largest, photos.height_px.largest, photos.small) == (90, 40, 2)
    assert "'1.jpg' is not a photo but an HTML page" in photos.unreadable[0]
    assert "'2.jpg' is truncated" in photos.unreadable[1]
    assert photos.sample.photos == 1


def test_the_sample_is_seeded_and_of_at_most_500():
    products = pictured(*[jpeg(np.full((8, 8, 3), i % 256)) for i in range(520)])
    first, again, other = (
        look_at_photos(products, limits=PhotoSettings(), seed=seed).sample for seed in (1, 1, 2)
    )
    assert first.photos == 500
    assert first == again != other


def test_rare_classes_and_the_level_to_train_at():
    products = [
        Product(id=f"{top}{i}", texts={"title": f"{top} {i}"}, category=(top, f"{top} number {i}"))
        for top in ("Mugs", "Pots")
        for i in range(60)
    ]
    found = levels(products)
    assert (found[0].rare, found[1].single) == ((), 120)
    assert best_level(found).level == 1
    (first, *_) = profile(Catalog(products)).todo
    assert first == (
        "Train with --level 1, which has 2 classes; at level 2, 120 of 120 classes have fewer "
        "than 10 products (120 have one)."
    )


@pytest.mark.parametrize(
    ("products", "first"),
    [
        (
            [Product(id="1", texts={"title": "mug"})],
            "No product has a category, so nothing can be learnt: name the column with --label.",
        ),
        (
            in_classes(Mugs=3),
            "All labelled products are in one class, 'Mugs': add products of other classes, or "
            "train at a deeper level.",
        ),
        (
            in_classes(Mugs=20, Pots=20),
            "40 products are labelled: enough to try, too few to trust; aim for some hundreds.",
        ),
        (
            in_classes(Mugs=80, Pots=70, Lids=3),
            "1 of 3 classes have fewer than 10 products: merge them or collect more ('Lids').",
        ),
        (
            in_classes(Mugs=80, Pots=70),
            "No product has a photo: name the photos, or go on without.",
        ),
        (
            [*in_classes(Mugs=80, Pots=70), Product(id="x", texts={"title": "what is it"})],
            "1 product is without a category, of 151: training leaves them out; fill them in, or "
            "predict them afterwards.",
        ),
    ],
)
def test_the_first_thing_to_do(products, first):
    assert profile(Catalog(products)).todo[0] == first


def test_nothing_to_do_is_said_too():
    noise = np.random.default_rng(0).integers(0, 255, (150, 120, 120, 3))
    photos = [Photo(f"{i}.jpg", data=jpeg(pixels)) for i, pixels in enumerate(noise)]
    products = [
        p.with_photos(photo) for p, photo in zip(in_classes(Mugs=80, Pots=70), photos, strict=True)
    ]
    assert profile(Catalog(products)).todo == (
        "Nothing stands in the way: train on the 150 products in 2 classes.",
    )


def test_one_product_filed_under_two_categories_is_a_conflict():
    text = {"title": "A sturdy blue ceramic mug for tea"}
    twins = [Product(id=name, texts=text, category=(name, "Leaf")) for name in ("Mugs", "Pots")]
    agreed = [
        Product(
            id=f"lid{i}", texts={"title": "One lid for all pans"}, category=("Mugs", f"Lid {i}")
        )
        for i in range(8)
    ]
    found = profile(Catalog([*agreed, *twins, *in_classes(Mugs=60, Pots=60)]))
    assert [g.size for g in found.look_alikes.groups] == [2, 8]  # the conflict first
    assert found.look_alikes.conflicts == 1
    group = found.look_alikes.groups[0]
    assert (group.size, group.by, group.labels) == (2, ("text",), ("Mugs", "Pots"))
    assert "1 group of near-duplicates stand" in found.todo[0]


def test_cleaning_and_repeated_sentences_are_shown(tmp_path):
    table = tmp_path / "shop.csv"
    rows = [
        f'{i},"<p>Mug <b>number</b> {i}.</p> Cash on delivery available.",{"AB"[i % 2]}'
        for i in range(60)
    ]
    table.write_text("id,description,category\n" + "\n".join(rows), encoding="utf-8")
    found = profile(Catalog.read(table))
    assert found.cleaning.changed == 60
    assert found.cleaning.examples[0]["before"].startswith("<p>Mug")
    assert found.cleaning.examples[0]["after"].startswith("Mug number")
    (repeated,) = found.cleaning.boilerplate
    assert (repeated.sentence, repeated.products) == ("cash on delivery available", 60)


def test_the_page_escapes_everything_and_asks_nobody(tmp_path):
    evil = "<script>alert(1)</script>"
    products = [
        Product(
            id=f"{evil}{i}",
            texts={"title": f"{evil} the same words"},
            photos=(Photo(f"{evil}.jpg", data=b"<html>"),),
            category=(f"{evil}{i % 2}",),
        )
        for i in range(4)
    ]
    columns = Columns(id=evil, text=("title",), label=evil)
    page = profile(Catalog(products, columns=columns)).save(tmp_path / "p")
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", html)
    assert "default-src 'none'" in html


@pytest.mark.parametrize(
    "products",
    [
        [Product(id="1", texts={"title": "one mug"}, category=("Mugs",))],
        [Product(id="1", category=("Mugs",))],
        [p.with_photos() for p in toy_products(20)],
        [p.with_text("") for p in toy_products(20)],
        in_classes(**{f"class{i}": i % 7 + 1 for i in range(60)}),
    ],
    ids=["one product", "nothing in it", "no photos", "no text", "sixty classes"],
)
def test_odd_catalogues_have_a_page_too(products, tmp_path):
    found = profile(Catalog(products))
    page = found.save(tmp_path / "profile")
    stored = json.loads((tmp_path / "profile" / "profile.json").read_text(encoding="utf-8"))
    assert stored == json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert page.name == "profile.html"
    assert found.todo[0].split(" (")[0].split("'")[0][:40] in page.read_text(encoding="utf-8")


def test_the_same_catalogue_gives_the_same_page():
    catalog = Catalog(toy_products(20))
    assert profile(catalog).html() == profile(catalog).html()


def test_a_page_that_cannot_be_written_says_so(toy, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotWrite, match=r"cannot write .*profile\.json"):
        toy.save(tmp_path / "file")


def test_a_giant_does_not_squeeze_the_histogram():
    lengths = [10] * 500 + [20] * 490 + [10_000] * 2
    histogram = Histogram.of(lengths, bins=10)
    assert histogram.edges[-1] == 20.0
    assert sum(histogram.counts) == 992
    assert Spread.of(lengths).largest == 10_000


@pytest.mark.data
def test_the_flipkart_sample_is_read_as_what_it_is():
    if not DATA.is_dir():
        pytest.skip(f"{DATA} is not here")
    folder = DATA / "flipkart"
    found = profile(Catalog.read(folder / "products.csv", photos=folder / "images"))
    assert found.rows == 840
    assert found.levels[0].classes == 7
    assert "Train with --level 1, which has 7 classes" in found.todo[0]
    assert found.photos.files == 838
    assert any(one.sentence == "free shipping" for one in found.cleaning.boilerplate)
    assert found.texts.cut_share == 0
    assert found.texts.tokens.median == pytest.approx(82, abs=2)
