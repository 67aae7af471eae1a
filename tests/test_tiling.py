"""A large photo in tiles: every product once, whole, in pixels of the photo."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from glasscase.errors import BadSetting
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import DetectorCard
from glasscase.shelf.tiling import Tiled, Tiling


class BrightSpots:
    """Finds bright rectangles exactly; blind to those under `least_share` of what it is shown."""

    def __init__(self, least_share: float = 0.0) -> None:
        self.card = DetectorCard("spots", "test", "MIT", "here", "", (100, 100))
        self.least_share = least_share
        self.seen: list[tuple[int, int]] = []

    def detect(self, image: np.ndarray) -> Boxes:
        self.seen.append(image.shape[:2])
        marks, _ = ndimage.label(image[:, :, 0] > 128)
        corners = [
            (x.start, y.start, x.stop, y.stop)
            for y, x in ndimage.find_objects(marks)
            if (x.stop - x.start) >= self.least_share * image.shape[1]
        ]
        return Boxes.drawn(np.array(corners, np.float32).reshape(-1, 4))


def shelf(height: int = 500, width: int = 700) -> tuple[np.ndarray, set[tuple[int, ...]]]:
    image = np.zeros((height, width, 3), np.uint8)
    truth = set()
    for y in range(5, height - 20, 22):
        for x in range(4, width - 15, 17):
            image[y : y + 18, x : x + 13] = 255
            truth.add((x, y, x + 13, y + 18))
    return image, truth


def found_in(boxes: Boxes) -> set[tuple[int, ...]]:
    return {tuple(int(edge) for edge in box) for box in boxes.corners}


@pytest.mark.parametrize("merge", ["nms", "fusion"])
def test_each_product_is_found_once_and_whole(merge: str) -> None:
    image, truth = shelf()
    spots = BrightSpots(least_share=0.06)
    assert not len(spots.detect(image)), "too small on the whole photo"
    boxes = Tiled(spots, 200, merge=merge).detect(image)
    assert len(truth) > 800
    assert len(boxes) == len(truth), "no double, no limit of 100"
    assert found_in(boxes) == truth


def test_pieces_of_a_large_thing_give_way_to_the_whole_photo() -> None:
    image = np.zeros((400, 400, 3), np.uint8)
    image[20:380, 30:360] = 255
    spots = BrightSpots()
    assert found_in(Tiled(spots, 150).detect(image)) == {(30, 20, 360, 380)}
    assert len(Tiled(spots, 150, whole=False).detect(image)) > 1


def test_a_photo_that_fits_is_looked_at_once() -> None:
    spots = BrightSpots()
    Tiled(spots, 300).detect(np.zeros((300, 200, 3), np.uint8))
    Tiled(spots).detect(np.zeros((250, 200, 3), np.uint8))
    assert spots.seen == [(300, 200), (250, 200)]


def test_tiles_are_chosen_by_the_size_of_the_photo() -> None:
    chosen = Tiled(BrightSpots())
    assert set(chosen.tiles(251, 120)[:, 3] - chosen.tiles(251, 120)[:, 1]) == {100}
    large = chosen.tiles(3000, 4000)
    assert (large[:, 2] - large[:, 0]).max() == 1000
    assert len(large) <= 25


@pytest.mark.parametrize("size", [(500, 700), (333, 1001), (150, 151)])
def test_tiles_cover_everything_and_overlap_as_asked(size: tuple[int, int]) -> None:
    tiles = Tiled(BrightSpots(), 150, overlap=0.3).tiles(*size)
    seen = np.zeros(size, int)
    for left, top, right, bottom in tiles:
        seen[top:bottom, left:right] += 1
    assert seen.min() == 1
    for start, end in ((0, 2), (1, 3)):
        begins = np.unique(tiles[:, start])
        assert all(a + 150 - b >= 0.3 * 150 - 1 for a, b in zip(begins, begins[1:], strict=False))
        assert tiles[:, end].max() == size[1 - start]


def test_impossible_tiles_are_refused() -> None:
    with pytest.raises(BadSetting, match=r"a tile of 9 px is too small. Use at least 32, or 0."):
        Tiled(BrightSpots(), 9)
    with pytest.raises(BadSetting, match=r"an overlap of 1 is impossible. Use 0 to below 0.9."):
        Tiled(BrightSpots(), 100, overlap=1.0)
    with pytest.raises(BadSetting, match=r"boxes are not merged by 'vote'. Use nms or fusion."):
        Tiling(merge="vote")  # type: ignore[arg-type]
    with pytest.raises(BadSetting, match=r"an IoU of 0 is impossible. Use a share above 0, up to"):
        Tiling(iou=0.0)
    with pytest.raises(BadSetting, match=r"an overlap of nan is impossible"):
        Tiling(overlap=float("nan"))


def test_tiles_are_laid_over_a_detector_once() -> None:
    spots = BrightSpots()
    assert Tiling(tile=0).over(Tiled(spots)) is spots
    twice = Tiling(tile=100, merge="fusion").over(Tiling(tile=50).over(spots))
    assert twice == Tiled(spots, 100, merge="fusion")
    assert Tiling().over(spots) == Tiled(spots)


def test_tiles_without_number_are_refused_before_they_are_made() -> None:
    cut = Tiled(BrightSpots(), 32, overlap=0.89)
    with pytest.raises(BadSetting, match="tiles of 32 px cut a photo of 12000 x 9000 px into more"):
        cut.tiles(9000, 12000)
