"""Two finished models, product by product: flips, wins and losses, and what must not drop."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import Refused, Shell, write_table
from glasscase import ProductClassifier, compare_bundles
from glasscase.catalog.catalog import Catalog
from glasscase.catalog.columns import Columns
from glasscase.catalog.product import Product
from glasscase.errors import BadBundle, BadCatalog, BadSetting
from glasscase.evaluation.answers import Answers
from glasscase.evaluation.comparison import Comparison
from glasscase.evaluation.duel import Guard, Named, category_changes, flips
from glasscase.jobs.compare_bundles import Protection
from glasscase.jobs.table_source import TableSource

pytestmark = pytest.mark.xdist_group("compare-bundles")  # what it makes once is dear

WORDS = {
    "mug": "ceramic mug coffee handle",
    "cap": "cotton cap visor strap",
    "lamp": "desk lamp bulb switch",
    "sock": "woollen sock heel ribbed",
}
COLOURS = ("red", "blue", "green", "grey", "black", "white", "pink", "brown", "teal", "gold")


def shop(*classes: str, swapped: dict[str, str] | None = None) -> Catalog:
    """Ten products a class. `swapped`: words of one class under the label of another."""
    told = {name: WORDS[(swapped or {}).get(name, name)] for name in classes}
    return Catalog(
        [
            Product(
                id=f"{name}-{colour}", texts={"title": f"{colour} {told[name]}"}, category=(name,)
            )
            for name in classes
            for colour in COLOURS
        ],
        columns=Columns(id="id", text=("title",), label="category"),
    )


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Models on words alone, each wrong in its own known way."""
    folder = tmp_path_factory.mktemp("bundles")
    catalogs = {
        "right": shop("mug", "cap", "lamp"),
        "muddled": shop("mug", "cap", "lamp", swapped={"cap": "lamp", "lamp": "cap"}),
        "narrow": shop("mug", "cap"),
        "wide": shop("mug", "cap", "sock"),
        "other": shop("lamp", "sock"),
    }
    for name, catalog in catalogs.items():
        ProductClassifier("words").fit(catalog).save(folder / name)
    return {name: folder / name for name in catalogs}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """8 new mugs, 8 caps, 4 lamps, 2 socks, and one without words."""
    rows = [("id", "title", "category")]
    for name, amount in (("mug", 8), ("cap", 8), ("lamp", 4), ("sock", 2)):
        for i in range(amount):
            rows.append((f"new-{name}-{i}", f"number {i} {WORDS[name]}", name))
    rows.append(("new-empty", "", "mug"))
    return write_table(tmp_path / "labelled.csv", *rows)


def held_against(bundles: dict[str, Path], table: Path, *names: str, **kwargs: Any) -> Comparison:
    return compare_bundles([bundles[n] for n in names], TableSource(table), **kwargs)


# Product by product


def test_who_flips_and_what_each_category_loses(bundles: dict[str, Path], table: Path) -> None:
    found = held_against(bundles, table, "right", "muddled")
    duel = found.duel
    assert (duel.old, duel.new) == ("right", "muddled")
    assert {(flip.kind, flip.label, flip.old_answer, flip.new_answer) for flip in duel.flips} == {
        ("lost", "cap", "cap", "lamp"),
        ("lost", "lamp", "lamp", "cap"),
    }
    assert len(duel.flips) == 12
    first = duel.flips[0]
    assert first.product_id.startswith("new-")
    assert first.row is not None
    assert first.text.startswith("number ")
    assert first.new_probability == max(flip.new_probability for flip in duel.flips)
    rows = {one.label: one for one in duel.categories}
    assert [one.label for one in duel.categories] == ["cap", "lamp", "mug"]
    assert (rows["cap"].products, rows["cap"].old_right, rows["cap"].new_right) == (8, 8, 0)
    assert (rows["cap"].won, rows["cap"].lost) == (0, 8)
    assert rows["cap"].p_value == pytest.approx(2 / 2**8)
    assert rows["cap"].p_value_holm == pytest.approx(3 * 2 / 2**8)
    assert (rows["mug"].products, rows["mug"].old_right) == (9, 8), "no answer is an error"
    assert (duel.pair.a, duel.pair.b) == ("muddled", "right")
    assert (duel.pair.only_a, duel.pair.only_b) == (0, 12)
    assert duel.pair.p_mcnemar == pytest.approx(2 / 2**12)
    assert duel.pair.difference.value == pytest.approx(-12 / 21)
    assert found.advice.startswith(
        "Keep right: with muddled 0 products are won and 12 lost, worse by 57.1 points (95 % "
    )
    assert [one.name for one in found.table.models] == ["right", "muddled"]


def test_the_other_way_round_it_says_change(bundles: dict[str, Path], table: Path) -> None:
    found = held_against(bundles, table, "muddled", "right")
    assert {flip.kind for flip in found.duel.flips} == {"won"}
    assert found.advice.startswith(
        "Change to right: 12 products are won and 0 lost, better by 57.1 points (95 % interval +"
    )
    assert found.passed


def test_equal_models_do_not_differ(bundles: dict[str, Path], table: Path, tmp_path: Path) -> None:
    ProductClassifier.load(bundles["right"]).save(tmp_path / "copy")
    found = compare_bundles([bundles["right"], tmp_path / "copy"], TableSource(table))
    assert found.duel.flips == ()
    assert found.duel.pair.p_mcnemar == 1.0
    assert found.advice.startswith("copy cannot be told from right: 0 products are won and 0 lost")
    assert "No product: every answer is the same." in found.html()


def test_a_move_from_one_wrong_answer_to_another_is_neither_won_nor_lost() -> None:
    old = Answers.pair(["a", "a"], [[0.1, 0.8, 0.1], [0.9, 0.1, 0.0]], "abc")
    new = Answers.pair(["a", "a"], [[0.1, 0.2, 0.7], [0.8, 0.1, 0.1]], "abc")
    (one,) = flips(old, new, [Named("p", 2, "x"), Named("q", 3, "y")])
    assert (one.kind, one.product_id, one.old_answer, one.new_answer) == ("moved", "p", "b", "c")
    assert (one.old_probability, one.new_probability) == (0.8, 0.7)


def test_costs_are_those_of_the_bundle_as_it_is(bundles: dict[str, Path], table: Path) -> None:
    found = held_against(bundles, table, "right", "muddled")
    for one in found.table.models:
        folder = bundles[one.name]
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        assert one.costs.disk_bytes == size
        assert one.costs.train_seconds is None
        assert one.costs.product_seconds > 0


# Other classes


def test_common_classes_are_compared_and_the_rest_is_listed(
    bundles: dict[str, Path], table: Path
) -> None:
    found = held_against(bundles, table, "narrow", "wide")
    assert found.table.data["products"] == 17
    assert found.table.data["classes"] == 2
    assert found.duel.left_out == {"lamp": 4, "sock": 2}
    assert {one.label for one in found.duel.categories} == {"cap", "mug"}
    notes = " ".join(found.table.notes)
    assert "Not known to all: wide also knows sock." in notes
    assert "Products of categories that not all bundles know, left out: 6." in notes
    assert found.table.best.accuracy.value == pytest.approx(16 / 17)


def test_an_answer_only_one_model_can_give_is_an_error_like_any(
    bundles: dict[str, Path], tmp_path: Path
) -> None:
    rows = [("p1", f"one {WORDS['sock']}", "cap"), ("p2", f"two {WORDS['mug']}", "mug")]
    told = write_table(tmp_path / "odd.csv", ("id", "title", "category"), *rows)
    found = held_against(bundles, told, "narrow", "wide")
    (flip,) = [one for one in found.duel.flips if one.product_id == "p1"] or [None]
    assert flip is None or flip.new_answer == "sock"
    assert found.table.pairs[0].difference.value in (0.0, 0.5)


def test_models_with_nothing_in_common_are_refused(bundles: dict[str, Path], table: Path) -> None:
    with pytest.raises(BadCatalog) as refused:
        held_against(bundles, table, "narrow", "other")
    assert str(refused.value) == (
        "no product has a category that all bundles know: 'narrow' knows 'cap', 'other' knows "
        "'lamp'. Name the column with --label, or compare bundles trained at the same level."
    )


def test_three_bundles_make_a_table_without_a_duel(bundles: dict[str, Path], table: Path) -> None:
    found = held_against(bundles, table, "muddled", "right", "narrow")
    assert found.duel is None
    assert len(found.table.pairs) == 3
    assert found.table.data["classes"] == 2
    with pytest.raises(BadSetting, match="3 bundles have no old and new one to protect"):
        held_against(bundles, table, "muddled", "right", "narrow", protect=Protection(("mug",)))


def test_who_was_trained_on_these_products_is_said(
    bundles: dict[str, Path], tmp_path: Path
) -> None:
    rows = [(f"t{i}", f"{colour} {WORDS['mug']}", "mug") for i, colour in enumerate(COLOURS)]
    rows += [("x", f"number 1 {WORDS['cap']}", "cap")]
    seen = write_table(tmp_path / "seen.csv", ("id", "title", "category"), *rows)
    found = held_against(bundles, seen, "right", "muddled")
    assert found.table.notes[0] == (
        "10 of 11 products were trained on by right (same words and photos): its figures flatter "
        "it. Take products that none was trained on."
    )


# The gate


def test_the_gate_counts_products_and_asks_whether_it_could_be_chance() -> None:
    labels = ["a"] * 20
    old = np.arange(20) < 18
    lost_two = old & (np.arange(20) >= 2)
    (change,) = category_changes(labels, old, lost_two)
    strict, lenient = Guard(change, 0.0), Guard(change, 0.1)
    assert (strict.passed, lenient.passed) == (False, True)
    assert strict.drop == pytest.approx(0.1)
    assert str(strict) == (
        "a: a drop: 18 of 20 right before, 16 now (2 lost, 0 won); this may be chance (p = 0.5)."
    )
    assert str(lenient).startswith("a: within what is tolerated: ")
    (change,) = category_changes(labels, old, np.zeros(20, bool))
    assert str(Guard(change, 0.5)).endswith("; this is hardly chance (p = 7.6e-06).")
    (change,) = category_changes(labels, lost_two, old)
    assert str(Guard(change, 0.0)) == ("a: no drop: 16 of 20 right before, 18 now (0 lost, 2 won).")


def test_a_category_the_new_model_does_not_know_drops(
    bundles: dict[str, Path], table: Path
) -> None:
    found = held_against(bundles, table, "right", "narrow", protect=Protection(("lamp",), 0.2))
    (guard,) = found.duel.guards
    assert (guard.change.old_right, guard.change.new_right, guard.passed) == (4, 0, False)
    assert not found.passed
    assert found.advice.startswith("Keep right: a protected category drops. lamp: a drop: 4 of 4")


@pytest.mark.parametrize(
    ("protect", "message"),
    [
        (Protection(("caps",)), "--protect 'caps': neither bundle knows such a category. "
                                "Did you mean 'cap'?"),
        (Protection(("cap",), 1.0), "a tolerance of 1 is impossible"),
        (Protection(("cap",), -0.1), "a tolerance of -0.1 is impossible"),
        (Protection(("cap",), float("nan")), "a tolerance of nan is impossible"),
    ],
)  # fmt: skip
def test_a_gate_that_makes_no_sense_is_refused(
    bundles: dict[str, Path], table: Path, protect: Protection, message: str
) -> None:
    with pytest.raises(BadSetting) as refused:
        held_against(bundles, table, "right", "muddled", protect=protect)
    assert message in str(refused.value)


def test_a_gate_that_cannot_be_checked_does_not_pass(
    bundles: dict[str, Path], tmp_path: Path
) -> None:
    rows = [("p", f"one {WORDS['cap']}", "cap"), ("q", f"one {WORDS['mug']}", "mug")]
    table = write_table(tmp_path / "few.csv", ("id", "title", "category"), *rows)
    with pytest.raises(BadSetting) as refused:
        held_against(bundles, table, "right", "muddled", protect=Protection(("lamp",)))
    assert str(refused.value) == (
        "--protect 'lamp': no product of the table is in it, so nothing can be said. "
        "Add labelled products of it, or protect another category."
    )


# The shell


def test_a_failed_gate_leaves_with_its_own_code(
    shell: Shell, bundles: dict[str, Path], table: Path, tmp_path: Path
) -> None:
    line = ["compare", table, "--quiet", "--protect", "mug", "--protect", "cap"]
    both = ["--bundles", f"{bundles['right']},{bundles['muddled']}"]
    code, out, err = shell(*line, *both, "--out", tmp_path / "out")
    assert code == 3
    assert err == (
        "Protected category drops. cap: a drop: 8 of 8 right before, 0 now (8 lost, 0 won); "
        "this is hardly chance (p = 0.0078).\n"
    )
    assert "Kept: mug: no drop: 8 of 9 right before, 8 now (0 lost, 0 won)." in out
    assert "lost: new-cap-" in out
    assert "Columns:" not in out
    html = (tmp_path / "out" / "comparison.html").read_text(encoding="utf-8")
    for words in ("Protected categories", "Who flips", "new-cap-3", "Category by category"):
        assert words in html
    code, out, _ = shell(*line, *both, "--json")
    assert code == 3
    printed = json.loads(out)
    assert printed["passed"] is False
    assert len(printed["duel"]["flips"]) == 12
    swapped = ["--bundles", f"{bundles['muddled']},{bundles['right']}"]
    assert shell(*line, *swapped)[0] == 0


def test_what_is_no_bundle_is_refused(
    refused: Refused, bundles: dict[str, Path], table: Path, tmp_path: Path
) -> None:
    one = bundles["right"]
    assert "one bundle cannot be compared. Name two" in refused("compare", table, "--bundles", one)
    twice = refused("compare", table, "--bundles", f"{one},{one}/")
    assert "a bundle is named twice" in twice
    nowhere = refused("compare", table, "--bundles", f"{one},{tmp_path / 'nowhere'}", "--quiet")
    assert "there is no bundle at" in nowhere
    with pytest.raises(BadBundle):
        compare_bundles([one, tmp_path], TableSource(table))


def test_hostile_words_stay_words(bundles: dict[str, Path], tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    path = tmp_path / "evil.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(
            [
                ("id", "title", "category"),
                (evil, f"{evil} {WORDS['cap']}", "cap"),
                ("b", WORDS["mug"], "mug"),
            ]
        )
    html = held_against(bundles, path, "right", "muddled").html()
    assert "<script" not in html
