"""The product detector of our own: what it learns, how it is stored, what it finds."""

import random
import subprocess
import sys
from itertools import islice

import numpy as np
import pytest
import torch
from PIL import Image

from glasscase.encoders.onnx_session import open_session
from glasscase.errors import BadCheckpoint, BadDetector, BadPhoto
from glasscase.shelf import embedded_detector as embedded_module
from glasscase.shelf.average_precision import average_precision, measured
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import DetectorCard
from glasscase.shelf.drawn.scenes import shelf_scene
from glasscase.shelf.drawn.wild_scenes import wild_scene
from glasscase.shelf.embedded_detector import CARD, FOLDER, GRAPH, embedded_detector
from glasscase.shelf.forms.pyramid_card import FORM
from glasscase.shelf.forms.pyramid_places import NOBODY, assigned, places
from glasscase.shelf.pyramid import pyramid_fit
from glasscase.shelf.pyramid.detector_lessons import (
    Lesson,
    Lessons,
    as_input,
    in_input,
    write_shard,
)
from glasscase.shelf.pyramid.lesson_changes import changed_lesson, shrunk
from glasscase.shelf.pyramid.pyramid_detector import PyramidDetector
from glasscase.shelf.pyramid.pyramid_file import detector_bytes, features_bytes, stored_head
from glasscase.shelf.pyramid.pyramid_fit import FitPlan, fit_head
from glasscase.shelf.pyramid.pyramid_net import PyramidHead, corners_of, detection_loss
from glasscase.shelf.suppression import suppressed

CARD_NOW = DetectorCard("tiny", FORM, "Apache-2.0", "a test", "", (384, 384), ("product",))


def _scene(number, kind="close"):
    scene = shelf_scene(number, seed=3, kind=kind, size_px=(240, 320), tilt=0.15, care=1.0)
    return Lesson(scene.image, scene.boxes)


@pytest.fixture(scope="module")
def features():
    return features_bytes(FOLDER / GRAPH)


@pytest.fixture(scope="module")
def lessons():
    found = (_scene(number) for number in range(40))
    return list(islice((one for one in found if len(one.boxes) >= 3), 6))


@pytest.fixture(scope="module")
def stored(lessons, features, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lessons") / "shard-0000"
    write_shard(folder, lessons, open_session(features))
    return Lessons([folder])


def test_every_box_has_places_inside_it_that_answer():
    boxes = np.array([[10, 10, 40, 90], [200, 40, 380, 300], [60, 60, 70, 66]], np.float32)
    answer = assigned(boxes)
    assert set(answer[answer != NOBODY]) == {0, 1, 2}
    for number, (left, top, right, bottom) in enumerate(boxes[:2]):
        x, y, _ = places()[answer == number].T
        assert ((x > left) & (x < right) & (y > top) & (y < bottom)).all()
    fine = places()[answer == 0, 2].max()
    assert fine < places()[answer == 1, 2].min()  # larger boxes are left to coarser levels
    assert (assigned(np.zeros((0, 4), np.float32)) == NOBODY).all()


def test_the_loss_is_least_where_the_boxes_are_right():
    wanted = torch.tensor([[10.0, 10.0, 50.0, 90.0]])
    answers = torch.zeros((1, 4), dtype=torch.bool)
    answers[0, 2] = True
    logits = torch.tensor([[-9.0, -9.0, 9.0, -9.0]])
    right = wanted.repeat(4, 1)[None].clone()
    shifted = right + 15.0
    exact = detection_loss(logits, right, wanted, answers)
    off = detection_loss(logits, shifted, wanted, answers)
    assert float(exact[1]) == pytest.approx(0, abs=1e-5)
    assert float(exact[0]) < 1e-3
    assert float(off[1]) > 0.2
    assert float(off[0]) > float(exact[0])  # sure of a box that is wrong
    sides = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]])
    assert corners_of(sides, torch.tensor([[16.0, 24.0, 8.0]]))[0, 0].tolist() == [8, 8, 40, 56]


def _ap(head, stored, lessons):
    """AP50 of a head on its own lessons, in pixels of the input."""
    batch = stored.batch(range(len(stored)))
    with torch.no_grad():
        logits, sides = head(tuple(torch.from_numpy(one) for one in batch.features))
        corners = corners_of(sides, torch.from_numpy(places().copy())).numpy()
    found = []
    for one, scores in zip(corners, logits.sigmoid().numpy(), strict=True):
        sure = scores > 0.05
        found.append(suppressed(Boxes(one[sure], scores[sure])))
    return average_precision(found, [Boxes.drawn(in_input(one)) for one in lessons]).ap50


def test_it_learns_a_few_scenes_by_heart(lessons, stored):
    torch.manual_seed(0)
    head = PyramidHead(16, 1)
    assert _ap(head.eval(), stored, lessons) < 0.1
    fit_head(head, stored, FitPlan(epochs=60, batch=6, averaging=0.9, rate=1e-2))
    assert _ap(head, stored, lessons) > 0.6


def test_it_comes_back_from_its_file(lessons, features, stored, tmp_path):
    torch.manual_seed(2)
    head, path = PyramidHead(8, 1).eval(), tmp_path / "stored.onnx"
    with torch.no_grad():
        for tensor in head.parameters():
            tensor.add_(0.1 * torch.randn_like(tensor))
    path.write_bytes(detector_bytes(head, CARD_NOW, features))
    again = stored_head(path)
    for name, tensor in head.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], tensor, atol=1e-3, rtol=1e-3)
    assert PyramidDetector.open(path).card.classes == ("product",)
    batch = stored.batch([0])
    with torch.no_grad():
        logits, _ = head(tuple(torch.from_numpy(one) for one in batch.features))
    answers = open_session(path).run(["scores"], {"images": as_input(lessons[0].image)})[0]
    assert np.abs(answers - logits.sigmoid().numpy()).max() < 0.01


class Stops:
    """Follows the steps of a training, and ends it before step `at`."""

    def __init__(self, at=None):
        self.at, self.totals = at, []

    def track(self, items, *, total, what):
        self.totals.append(total)
        for done, item in enumerate(items):
            if done == self.at:
                raise KeyboardInterrupt
            yield item

    def say(self, message):
        raise AssertionError(message)


def test_a_training_that_is_stopped_goes_on_and_ends_the_same(stored, tmp_path, monkeypatch):
    monkeypatch.setattr(pyramid_fit, "_SAVE_EVERY", 2)
    plan, path, rest = FitPlan(epochs=4, batch=3), tmp_path / "checkpoint.safetensors", Stops()

    def fresh():
        torch.manual_seed(1)
        return PyramidHead(8, 1)

    whole = fit_head(fresh(), stored, plan).state_dict()
    with pytest.raises(KeyboardInterrupt):
        fit_head(fresh(), stored, plan, checkpoint=path, run="a", progress=Stops(5))
    resumed = fit_head(fresh(), stored, plan, checkpoint=path, run="a", progress=rest).state_dict()
    assert rest.totals == [4]  # of 8 steps the first 4 were kept
    for name, tensor in whole.items():
        torch.testing.assert_close(resumed[name], tensor)
    with pytest.raises(BadCheckpoint, match="belongs to another run"):
        fit_head(fresh(), stored, plan, checkpoint=path, run="b")


def test_the_embedded_detector_finds_drawn_packs():
    scenes = [_scene(number, kind) for number in range(4) for kind in ("close", "shelf")]
    detector = embedded_detector()
    found = [detector.detect(one.image) for one in scenes]
    score = detector.card.measured.score
    counts = measured(found, [one.boxes for one in scenes], score=score, on="")
    assert counts.true > 80
    assert counts.precision > 0.8
    assert counts.recall > 0.6


def test_it_leaves_alone_what_is_full_of_things_but_holds_no_product():
    """Grass, text, houses, people, empty cabinets: before it had seen such, 0.6 boxes a photo."""
    detector, found = embedded_detector(), 0
    for number in range(8):
        for kind in ("empty", "empty cabinet"):
            image = wild_scene(number, seed=7, kind=kind, size_px=(240, 320)).image
            found += len(detector.detect(image))
    assert found <= 6


def test_it_finds_packs_in_cabinets():
    scenes = [wild_scene(k, seed=7, kind="cabinet", size_px=(300, 300)) for k in range(8)]
    found = [embedded_detector(score=0.3).detect(one.image) for one in scenes]
    assert sum(len(one.boxes) for one in scenes) > 40
    assert average_precision(found, [one.boxes for one in scenes]).ap50 > 0.72


def test_it_finds_nothing_on_nothing_and_takes_photos_of_any_size():
    detector = embedded_detector()
    assert len(detector.detect(np.full((480, 640, 3), 120, np.uint8))) == 0
    for size in ((1, 1), (3, 900), (2000, 40)):
        boxes = detector.detect(np.zeros((*size, 3), np.uint8))
        assert (boxes.corners >= 0).all()
    with pytest.raises(BadPhoto, match="instead of uint8"):
        detector.detect(np.zeros((10, 10)))


def test_a_mirrored_photo_has_mirrored_boxes():
    detector = embedded_detector()
    found, mirrored = [], []
    for number in range(4):
        image = _scene(number, "shelf").image
        found.append(Boxes.drawn(detector.detect(image).corners))
        other = detector.detect(np.ascontiguousarray(image[:, ::-1]))
        back = other.corners.copy()
        back[:, [0, 2]] = image.shape[1] - back[:, [2, 0]]
        mirrored.append(Boxes(back, other.scores))
    assert sum(map(len, found)) > 40
    assert average_precision(mirrored, found).ap50 > 0.8


def test_it_runs_without_torch():
    code = (
        "import sys, numpy; from glasscase.shelf.embedded_detector import embedded_detector; "
        "embedded_detector().detect(numpy.zeros((50, 60, 3), numpy.uint8)); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_files_that_are_not_the_ones_that_came_are_refused(tmp_path, monkeypatch):
    (tmp_path / GRAPH).write_bytes((FOLDER / GRAPH).read_bytes())
    (tmp_path / CARD).write_text((FOLDER / CARD).read_text().replace('"sha256": "', '"sha256": "0'))
    monkeypatch.setattr(embedded_module, "FOLDER", tmp_path)
    with pytest.raises(BadDetector, match="is not the one its card speaks of. Reinstall glasscase"):
        embedded_detector()
    (tmp_path / CARD).unlink()
    embedded_module._opened.cache_clear()
    with pytest.raises(BadDetector, match="the embedded detector is missing. Reinstall"):
        embedded_detector()


def test_changed_lessons_keep_boxes_on_their_products():
    image = np.full((120, 160, 3), 40, np.uint8)
    image[30:80, 50:110] = 250
    lesson = Lesson(image, Boxes.drawn([[50, 30, 110, 80]]))
    for number in range(12):
        changed = changed_lesson(lesson, random.Random(number))
        if not len(changed.boxes):
            continue
        bright = changed.image.min(axis=2) > 180
        rows, columns = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
        seen = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        assert np.abs(changed.boxes.corners[0] - seen).max() <= 3
    small = shrunk(lesson, 80)
    assert small.image.shape == (60, 80, 3)
    assert small.boxes.corners.tolist() == [[25, 15, 55, 40]]


def test_boxes_go_into_the_input_where_the_photo_goes():
    image = np.zeros((100, 200, 3), np.uint8)
    image[20:60, 40:120] = 255
    lesson = Lesson(image, Boxes.drawn([[40, 20, 120, 60]]))
    bright = as_input(image)[0, 0] > 0.5
    rows, columns = np.flatnonzero(bright.any(1)), np.flatnonzero(bright.any(0))
    box = in_input(lesson)[0]
    assert np.abs(box - [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]).max() <= 1.0
    assert Image.fromarray(image).size == (200, 100)
