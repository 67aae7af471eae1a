"""A listing against a shelf, and space against sales, with what the detector may have missed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from boards import SIZE, stand
from glasscase.errors import BadCatalog, BadSetting
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.reckoning.availability import Availability, availability
from glasscase.shelf.reckoning.box_draws import box_draws
from glasscase.shelf.reckoning.doubt import Doubt
from glasscase.shelf.reckoning.figures import ShelfQuestions, shelf_figures
from glasscase.shelf.reckoning.market_share import AgainstMarket
from glasscase.shelf.reckoning.shelf_tables import read_listing, read_market_shares

NAMES = ("a", "a", "a", "b", "b", "c", "unknown")
GOOD = Doubt(MeasuredDetector(960, 980, 1000, "photos", 0.0, ((24, 24, 25), (24, 25, 25)) * 20))
POOR = Doubt(MeasuredDetector(500, 900, 1000, "photos", 0.0))


def there(
    doubt: Doubt, *listing: str, names: tuple[str, ...] = NAMES, **usual: float
) -> Availability:
    return availability(box_draws(names, doubt), dict.fromkeys(listing), **usual)


def verdicts(found: Availability) -> list[str]:
    return [product.verdict for product in found.products]


def test_drawn_boxes_leave_no_doubt_about_what_is_there() -> None:
    found = there(Doubt.none(), "a", "C", "z", names=NAMES[:6])
    assert verdicts(found) == ["present", "present", "missing"]
    assert (found.share.low, found.share.value, found.share.high) == pytest.approx((2 / 3,) * 3)
    assert found.unlisted == ("b",)


def test_a_poor_detector_is_not_sure_of_what_it_did_not_see() -> None:
    good, poor = there(GOOD, "a", "z", names=NAMES[:6]), there(POOR, "a", "z", names=NAMES[:6])
    assert verdicts(good) == ["present", "missing"]
    assert verdicts(poor)[1] == "not sure"
    assert poor.share.high == 1
    assert poor.share.low < poor.share.value == 0.5


def test_boxes_nobody_recognised_may_be_what_is_missed() -> None:
    read, unread = NAMES[:6], NAMES[:6] + ("unknown",) * 6
    listed = [there(GOOD, "z", names=names).products[0].probability for names in (read, unread)]
    assert listed[0] < listed[1]


def test_more_facings_are_missed_less_often() -> None:
    draws = box_draws(NAMES, POOR)
    few, many = (availability(draws, {"z": count}).products[0] for count in (1, 6))
    assert many.probability < few.probability


def test_one_box_of_a_poor_detector_may_be_false() -> None:
    found = there(POOR, "a", "c")
    assert found.products[0].probability > found.products[1].probability
    assert verdicts(found)[1] == "not sure"


def test_what_cannot_be_asked() -> None:
    with pytest.raises(BadSetting, match="the usual availability is 1. Write a share above 0"):
        there(GOOD, "a", usual=1.0)


def market(**shares: float) -> dict[str, AgainstMarket]:
    boxes, names = stand("a a a a a a", "b b b b b b", "c c c c c c")
    told = shelf_figures(boxes, names, SIZE, doubt=GOOD, asked=ShelfQuestions(market_shares=shares))
    assert told.against_market is not None
    return {each.name: each for each in told.against_market}


def test_space_against_sales() -> None:
    told = market(a=0.1, b=0.33, c=0.57)
    assert told["a"].index.value == pytest.approx(10 / 3)
    assert told["a"].difference.value == pytest.approx(1 / 3 - 0.1)
    assert [each.verdict for each in told.values()] == [
        "more space than sales",
        "not told apart",
        "less space than sales",
    ]
    assert told["b"].index.low < 1 < told["b"].index.high


def test_no_sales_have_no_index() -> None:
    told = market(a=0.0)["a"].to_dict()
    assert told["index"] == {"value": None, "low": None, "high": None}
    assert told["verdict"] == "more space than sales"


def test_lines_that_say_two_things_or_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """The last of them would count, or a brand would be held for absent."""

    def refusal(read: Callable[[Path], object], text: str) -> str:
        (tmp_path / "a.csv").write_text(text)
        with pytest.raises(BadCatalog) as caught:
            read(tmp_path / "a.csv")
        return str(caught.value)

    assert refusal(read_market_shares, "brand,share\nAurora,0.4\naurora,0.1\n") == (
        "market shares, line 3: 'aurora' has a share already. Write one line for each brand."
    )
    assert refusal(read_listing, "product,facings\nTea,2\nTea,3\n") == (
        "listing, line 3: 'Tea' stands there twice with other facings. Keep one of the lines."
    )
    assert "NUL" in refusal(read_listing, "product\nTea\nCof\0fee\n")
    (tmp_path / "a.csv").write_text("product,facings\nTea,2\nTea,2\n")
    assert read_listing(tmp_path / "a.csv") == {"Tea": 2}
