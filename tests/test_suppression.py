"""Doubles become one box, by suppression and by fusion, as the papers say."""

from __future__ import annotations

import numpy as np
import pytest

from glasscase.shelf.boxes import Boxes
from glasscase.shelf.suppression import fused, suppressed


def scattered(count: int, *, seed: int = 0, span: float = 200) -> Boxes:
    draw = np.random.default_rng(seed)
    start = draw.uniform(0, span, (count, 2))
    corners = np.concatenate([start, start + draw.uniform(10, 60, (count, 2))], axis=1)
    scores = draw.uniform(0, 1, count).astype(np.float32)
    return Boxes(corners.astype(np.float32), scores, tuple(str(i) for i in range(count)))


def iou_of(one: np.ndarray, other: np.ndarray) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = float(max(width, 0) * max(height, 0))
    areas = [float((box[2] - box[0]) * (box[3] - box[1])) for box in (one, other)]
    return shared / (sum(areas) - shared)


@pytest.mark.parametrize("limit", [0.3, 0.5, 0.7])
def test_suppression_is_the_textbook_loop(limit: float) -> None:
    boxes = scattered(150)
    kept: list[int] = []
    for i in sorted(range(150), key=lambda i: -boxes.scores[i]):
        if all(iou_of(boxes.corners[i], boxes.corners[k]) <= limit for k in kept):
            kept.append(i)
    assert [int(name) for name in suppressed(boxes, limit).labels] == kept
    assert 20 < len(kept) < 150


def test_classes_do_not_save_a_double() -> None:
    corners = np.array([[0, 0, 10, 10], [0, 0, 10, 11]], np.float32)
    boxes = Boxes(corners, np.array([0.4, 0.9], np.float32), ("cup", "bottle"))
    assert suppressed(boxes).labels == ("bottle",)


def test_hundreds_of_facings_all_stay() -> None:
    places = np.array([(x * 12, y * 22) for x in range(60) for y in range(40)], np.float32)
    wall = Boxes.drawn(np.concatenate([places, places + [10, 20]], axis=1))
    assert len(suppressed(wall)) == len(fused(wall)) == 2400


def test_nothing_and_empty_boxes_do_no_harm() -> None:
    assert len(suppressed(Boxes.none())) == len(fused(Boxes.none())) == 0
    flat = Boxes.drawn([[3, 3, 3, 9], [3, 3, 3, 9]])
    assert len(suppressed(flat)) == len(fused(flat)) == 2


def test_fusion_is_the_mean_weighted_by_score() -> None:
    corners = np.array([[0, 0, 10, 10], [2, 0, 12, 10], [50, 0, 60, 10]], np.float32)
    boxes = Boxes(corners, np.array([0.9, 0.3, 0.5], np.float32), ("a", "b", "c"))
    one = fused(boxes)
    np.testing.assert_allclose(one.corners[0], [0.5, 0, 10.5, 10], atol=1e-5)
    np.testing.assert_allclose(one.scores, [0.6, 0.5], atol=1e-6)
    assert one.labels == ("a", "c")


def test_of_two_views_a_box_that_one_saw_is_half_as_sure() -> None:
    corners = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [50, 0, 60, 10]], np.float32)
    boxes = Boxes(corners, np.array([0.8, 0.6, 0.9], np.float32))
    np.testing.assert_allclose(fused(boxes, views=2).scores, [0.7, 0.45], atol=1e-6)


def test_what_joins_a_group_moves_it() -> None:
    """The third box overlaps the fused one, not the first: the paper's order matters."""
    corners = np.array([[0, 0, 10, 10], [2.5, 0, 12.5, 10], [3.5, 0, 13.5, 10]], np.float32)
    boxes = Boxes(corners, np.array([0.5, 0.5, 0.5], np.float32))
    assert (
        iou_of(corners[0], corners[2]) < 0.55 < iou_of(np.array([1.25, 0, 11.25, 10]), corners[2])
    )
    assert len(fused(boxes, 0.55)) == 1
    assert len(suppressed(boxes, 0.55)) == 2
