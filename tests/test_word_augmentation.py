"""Words changed a little: reproducible, in any script, and never to nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasscase.augmentation.keyboards import keys_beside
from glasscase.augmentation.level import LEVELS
from glasscase.augmentation.text_units import clusters, joined, text_units
from glasscase.augmentation.typos import with_typo
from glasscase.augmentation.words import WORD_STRENGTHS, WordAugmentation
from glasscase.catalog.product import Product

SENTENCES = {
    "latin": "Blue ceramic coffee mug with a wooden handle, dishwasher safe",
    "greek": "Μπλε κεραμική κούπα καφέ με ξύλινη λαβή",
    "cyrillic": "Синяя керамическая кружка для кофе с деревянной ручкой",
    "hebrew": "ספל קפה קרמי כחול עם ידית עץ",
    "arabic": "كوب قهوة سيراميك أزرق بمقبض خشبي",
    "chinese": "蓝色陶瓷咖啡杯带木柄",
    "thai": "แก้วกาแฟเซรามิกสีฟ้า",
    "korean": "파란 세라믹 커피 머그잔 나무 손잡이",
    "devanagari": "नीला सिरेमिक कॉफी मग लकड़ी का हैंडल",
    "emoji": "☕ 👩‍🍳 ✨ 🎁",
}


@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES)
def test_units_put_together_are_the_text(text: str) -> None:
    assert joined(text_units(text)) == text


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("text", SENTENCES.values(), ids=SENTENCES)
def test_every_script_is_changed_and_stays_recognisable(text: str, level: str) -> None:
    change = WordAugmentation(level, 1)
    variants = [change({"title": text}, epoch=epoch, key="7")["title"] for epoch in range(60)]
    assert any(variant != text for variant in variants)
    for variant in variants:
        assert variant.strip()
    letters = Counter(text.casefold().replace(" ", ""))
    shared = [sum((Counter(v.casefold().replace(" ", "")) & letters).values()) for v in variants]
    assert sum(shared) / len(shared) > 0.6 * sum(letters.values())


@given(
    st.dictionaries(st.text(max_size=8), st.text(max_size=60), max_size=4),
    st.sampled_from(LEVELS),
    st.integers(0, 5),
)
def test_no_text_is_changed_to_nothing(texts: dict[str, str], level: str, epoch: int) -> None:
    changed = WordAugmentation(level, 3)(texts, epoch=epoch, key="x")
    assert set(changed) <= set(texts)
    assert list(changed) == [name for name in texts if name in changed]
    for name, text in changed.items():
        assert bool(text.strip()) == bool(texts[name].strip())
        said = any(c.isalnum() for c in texts[name])
        assert any(c.isalnum() for c in text) == said
    if any(text.strip() for text in texts.values()):
        assert any(text.strip() for text in changed.values())


def test_a_variant_depends_on_seed_epoch_product_view_and_field() -> None:
    texts = {"title": SENTENCES["latin"], "description": SENTENCES["latin"]}
    change = WordAugmentation("medium", 0)
    first = change(texts, epoch=1, key="a")
    change(texts, epoch=2, key="b")
    assert change(texts, epoch=1, key="a") == first
    others = [
        WordAugmentation("medium", 1)(texts, epoch=1, key="a"),
        change(texts, epoch=2, key="a"),
        change(texts, epoch=1, key="b"),
        change(texts, epoch=1, key="a", view=1),
    ]
    assert first not in others
    assert first["title"] != first["description"]


def test_words_are_dropped_about_as_often_as_the_table_says() -> None:
    text = " ".join(f"{number}" for number in range(400))  # digits: neither typo nor case
    for level, strength in WORD_STRENGTHS.items():
        kept = WordAugmentation(level, 2)({"t": text}, epoch=0, key="a")["t"].split()
        assert 1 - len(kept) / 400 == pytest.approx(strength.drop, abs=0.05)


def test_only_neighbours_are_swapped() -> None:
    numbers = list(range(300))
    text = " ".join(map(str, numbers))
    kept = WordAugmentation("heavy", 2)({"t": text}, epoch=0, key="a")["t"].split()
    order = [int(word) for word in kept]
    ranks = sorted(range(len(order)), key=lambda at: order[at])
    assert max(abs(rank - at) for at, rank in enumerate(ranks)) == 1


def test_fields_are_dropped_only_at_heavy_and_one_always_stays() -> None:
    texts = {"title": "Blue mug", "description": "Holds 300 ml", "brand": ""}
    for level in ("light", "medium"):
        for epoch in range(100):
            assert set(WordAugmentation(level)(texts, epoch=epoch, key="a")) == set(texts)
    seen = Counter(
        frozenset(WordAugmentation("heavy")(texts, epoch=epoch, key="a")) for epoch in range(400)
    )
    assert set(seen) == {
        frozenset(texts), frozenset({"title", "brand"}), frozenset({"description", "brand"}),
    }  # fmt: skip
    assert seen[frozenset(texts)] / 400 == pytest.approx(0.75**2, abs=0.08)


def test_no_number_is_ever_mistyped() -> None:
    texts = {"t": "Laptop A15X 16GB 512GB 2024"}
    for epoch in range(200):
        words = WordAugmentation("heavy")(texts, epoch=epoch, key="a")["t"].upper().split()
        assert {word for word in words if any(c.isdigit() for c in word)} <= set(
            texts["t"].upper().split()
        )


@pytest.mark.parametrize(
    ("kind", "word"), [(0.0, "cersmic"), (0.5, "cearmic"), (0.7, "cermic"), (0.9, "ceraamic")]
)
def test_the_four_slips(kind: float, word: str) -> None:
    assert with_typo("ceramic", (kind, 0.4, 0.1 if kind else 0.2)) == word


def test_the_first_letter_stays() -> None:
    for kind in (0.0, 0.5, 0.7, 0.9):
        for place in (0.0, 0.3, 0.6, 0.99):
            assert with_typo("ceramic", (kind, place, 0.5))[0] == "c"


def test_a_slip_does_not_tear_a_letter_from_its_mark() -> None:
    word = "नमस्कार"
    for place in (0.0, 0.4, 0.9):
        assert len(clusters(with_typo(word, (0.7, place, 0.0)))) == len(clusters(word)) - 1


@pytest.mark.parametrize(
    ("letter", "beside"),
    [
        ("q", "wa"),
        ("é", "wrsd"),
        ("Ф", "ЫЙЦЯ"),
        ("й", "цф"),
        ("α", "σςζ"),
        ("א", "רטעכ"),
        ("ب", "يلقفؤر"),
    ],
)
def test_neighbours_on_the_keyboard(letter: str, beside: str) -> None:
    assert set(keys_beside(letter)) == set(beside)


def test_neighbours_are_mutual() -> None:
    letters = "qwertyuiopasdfghjklzxcvbnmйцукенгшщзхъфывапролджэячсмитьбюضقلؤةנםץςβ"
    for letter in letters:
        assert all(letter in keys_beside(other) for other in keys_beside(letter))


def test_a_product_keeps_everything_but_its_words() -> None:
    mug = Product(id="7", texts={"title": SENTENCES["latin"]}, category=("Mugs",), row=3)
    changed = WordAugmentation("heavy", 1).product(mug, epoch=2)
    assert changed.texts != mug.texts
    assert (changed.id, changed.category, changed.row) == ("7", ("Mugs",), 3)
    assert changed.texts == WordAugmentation("heavy", 1)(mug.texts, epoch=2, key="7")
