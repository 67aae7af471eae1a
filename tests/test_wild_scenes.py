"""Wild scenes: the truth they claim holds, and what is no product has no box."""

import random

import numpy as np
import pytest
from PIL import Image

from glasscase.errors import BadSetting
from glasscase.jobs import train_detector as job
from glasscase.jobs.train_detector import DetectorPlan
from glasscase.shelf.drawn.scene_packs import WILD_FROM, draw_pack
from glasscase.shelf.drawn.scene_prints import cleared, foiled, leaning
from glasscase.shelf.drawn.scene_shelves import stock_shelves
from glasscase.shelf.drawn.scene_stage import Stage
from glasscase.shelf.drawn.scene_wilds import _WILDS, wild_ground
from glasscase.shelf.drawn.wild_scenes import WILD_KINDS, wild_scene
from glasscase.shelf.pyramid.detector_lessons import scene_lesson

SMALL = (96, 128)


def _solid(picture):
    return np.asarray(picture.getchannel("A")) > 127


@pytest.mark.parametrize("kind", WILD_KINDS)
def test_the_same_number_is_the_same_wild_scene(kind):
    one, again = (wild_scene(3, seed=1, kind=kind, size_px=SMALL) for _ in range(2))
    assert (one.image == again.image).all()
    assert one.boxes.corners.tolist() == again.boxes.corners.tolist()
    corners = one.boxes.corners
    assert (corners >= 0).all()
    assert (corners[:, 2] <= 128).all()
    assert (corners[:, 3] <= 96).all()
    assert len(corners) == len(one.row) == len(one.product)


def test_what_is_empty_has_no_box_and_a_filled_cabinet_has_some():
    counts = {
        kind: sum(len(wild_scene(k, kind=kind, size_px=SMALL).boxes) for k in range(4))
        for kind in ("empty", "empty cabinet", "cabinet", "near")
    }
    assert counts["empty"] == counts["empty cabinet"] == 0
    assert counts["cabinet"] > 4
    assert counts["near"] > 2


def test_wild_series_share_no_product_with_one_another_or_with_plain_scenes():
    names = [set(wild_scene(1, seed=s, kind="close", size_px=SMALL).product) for s in (0, 1)]
    assert names[0]
    assert not names[0] & names[1]
    assert all(int(name.removeprefix("pack-")) >= WILD_FROM for one in names for name in one)


@pytest.mark.parametrize("name", sorted(_WILDS))
def test_every_wild_ground_fills_the_photo_with_something(name):
    made = _WILDS[name]((96, 64), random.Random(5))
    assert (made.mode, made.size) == ("RGB", (96, 64))
    assert np.asarray(made).std() > 2


def test_wild_grounds_differ():
    pictures = [wild_ground((40, 30), random.Random(k)).tobytes() for k in range(6)]
    assert len(set(pictures)) == 6


@pytest.mark.parametrize("finish", [cleared, foiled])
def test_glass_and_foil_leave_a_pack_as_large_as_it_was(finish):
    """What is see-through counts as seen still, or boxes of bottles would be only their labels."""
    for number in range(WILD_FROM, WILD_FROM + 5):
        pack = draw_pack(number)
        changed = finish(draw_pack(number), random.Random(number))
        assert (_solid(changed) == _solid(pack)).mean() > 0.99
        assert changed.tobytes() != pack.tobytes()


def test_the_box_of_a_leaning_pack_is_tight_round_it():
    stage = Stage(Image.new("RGB", (400, 400)))
    pack = leaning(draw_pack(WILD_FROM + 1), random.Random(2))
    stage.put(pack, (30, 40), product="leaning")
    rows, columns = np.flatnonzero(_solid(pack).any(1)), np.flatnonzero(_solid(pack).any(0))
    assert stage.standing[0].box == (
        30 + columns[0], 40 + rows[0], 31 + columns[-1], 41 + rows[-1]
    )  # fmt: skip


def test_shelves_keep_to_their_band():
    stage = Stage(Image.new("RGB", (200, 200)))
    stock_shelves(stage, random.Random(4), boards=2, band=(0.3, 0.8))
    boxes = np.array([one.box for one in stage.standing])
    assert len(boxes)
    assert boxes[:, 1].min() >= 0.3 * 200 - 4
    assert boxes[:, 3].max() <= 0.8 * 200 + 4


def test_a_training_takes_wild_scenes_after_plain_ones():
    plan = DetectorPlan(scenes=1, wild=1)
    taken = [job._lesson(number, [], 0, plan).image for number in (0, 1)]
    assert (taken[0] == scene_lesson(0, 0).image).all()
    assert (taken[1] == scene_lesson(0, 0, wild=True).image).all()
    assert job._work_folder(plan, job.Path("a.onnx"), None, None) != job._work_folder(
        DetectorPlan(scenes=2), job.Path("a.onnx"), None, None
    )


def test_it_is_judged_on_scenes_of_both_sorts_as_it_learns_from_them(monkeypatch):
    asked = []
    monkeypatch.setattr(job, "scene_lesson", lambda *at, wild: asked.append((*at, wild)))
    job._scenes_held_out(DetectorPlan(scenes=600, wild=1400, seed=3))
    assert len(asked) == 100
    assert sum(wild for _, _, wild in asked) == 70
    assert {seed for _, seed, _ in asked} == {4}


def test_what_cannot_be_drawn_wildly_is_told():
    with pytest.raises(BadSetting, match="'zoo' is not a kind of scene. Known: shelf, close, near"):
        wild_scene(0, kind="zoo")
    with pytest.raises(BadSetting, match="a scene of 8 x 8 px. Take at least 32 px"):
        wild_scene(0, size_px=(8, 8))
