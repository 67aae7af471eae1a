"""Training and measuring a detector on drawn boxes: what is held out, kept, resumed and told."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from glasscase.errors import CannotTrain
from glasscase.jobs import train_detector as job
from glasscase.jobs.train_detector import DetectorPlan, train_detector
from glasscase.shelf.detector import DetectorCard
from glasscase.shelf.detectors import open_detector
from glasscase.shelf.drawn.scenes import shelf_scene
from glasscase.shelf.embedded_detector import FOLDER, GRAPH, embedded_detector
from glasscase.shelf.forms.pyramid_card import FORM
from glasscase.shelf.measured_file import measured_path
from glasscase.shelf.pyramid.pyramid_detector import PyramidDetector
from glasscase.shelf.pyramid.pyramid_file import detector_bytes, features_bytes
from glasscase.shelf.pyramid.pyramid_net import PyramidHead


@pytest.fixture(scope="module")
def boxes(tmp_path_factory):
    folder = tmp_path_factory.mktemp("boxes")
    for number in range(8):
        scene = shelf_scene(number, seed=5, kind="close", size_px=(180, 240), tilt=0.0, care=1.0)
        Image.fromarray(scene.image).save(folder / f"{number}.png")
        lines = ["\t".join(f"{x:g}" for x in box) for box in scene.boxes.corners]
        (folder / f"{number}.bboxes.tsv").write_text("\n".join([*lines, "1\t2\t3"]))
    return folder


@pytest.fixture
def few_lessons(monkeypatch):
    monkeypatch.setattr(job, "_LESSONS_OF_BOXES", 6)


@pytest.fixture(scope="module")
def blind(tmp_path_factory):
    """A detector that learnt nothing."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("blind") / "blind.onnx"
    card = DetectorCard("blind", FORM, "Apache-2.0", "a test", "", (384, 384), ("product",))
    features = features_bytes(FOLDER / GRAPH)
    path.write_bytes(detector_bytes(PyramidHead(8, 1).eval(), card, features))
    return path


def _learns(monkeypatch, path):
    """A training that ends with the detector of this file."""
    monkeypatch.setattr(job, "fit_head", lambda *given, **options: None)
    monkeypatch.setattr(job, "detector_bytes", lambda *given: path.read_bytes())


def test_what_is_no_better_is_not_taken_and_said(boxes, blind, few_lessons, monkeypatch, tmp_path):
    _learns(monkeypatch, blind)
    trained = train_detector(DetectorPlan(boxes=boxes), tmp_path / "mine.onnx")
    assert trained.kept == "old"
    assert trained.before.ap50 > 0.5
    assert trained.after.ap50 < 0.1
    assert trained.sentence.startswith("No better on 2 photos it never learnt from (")
    assert "the old weights are kept. Draw boxes on more photos." in trained.sentence
    assert (trained.learnt_from, len(trained.problems)) == (6, 8)
    image = shelf_scene(1, kind="close").image
    ours = embedded_detector(score=0.3).detect(image)
    kept = PyramidDetector.open(tmp_path / "mine.onnx", score=0.3).detect(image)
    np.testing.assert_allclose(kept.corners, ours.corners, atol=0.5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.onnx"]  # no work folder


def test_a_stopped_training_looks_at_no_lesson_twice_and_what_is_better_is_taken(
    boxes, blind, few_lessons, monkeypatch, tmp_path
):
    plan, out = DetectorPlan(boxes=boxes, start=blind), tmp_path / "mine.onnx"

    def stopped(*given, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(job, "fit_head", stopped)
        with pytest.raises(KeyboardInterrupt):
            train_detector(plan, out)
    assert not out.exists()
    monkeypatch.setattr(job, "write_shard", stopped)  # everything was looked at already
    _learns(monkeypatch, FOLDER / GRAPH)
    trained = train_detector(plan, out)
    assert trained.kept == "new"
    assert trained.sentence.startswith("Better on 2 photos it never learnt from (")
    assert trained.card.measured.true == trained.after.true
    assert "2 held-out photos" in trained.card.measured.on
    opened = open_detector(str(out))
    assert opened.card.sha256 == trained.card.sha256
    json.dumps(trained.to_dict(), allow_nan=False)


def test_no_photo_is_both_learnt_and_held_out(boxes):
    drawn = job.read_box_folder(boxes)
    for seed in range(3):
        learnt, held_out, _ = job._split(drawn, DetectorPlan(boxes=boxes, seed=seed))
        both = [one.image.tobytes() for one in (*learnt, *held_out)]
        assert (len(learnt), len(held_out), len(set(both))) == (6, 2, 8)


def test_too_little_to_learn_from_is_told(boxes, tmp_path):
    with pytest.raises(CannotTrain, match="nothing to learn from. Give --boxes FOLDER or"):
        train_detector(DetectorPlan(), tmp_path / "x.onnx")
    few = tmp_path / "few"
    few.mkdir()
    for name in ("0.png", "0.bboxes.tsv"):
        (few / name).write_bytes((boxes / name).read_bytes())
    with pytest.raises(CannotTrain, match="1 usable photos with boxes, at least 6 are needed"):
        train_detector(DetectorPlan(boxes=few), tmp_path / "x.onnx")


def test_the_shell_measures_a_detector_and_keeps_it_beside_the_file(boxes, shell, tmp_path):
    path = tmp_path / "copy.onnx"
    path.write_bytes((FOLDER / GRAPH).read_bytes())
    code, out, _ = shell("detector", "check", path, "--boxes", boxes, "--json", "-q")
    assert code == 0
    told = json.loads(out)
    assert told["photos"] == 8
    assert told["ap50"] > 0.5
    assert told["precision"] == pytest.approx(told["right"] / told["found_at_score"])
    assert len(told["problems"]) == 8
    assert "bboxes.tsv box has 3 values, 4 are needed. Correct or remove it." in told["problems"][0]
    assert told["stored"] == str(measured_path(path))
    on = f"8 photos of {boxes.name}, score chosen there"
    assert PyramidDetector.open(path).card.measured.on == on


def test_the_shell_tells_mistakes_in_one_line(refused, boxes, tmp_path):
    told = refused("detector", "check", "embedded", "--boxes", "nowhere")
    assert "folder 'nowhere' does not exist. Give the folder of the boxes." in told
    told = refused("detector", "check", "embedded", "--boxes", boxes, "--score", "7")
    assert "a score of 7 is impossible. Use 0 to 1." in told
    told = refused("detector", "train", "--scenes", "9", "--out", tmp_path / "mine")
    assert "a detector cannot be called 'mine'. End its name in .onnx." in told
    told = refused("detector", "train", "--out", tmp_path / "x.onnx")
    assert "there is nothing to learn from. Give --boxes FOLDER or --scenes N." in told
