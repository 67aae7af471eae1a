"""A planogram is read with told errors, and a shelf is compared with it in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from boards import SIZE, stand, tilted, without
from glasscase.errors import BadCatalog, GlasscaseError, TooLarge
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.reckoning.compliance import Compliance
from glasscase.shelf.reckoning.doubt import Doubt
from glasscase.shelf.reckoning.figures import ShelfQuestions, shelf_figures
from glasscase.shelf.reckoning.planogram import Block, Planogram

PLAN = Planogram.of([["a", ("b", 2), "c"], ["d", "e", ("f", 3)], ["g", "h", "g"]])
AS_PLANNED = ("a b b c", "d e f f f", "g h g")


def compared(*rows: str, plan: Planogram = PLAN, doubt: Doubt | None = None) -> Compliance:
    boxes, names = stand(*rows)
    told = shelf_figures(
        tilted(boxes, 4),
        names,
        SIZE,
        doubt=doubt or Doubt.none(),
        asked=ShelfQuestions(planogram=plan),
    )
    assert told.compliance is not None
    return told.compliance


def texts(found: Compliance) -> list[str]:
    return [difference.text for difference in found.differences]


def test_a_shelf_as_planned_has_no_difference() -> None:
    found = compared(*AS_PLANNED)
    assert found.differences == ()
    assert found.presence.value == found.facings.value == found.position.value == 1
    assert found.paired == ((0, 0), (1, 1), (2, 2))


@pytest.mark.parametrize(
    ("rows", "said", "kind"),
    [
        (
            ("b b a c", "d e f f f", "g h g"),
            "Row 1: 'a' and 'b' have changed places.",
            "position",
        ),
        (("c b b a", "d e f f f", "g h g"), "Row 1: 'a' and 'c' have changed places.", "position"),
        (("a b b c", "f f f e d", "g h g"), "Row 2: 'd' and 'f' have changed places.", "position"),
        (
            ("a b b c", "e f f f d", "g h g"),
            "Row 2: 'd' stands at place 3, planned at place 1.",
            "position",
        ),
        (
            ("a b b c", "d e f f f", "g g h"),
            "Row 3: 'g' does not stand between its planned neighbours.",
            "position",
        ),
        (("a b c", "d e f f f", "g h g"), "Row 1: 'b' has 1 facing instead of 2.", "facings"),
        (
            ("a b b c", "d e f f f f", "g h g"),
            "Row 2: 'f' has 1 facing more than planned.",
            "facings",
        ),
        (("a b b c", "d f f f", "g h g"), "Row 2: 'e' is missing (1 facing planned).", "missing"),
        (
            ("a b b c x", "d e f f f", "g h g"),
            "Row 1: 'x' is not planned (1 facing).",
            "not planned",
        ),
        (
            ("a b b", "d e f f f c", "g h g"),
            "Row 1: 1 facing of 'c' stands on row 2 instead.",
            "row",
        ),
    ],
)
def test_one_change_is_one_difference(rows: tuple[str, ...], said: str, kind: str) -> None:
    found = compared(*rows)
    assert texts(found) == [said]
    assert found.differences[0].kind == kind
    assert found.position.value < 1 or kind in ("facings", "not planned")


def test_a_facing_that_was_not_recognised_is_said_so() -> None:
    found = compared("a b unknown c", "d e f f f", "g h g")
    assert texts(found) == [
        "Row 1: 'b' has 1 facing instead of 2.",
        "Row 1: 1 facing not recognised.",
    ]


def test_a_row_without_its_goods_leaves_the_others_paired() -> None:
    found = compared("a b b c", "g h g")
    assert found.paired == ((0, 0), (1, None), (2, 1))
    assert found.position.value == pytest.approx(7 / 12)
    assert texts(found) == [
        "Row 2: 'd' is missing (1 facing planned).",
        "Row 2: 'e' is missing (1 facing planned).",
        "Row 2: 'f' is missing (3 facings planned).",
    ]


def test_a_row_that_no_plan_knows_is_told_apart() -> None:
    found = compared("a b b c", "x y x", "d e f f f", "g h g")
    assert found.paired == ((0, 0), (None, 1), (1, 2), (2, 3))
    assert found.position.value == 1


def test_stacks_count_once_and_case_does_not_matter() -> None:
    assert compared("A b/b B c", "d e f f f", "g H/h/h g").differences == ()


def test_doubt_reaches_below_and_above() -> None:
    photos = ((17, 18, 20),) * 40
    measured = Doubt(MeasuredDetector(680, 720, 800, "photos", 0.0, photos))
    found = compared("a b c", "d e f f f", "g h g", doubt=measured)
    assert found.position.low < found.position.value == pytest.approx(11 / 12)
    assert found.position.high == 1, "the facing may be there and have been missed"
    unseen = compared("a c", "d e f f f", "g h g", doubt=measured)
    assert texts(unseen) == ["Row 1: 'b' was not seen (2 facings planned)."]
    boxes, names = stand(*AS_PLANNED)
    half = boxes.pick(np.arange(6)), names[:6]
    told = shelf_figures(*half, SIZE, doubt=measured, asked=ShelfQuestions(planogram=PLAN))
    assert told.compliance is not None
    assert told.compliance.position.high < 1


def test_removing_any_one_box_costs_one_facing() -> None:
    boxes, names = stand(*AS_PLANNED)
    for place in range(len(boxes)):
        left, others = without(boxes, names, place)
        told = shelf_figures(
            left, others, SIZE, doubt=Doubt.none(), asked=ShelfQuestions(planogram=PLAN)
        )
        assert told.compliance is not None
        assert told.compliance.facings.value == pytest.approx(11 / 12)
        assert len(told.compliance.differences) == 1


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_planogram_is_read_from_a_table_and_from_json(tmp_path: Path) -> None:
    table = "row,product,facings,position\n1,Water,2,2\n1,Cola,,1\n2,Milk,1,\n"
    told = Planogram.read(write(tmp_path / "plan.csv", table))
    assert told.rows == ((Block("Cola"), Block("Water", 2)), (Block("Milk"),))
    listed = {"rows": [["Cola", {"product": "Water", "facings": 2}], ["Milk"]]}
    assert Planogram.read(write(tmp_path / "plan.json", json.dumps(listed))) == told
    bare = Planogram.read(write(tmp_path / "bare.json", json.dumps(listed["rows"])))
    assert bare == told
    assert told.facings() == {"Cola": 1, "Water": 2, "Milk": 1}


def test_rows_keep_the_numbers_of_their_table(tmp_path: Path) -> None:
    """Rows 4 to 8 are on no plan, so nothing is told of them; nor is what stands below the plan
    told as if it had a planned number."""
    table = "row,product\n9,d\n9,e\n1,a\n2,b\n3,c\n"
    plan = Planogram.read(write(tmp_path / "plan.csv", table))
    assert plan.numbers == (1, 2, 3, 9)
    found = compared("a", "b", "c", "e y", "x", plan=plan)
    assert texts(found) == [
        "Row 9: 'd' is missing (1 facing planned).",
        "Row 9: 'y' is not planned (1 facing).",
        "Row 5 of the photo: 'x' is not planned (1 facing).",
    ]
    told = found.to_dict()
    assert [row["planned"] for row in told["rows"]] == [1, 2, 3, 9, None]
    assert [row["seen"] for row in told["rows"]] == [1, 2, 3, 4, 5]
    assert [one["row"] for one in told["differences"]] == [9, 9, 5]
    moved = compared("a", "b", "c d", "e", plan=plan)
    assert texts(moved) == ["Row 9: 1 facing of 'd' stands on row 3 instead."]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("z.csv", "row,product,facings\n7,Cola,401\n", "row 7 of the planogram has 401 facings"),
        ("a.csv", "shelf,product\n1,Cola\n", "has no column 'row'. It needs row and product"),
        ("b.csv", "row,product\nfirst,Cola\n", "line 2: row is 'first'. Write a whole number"),
        ("c.csv", "row,product\n0,Cola\n", "line 2: row is 0. Write a whole number from 1."),
        ("d.csv", "row,product\n1,\n", "line 2: no product is named. Write its name."),
        ("e.csv", "row,product,facings\n1,Cola,2.5\n", "line 2: facings is '2.5'."),
        ("f.csv", "row,product\n900,Cola\n", "line 2: row 900 with 1 products. At most 100 rows"),
        ("g.json", "{", "is not JSON"),
        ("h.json", '{"shelf": []}', "the planogram is not a list of rows"),
        ("i.json", '["Cola"]', "the planogram is not a list of rows"),
        ("j.json", "[[]]", "the planogram names no product"),
        ("k.json", '[[{"name": "Cola"}]]', "row 1, place 1: no product is named"),
        ("l.json", '[["Cola"], [["Cola", 0]]]', "row 2, place 1: facings is 0"),
        ("m.json", '[[["Cola", true]]]', "row 1, place 1: facings is 'True'"),
        ("n.json", '[[["Cola", 999999]]]', "row 1 of the planogram has 999999 facings"),
        ("o.json", "[" * 100_000, "is not JSON"),
        ("p.json", json.dumps([["x"]] * 101), "a planogram of 101 rows. The limit is 100."),
        ("q.json", json.dumps([["x" * 301]]), "row 1, place 1: a name of 301 letters."),
    ],
)
def test_what_is_no_planogram_is_told(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(GlasscaseError) as refused:
        Planogram.read(write(tmp_path / name, text))
    assert said in str(refused.value)
    assert isinstance(refused.value, BadCatalog | TooLarge)


def test_a_planogram_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadCatalog, match="plan.csv' does not exist. Check the path."):
        Planogram.read(tmp_path / "plan.csv")
