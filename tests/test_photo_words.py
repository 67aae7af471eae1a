"""The words printed on photos: read by a real reader, kept, learnt from, stored and explained."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from glasscase import ProductClassifier, Settings, explain
from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.encoders import photo_reader
from glasscase.encoders.photo_reader import LONGEST_PX, MOST_CHARACTERS, PhotoReader
from glasscase.encoders.photo_words import PhotoWords
from glasscase.encoders.text_cache import TextCache
from glasscase.errors import BadEncoder, BadPhoto, CannotWrite, MissingExtra
from glasscase.explanations.card import card
from glasscase.models.product_encoder import ProductEncoder

KINDS = ("OATS", "COFFEE", "SOAP")
ON = Settings(encoders={"photo_words": True})


def pack(words: str, *, number: int = 0, size: tuple[int, int] = (320, 160)) -> bytes:
    """A pack of one colour with words on it; `number` changes a pixel, so that packs differ."""
    picture = Image.new("RGB", size, (235, 225, 200))
    picture.putpixel((0, 0), (number, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.multiline_text((20, 30), words, (20, 20, 60), ImageFont.load_default(40))
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def product(number: int, data: bytes, kind: str | None = None) -> Product:
    photo = Photo(f"{number}.png", data=data)
    category = (kind,) if kind else None
    return Product(str(number), photos=(photo,), category=category, row=number + 2)


@pytest.fixture
def shelf() -> list[Product]:
    """Packs that only differ by what is printed on them."""
    kinds = [KINDS[i % 3] for i in range(9)]
    return [product(i, pack(kind, number=i), kind.lower()) for i, kind in enumerate(kinds)]


@pytest.fixture(scope="module")
def texts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where what was read is kept from test to test."""
    return tmp_path_factory.mktemp("texts")


@pytest.fixture
def cache_folder(monkeypatch: pytest.MonkeyPatch, texts_folder: Path) -> None:
    """A cache of texts of its own; vectors and models stay where the run keeps them."""
    monkeypatch.setattr(
        "glasscase.models.product_encoder.TextCache", lambda _: TextCache(texts_folder)
    )


class FakeReader:
    """Reads what a table says, and counts."""

    series = "3.10"
    name = "fake"

    def __init__(self, texts: Sequence[str | Exception]) -> None:
        self.texts = list(texts)
        self.read_photos = 0

    def read(self, image: Any, *, name: str = "") -> str:
        self.read_photos += 1
        text = self.texts[int(image[0, 0, 0])]
        if isinstance(text, Exception):
            raise text
        return text


def reading(reader: Any, cache: TextCache | None = None) -> PhotoWords:
    words = PhotoWords(cache=cache)
    words._reader = reader
    return words


def test_the_reader_reads_and_asks_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: Any) -> None:
        raise AssertionError("the network was tried")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    reader = PhotoReader()
    image = np.asarray(Image.open(io.BytesIO(pack("BLUE TEA\n300 ml"))))
    assert reader.read(image) == "BLUE TEA\n300 ml"
    assert reader.name == f"rapidocr 3.10, {LONGEST_PX} px"
    turned = np.ascontiguousarray(image[:, :, ::-1])
    assert reader.read(turned) == "BLUE TEA\n300 ml"
    for shape in ((1, 1), (4, 4000), (4000, 4)):
        assert reader.read(np.zeros((*shape, 3), np.uint8)) == ""


def test_a_reader_that_stumbles_costs_one_photo(monkeypatch: pytest.MonkeyPatch) -> None:
    def engine() -> Any:
        def stumble(_: Any) -> Any:
            raise RuntimeError("deep inside")

        return stumble

    monkeypatch.setattr(photo_reader, "_engine", engine)
    with pytest.raises(BadPhoto, match=r"the words on photo 'a\.png' cannot be read: RuntimeError"):
        PhotoReader().read(np.zeros((9, 9, 3), np.uint8), name="a.png")


def test_an_endless_text_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        txts = ("x" * 3000, "  ", "y" * 3000)

    monkeypatch.setattr(photo_reader, "_engine", lambda: lambda _: Found)
    text = PhotoReader().read(np.zeros((9, 9, 3), np.uint8))
    assert len(text) == MOST_CHARACTERS
    assert text.startswith("x" * 3000 + "\ny")


def test_every_photo_is_read_once(tmp_path: Path) -> None:
    cache = TextCache(tmp_path)
    reader = FakeReader(["OATS", "SOAP", ""])
    shown = [product(i, pack("", number=i)) for i in (0, 1, 2, 0)]
    two = Product("two", photos=(*shown[0].photos, *shown[1].photos))
    found = reading(reader, cache).read([*shown, two, Product("none")])
    assert found.texts == ("OATS", "SOAP", "", "OATS", "OATS\nSOAP", "")
    assert found.present.tolist() == [True] * 5 + [False]
    assert reader.read_photos == 3
    assert reading(reader, cache).read(shown).texts == ("OATS", "SOAP", "", "OATS")
    assert reader.read_photos == 3
    other = FakeReader(["oats", "soap", ""])
    other.name = "fake 2"
    assert reading(other, cache).read(shown[:1]).texts == ("oats",)
    assert cache.count() == 4


def test_photos_that_cannot_be_read_are_problems_and_are_not_kept(tmp_path: Path) -> None:
    cache = TextCache(tmp_path)
    reader = FakeReader([BadPhoto("photo '0.png' made it stumble", "Go on."), "SOAP"])
    page = product(5, b"<html>")
    gone = Product("6", photos=(Photo("gone.png", Path("nowhere/gone.png")),), row=8)
    shown = [product(0, pack("", number=0)), product(1, pack("", number=1)), page, gone]
    found = reading(reader, cache).read(shown)
    assert found.texts == ("", "SOAP", "", "")
    assert found.present.tolist() == [False, True, False, False]
    assert [problem.row for problem in found.problems] == [2, 7, 8]
    assert "'0.png' made it stumble" in found.problems[0].reason
    assert cache.count() == 1


def test_a_cache_that_cannot_be_used_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said: list[str] = []

    class Told:
        def track(self, items: Any, *, total: int, what: str) -> Any:
            yield from items

        def say(self, message: str) -> None:
            said.append(message)

    words = reading(FakeReader(["OATS"]), TextCache(tmp_path / "file"))
    shown = [product(0, pack("")) for _ in range(40)]
    assert set(words.read(shown, progress=Told()).texts) == {"OATS"}
    assert len(said) == 1
    assert said[0].endswith("Photos are read anew this time.")


def test_the_cache_of_texts_keeps_within_its_size(tmp_path: Path) -> None:
    now = iter(range(1000))
    cache = TextCache(tmp_path, 400_000, clock=lambda: float(next(now)))
    for i in range(60):
        cache.put_many("reader", {f"{i:064d}": f"{i} " * 4000})
    keys = [f"{i:064d}" for i in range(60)]
    kept = cache.get_many("reader", keys)
    assert keys[-1] in kept
    assert keys[0] not in kept
    assert cache.clear() == len(kept)
    assert cache.count() == 0
    cache.close()


def test_a_damaged_cache_of_texts_is_put_aside(tmp_path: Path) -> None:
    (tmp_path / "photo_words.sqlite").write_bytes(b"no database" * 1000)
    cache = TextCache(tmp_path)
    cache.put_many("reader", {"a" * 64: "OATS"})
    assert cache.get_many("reader", ["a" * 64]) == {"a" * 64: "OATS"}
    assert (tmp_path / "photo_words.sqlite.damaged-1").exists()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotWrite, match="photo words .* cannot be used|cannot write"):
        TextCache(tmp_path / "file").count()


@pytest.mark.usefixtures("cache_folder")
def test_words_on_packs_tell_what_nothing_else_tells(shelf: list[Product], tmp_path: Path) -> None:
    model = ProductClassifier("photo-words", settings=ON).fit(shelf)
    unseen = [product(90 + i, pack(kind, number=90 + i)) for i, kind in enumerate(KINDS)]
    assert model.predict(unseen).tolist() == ["oats", "coffee", "soap"]
    loaded = ProductClassifier.load(model.save(tmp_path / "bundle"))
    assert loaded.predict_proba(unseen).tolist() == model.predict_proba(unseen).tolist()
    stored = {path.name for path in (tmp_path / "bundle").iterdir()}
    assert "photo_words.json" in stored
    assert "image" not in stored
    blank = loaded.predictions([product(99, pack("", number=99)), Product("nothing")])
    assert blank[0].verdict != "accept"
    assert blank[1].verdict == "abstain"
    told = explain(loaded, unseen[1])
    assert told.photo_words == ("COFFEE",)
    assert told.to_dict()["photo_words"] == ["COFFEE"]
    assert told.label == "coffee"
    assert [share.modality for share in told.shares] == ["image"]
    assert told.heat_note.startswith("Of photos this model reads the words alone")
    page = card(told, unseen[1].photos)
    assert "Words read on the photo" in page
    assert ">COFFEE<" in page


@pytest.mark.usefixtures("cache_folder")
def test_they_join_late_fusion(shelf: list[Product]) -> None:
    model = ProductClassifier("photo", settings=ON).fit(shelf)
    assert set(model.head.blocks) == {"image", "photo_words"}
    assert (model.predict(shelf) == [one.label for one in shelf]).all()


@pytest.mark.usefixtures("cache_folder")
def test_they_are_off_unless_asked_for_and_need_photos_with_words(shelf: list[Product]) -> None:
    assert ProductEncoder.fit(shelf, Settings()).photo_words is None
    text_only = Settings(encoders={"photo_words": True}, train={"modality": "text"})
    assert ProductEncoder.fit(shelf, text_only).photo_words is None
    blank = [product(i, pack("", number=i), "a") for i in range(3)]
    assert ProductEncoder.fit(blank, ON).photo_words is None


@pytest.mark.usefixtures("cache_folder")
def test_a_broken_photo_is_one_problem_not_two(shelf: list[Product]) -> None:
    encoder = ProductEncoder.fit(shelf, ON)
    encoded = encoder.encode([shelf[0], product(7, b"<html>")])
    assert len(encoded.problems) == 1
    assert encoded.features.has("image").tolist() == [True, False]


@pytest.mark.usefixtures("cache_folder")
def test_a_model_says_which_reader_it_needs(
    shelf: list[Product], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = ProductClassifier("photo-words", settings=ON).fit(shelf).save(tmp_path / "bundle")
    monkeypatch.setattr(photo_reader, "installed_series", lambda: None)
    model = ProductClassifier.load(bundle)
    with pytest.raises(MissingExtra) as missing:
        model.predictions(shelf[:1])
    assert str(missing.value) == (
        "this model reads the words on photos with rapidocr 3.10, which is not installed. "
        "Run: pip install 'rapidocr==3.10.*'"
    )
    with pytest.raises(MissingExtra, match=r"Run: pip install 'glasscase\[ocr\]'"):
        ProductEncoder.fit(shelf, ON)
    monkeypatch.setattr(photo_reader, "installed_series", lambda: "4.0")
    with pytest.raises(BadEncoder, match=r"rapidocr 3\.10; 4\.0 is installed. Run: pip install 'r"):
        ProductClassifier.load(bundle).predictions(shelf[:1])
