"""What changed between two trees, and labels and bundles brought along."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from glasscase.catalog.stored_taxonomy import StoredCategory, StoredTaxonomy
from glasscase.catalog.taxonomy_changes import ChangeList
from glasscase.catalog.taxonomy_diff import diff_trees as diff
from glasscase.errors import BadCatalog


def path(text: str) -> tuple[str, ...]:
    return tuple(text.split("/"))


def tree(
    *paths: str, ids: bool = False, products: Mapping[str, str] | None = None
) -> StoredTaxonomy:
    """`7=Home/Mugs` has the id 7."""
    found = []
    for text in paths:
        id, _, rest = text.rpartition("=")
        found.append(StoredCategory(path(rest), id or None))
    filed = None if products is None else {one: path(text) for one, text in products.items()}
    return StoredTaxonomy("t", "paths", "", tuple(found), products=filed)


def told(changes: ChangeList) -> list[str]:
    return [
        f"{one.kind}{'' if one.certain else '?'} {'+'.join('/'.join(p) for p in one.before)}"
        f" > {'+'.join('/'.join(p) for p in one.after)}"
        for one in changes.changes
    ]


OLD = tree("1=Home", "2=Home/Cups", "3=Home/Pots", "4=Home/Cups/Small", "5=Toys", "6=Toys/Balls")


def test_a_tree_has_not_changed_from_itself() -> None:
    assert diff(OLD, OLD).changes == ()
    assert diff(OLD, OLD).moved(path("Home/Cups")).path == path("Home/Cups")


def test_ids_tell_renames_and_moves_for_certain() -> None:
    new = tree("1=House", "2=House/Mugs", "3=Toys/Pots", "4=House/Mugs/Small", "5=Toys", "7=Sale")
    found = diff(OLD, new)
    assert told(found) == [
        "rename Home > House",
        "rename Home/Cups > House/Mugs",
        "move Home/Pots > Toys/Pots",
        "added  > Sale",
        "removed Toys/Balls > ",
    ]
    assert found.moved(path("Home/Cups/Small")).path == path("House/Mugs/Small"), "goes with them"
    assert found.moved(path("Home/Pots/Lid")).path == path("Toys/Pots/Lid"), "below the tree too"
    gone = found.moved(path("Toys/Balls"))
    assert (gone.path, gone.known) == (None, True)
    assert gone.why == "was removed: choose another category for its products"
    strange = found.moved(path("Garden"))
    assert (strange.path, strange.known) == (None, False)
    assert strange.why == "'Garden' is not in the old tree"


def test_a_name_that_another_id_took_over_is_not_the_same_category() -> None:
    new = tree("1=Home", "2=Home/Plates", "3=Home/Cups")
    found = diff(tree("1=Home", "2=Home/Cups", "3=Home/Pots"), new)
    assert told(found) == ["rename Home/Cups > Home/Plates", "rename Home/Pots > Home/Cups"]
    assert found.moved(path("Home/Cups")).path == path("Home/Plates")
    assert found.moved(path("Home/Pots")).path == path("Home/Cups")
    without = diff(tree("1=Home", "2=Home/Cups", "3=Home/Pots"), tree("1=Home", "3=Home/Cups"))
    assert told(without) == ["removed Home/Cups > ", "rename Home/Pots > Home/Cups"]


def filed(**counts: int) -> dict[str, str]:
    return {
        f"{text}-{n}": text.replace("_", "/") for text, many in counts.items() for n in range(many)
    }


def moved_products(before: Mapping[str, str], to: Mapping[str, str]) -> dict[str, str]:
    return {one: to.get(text, text) for one, text in before.items()}


def catalogues(before: dict[str, str], after: dict[str, str]) -> ChangeList:
    return diff(
        tree(*sorted(set(before.values())), products=before),
        tree(*sorted(set(after.values())), products=after),
    )


def test_products_tell_a_rename_of_what_stands_above_them() -> None:
    before = filed(Home_Cups=4, Home_Pots=4, Toys=3)
    after = {one: text.replace("Home", "Zimmer") for one, text in before.items()}
    assert told(catalogues(before, after)) == ["rename Home > Zimmer"]
    few = filed(Home_Cups=2, Toys=3)
    after = {one: text.replace("Home", "Zimmer") for one, text in few.items()}
    assert told(catalogues(few, after)) == ["rename? Home > Zimmer"], "two are not enough"


def test_products_tell_merges_and_splits() -> None:
    before = filed(Home_Cups=6, Home_Jugs=7, Home_Pots=8, Toys=3)
    merged = moved_products(before, {"Home/Cups": "Home/Xyz", "Home/Jugs": "Home/Xyz"})
    assert told(catalogues(before, merged)) == ["merge Home/Cups+Home/Jugs > Home/Xyz"]
    into_one_there = moved_products(before, {"Home/Cups": "Home/Pots"})
    assert told(catalogues(before, into_one_there)) == ["merge Home/Cups > Home/Pots"]
    halves = {one: text + "/ab"[int(one[-1]) % 2] * 0 for one, text in before.items()}
    split = {
        one: ("Home/Aaa" if int(one[-1]) % 2 else "Home/Bbb") if text == "Home/Cups" else text
        for one, text in halves.items()
    }
    found = catalogues(before, split)
    assert told(found) == ["split? Home/Cups > Home/Aaa+Home/Bbb"]
    assert "3 products to Aaa" in found.changes[0].why
    assert "split into Home > Aaa, Home > Bbb" in found.moved(path("Home/Cups")).why
    some_stay = {one: "Home/New" if one in ("Home_Pots-0", "Home_Pots-1") else text
                 for one, text in before.items()}  # fmt: skip
    assert told(catalogues(before, some_stay)) == ["split? Home/Pots > Home/New+Home/Pots"]


def test_one_product_filed_elsewhere_is_a_correction_not_a_change() -> None:
    before = filed(Home_Cups=6, Toys=6)
    assert catalogues(before, before | {"Home_Cups-0": "Toys"}).changes == ()


def test_likeness_is_a_guess_and_said_to_be() -> None:
    old = tree("Home", "Home/Coffee cup", "Home/Phones", "Home/Tablets", "Toys", "Toys/Balls",
               "Pens & Paper", "Deep", "Deep/a", "Deep/b", "Deep/c")  # fmt: skip
    new = tree("Home", "Home/Coffee cups", "Home/Phones & Tablets", "Toys", "Garden",
               "Garden/Balls", "Pens", "Paper", "Unlike", "Unlike/a", "Unlike/b",
               "Unlike/c")  # fmt: skip
    found = diff(old, new)
    assert told(found) == [
        "rename? Deep > Unlike",
        "added  > Garden",
        "rename? Home/Coffee cup > Home/Coffee cups",
        "merge? Home/Phones+Home/Tablets > Home/Phones & Tablets",
        "split? Pens & Paper > Paper+Pens",
        "move? Toys/Balls > Garden/Balls",
    ]
    assert len(found.open) == 5
    undecided = found.moved(path("Deep/a"))
    assert undecided.path is None
    assert undecided.why == "is perhaps Unlike now (100 % alike)"


def test_what_a_person_made_certain_is_applied() -> None:
    found = diff(tree("Home", "Home/Coffee cup"), tree("Home", "Home/Coffee cups"))
    stored = json.loads(json.dumps(found.to_dict()))
    assert ChangeList.from_dict(stored) == found
    stored["changes"][0]["certain"] = True
    mended = ChangeList.from_dict(stored)
    assert mended.moved(path("Home/Coffee cup")).path == path("Home/Coffee cups")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"changes": None}, "the list of changes is damaged"),
        ({"format": 9}, "the list of changes has format 9, this Glasscase reads 1. Make it anew"),
        ({"old": {"version": "000", "categories": []}}, "the taxonomy says version '000'"),
    ],
)
def test_a_damaged_list_is_refused(spoil: dict[str, Any], message: str) -> None:
    values = {**diff(OLD, tree("1=House")).to_dict(), **spoil}
    with pytest.raises(BadCatalog, match=message):
        ChangeList.from_dict(values)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("kind", "burn", "change 1 is of the unknown kind 'burn'"),
        ("before", [["Garden"]], "change 1 names 'Garden', which is not in the old tree. Mend it"),
        ("after", [], "change 1: a 'rename' has 1 in 'after', not 0"),
        ("after", [["Home"]], "change 1 names 'Home', which is not in the new tree"),
    ],
)
def test_a_change_that_does_not_fit_is_named(field: str, value: Any, message: str) -> None:
    values = json.loads(json.dumps(diff(tree("1=Home"), tree("1=House")).to_dict()))
    values["changes"][0][field] = value
    with pytest.raises(BadCatalog, match=message):
        ChangeList.from_dict(values)


def test_something_else_is_no_list() -> None:
    with pytest.raises(
        BadCatalog, match="this is no list of changes. Make one: glasscase taxonomy"
    ):
        ChangeList.from_dict({"a": 1})


def test_ids_of_two_formats_are_not_compared() -> None:
    other = replace(tree("1=Toys", "2=Toys/Balls"), format="Google")
    found = diff(tree("1=Home", "2=Home/Cups"), other)
    assert {one.kind for one in found.changes} == {"added", "removed"}


def test_so_many_siblings_that_guessing_would_take_minutes_are_not_guessed_about() -> None:
    old, new = (tree(*(f"A/kind {n} {side}" for n in range(400))) for side in ("x", "y"))
    assert diff(old, new).counts == {"added": 400, "removed": 400}
