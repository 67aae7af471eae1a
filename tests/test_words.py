"""Words are found in any script, and taking some away leaves natural text."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glasscase.explanations.word_masks import SplitText, unique_texts


def words(text: str) -> list[str]:
    return [word.text for word in SplitText.of(text).words]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Blue mug, 300ml.", ["Blue", "mug", "300ml"]),
        ("Men's 3.5 mm (1,000 pcs.)", ["Men's", "3.5", "mm", "1,000", "pcs"]),
        ("Women’s 'quoted' rock'n'roll", ["Women’s", "quoted", "rock'n'roll"]),
        ("T-shirt v2.0.1", ["T", "shirt", "v2.0.1"]),
        ("青いコーヒーカップ", ["青", "い", "コーヒーカップ"]),
        ("한국어 머그컵", ["한국어", "머그컵"]),
        ("ถ้วยกาแฟสีน้ำเงิน ดี", ["ถ้วยกาแฟสีน้ำเงิน", "ดี"]),
        ("कॉफ़ी मग", ["कॉफ़ी", "मग"]),
        ("كوب قهوة أزرق، ٣٠٠ مل", ["كوب", "قهوة", "أزرق", "٣٠٠", "مل"]),
        ("👍🏽👨‍👩‍👧 🇩🇪🇫🇷 ❤️ 1️⃣ ★", ["👍🏽", "👨‍👩‍👧", "🇩🇪", "🇫🇷", "❤️", "1️⃣", "★"]),
        ("", []),
        ("  ... !? ", []),
    ],
)
def test_words_of_any_script_are_found_whole(text, expected):
    assert words(text) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_no_character_is_lost_between_the_words(text):
    split = SplitText.of(text)
    at, rebuilt = 0, ""
    for word in split.words:
        assert text[word.start : word.end] == word.text
        assert not any(c.isalnum() for c in text[at : word.start])
        rebuilt += text[at : word.start] + word.text
        at = word.end
    assert not any(c.isalnum() for c in text[at:])
    assert rebuilt + text[at:] == text
    assert split.render(np.ones(split.columns, bool)) == text


def test_repeated_words_share_a_column_and_are_told_apart_on_demand():
    together = SplitText.of("mug blue mug")
    apart = SplitText.of("mug blue mug", distinct_repeats=True)
    assert [word.column for word in together.words] == [0, 1, 0]
    assert [word.column for word in apart.words] == [0, 1, 2]
    assert together.render(np.array([False, True])) == "blue"
    assert apart.render(np.array([False, True, True])) == "blue mug"


@pytest.mark.parametrize(
    ("text", "removed", "left"),
    [
        ("Blue mug. Holds 300 ml", ["mug"], "Blue. Holds 300 ml"),
        ("Blue mug. Holds 300 ml", ["Blue", "ml"], "mug. Holds 300"),
        ("Blue, big mug", ["big"], "Blue, mug"),
        ("a b c d", ["b", "c"], "a d"),
        ("青い茶碗", ["い"], "青茶碗"),
        ("line one\nline two", ["one"], "line\nline two".replace("\n", " ")),
        ("mug", ["mug"], ""),
        ("mug!", ["mug"], ""),
    ],
)
def test_what_is_left_reads_naturally(text, removed, left):
    split = SplitText.of(text)
    mask = np.array([word not in removed for word in split.distinct])
    assert split.render(mask) == left


def test_words_beyond_the_limit_are_weighed_together_and_none_is_dropped():
    split = SplitText.of("one two three four one", most=3)
    assert split.columns == 3
    assert split.tail == 2
    assert split.distinct == ("one", "two", "")
    assert [word.column for word in split.words] == [0, 1, 2, 2, 0]
    assert split.render(np.array([True, True, False])) == "one two one"


def test_a_megabyte_is_split_and_cut_without_effort():
    text = " ".join(f"word{k}" for k in range(110_000))
    split = SplitText.of(text)
    assert len(text) > 1_000_000
    assert split.columns == 100
    mask = np.ones(100, bool)
    mask[99] = False
    assert split.render(mask) == " ".join(f"word{k}" for k in range(99))


def test_equal_texts_are_asked_about_once():
    assert unique_texts(["b", "a", "b"])[0] == ["b", "a"]
