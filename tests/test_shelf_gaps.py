"""A facing that is gone is a gap there; what the detector may have missed is a lesser one."""

from __future__ import annotations

import numpy as np
import pytest

from boards import PITCH, SIZE, from_aside, mirrored, stand, tilted, without
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.reckoning.gap_photo import emptiness, seen_gaps
from glasscase.shelf.reckoning.gaps import Gap, find_gaps
from glasscase.shelf.reckoning.rows import Rows, find_rows

FULL = ("a a b b c c d d", "e f e f e f e f", "g g g h h i i j")


def gaps(boxes: Boxes, names: tuple[str, ...], recall: float | None = None) -> list[Gap]:
    known = None if recall is None else np.full(10, recall)
    return find_gaps(boxes, names, find_rows(boxes, SIZE), width=SIZE[1], recall=known)


def inner(found: list[Gap]) -> list[Gap]:
    """Gaps between two products."""
    return [gap for gap in found if gap.left and gap.right]


def holds(gap: Gap, corners: np.ndarray, slack: float = 12) -> bool:
    """Whether the gap lies where the box was (tall enough, as wide to a few pixels)."""
    left, _, right, bottom = gap.box
    return bool(
        abs(left - corners[0]) < slack
        and abs(right - corners[2]) < slack
        and abs(bottom - corners[3]) < slack
    )


def test_a_full_shelf_has_no_gap() -> None:
    assert inner(gaps(*stand(*FULL))) == []


@pytest.mark.parametrize("view", [lambda b: b, mirrored, lambda b: tilted(from_aside(b, 0.1), 7)])
def test_any_facing_removed_is_a_gap_there(view) -> None:
    boxes, names = stand(*FULL)
    boxes = view(boxes)
    for place in (1, 3, 6, 10, 14, 17, 20, 22):  # inner ones of each board
        left, others = without(boxes, names, place)
        found = inner(gaps(left, others))
        assert len(found) == 1, names[place]
        assert holds(found[0], boxes.corners[place])
        assert found[0].score > 0.5
        assert found[0].facings == 1


def test_a_gap_names_what_probably_is_missing() -> None:
    found = gaps(*stand("a a - b b b", "c c c c c c"))
    assert [(gap.row, gap.left, gap.right, gap.missing) for gap in found] == [
        (0, "a", "b", ("a", "b"))
    ]
    found = gaps(*stand("a a - - a b b", "c c c c c c"))
    assert [(gap.facings, gap.missing) for gap in found] == [(2, ("a",))]


def test_an_end_of_a_board_left_empty_is_a_gap_where_the_others_go_on() -> None:
    found = gaps(*stand("a a a a a a a", "a a a a a a a", "a a a a a"))
    assert [(gap.row, gap.right, gap.facings) for gap in found] == [(2, "", 2)]


def test_room_that_a_box_of_another_row_fills_is_no_gap() -> None:
    boxes, names = stand("a a - a a a", "b b b b b")
    rows = find_rows(boxes, SIZE)
    gap = find_gaps(boxes, names, rows, width=SIZE[1])[0].box
    filled = Boxes.drawn(np.vstack([boxes.corners, [gap[0] + 2, gap[1] - 9, gap[2] - 2, gap[3]]]))
    mistaken = Rows(
        np.append(rows.of, 1), np.append(rows.level, 1), np.append(rows.column, 5), rows.lines
    )
    assert find_gaps(filled, (*names, "a"), mistaken, width=SIZE[1]) == []


def test_a_board_without_goods_is_told_as_one_gap() -> None:
    boxes, names = stand(*("a b a b a",) * 4)
    kept = np.flatnonzero(np.abs(boxes.corners[:, 3] - 2 * PITCH) > 1)
    found = gaps(boxes.pick(kept), tuple(names[int(i)] for i in kept))
    assert [gap.row for gap in found] == [None]
    left, top, right, bottom = found[0].box
    assert (left, right) == (0, SIZE[1])
    assert top == pytest.approx(PITCH, abs=2)
    assert 2 * PITCH <= bottom < 3 * PITCH


def test_the_room_products_usually_keep_is_no_gap() -> None:
    boxes, names = stand("a a a a a a", "b b b b b b")
    spread = boxes.corners.copy()
    spread[:, [0, 2]] += 20 * (np.arange(12) % 6)[:, None]
    assert gaps(Boxes.drawn(spread), names) == []


def test_what_a_detector_may_have_missed_is_a_lesser_gap() -> None:
    boxes, names = stand("a a - b b b", "c c c c c c")
    sure, poor = gaps(boxes, names)[0], gaps(boxes, names, recall=0.6)[0]
    good, wide = gaps(boxes, names, recall=0.98)[0], gaps(*stand("a a - - b"), recall=0.6)[0]
    assert sure.score > good.score > poor.score
    assert wide.score > poor.score, "two in a row are missed less often than one"
    unsure = find_gaps(
        boxes, names, find_rows(boxes, SIZE), width=640, recall=np.linspace(0.5, 0.99, 50)
    )[0]
    assert unsure.chance.low < unsure.score < unsure.chance.high


def test_gaps_as_json() -> None:
    told = gaps(*stand("a a - b b b", "c c c c c c"))[0].to_dict()
    assert told["row"] == 1
    assert told["neighbours"] == told["missing"] == ["a", "b"]
    assert told["left"] < told["right"]
    assert 0 < told["score"] == pytest.approx(told["chance"]["value"], abs=1e-3)


def photo_of(boxes: Boxes) -> np.ndarray:
    """A dark grey wall with speckled, coloured products before it."""
    dice = np.random.default_rng(0)
    image = np.full((*SIZE, 3), 40, np.uint8)
    for left, top, right, bottom in boxes.corners.astype(int):
        image[top:bottom, left:right] = dice.integers(0, 255, (bottom - top, right - left, 3))
    return image


def test_a_place_that_shows_a_product_is_less_a_gap_than_an_empty_one() -> None:
    boxes, names = stand("a a b b c c d d", "e f e f e f e f", "g g g h h i i j")
    image = photo_of(boxes)
    left, others = without(boxes, names, 3)
    full = emptiness(image, boxes.corners[3:4], left)[0]
    image[:, :] = np.where((photo_of(boxes) != photo_of(left)).any(axis=2)[..., None], 40, image)
    empty = emptiness(image, boxes.corners[3:4], left)[0]
    assert empty == 1
    assert full < 0.8
    found = inner(gaps(left, others, recall=0.8))
    assert seen_gaps(found, image, left)[0].score > found[0].score
    assert seen_gaps(found, photo_of(boxes), left)[0].score < seen_gaps(found, image, left)[0].score


def test_a_photo_of_few_products_says_nothing_of_emptiness() -> None:
    boxes, _ = stand("a b")
    assert emptiness(photo_of(boxes), boxes.corners, boxes).tolist() == [0.5, 0.5]
    assert len(emptiness(photo_of(boxes), np.zeros((0, 4)), boxes)) == 0
