"""Rows are found by the boards products stand on, however the photo was held."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boards import SIZE, from_aside, mirrored, stand, tilted
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.drawn.scenes import shelf_scene
from glasscase.shelf.reckoning.rows import find_rows
from glasscase.shelf.reckoning.stacks import carriers

SHELF, _ = stand(
    "a a b b c d e f a b c g", "h h i/i i/i j k l h h i", "m n o p m n o/o o/o p", "q r s q r s"
)
TRUE = [0] * 12 + [1] * 12 + [2] * 11 + [3] * 6


def test_tall_and_short_products_on_one_board_are_one_row() -> None:
    rows = find_rows(SHELF, SIZE)
    assert rows.of.tolist() == TRUE
    assert rows.lines[:, 0] == pytest.approx([110, 220, 330, 440], abs=1)


@pytest.mark.parametrize("degrees", [-8, -3, 3, 8])
def test_a_photo_held_askew_has_the_same_rows(degrees: float) -> None:
    rows = find_rows(tilted(SHELF, degrees), SIZE)
    assert rows.of.tolist() == TRUE
    fall = np.degrees(np.arctan((rows.lines[:, 1] - rows.lines[:, 0]) / SIZE[1]))
    assert fall == pytest.approx([degrees] * 4, abs=0.6)


@pytest.mark.parametrize("fan", [-0.2, 0.15])
@pytest.mark.parametrize("degrees", [0, 5])
def test_a_photo_from_the_side_has_the_same_rows(fan: float, degrees: float) -> None:
    assert find_rows(tilted(from_aside(SHELF, fan), degrees), SIZE).of.tolist() == TRUE


def test_a_box_moved_to_another_board_changes_its_row_alone() -> None:
    corners = SHELF.corners.copy()
    corners[5, [1, 3]] += 330
    corners[5, [0, 2]] += 200
    moved = find_rows(Boxes.drawn(corners), SIZE).of.tolist()
    assert moved == [3 if place == 5 else row for place, row in enumerate(TRUE)]


def test_a_stack_belongs_to_the_board_it_stands_on() -> None:
    boxes, names = stand("a b/b c", "d/d/d e/e f f f")
    rows = find_rows(boxes, SIZE)
    assert rows.of.tolist() == [0] * 4 + [1] * 8
    assert rows.level.tolist() == [0, 0, 1, 0, 0, 1, 2, 0, 1, 0, 0, 0]
    assert rows.column[1] == rows.column[2]
    assert len(set(rows.column.tolist())) == 8
    assert names[1] == names[2] == "b"


def test_a_board_right_above_products_is_no_stack() -> None:
    """One top that touches the board above is chance: its neighbours do not."""
    corners = SHELF.corners.copy()
    corners[13, 1] = 111  # as tall as the room
    assert find_rows(Boxes.drawn(corners), SIZE).of.tolist() == TRUE


def test_one_false_box_between_boards_is_no_row() -> None:
    corners = np.vstack([SHELF.corners, [[560, 30, 590, 82]]])
    rows = find_rows(Boxes.drawn(corners), SIZE)
    assert rows.count == 4
    assert rows.of.tolist() == [*TRUE, 0]


def test_which_way_up_is_told_by_what_lines_up() -> None:
    turned = SHELF.corners.copy()
    turned[:, [1, 3]] = SIZE[0] - turned[:, [3, 1]]
    assert find_rows(SHELF, SIZE).upside_down is False
    assert find_rows(Boxes.drawn(turned), SIZE).upside_down is True
    alike, _ = stand("a a a a a a", "a a a a a a")
    assert find_rows(alike, SIZE).upside_down is None


@settings(max_examples=15, deadline=None)
@given(
    scale=st.floats(0.3, 6.0),
    degrees=st.floats(-6, 6),
    mirror=st.booleans(),
    order=st.permutations(range(len(SHELF))),
)
def test_size_mirror_and_order_of_boxes_change_no_row(
    scale: float, degrees: float, mirror: bool, order: list[int]
) -> None:
    boxes = tilted(SHELF, degrees)
    boxes = mirrored(boxes) if mirror else boxes
    size = (round(SIZE[0] * scale), round(SIZE[1] * scale))
    rows = find_rows(Boxes.drawn(boxes.corners[order] * scale), size)
    assert rows.of.tolist() == [TRUE[place] for place in order]


def test_no_box_and_one_box() -> None:
    assert find_rows(Boxes.none(), SIZE).count == 0
    alone = find_rows(Boxes.drawn([[0, 0, 10, 10]]), SIZE)
    assert (alone.count, alone.of.tolist(), alone.upside_down) == (1, [0], None)


def test_only_what_is_wide_enough_carries() -> None:
    beside = [[0, 50, 20, 100], [15, 10, 35, 50], [0, 10, 16, 50]]
    assert carriers(np.array(beside, float)).tolist() == [-1, -1, 0]


@pytest.mark.parametrize("number", range(4))
def test_rows_of_drawn_shelves_are_the_truth(number: int) -> None:
    scene = shelf_scene(number, seed=12, kind="shelf", size_px=(240, 320), care=1.0)
    truth = np.unique(scene.row, return_inverse=True)[1]
    assert find_rows(scene.boxes, (240, 320)).of.tolist() == truth.tolist()
