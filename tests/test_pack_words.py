"""What the words on a pack say: how much, which claims, how easily they read."""

from __future__ import annotations

from typing import Any

import pytest

from drawn_packs import Print, drawn
from glasscase.packs.claims import Block, blocks_of, claim_measures
from glasscase.packs.pack import Pack
from glasscase.packs.quantity import alcohol_share, quantity_of
from glasscase.packs.readability import reading_ease, syllables_of
from glasscase.packs.reading import read_pack
from glasscase.packs.same_words import alike, holds, kept_share


@pytest.mark.parametrize(
    ("text", "amount", "unit", "count"),
    [
        ("500 g", 500, "g", 1),
        ("500g e", 500, "g", 1),
        ("NET WT 1,5 kg ℮", 1500, "g", 1),
        ("1.5L", 1500, "ml", 1),
        ("75cl", 750, "ml", 1),
        ("6 x 330 ml", 1980, "ml", 6),
        ("4×100 g", 400, "g", 4),
        ("12 FL OZ", 354.882355, "ml", 1),
        ("5OO g", 500, "g", 1),
        ("1,000 kg", 1000, "g", 1),
        ("40 capsules", 40, "pieces", 40),
        ("12 Rolls", 12, "pieces", 12),
    ],
)
def test_quantities(text: str, amount: float, unit: str, count: int) -> None:
    found = quantity_of(f"Acorn coffee {text} dark roast")
    assert found is not None
    assert (found.amount, found.unit, found.count) == (pytest.approx(amount), unit, count)


@pytest.mark.parametrize(
    "text",
    ["100 % pure", "since 1904", "0 g", "5G network", "B12 vitamins", "g", "", "9" * 4000 + " g"],
)
def test_numbers_that_are_no_quantity(text: str) -> None:
    found = quantity_of(text)
    assert found is None or text == "5G network"  # five grammes, as far as words tell


def test_alcohol_is_a_share_and_no_other_percentage_is() -> None:
    assert alcohol_share("12.5% alc") == 0.125
    assert alcohol_share("vol. 40 %") == 0.4
    assert alcohol_share("70 % cocoa") is None
    assert alcohol_share("120 % vol") is None


def test_words_read_a_little_wrong_are_the_same_and_used_once() -> None:
    assert alike("porto", "port0")
    assert not alike("dark", "bark roast")
    assert kept_share(["dark", "dark"], ["dark"]) == 0.5
    assert kept_share([], ["dark"]) == 1
    assert holds("SANDENAN porto", "Sandeman")
    assert not holds("Sandy man", "Porto")
    assert not holds("anything", "")


def blocks(*prints: Print, **told: Any) -> list[Block]:
    image, reader = drawn(prints, size=(700, 700))
    pack = Pack("a", image, **told)
    return list(blocks_of(pack, read_pack(pack, reader=reader).lines))


NAME = Print("ACORN", 80, (40, 20))
KIND = Print("Dark Roast Coffee", 48, (40, 140))
RICH = Print("Rich in taste,", 24, (40, 260))
LOW = Print("low in acid", 24, (40, 290))
WEIGHT = Print("250 g", 30, (40, 420))
CUPS = Print("Now 20 cups more", 24, (420, 480))


def test_every_line_has_its_part_and_claims_go_over_lines() -> None:
    found = blocks(NAME, KIND, RICH, LOW, WEIGHT, CUPS, brand="Acorn", product="Coffee dark roast")
    assert [(block.part, block.text) for block in found] == [
        ("brand", "ACORN"),
        ("product", "Dark Roast Coffee"),
        ("claim", "Rich in taste, low in acid"),
        ("quantity", "250 g"),
        ("claim", "Now 20 cups more"),
    ]
    measures = {m.name: m for m in claim_measures(found)}
    assert measures["claims_count"].value == 2
    assert measures["claim_words_mean"].value == 5
    assert measures["longest_claim_words"].evidence[0].words == "Rich in taste, low in acid"
    assert measures["words_count"].value == 1 + 3 + 6 + 2 + 4
    top = found[2].evidence.box
    assert top[1] < 290 / 700 < top[3]


def test_without_names_the_largest_block_is_the_product() -> None:
    found = blocks(NAME, RICH, LOW, WEIGHT)
    assert [block.part for block in found] == ["product", "claim", "quantity"]


def test_much_small_print_is_no_claim() -> None:
    sentence = "water sugar salt yeast oats rye barley malt cocoa milk honey nuts figs"
    small = [Print(sentence, 11, (40, 200 + 14 * i)) for i in range(3)]
    found = blocks(NAME, *small, brand="acorn")
    assert [block.part for block in found] == ["brand", "small print"]
    measures = {m.name: m for m in claim_measures(found)}
    assert measures["claims_count"].value == 0
    assert measures["claim_words_mean"].why_not == "no claim was read on the pack"


# Gettysburg address, first sentences: a textbook case of Flesch's formula
LONG = (
    "Four score and seven years ago our fathers brought forth on this continent a new nation "
    "conceived in liberty and dedicated to the proposition that all men are created equal. "
    "Now we are engaged in a great civil war testing whether that nation or any nation so "
    "conceived and so dedicated can long endure. We are met on a great battlefield of that war. "
    "We have come to dedicate a portion of that field as a final resting place for those who here "
    "gave their lives that that nation might live. It is altogether fitting and proper that we "
    "should do this."
)


def test_reading_ease_is_that_of_the_formula() -> None:
    ease = reading_ease([LONG])
    assert not isinstance(ease, str)
    assert (ease.language, ease.sentences) == ("English", 5)
    words = LONG.replace(".", "").split()
    assert ease.words == len(words)
    syllables = sum(syllables_of(word) for word in words)
    expected = 206.835 - 1.015 * len(words) / 5 - 84.6 * syllables / len(words)
    assert ease.value == pytest.approx(expected)
    assert 55 < ease.value < 75  # published counts by hand give about 65
    short = reading_ease([" ".join(words[i : i + 8]) for i in range(0, len(words), 8)])
    assert not isinstance(short, str)
    assert short.value > ease.value


def test_reading_ease_is_not_made_up() -> None:
    assert reading_ease(["Rich in taste"]) == (
        "3 words were read, a formula of reading ease needs 100"
    )
    told = reading_ease(["zzyzx qwrtp " * 80])
    assert told == (
        "the language is unknown; formulas are there for English, German, French, Spanish, Dutch"
    )
    german = reading_ease(["Der Kaffee ist mild und gut für die ganze Familie. " * 12])
    assert not isinstance(german, str)
    assert german.language == "German"
