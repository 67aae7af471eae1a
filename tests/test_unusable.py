"""Photos and texts of no use: told, with the reason, and good ones left alone."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from glasscase import Photo, Product, ProductClassifier
from glasscase.catalog.boilerplate import Boilerplate
from glasscase.catalog.photo_look import PhotoLook
from glasscase.catalog.toy import ToyCatalogue
from glasscase.catalog.unusable_text import text_fault
from glasscase.catalog.usable import Usable
from glasscase.settings import Settings


def picture(seed: int = 0, side: int = 200) -> Image.Image:
    """Blocks of colour with sharp edges."""
    rng = np.random.default_rng(seed)
    blocks = np.kron(rng.integers(0, 255, (8, 8, 3)), np.ones((side // 8, side // 8, 1)))
    return Image.fromarray(blocks.astype(np.uint8))


def look(image: Image.Image, shorter_px: int | None = None) -> PhotoLook:
    return PhotoLook.of(np.asarray(image), shorter_px=shorter_px or min(image.size))


def photo(image: Image.Image, name: str = "p.jpg") -> Photo:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=92)
    return Photo(name, data=stream.getvalue())


def fault(image: Image.Image, usable: Usable | None = None) -> str | None:
    found = (usable or Usable()).photo_fault("p.jpg", look(image))
    return None if found is None else found.reason


def test_each_fault_of_a_photo_has_its_own_words() -> None:
    assert fault(picture()) is None
    assert fault(Image.new("RGB", (200, 200), (250, 250, 250))) == (
        "Photo “p.jpg” is blank: one colour all over."
    )
    assert fault(picture().filter(ImageFilter.GaussianBlur(6))) == (
        "Photo “p.jpg” is blurred: it has no sharp edge."
    )
    assert fault(picture().resize((24, 24))) == (
        "Photo “p.jpg” is too small: 24 px on its shorter side, less than 32."
    )


def test_a_plain_background_does_not_make_a_photo_blurred() -> None:
    canvas = Image.new("RGB", (400, 400), (255, 255, 255))
    canvas.paste(picture(side=80), (150, 150))
    assert fault(canvas) is None
    assert fault(canvas.filter(ImageFilter.GaussianBlur(8))) is not None


def test_the_limits_are_those_of_the_shop() -> None:
    """Thumbnails are no fault in a shop of thumbnails, and one is in a shop of large photos."""
    products = [Product(id=str(i), category=(f"c{i % 3}",)) for i in range(60)]
    tiny = Usable.learn(products, [[look(picture(i), 60)] for i in range(60)])
    large = Usable.learn(products, [[look(picture(i), 800)] for i in range(60)])
    assert (tiny.least_px, large.least_px) == (30, 64)
    small = look(picture(99), 40)
    assert tiny.photo_fault("x", small) is None
    found = large.photo_fault("x", small)
    assert found is not None
    assert found.kind == "small"
    assert large.photo_fault("x", small, least_px=20) is None, "the setting goes before"


def test_one_picture_on_many_products_is_a_placeholder() -> None:
    none = look(picture(5))
    looks = [[none] if i < 6 else [look(picture(100 + i))] for i in range(400)]
    many = [Product(id=str(i), category=(f"c{i % 3}",)) for i in range(400)]
    usable = Usable.learn(many, looks)
    found = usable.photo_fault("x.jpg", none)
    assert found is not None
    assert found.reason == (
        "Photo “x.jpg” is a placeholder: the same picture stands on 6 different products."
    )
    same = [Product(id=str(i), category=("mugs" if i < 5 else "pots",)) for i in range(400)]
    assert Usable.learn(same, looks).photo_fault("x.jpg", none) is None, "variants of one mug"


def test_what_is_usual_in_a_shop_is_no_fault() -> None:
    """A shop whose texts are part numbers lives with that."""
    shop = [Product(id=str(i), texts={"t": f"{4711 + i}-8"}) for i in range(100)]
    assert Usable.learn(shop).text_fault("99-1") is None
    words = [Product(id=str(i), texts={"t": f"Blue mug number {i}"}) for i in range(100)]
    found = Usable.learn(words).text_fault("99-1")
    assert found is not None
    assert found.kind == "codes"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("N/A", "The text is a placeholder (“N/A”)."),
        ("n.a.", "The text is a placeholder (“n.a.”)."),
        ("Test. N/A", "The text is a placeholder (“Test. N/A”)."),
        ("8901030 / 4-711", "The text has no words, only numbers and codes."),
        ("Ref. no. 4711 (EAN 5901234123457)", "The text has no words, only numbers and codes."),
        ("★★★ !!!", "The text has no words, only signs (“★★★ !!!”)."),
        ("👟🔥 👍🏽", "The text has no words, only signs (“👟🔥 👍🏽”)."),
        ("__ --", "The text has no words, only signs (“__ --”)."),
        ("⭐ 4711", "The text has no words, only numbers and codes."),
        ("mug mug MUG", "The text is one word over and over (“mug”)."),
        ("Lorem ipsum dolor sit amet, consectetur elit.", "The text is filler (“Lorem ipsum”)."),
    ],
)
def test_each_fault_of_a_text_has_its_own_words(text: str, reason: str) -> None:
    found = text_fault(text)
    assert found is not None
    assert found.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        "", "Mug", "XL T-Shirt 3er Pack", "Test strips for pools", "DC A653 Men's cap", "杯子",
        "Title: The Hobbit, hardcover", "Duplo 10913", "чашка 300 мл",
        "Dolor cream for the elderly",
    ],
)  # fmt: skip
def test_short_and_foreign_texts_are_left_alone(text: str) -> None:
    assert text_fault(text) is None


def test_a_text_of_nothing_but_boilerplate() -> None:
    usable = replace(Usable(), boilerplate=Boilerplate(frozenset({"free shipping today"})))
    found = usable.text_fault("Free shipping today.")
    assert found is not None
    assert found.reason == "The text is nothing but sentences the shop repeats."
    assert usable.text_fault("Blue mug. Free shipping today.") is None


def test_it_is_json_and_back() -> None:
    usable = Usable(
        40, 22.5, {2**63 + 1: 7}, Boilerplate(frozenset({"a b c"})), frozenset({"small"})
    )
    assert Usable.from_dict(json.loads(json.dumps(usable.to_dict()))) == usable


def test_verdicts_say_which_photo_and_what_to_do(
    toy_model: ProductClassifier, toy_shop: ToyCatalogue
) -> None:
    good = Photo("mug.jpg", path=next(toy_shop.images.glob("*.jpg")))
    blank = photo(Image.new("RGB", (200, 200), (255, 255, 255)), "white.jpg")
    words = {"title": "Blue ceramic coffee mug, holds 300 ml"}
    cases = {
        "fine": Product("1", words, (good,)),
        "blank": Product("2", words, (blank,)),
        "one of two": Product("3", words, (good, blank)),
        "words": Product("4", {"title": "N/A"}, (good,)),
        "both": Product("5", {"title": "N/A"}, (blank,)),
        "blank alone": Product("6", {}, (blank,)),
    }
    plain = Settings.read(overrides=["decision.unknown_at=0", "decision.accept_at=0.41"])
    told = dict(
        zip(cases, toy_model.with_settings(plain).predictions([*cases.values()]), strict=True)
    )
    assert "“" not in told["fine"].reason
    for name in ("blank", "one of two"):
        assert told[name].verdict != "accept"
        assert told[name].reason.startswith("Photo “white.jpg” is blank: one colour all over. Give")
    assert told["words"].reason == (
        "The text is a placeholder (“N/A”). Give words, or decide without."
    )
    assert told["both"].verdict == told["blank alone"].verdict == "abstain"
    assert told["both"].reason == (
        "Photo “white.jpg” is blank: one colour all over. The text is a placeholder (“N/A”). "
        "Nothing else is known of it: give a photo and words."
    )
    off = Settings.read(overrides=["decision.check_usable=false", "decision.unknown_at=0"])
    [answer] = toy_model.with_settings(off).predictions([cases["both"]])
    assert "blank" not in answer.reason


def test_looks_are_the_same_with_and_without_the_cache(
    toy_model: ProductClassifier, toy_shop: ToyCatalogue
) -> None:
    photos = [Photo(path.name, path=path) for path in sorted(toy_shop.images.glob("*.jpg"))[:3]]
    broken = Photo("broken.jpg", data=b"<html>")
    products = [Product("1", {}, (photos[0], broken, photos[1])), Product("2", {}, (photos[2],))]
    cached = toy_model.encoder.image
    first, again = cached.encode(products).looks, cached.encode(products).looks
    assert first == again == cached.encoder.encode(products).looks
    assert [one is None for one in first[0]] == [False, True, False]
    assert first[1][0] == cached.encoder.look_at(photos[2])


def test_a_bundle_keeps_its_limits(toy_model: ProductClassifier, tmp_path) -> None:
    usable = toy_model.parts.usable
    assert usable.least_px > 32, "the toy shop's photos are larger than that"
    again = ProductClassifier.load(toy_model.save(tmp_path / "bundle"))
    assert again.parts.usable == usable
