"""Facings and shares say what stands on a shelf; intervals hold the truth as often as they say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from boards import SIZE, mirrored, stand, tilted
from glasscase.errors import BadSetting
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.reckoning.box_draws import box_draws
from glasscase.shelf.reckoning.doubt import Doubt, correlation
from glasscase.shelf.reckoning.figures import ShelfFigures, ShelfQuestions, shelf_figures
from glasscase.shelf.reckoning.shares import shares

SHELF, NAMES = stand("a a b c", "c c c/c d", "b b e e e e")
PHOTOS = tuple((9, 10, 11) if place % 2 else (6, 8, 10) for place in range(60))
MEASURED = MeasuredDetector(450, 540, 630, "60 photos", 0.0, PHOTOS)


def exact(boxes: Boxes = SHELF, names: tuple[str, ...] = NAMES, **asked: object) -> ShelfFigures:
    return shelf_figures(boxes, names, SIZE, doubt=Doubt.none(), asked=ShelfQuestions(**asked))


def values(figures: ShelfFigures, kind: str = "by_facings") -> dict[str, float]:
    return {share.name: getattr(share, kind).value for share in figures.shares}


def test_facings_by_product_and_row() -> None:
    told = {each.name: each.by_row for each in exact().facings}
    assert told == {"a": (2, 0, 0), "b": (1, 0, 2), "c": (1, 4, 0), "d": (0, 1, 0), "e": (0, 0, 4)}


def test_a_stack_counts_once_where_asked() -> None:
    once = {each.name: each.total.value for each in exact(stacks_once=True).facings}
    each = {each.name: each.total.value for each in exact().facings}
    assert (each["c"], once["c"]) == (5, 4)
    mixed, names = stand("a/b a/a")
    told = {each.name: each.total.value for each in exact(mixed, names, stacks_once=True).facings}
    assert told == {"a": 2, "b": 1}, "another product on top is a facing of its own"


def test_shares_are_parts_of_one_whole() -> None:
    for kind in ("by_facings", "linear", "area"):
        assert sum(values(exact(), kind).values()) == pytest.approx(1)
    assert values(exact())["c"] == pytest.approx(5 / 15)


def test_linear_share_is_metres_of_board_and_takes_a_stack_once() -> None:
    boxes = Boxes.drawn([[0, 50, 60, 100], [0, 0, 60, 50], [60, 0, 100, 100]])
    figures = exact(boxes, ("wide", "wide", "narrow"))
    assert values(figures, "linear") == pytest.approx({"wide": 0.6, "narrow": 0.4})
    assert values(figures, "area") == pytest.approx({"wide": 0.6, "narrow": 0.4})
    assert values(figures) == pytest.approx({"wide": 2 / 3, "narrow": 1 / 3})


def test_a_board_farther_away_loses_nothing() -> None:
    """The lower board drawn at 70 %: shares by width stay, because `c` stands on both."""
    rows = "a a b c c c", "c c c d d b"
    near, names = stand(*rows)
    corners = near.corners.copy()
    low = corners[:, 3] > 150
    corners[low] = [0, 66, 0, 66] + 0.7 * corners[low]
    far = exact(Boxes.drawn(corners), names)
    straight, seen = values(exact(near, names), "linear"), values(far, "linear")
    for name, share in straight.items():
        assert seen[name] == pytest.approx(share, abs=0.02)
    assert far.scales is not None
    assert far.scales[1] / far.scales[0] == pytest.approx(0.7, abs=0.1)


def test_eye_level_takes_the_weights_it_is_given_and_is_off_without() -> None:
    assert exact().shares[0].eye_level is None
    figures = exact(eye_weights=[0, 1, 0])
    told = {share.name: share.eye_level.value for share in figures.shares if share.eye_level}
    assert told == pytest.approx({"a": 0, "b": 0, "c": 0.8, "d": 0.2, "e": 0})
    even = exact(eye_weights=[2, 2, 2])
    for share in even.shares:
        assert share.eye_level is not None
        assert share.eye_level.value == pytest.approx(share.by_facings.value)


def test_a_brand_is_the_sum_of_its_products() -> None:
    figures = exact(brands={"a": "X", "b": "X"})
    brand = next(share for share in figures.brands if share.name == "X")
    assert brand.by_facings.value == pytest.approx(5 / 15)
    assert [share.name for share in figures.brands] == ["X", "c", "e", "d"]


def test_mirror_tilt_and_size_change_no_share() -> None:
    plain = exact().to_dict()
    for boxes in (mirrored(SHELF), tilted(SHELF, 5)):
        assert values(exact(boxes)) == values(exact())
        assert values(exact(boxes), "linear") == pytest.approx(values(exact(), "linear"))
    double = shelf_figures(
        Boxes.drawn(SHELF.corners * 2), NAMES, (960, 1280), doubt=Doubt.none()
    ).to_dict()
    assert double["facings"] == plain["facings"]
    for one, other in zip(double["shares"], plain["shares"], strict=True):
        assert one["area"]["value"] == pytest.approx(other["area"]["value"])


def test_brands_that_were_asked_for_and_not_found_may_have_been_missed() -> None:
    asked = ShelfQuestions(market_shares={"Z": 0.3})
    told = shelf_figures(SHELF, NAMES, SIZE, doubt=Doubt(MEASURED), asked=asked)
    brand = next(share for share in told.brands if share.name == "Z")
    assert brand.by_facings.value == brand.by_facings.low == 0
    assert 0 < brand.by_facings.high < 0.3
    assert told.against_market is not None
    assert told.against_market[0].verdict == "less space than sales"


def test_wrong_names_widen_shares_of_drawn_boxes() -> None:
    told = shelf_figures(SHELF, NAMES, SIZE, doubt=Doubt(drawn=True, named=(90, 100)))
    assert told.products.low == told.products.high == 15
    share = told.shares[0].by_facings
    assert share.low < share.value < share.high


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """A detector whose precision and recall differ from photo to photo, 120 shelves."""
    dice = np.random.default_rng(0)
    held = []
    for seed in range(120):
        true = np.arange(60) % 4 == 0  # a quarter is ours
        precision, recall = dice.beta(27, 3), dice.beta(16, 4)
        found = dice.random(60) < recall
        false = dice.negative_binomial(max(found.sum(), 1), precision)
        ours = [*("us" if each else "them" for each in true[found])]
        ours += ["us" if each else "them" for each in dice.random(false) < 0.5]
        draws = box_draws(tuple(ours), Doubt(MEASURED), seed=seed)
        even = dict.fromkeys(("facings", "linear", "area"), np.ones(len(ours)))
        told = shares(draws, even, {}, of="product")
        share = next(each for each in told if each.name == "us").by_facings
        held.append((share.low <= 0.25 <= share.high, share.high - share.low))
    covered, width = np.mean(held, axis=0)
    assert covered >= 0.9
    assert width < 0.4, "not by saying nothing"


def test_what_is_false_goes_and_what_is_missed_comes() -> None:
    """200 boxes, 83 % of them right, 71 % of what is there found: about 235 products."""
    draws = box_draws(("x", "y") * 100, Doubt(MEASURED))
    assert np.mean(draws.totals(np.ones(200))) == pytest.approx(235, rel=0.06)
    assert np.mean((draws.weights > 0).sum(axis=1)) == pytest.approx(200 * 450 / 540, rel=0.03)


def test_photos_that_differ_more_than_chance_are_noticed() -> None:
    dice = np.random.default_rng(1)
    tried = np.full(400, 30.0)
    alike = dice.binomial(30, 0.8, 400).astype(float)
    moody = dice.binomial(30, dice.beta(8, 2, 400)).astype(float)
    assert correlation(alike, tried) < 0.02
    assert correlation(moody, tried) == pytest.approx(1 / 11, abs=0.03)


def test_doubts_that_cannot_be() -> None:
    with pytest.raises(BadSetting, match="5 of 3 names are said to be right"):
        Doubt(named=(5, 3))
    with pytest.raises(BadSetting, match="right 9 times, with 8 found and 10 true boxes"):
        Doubt(MeasuredDetector(9, 8, 10, "photos", 0.0))


def test_a_measurement_on_drawn_shelves_is_not_believed_on_photos() -> None:
    told = shelf_figures(SHELF, NAMES, SIZE, doubt=Doubt(replace(MEASURED, drawn=True)))
    unmeasured = shelf_figures(SHELF, NAMES, SIZE, doubt=Doubt())
    assert told.to_dict()["shares"] == unmeasured.to_dict()["shares"]
    assert any("was measured on drawn shelves only" in note for note in told.notes)
