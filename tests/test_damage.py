"""Single changes of photos and words: really there, stronger with strength, the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from glasscase.augmentation.photo_damage import PHOTO_DAMAGE, STRENGTHS, WRONG_WORD, damaged_photo
from glasscase.augmentation.text_damage import TEXT_DAMAGE, damaged_texts
from glasscase.augmentation.text_units import text_units
from glasscase.catalog.language import language_of
from glasscase.catalog.product import Product
from glasscase.catalog.stop_words import STOP_WORDS

LONG = (
    "Blue ceramic coffee mug with handle, holds three hundred millilitres, dishwasher safe and "
    "microwave safe, suitable for office kitchen camping travel and breakfast"
)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """A textured square on white, lighter on the left."""
    image = np.full((120, 160, 3), 235, np.uint8)
    rows, columns = np.mgrid[30:90, 40:120]
    image[30:90, 40:120, 0] = 60 + (rows * 7 + columns * 3) % 100
    image[30:90, 40:120, 1] = 90 + (rows * 3) % 60
    image[30:90, 40:120, 2] = 40 + columns
    return image


def change(photo: np.ndarray, kind: str, strength: int, key: str = "mug") -> np.ndarray:
    return damaged_photo(photo, kind, strength, seed=0, key=key, word="Curtains")


def distance(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first.astype(float) - second).mean())


@pytest.mark.parametrize("kind", PHOTO_DAMAGE)
def test_a_photo_is_changed_more_by_each_strength_and_keeps_its_size(
    photo: np.ndarray, kind: str
) -> None:
    before = photo.copy()
    seen = [change(photo, kind, strength) for strength in STRENGTHS]
    assert (photo == before).all()
    assert {one.shape for one in seen} == {photo.shape}
    far = [distance(photo, one) for one in seen]
    assert 0 < far[0] < far[1] < far[2]


@pytest.mark.parametrize("kind", PHOTO_DAMAGE)
def test_a_photo_is_changed_by_seed_and_key_alone(photo: np.ndarray, kind: str) -> None:
    alone = change(photo, kind, 2)
    change(photo, kind, 2, key="sock")
    assert (change(photo, kind, 2) == alone).all()
    drawn = {"noise", "crop", "price banner", "screenshot", WRONG_WORD}
    others = [change(photo, kind, 2, key=str(i)) for i in range(8)]
    differ = any((one != others[0]).any() for one in others)
    assert differ or kind in ("blur", "jpeg", "watermark")
    assert differ == (kind in drawn | {"brightness", "contrast", "rotation"})


def test_blur_takes_detail_away_and_noise_puts_it_in(photo: np.ndarray) -> None:
    def detail(image: np.ndarray) -> float:
        return float(np.abs(np.diff(image.astype(float), axis=1)).mean())

    assert detail(change(photo, "blur", 3)) < 0.7 * detail(photo)
    assert detail(change(photo, "noise", 3)) > 3 * detail(photo)


def test_noise_has_the_deviation_it_says() -> None:
    grey = np.full((200, 200, 3), 128, np.uint8)
    noisy = change(grey, "noise", 2).astype(float) - 128
    assert noisy.std() == pytest.approx(25, rel=0.03)
    assert abs(noisy.mean()) < 0.5


def test_the_watermark_is_all_over_the_photo_and_the_photo_still_under_it() -> None:
    white = np.full((240, 240, 3), 255, np.uint8)
    marked = change(white, "watermark", 2) < 250
    for rows in (slice(0, 120), slice(120, 240)):
        for columns in (slice(0, 120), slice(120, 240)):
            assert 0.02 < marked[rows, columns, 0].mean() < 0.7
    assert change(white, "watermark", 2).min() > 255 - 0.45 * 128


def test_the_banner_covers_the_share_it_says_and_nothing_else(photo: np.ndarray) -> None:
    rows = (change(photo, "price banner", 2) != photo).any(axis=(1, 2))
    assert rows.mean() == pytest.approx(0.22, abs=0.02)
    assert rows[0] != rows[-1]  # at one edge


def test_a_screenshot_holds_the_photo_smaller() -> None:
    red = np.zeros((200, 200, 3), np.uint8)
    red[:] = (200, 20, 30)
    near = np.abs(change(red, "screenshot", 2).astype(int) - (200, 20, 30)).max(axis=2) < 10
    assert near.mean() == pytest.approx(0.6**2, rel=0.05)


def test_a_wrong_word_is_printed_and_other_words_look_otherwise(photo: np.ndarray) -> None:
    first, second = (
        damaged_photo(photo, WRONG_WORD, 3, seed=0, key="mug", word=word)
        for word in ("Curtains", "Sofa")
    )
    assert (first != second).any()
    assert (first == 255).all(axis=2).sum() > 200  # its white label
    unwritable = damaged_photo(photo, WRONG_WORD, 3, seed=0, key="mug", word="杯子")
    assert (unwritable == photo).all()


def test_a_tiny_photo_goes_through_every_change() -> None:
    dot = np.array([[[10, 20, 30]]], np.uint8)
    for kind in PHOTO_DAMAGE:
        assert change(dot, kind, 3).shape == (1, 1, 3)


def said(kind: str, strength: int, text: str = LONG, key: str = "7") -> str:
    product = Product(id=key, texts={"title": text})
    return damaged_texts(product, kind, strength, seed=0).text


def test_words_are_changed_as_they_say() -> None:
    words = LONG.split()
    assert len(said("typos", 3).split()) == len(words)
    wrong = [
        sum(a != b for a, b in zip(said("typos", strength).split(), words, strict=True))
        for strength in STRENGTHS
    ]
    assert 0 < wrong[1] < wrong[2] < len(words)
    assert said("case", 2) == LONG.lower()
    assert said("case", 3) == LONG.upper()
    counts = [len(said("missing words", strength).split()) for strength in STRENGTHS]
    assert len(words) > counts[0] > counts[1] > counts[2] > 0
    assert sorted(said("swapped words", 3).split()) == sorted(words)
    assert said("swapped words", 3) != LONG


def test_what_is_put_in_leaves_the_words_alone() -> None:
    for kind in ("emoji", "boilerplate", "foreign small words"):
        longer = [said(kind, strength) for strength in STRENGTHS]
        assert len(longer[0]) < len(longer[1]) < len(longer[2])
        for text in longer:
            left = iter(unit.word.rstrip(".") for unit in text_units(text))
            assert all(word in left for word in LONG.split())  # in their order
    added = set(said("foreign small words", 3).split()) - set(LONG.split())
    english = STOP_WORDS["English"]
    assert added
    assert not added <= english


def test_words_are_changed_by_seed_and_id_alone() -> None:
    for kind in TEXT_DAMAGE:
        assert said(kind, 2) == said(kind, 2)
    assert said("typos", 3) != said("typos", 3, key="8")


def test_a_product_without_words_keeps_having_none() -> None:
    for kind in TEXT_DAMAGE:
        product = Product(id="1", texts={"title": " "})
        assert damaged_texts(product, kind, 3, seed=0).texts == {"title": " "}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("A blue mug for the office, with a handle", "English"),
        ("Tasse mit Henkel für das Büro und die Küche", "German"),
        ("Tasse bleue avec une anse pour le bureau", "French"),
        ("Taza azul con asa para la oficina y el hogar", "Spanish"),
        ("Tazza blu con manico per il tuo ufficio e la casa", "Italian"),
        ("Mavi kupa ofis ve ev için bir hediye", "Turkish"),
        ("Синяя кружка для офиса и дома, с ручкой", "Russian"),
        ("青いマグカップ", "Japanese"),
        ("蓝色咖啡杯", "Chinese"),
        ("파란 머그잔", "Korean"),
        ("Reid & Taylor Men Purple Shirts", "unknown"),
        ("300 ml 19.99", "unknown"),
        ("", "unknown"),
    ],
)
def test_languages_are_told_by_small_words_or_not_at_all(text: str, language: str) -> None:
    assert language_of(text) == language
