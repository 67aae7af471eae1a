"""All figures of one shelf together: exact with exact boxes, in doubt with found ones."""

from __future__ import annotations

import json

import numpy as np
import pytest

from glasscase.errors import BadSetting, TooLarge
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.reckoning.doubt import Doubt
from glasscase.shelf.reckoning.figures import ShelfFigures, ShelfQuestions, shelf_figures
from glasscase.shelf.reckoning.planogram import Planogram

SIZE = (480, 640)
MEASURED = MeasuredDetector(right=850, found=900, true=1000, on="100 drawn shelves", score=0.3)
NAMES = ("cola", "cola", "water", "tea", "tea", "water", "milk", "milk", "milk")


def shelf() -> Boxes:
    """Three boards with three products each; the middle ones are lower than their neighbours."""
    return Boxes.drawn(
        [
            [20 + 80 * place, bottom - (90 if place != 1 else 60), 90 + 80 * place, bottom]
            for bottom in (120, 260, 400)
            for place in range(3)
        ]
    )


def read(doubt: Doubt, **asked: object) -> ShelfFigures:
    return shelf_figures(shelf(), NAMES, SIZE, doubt=doubt, asked=ShelfQuestions(**asked))


def test_a_whole_shelf_as_json() -> None:
    figures = read(
        Doubt.none(),
        brands={"cola": "Fizz", "tea": "Leaf"},
        listing=["cola", "water", "juice"],
        planogram=Planogram.of([["cola", "cola", "water"], ["tea", "tea", "water"], ["milk"]]),
        market_shares={"Fizz": 0.5, "milk": 0.1},
        eye_weights=[0, 1, 1],
    )
    told = json.loads(json.dumps(figures.to_dict(), allow_nan=False))
    assert told["products"] == {"value": 9.0, "low": 9.0, "high": 9.0}
    assert [(each["name"], each["by_row"]) for each in told["facings"]] == [
        ("milk", [0, 0, 3]),
        ("cola", [2, 0, 0]),
        ("tea", [0, 2, 0]),
        ("water", [1, 1, 0]),
    ]
    fizz = next(share for share in told["brands"] if share["name"] == "Fizz")
    assert fizz["facings"]["value"] == pytest.approx(2 / 9)
    assert fizz["eye_level"]["value"] == 0
    assert [each["verdict"] for each in told["availability"]["products"]] == [
        "present",
        "present",
        "missing",
    ]
    assert told["planogram"]["presence"]["value"] == 1
    assert [each["verdict"] for each in told["market_share"]] == [
        "less space than sales",
        "more space than sales",
    ]
    assert told["gaps"] == []
    assert told["problems"] == []


def test_doubt_widens_every_interval_and_never_loses_the_figure() -> None:
    exact, doubted, never = read(Doubt.none()), read(Doubt(MEASURED)), read(Doubt())
    for sure, found, wide in zip(exact.shares, doubted.shares, never.shares, strict=True):
        for kind in ("by_facings", "linear", "area"):
            figure, known, blind = (getattr(each, kind) for each in (sure, found, wide))
            assert figure.low == figure.value == figure.high == known.value
            assert known.low < figure.value < known.high
            assert blind.high - blind.low > known.high - known.low
    assert "precision of 94% and recall of 85%" in doubted.notes[0]
    assert "never measured" in never.notes[0]


def test_the_same_seed_gives_the_same_figures() -> None:
    assert read(Doubt(MEASURED)).to_dict() == read(Doubt(MEASURED)).to_dict()
    assert read(Doubt(MEASURED), seed=1).to_dict() != read(Doubt(MEASURED)).to_dict()


@pytest.mark.parametrize("doubt", [Doubt.none(), Doubt(MEASURED), Doubt()])
def test_no_box_at_all_is_said_and_no_figure_is_made_up(doubt: Doubt) -> None:
    asked = ShelfQuestions(
        listing=["cola"], planogram=Planogram.of([["cola"]]), market_shares={"cola": 0.5}
    )
    figures = shelf_figures(Boxes.none(), (), SIZE, doubt=doubt, asked=asked)
    told = json.loads(json.dumps(figures.to_dict(), allow_nan=False))
    assert told["products"]["value"] == 0
    assert told["shares"] == told["brands"] == told["rows"] == told["gaps"] == []
    assert told["availability"]["share"]["value"] == 0
    assert told["market_share"][0]["shelf_share"]["value"] is None
    assert told["market_share"][0]["verdict"] == "not known"
    most = told["products"]["high"]
    missed = "" if doubt.drawn else f"; up to {most:.0f} may have been missed"
    assert f"No product was found on this photo{missed}: shares are not known." in told["notes"]


def test_where_a_detector_found_nothing_something_may_stand() -> None:
    """The upper end grows as recall falls, by more than three over it; a person's 0 is exact."""

    def most(doubt: Doubt) -> float:
        found = shelf_figures(Boxes.none(), (), SIZE, doubt=doubt).products
        assert found.low == found.value == 0
        return found.high

    def measured(right: int) -> Doubt:
        return Doubt(MeasuredDetector(right, right, 1000, "photos", 0.3))

    assert most(Doubt.none()) == 0
    ends = [most(measured(right)) for right in (1000, 900, 600, 300)]
    assert ends[0] == 1, "no measurement is endless"
    assert ends == sorted(ends)
    assert ends[2] > 3 / 0.6
    assert ends[3] > 3 / 0.3
    assert most(Doubt()) > 20, "of a detector nobody measured, nothing found says little"
    assert most(measured(0)) > 20


def test_where_a_detector_found_nothing_no_plan_is_surely_broken() -> None:
    asked = ShelfQuestions(listing=["cola"], planogram=Planogram.of([[("cola", 9)]]))
    for doubt, surely in ((Doubt(MEASURED), False), (Doubt.none(), True)):
        told = shelf_figures(Boxes.none(), (), SIZE, doubt=doubt, asked=asked)
        assert told.compliance is not None
        assert told.availability is not None
        for figure in (told.compliance.position, told.compliance.facings, told.availability.share):
            assert figure.value == figure.low == 0
            assert (figure.high == 0) is surely


def test_boxes_that_cannot_be_used_are_left_out_and_told() -> None:
    given = [
        [10, 10, 50, 100],
        [np.nan, 0, 10, 10],
        [700, 10, 760, 100],
        [90, 90, 80, 120],
        [600, 10, 660, 100],
    ]
    figures = shelf_figures(Boxes.drawn(given), "abcde", SIZE, doubt=Doubt.none())
    assert figures.used.names == ("a", "e")
    assert figures.used.boxes.corners[1].tolist() == [600, 10, 640, 100]
    assert [str(problem) for problem in figures.problems] == [
        "box 2 is not a number. Draw it again, or leave it out.",
        "box 4 has no area. Its right must be above its left, bottom above top.",
        "box 3 lies outside the photo. Check the photo.",
    ]


def test_boxes_below_the_measured_score_do_not_count() -> None:
    scores = np.array([0.9] * 8 + [0.2], np.float32)
    boxes = Boxes(shelf().corners, scores)
    figures = shelf_figures(boxes, NAMES, SIZE, doubt=Doubt(MEASURED))
    assert figures.products.value == 8
    assert "1 box with a score too low to count left out." in figures.notes


def test_a_measurement_at_another_score_is_not_believed() -> None:
    other = read(Doubt(MEASURED), lowest_score=0.1)
    assert other.products == read(Doubt(), lowest_score=0.1).products
    assert other.notes[0].startswith("The detector was measured at a score of 0.3, not at 0.1, so")
    assert read(Doubt(MEASURED), lowest_score=0.3).products == read(Doubt(MEASURED)).products


def test_a_photo_upside_down_is_said() -> None:
    corners = shelf().corners.copy()
    corners[:, [1, 3]] = 480 - corners[:, [3, 1]]
    figures = shelf_figures(Boxes.drawn(corners), NAMES, SIZE, doubt=Doubt.none())
    assert figures.rows.upside_down is True
    assert any("may be upside down" in note for note in figures.notes)
    assert read(Doubt.none()).rows.upside_down is False


def test_what_cannot_be_reckoned_with_is_refused() -> None:
    def figures(
        boxes: Boxes | None = None, names: tuple[str, ...] = NAMES, **asked: object
    ) -> None:
        boxes = boxes or shelf()
        shelf_figures(boxes, names, SIZE, doubt=Doubt.none(), asked=ShelfQuestions(**asked))

    with pytest.raises(BadSetting, match="9 boxes have 1 names. Give one name for each box."):
        figures(names=("cola",))
    with pytest.raises(BadSetting, match="2 weights were given for 3 rows"):
        figures(eye_weights=[1, 2])
    with pytest.raises(BadSetting, match="weights of rows must be 0 or more"):
        figures(eye_weights=[1, -1, 0])
    with pytest.raises(BadSetting, match="the market share of 'cola' is 25. Write a share from 0"):
        figures(market_shares={"cola": 25})
    with pytest.raises(BadSetting, match="market shares add up to 1.200"):
        figures(market_shares={"cola": 0.6, "tea": 0.6})
    with pytest.raises(BadSetting, match="the listing names no product"):
        figures(listing=[])
    with pytest.raises(TooLarge, match="5001 boxes on one photo, the limit is 5000"):
        figures(Boxes.drawn(np.ones((5001, 4))), ("",) * 5001)
