"""Known products on a shelf: recognised, or said to be unknown; added from one photo; stored."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.encoders.encoder import EncoderCard
from glasscase.errors import BadBundle, BadPhoto, BadSetting, CannotWrite
from glasscase.shelf.known.gallery import Gallery
from glasscase.shelf.known.gallery_files import load_gallery, save_gallery
from glasscase.shelf.known.gallery_views import framed, views_of
from glasscase.shelf.known.match import KnownProduct

COLOURS = ("red", "green", "blue", "orange", "purple", "teal")


class ColourEncoder:
    """Means of colour over a grid of 3 x 3: enough to tell painted packs apart."""

    card = EncoderCard("colours", "image", 36, "-", "test", "0")

    def encode_images(self, images: Any) -> np.ndarray:
        rows = []
        for image in images:
            small = Image.fromarray(image).resize((3, 3), Image.Resampling.BOX)
            bright = np.asarray(small, np.float32).reshape(9, 3) / 255
            rows.append(np.concatenate([bright, bright.max(axis=1, keepdims=True)], axis=1).ravel())
        return np.stack(rows)


def pack(colour: str, stripe: str = "white", *, margin: int = 30) -> Photo:
    """A pack with a stripe on white ground."""
    image = Image.new("RGB", (120 + 2 * margin, 180 + 2 * margin), "white")
    image.paste(colour, (margin, margin, margin + 120, margin + 180))
    image.paste(stripe, (margin, margin + 60, margin + 120, margin + 100))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return Photo(f"{colour}.png", data=stream.getvalue())


def on_shelf(colour: str, stripe: str = "white") -> np.ndarray:
    """The same pack as a shelf photo has it: darker, no ground."""
    image = Image.open(io.BytesIO(pack(colour, stripe, margin=0).read())).convert("RGB")
    return np.asarray(image.point(lambda level: level * 0.85), np.uint8)


def products() -> list[Product]:
    return [
        Product(colour, {"title": f"{colour} tea"}, (pack(colour, "yellow"),), {"brand": "B"})
        for colour in COLOURS
    ]


@pytest.fixture(scope="module")
def gallery() -> Gallery:
    return Gallery.of(products(), ColourEncoder())


def test_a_known_product_is_recognised_and_a_stranger_is_not(gallery: Gallery) -> None:
    encoder = ColourEncoder()
    known, stranger = gallery.match(
        encoder.encode_images([on_shelf("blue", "yellow"), on_shelf("black", "black")])
    )
    assert (known.verdict, known.product.id, known.product.brand) == ("accept", "blue", "B")
    assert known.runner_up is not None
    assert known.runner_up.id != "blue"
    assert known.margin is not None
    assert known.margin > gallery.limits.margin
    assert stranger.verdict == "unknown"
    assert "needed" in stranger.reason or "nearly as like" in stranger.reason
    assert gallery.measured["queries"] == 30
    assert gallery.measured["strangers_share"] <= 0.05


def test_two_like_products_are_told_apart_by_neither(gallery: Gallery) -> None:
    """The runner-up is another product, however many views the first has."""
    twin = gallery.with_product(
        pack("blue", "yellow"), KnownProduct("twin", "blue tea"), ColourEncoder()
    )
    (match,) = twin.match(ColourEncoder().encode_images([on_shelf("blue", "yellow")]))
    assert match.verdict == "unknown"
    assert match.runner_up is not None
    assert {match.product.id, match.runner_up.id} == {"blue", "twin"}
    assert "nearly as like" in match.reason
    assert twin.products[-1].name == "blue tea (twin)"  # a name for each product


def test_a_product_is_added_from_one_photo(gallery: Gallery) -> None:
    encoder = ColourEncoder()
    picture = encoder.encode_images([on_shelf("black", "pink")])
    assert gallery.match(picture)[0].verdict == "unknown"
    grown = gallery.with_product(
        pack("black", "pink"), KnownProduct("noir", "Noir", "N", "Tea"), encoder
    )
    assert grown.match(picture)[0].product == KnownProduct("noir", "Noir", "N", "Tea")
    assert grown.match(picture)[0].accepted
    assert len(gallery) == 6  # the old one stays as it was
    again = grown.with_product(pack("black", "pink"), KnownProduct("noir"), encoder)
    assert len(again) == len(grown)
    assert len(again.vectors) > len(grown.vectors)
    chosen = gallery.with_limits(similarity=0.9, margin=0.3)
    kept = chosen.with_product(pack("black", "pink"), KnownProduct("noir"), encoder)
    assert kept.limits == chosen.limits  # what a person chose stays


def test_another_encoder_is_refused(gallery: Gallery) -> None:
    other = ColourEncoder()
    other.card = replace(ColourEncoder.card, sha256="1")
    with pytest.raises(BadSetting, match="made with 'colours', not with this 'colours'"):
        gallery.with_product(pack("red"), KnownProduct("x"), other)


def test_what_cannot_be_used_is_told() -> None:
    torn = Photo("torn.jpg", data=b"no photo")
    made = Gallery.of(
        [*products(), Product("torn", photos=(torn,)), Product("bare")], ColourEncoder()
    )
    assert len(made) == 6
    assert [problem.product_id for problem in made.problems] == ["torn", "bare"]
    with pytest.raises(BadSetting, match="no product of the catalogue has a usable photo"):
        Gallery.of([Product("torn", photos=(torn,))], ColourEncoder())
    with pytest.raises(BadSetting, match="the product id 'red' is there twice"):
        Gallery.of([products()[0], products()[0]], ColourEncoder())
    with pytest.raises(BadPhoto):
        made.with_product(torn, KnownProduct("x"), ColourEncoder())
    with pytest.raises(BadSetting, match="similarity 2 is not -1 to 1"):
        made.with_limits(similarity=2)


def test_a_gallery_of_one_still_knows_strangers() -> None:
    alone = Gallery.of(products()[:1], ColourEncoder())
    (same,) = alone.match(ColourEncoder().encode_images([on_shelf("red", "yellow")]))
    assert same.runner_up is None
    assert same.margin is None
    (other,) = alone.match(ColourEncoder().encode_images([on_shelf("blue", "black")]))
    assert other.similarity < same.similarity


def test_a_gallery_comes_back_as_it_was(gallery: Gallery, tmp_path: Path) -> None:
    place = save_gallery(gallery, tmp_path / "known")
    loaded = load_gallery(place)
    assert loaded.products == gallery.products
    assert loaded.limits == gallery.limits
    assert np.array_equal(loaded.vectors, gallery.vectors)
    save_gallery(loaded, place)  # over itself
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("mine")
    with pytest.raises(CannotWrite, match="exists and is no gallery"):
        save_gallery(gallery, tmp_path / "other")


@pytest.mark.parametrize("name", ["gallery.json", "vectors.safetensors"])
def test_a_changed_byte_is_found(gallery: Gallery, tmp_path: Path, name: str) -> None:
    place = save_gallery(gallery, tmp_path / "known")
    data = bytearray((place / name).read_bytes())
    data[-2] ^= 1
    (place / name).write_bytes(bytes(data))
    with pytest.raises(BadBundle, match=f"'{name}' of the gallery .* was changed"):
        load_gallery(place)


def test_a_folder_that_is_no_gallery_is_refused(gallery: Gallery, tmp_path: Path) -> None:
    with pytest.raises(BadBundle, match="there is no gallery at"):
        load_gallery(tmp_path)
    place = save_gallery(gallery, tmp_path / "known")
    about = json.loads((place / "gallery.json").read_text())
    about["format"] = 99
    from hashlib import sha256

    text = json.dumps(about)
    (place / "gallery.json").write_text(text)
    manifest = json.loads((place / "manifest.json").read_text())
    manifest["files"]["gallery.json"] = sha256(text.encode()).hexdigest()
    (place / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BadBundle, match="has format 99, this Glasscase reads 1"):
        load_gallery(place)


def test_white_ground_is_left_out() -> None:
    image = np.asarray(Image.open(io.BytesIO(pack("red").read())), np.uint8)
    assert framed(image).shape == (180, 120, 3)
    views = views_of(image, "red", number=3)
    assert all(np.array_equal(a, b) for a, b in zip(views, views_of(image, "red", number=3),
                                                    strict=True))  # fmt: skip
    assert views[0][0, 0].max() < 200  # no white ground any more
