"""Average precision, against numbers worked out by hand."""

import numpy as np
import pytest

from glasscase.errors import BadSetting
from glasscase.shelf.average_precision import average_precision, best_score, measured
from glasscase.shelf.boxes import Boxes


def _boxes(*rows):
    array = np.array(rows, np.float32).reshape(-1, 5)
    return Boxes(array[:, :4], array[:, 4])


TRUE = Boxes.drawn([[0, 0, 10, 10], [20, 0, 30, 10], [40, 0, 50, 10], [60, 0, 70, 10]])


def test_perfect_boxes_have_an_average_precision_of_one():
    found = average_precision([TRUE, Boxes.none()], [TRUE, Boxes.none()])
    assert (found.ap50, found.ap, found.photos, found.true) == (1.0, 1.0, 2, 4)


def test_by_hand_right_wrong_right_and_two_never_found():
    # recall 1/4 at precision 1, then 2/4 at precision 2/3: 26 recalls (0 to 0.25) at 1,
    # 25 (0.26 to 0.5) at 2/3, the other 50 at 0
    boxes = _boxes((0, 0, 10, 10, 0.9), (80, 0, 90, 10, 0.8), (20, 0, 30, 10, 0.7))
    found = average_precision([boxes], [TRUE])
    assert found.ap50 == pytest.approx((26 + 25 * 2 / 3) / 101)


def test_by_hand_overlaps_decide_from_which_on_a_box_counts():
    # 8 of 10 px wide: an overlap of 0.8, right at 0.5, 0.55 ... 0.8 (7 of 10 overlaps)
    found = average_precision([_boxes((0, 0, 8, 10, 0.9))], [Boxes.drawn([[0, 0, 10, 10]])])
    assert found.ap50 == 1.0
    assert found.ap == pytest.approx(0.7)


def test_a_second_box_on_one_product_is_wrong_and_the_order_of_photos_does_not_count():
    doubled = _boxes((0, 0, 10, 10, 0.9), (0, 0, 10, 9, 0.8))
    one = Boxes.drawn([[0, 0, 10, 10]])
    assert average_precision([doubled], [one]).ap50 == 1.0  # all recall before the double
    both = [doubled, _boxes((0, 0, 10, 10, 0.7))]
    # recall 1/2 at precision 1, then 2/2 at precision 2/3
    wanted = (51 + 50 * 2 / 3) / 101
    assert average_precision(both, [one, one]).ap50 == pytest.approx(wanted)
    assert average_precision(both[::-1], [one, one]).ap50 == pytest.approx(wanted)


def test_no_limit_of_a_hundred_boxes():
    many = Boxes.drawn([[20 * k, 0, 20 * k + 10, 10] for k in range(300)])
    assert average_precision([many], [many]).ap == 1.0


def test_nothing_to_find_gives_no_number():
    assert np.isnan(average_precision([Boxes.none()], [Boxes.none()]).ap50)
    assert average_precision([Boxes.none()], [TRUE]).ap50 == 0.0


def test_counts_at_the_score_of_the_best_f1():
    boxes = _boxes((0, 0, 10, 10, 0.9), (20, 0, 30, 10, 0.6), (80, 0, 90, 10, 0.5))
    score = best_score([boxes], [TRUE])
    assert score == pytest.approx(0.6)
    counted = measured([boxes, boxes], [TRUE, Boxes.none()], score=score, on="two photos")
    assert (counted.right, counted.found, counted.true) == (2, 4, 4)
    assert counted.photos == ((2, 2, 4), (0, 2, 0))


def test_lists_of_different_length_are_told():
    with pytest.raises(BadSetting, match="found on 1 photos and are known on 2. Give both"):
        average_precision([TRUE], [TRUE, TRUE])
