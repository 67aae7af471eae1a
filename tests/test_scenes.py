"""Drawn scenes: the truth they claim is the truth of their pixels."""

import random

import numpy as np
import pytest
from PIL import Image

from glasscase.errors import BadSetting
from glasscase.shelf.drawn.scene_camera import choose_view, seen_boxes, seen_picture
from glasscase.shelf.drawn.scene_packs import draw_pack
from glasscase.shelf.drawn.scene_stage import Stage
from glasscase.shelf.drawn.scenes import KINDS, shelf_scene

SMALL = (150, 200)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_number_is_the_same_scene_and_another_seed_another(kind):
    one, again, other = (shelf_scene(4, seed=seed, kind=kind, size_px=SMALL) for seed in (1, 1, 2))
    assert (one.image == again.image).all()
    assert one.boxes.corners.tolist() == again.boxes.corners.tolist()
    assert (one.image != other.image).any()


def test_series_share_no_product():
    series = [
        {name for number in range(6) for name in shelf_scene(number, seed=s, size_px=SMALL).product}
        for s in (0, 1)
    ]
    assert series[0]
    assert not series[0] & series[1]


def test_boxes_lie_in_the_photo_and_every_list_is_as_long():
    for number in range(8):
        scene = shelf_scene(number, size_px=SMALL)
        corners = scene.boxes.corners
        assert len(corners) == len(scene.row) == len(scene.product)
        assert (corners[:, :2] >= 0).all()
        assert (corners[:, 2] <= 200).all()
        assert (corners[:, 3] <= 150).all()
        assert (scene.boxes.widths >= 5).all()
        assert (scene.boxes.heights >= 5).all()


def test_a_scene_without_products_has_no_box():
    assert len(shelf_scene(2, kind="empty", size_px=SMALL).boxes) == 0


def test_rows_go_from_the_top_down():
    scene = next(
        one
        for one in (shelf_scene(number, kind="shelf", size_px=SMALL) for number in range(20))
        if len(set(one.row.tolist())) > 1
    )
    bottoms = [scene.boxes.corners[scene.row == row, 3].mean() for row in sorted(set(scene.row))]
    assert bottoms == sorted(bottoms)


def test_what_stands_in_front_takes_from_what_is_seen_behind():
    stage = Stage(Image.new("RGB", (100, 100)))
    block = Image.new("RGBA", (40, 40), (200, 0, 0, 255))
    stage.put(block, (0, 0), product="behind")
    stage.put(block, (20, 0), product="front")
    stage.put(block, (80, 0), product="half outside")
    assert stage.seen_shares().tolist() == [0.5, 1.0, 0.5]
    stage.put(block, (20, 0))  # no product, but it hides
    assert stage.seen_shares().tolist() == [0.5, 0.0, 0.5]


def test_boxes_follow_the_view_as_the_pixels_do():
    view = choose_view((200, 150), random.Random(3), tilt=0.15)
    picture = Image.new("RGB", (200, 150))
    picture.paste((255, 255, 255), (60, 50, 120, 110))
    seen = np.asarray(seen_picture(picture, view).convert("L")) > 127
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    painted = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    box = seen_boxes(np.array([[60, 50, 120, 110]], np.float32), view)[0]
    assert np.abs(box - painted).max() < 1.5


def test_packs_are_cut_out_tight():
    for number in range(12):
        alpha = np.asarray(draw_pack(number).getchannel("A")) > 127
        assert alpha.any(1)[[2, -3]].all()
        assert alpha.any(0)[[2, -3]].all()


def test_what_cannot_be_drawn_is_told():
    with pytest.raises(BadSetting, match="'fridge' is not a kind of scene. Known: shelf, close"):
        shelf_scene(0, kind="fridge")
    with pytest.raises(BadSetting, match="a scene of 8 x 8 px. Take at least 32 px"):
        shelf_scene(0, size_px=(8, 8))
