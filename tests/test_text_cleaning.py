"""Markup and debris go, words stay: any script, emoji, bare angle brackets; boilerplate too."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasscase.catalog.boilerplate import Boilerplate
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.text_cleaning import clean, clean_counted
from glasscase.settings import TextSettings

DATA = Path(__file__).parents[2] / "shared" / "data"
SETTINGS = TextSettings()


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("<p>Blue</p><p>mug</p>", "Blue mug"),
        ("<b>Blue</b>ish", "Blueish"),
        ("one<br/>two<BR>three", "one two three"),
        ("<td>1</td><td>2</td>", "1 2"),
        ('<a href="x" title="a > b">link</a>', "link"),
        ("<style>p {color: red}</style>Mug<script>if (a<b) x()</script>", "Mug"),
        ("Mug<!-- hidden <b> --> red", "Mug red"),
        ("<!DOCTYPE html><html><body>Mug</body></html>", "Mug"),
        ("Pots &amp; pans&nbsp;&euro;5 &#8211; &#x1F600;", "Pots & pans \u20ac5 \u2013 \U0001f600"),
        ("&amp;lt;p&amp;gt;Mug&amp;lt;/p&amp;gt;", "Mug"),
        ("a < b and c > d", "a < b and c > d"),
        ("I <3 mugs", "I <3 mugs"),
        ("size <10 cm> or so", "size <10 cm> or so"),
        ("AT&T, R&D, ?a=1&region=2", "AT&T, R&D, ?a=1&region=2"),
        ("tab\tnew\nline\r\n  end ", "tab new line end"),
        ("zero\u200bwidth\ufeff and\u00ad soft", "zerowidth and soft"),
        ("nul\x00 bell\x07 end", "nul bell end"),
        ("cafe\u0301", "caf\u00e9"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("", ""),
        ("<p> </p>", ""),
    ],
)
def test_cleaning(raw, cleaned):
    assert clean(raw, SETTINGS) == cleaned


@pytest.mark.parametrize(
    "text",
    [
        "\u0643\u0648\u0628 \u0633\u064a\u0631\u0627\u0645\u064a\u0643 \u0623\u0632\u0631\u0642",
        "\u9752\u3044\u9676\u5668\u306e\u30de\u30b0\u30ab\u30c3\u30d7",
        "\u0928\u0940\u0932\u093e \u092e\u0917 \u0915\u094d\u200d\u0937",
        "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f44d\U0001f3fd \u2764\ufe0f",
    ],
)
def test_every_script_and_emoji_stays(text):
    assert clean(text, SETTINGS) == unicodedata.normalize("NFC", text)


def test_long_text_is_cut_and_counted():
    result = clean_counted("word " * 200_000, TextSettings(max_characters=1000))
    assert result.text == " ".join(["word"] * 200)
    assert result.cut_characters == 999_999 - 999


def test_cleaning_can_be_switched_off():
    off = TextSettings(clean=False)
    assert clean(" <p>Pots &amp; pans</p>\x00 ", off) == "<p>Pots &amp; pans</p>"


@pytest.mark.parametrize(
    "text",
    ["<p " * 100_000, '<p "' * 80_000, "<!--" * 80_000, "&amp;" * 80_000, "<script>" * 50_000],
)
def test_hostile_markup_ends(text):
    """Each of these takes a careless pattern hours; the test run would not end."""
    assert len(clean(text, SETTINGS)) <= SETTINGS.max_characters


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    once = clean(text, SETTINGS)
    assert clean(once, SETTINGS) == once


PARTS = ["<p>", "</p>", "<", ">", "a", "b ", "&", "amp;", "lt;", '"', "<!--", "-->", "\u200d", "\n"]


@given(st.lists(st.sampled_from(PARTS), max_size=25).map("".join))
def test_cleaning_markup_twice_changes_nothing(text):
    once = clean(text, SETTINGS)
    assert clean(once, SETTINGS) == once


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo", "Nd", "So"]), min_size=1))
def test_letters_and_signs_are_never_lost(text):
    assert clean(text, SETTINGS) == unicodedata.normalize("NFC", text)


def _catalogue_texts():
    labels = [("Mugs", "Pots")[i % 2] for i in range(60)]
    own = {"Mugs": "Dishwasher safe.", "Pots": "Cast iron."}
    texts = [f"{label} number {i}. Free shipping! {own[label]}" for i, label in enumerate(labels)]
    return texts, labels


def test_boilerplate_is_what_all_categories_share():
    texts, labels = _catalogue_texts()
    learnt = Boilerplate.learn(texts, labels)
    assert learnt.sentences == {"free shipping"}
    assert learnt.remove(texts[0]) == "Mugs number 0. Dishwasher safe."
    assert learnt.remove("FREE  shipping.") == ""
    assert learnt.remove("Free shipping bag. Red.") == "Free shipping bag. Red."


def test_what_mostly_one_category_says_is_its_own_language():
    labels = ["Mugs"] * 45 + ["Pots"] * 45
    spoken = ["Fits a dishwasher."] * 45 + ["Fits a dishwasher."] * 5 + ["Cast iron."] * 40
    assert len(Boilerplate.learn(spoken, labels)) == 0
    assert "fits a dishwasher" in Boilerplate.learn(spoken, labels[::2] * 2).sentences


def test_boilerplate_is_left_alone_in_small_or_varied_catalogues():
    texts, labels = _catalogue_texts()
    assert len(Boilerplate.learn(texts[:30], labels[:30], least_products=31)) == 0
    assert len(Boilerplate.learn([], [])) == 0
    assert Boilerplate().remove("as it  is. ") == "as it  is. "


def test_boilerplate_is_plain_data():
    texts, labels = _catalogue_texts()
    learnt = Boilerplate.learn(texts, labels)
    assert Boilerplate.from_dict(json.loads(json.dumps(learnt.to_dict()))) == learnt


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists(), reason="../shared/data is absent")
def test_boilerplate_of_a_real_shop_holds_no_category_words():
    catalog = Catalog.read(DATA / "flipkart" / "products.csv", level=1)
    learnt = Boilerplate.learn([product.text for product in catalog], catalog.labels())
    assert learnt.sentences == {
        "30 day replacement guarantee",
        "cash on delivery",
        "free shipping",
        "only genuine products",
    }
    assert all(learnt.remove(product.text) for product in catalog)
