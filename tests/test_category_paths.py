"""Paths in the forms shops export, with names that hold slashes and ampersands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glasscase.catalog.category_paths import CategoryPaths, cut, written


@pytest.mark.parametrize(
    ("values", "path"),
    [
        (["A > B > C"], ("A", "B", "C")),
        (["A >> B", "A >> C"], ("A", "B")),
        (["A/B/C", "A/B/D"], ("A", "B", "C")),
        (["A / B", "A / C"], ("A", "B")),
        (["A | B", "A | C"], ("A", "B")),
        (["A|B", "A|C"], ("A", "B")),
        (['["A >> B >> C"]'], ("A", "B", "C")),
        (["['A >> B']"], ("A", "B")),
        (['["A", "B", "C"]'], ("A", "B", "C")),
        (['["A > B", "X > Y"]'], ("A", "B")),
        ([["A", "B"]], ("A", "B")),
        (["/A/B/", "/A/C/"], ("A", "B")),
        (["A \u203a B"], ("A", "B")),
        (["Mugs"], ("Mugs",)),
        (["  A  >  B &amp; C "], ("A", "B & C")),
        (["A >> B > x", "A >> C"], ("A", "B > x")),
    ],
)
def test_forms(values, path):
    assert CategoryPaths.learn(values).parse(values[0]) == path


@pytest.mark.parametrize(
    "values",
    [
        ["TV/Video", "Phones/Tablets", "Books", "Home & Garden"],
        ["TV/Video", "Audio/HiFi"],
        ["Tops|Basics", "Shoes", "Bags"],
        ["Home/Garden", "Home/Kitchen", "Books", "Toys", "Pets"],
    ],
)
def test_names_with_slashes_stay_whole(values):
    paths = CategoryPaths.learn(values)
    assert [paths.parse(value) for value in values] == [(value,) for value in values]


def test_a_slash_inside_a_name_survives_a_stronger_separator():
    values = ["Electronics > TV/Video", "Electronics > Audio/HiFi", "Home > Pots & Pans"]
    paths = CategoryPaths.learn(values)
    assert paths.parse(values[0]) == ("Electronics", "TV/Video")
    spaced = ["Home/Garden / Pots", "Home/Garden / Pans"]
    assert CategoryPaths.learn(spaced).parse(spaced[0]) == ("Home/Garden", "Pots")


def test_rows_of_one_level_in_a_column_of_paths():
    paths = CategoryPaths.learn(["A > B", "Toys", "A > C"])
    assert paths.parse("Toys") == ("Toys",)


@pytest.mark.parametrize("missing", [None, "", "nan", " > ", "[]", '[""]', float("nan")])
def test_missing(missing):
    assert CategoryPaths(">").parse(missing) is None


def test_cut():
    assert cut(("A", "B", "C"), 1) == ("A",)
    assert cut(("A", "B"), 5) == ("A", "B")
    assert cut(("A", "B"), None) == ("A", "B")
    assert cut(None, 1) is None


NAMES = st.text(
    st.characters(categories=["Lu", "Ll", "Lo", "Nd"], include_characters=" &/,-'"), min_size=1
).map(lambda name: f"n{' '.join(name.split())}x")


@given(st.lists(NAMES, min_size=1, max_size=6), st.sampled_from([">", ">>", "::"]))
def test_what_is_written_is_read_back(names, separator):
    import unicodedata

    path = tuple(unicodedata.normalize("NFC", name) for name in names)
    text = written(path, separator)
    learnt = CategoryPaths.learn([text])
    if len(path) == 1:
        assert CategoryPaths(separator).parse(text) == path
    else:
        assert learnt.separator == separator
        assert learnt.parse(text) == path
