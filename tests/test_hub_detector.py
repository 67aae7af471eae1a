"""Detection checkpoints of transformers: loaded by its loaders, read as its pipelines read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detection_checkpoints import (
    save_deformable_detr,
    save_detr,
    save_grounding_dino,
    save_owlv2,
    save_rtdetr,
)
from detector_goldens import BY_TRANSFORMERS, goldens, without_doubles
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.errors import BadDetector, BadSetting
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.detectors import open_detector
from glasscase.shelf.hub_detector import HubDetector, checked_prompts
from glasscase.shelf.measured_file import write_measured
from glasscase.shelf.suppression import suppressed

pytestmark = pytest.mark.xdist_group("hub-detector")  # its checkpoints are made once

PHOTO = np.random.default_rng(0).integers(0, 255, (90, 130, 3), np.uint8)
SAVED = {
    "detr": save_detr,
    "deformable": save_deformable_detr,
    "rtdetr": save_rtdetr,
    "owlv2": save_owlv2,
    "dino": save_grounding_dino,
}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("detectors")
    return {name: save(root / name) for name, save in SAVED.items()}


def pipeline_boxes(task: str, folder: Path, score: float, **options: Any) -> Boxes:
    """What transformers' own pipeline finds, less doubles, surest first."""
    declare_torchvision_schemas()
    import transformers
    from PIL import Image

    ask = transformers.pipeline(task, model=str(folder))
    ask._get_bounding_box = lambda box: box.tolist()  # it would cut off what is less than a pixel
    found = ask(Image.fromarray(PHOTO), threshold=score, **options)
    corners = np.clip(np.array([one["box"] for one in found], np.float32), 0, [130, 90, 130, 90])
    scores = np.array([one["score"] for one in found], np.float32)
    whole = (corners[:, 2] > corners[:, 0]) & (corners[:, 3] > corners[:, 1])
    return suppressed(Boxes(corners, scores, tuple(one["label"] for one in found)).pick(whole))


@pytest.mark.parametrize("name", ["detr", "rtdetr"])
def test_boxes_are_those_of_the_pipeline(name: str, checkpoints: dict[str, Path]) -> None:
    boxes = HubDetector(checkpoints[name], score=0.3).detect(PHOTO)
    expected = pipeline_boxes("object-detection", checkpoints[name], 0.3)
    same(boxes, expected)
    assert boxes.labels == expected.labels


def test_owlv2_finds_what_the_pipeline_finds(checkpoints: dict[str, Path]) -> None:
    detector = HubDetector(checkpoints["owlv2"], score=0.3, prompts="product. bottle.")
    expected = pipeline_boxes(
        "zero-shot-object-detection",
        checkpoints["owlv2"],
        0.3,
        candidate_labels=["product", "bottle"],
    )
    boxes = detector.detect(PHOTO)
    same(boxes, expected)
    assert boxes.labels == expected.labels
    assert set(boxes.labels) == {"product", "bottle"}


def test_grounding_dino_finds_what_the_pipeline_finds(checkpoints: dict[str, Path]) -> None:
    detector = HubDetector(checkpoints["dino"], score=0.3, prompts=["Product"])
    expected = pipeline_boxes(
        "zero-shot-object-detection", checkpoints["dino"], 0.3, candidate_labels=["product."]
    )
    boxes = detector.detect(PHOTO)
    same(boxes, expected)
    assert len(boxes) > 10
    assert boxes.labels == (), "one prompt, one class"


def same(boxes: Boxes, expected: Boxes) -> None:
    assert len(boxes) == len(expected) > 0
    np.testing.assert_allclose(boxes.corners, expected.corners, atol=1e-3)
    np.testing.assert_allclose(boxes.scores, expected.scores, atol=1e-5)


def test_a_hundred_boxes_are_no_limit(checkpoints: dict[str, Path]) -> None:
    """The pipeline of a Deformable DETR stops at the best 100, before doubles are gone."""
    boxes = HubDetector(checkpoints["deformable"], score=0.3).detect(PHOTO)
    expected = pipeline_boxes("object-detection", checkpoints["deformable"], 0.3)
    assert len(boxes) > len(expected)
    same(boxes.pick(np.arange(len(expected))), expected)


@pytest.mark.parametrize(
    "golden", [g for g in goldens() if g.form in BY_TRANSFORMERS], ids=lambda g: g.form
)
def test_golden_boxes_are_those_of_transformers(golden: Any) -> None:
    declare_torchvision_schemas()
    plain = without_doubles(golden.reference(golden.answer, 0.4))
    theirs = without_doubles(BY_TRANSFORMERS[golden.form](golden.answer, 0.4))
    assert len(plain) == len(theirs) > 10
    np.testing.assert_allclose(np.array(plain), np.array(theirs), atol=1e-3)


def test_a_folder_is_opened_by_its_path_with_tiles_and_measurement(
    checkpoints: dict[str, Path],
) -> None:
    folder = checkpoints["rtdetr"]
    plain = open_detector(str(folder), score=0.3, tile=0)
    assert (plain.card.form, plain.card.classes) == ("hf", ("bottle", "can", "box"))
    assert plain.card.input_px == (64, 96)
    measured = MeasuredDetector(1, 2, 3, "photos", 0.45)
    path = write_measured(folder, measured, plain.card.sha256)
    try:
        assert open_detector(str(folder)).card.measured == measured
    finally:
        path.unlink()
    resized = open_detector(str(folder), score=0.3, tile=0, input_px=(96, 128))
    assert resized.card.input_px == (96, 128)
    assert not np.array_equal(resized.detect(PHOTO).corners, plain.detect(PHOTO).corners)


def test_what_is_missing_or_wrong_is_told(checkpoints: dict[str, Path], tmp_path: Path) -> None:
    cases: list[tuple[type[Exception], str, dict[str, Any], str]] = [
        (BadSetting, str(checkpoints["owlv2"]), {},
         f"detector {str(checkpoints['owlv2'])!r} finds what words say (owlv2), and there are "
         'none. Give prompts, such as "product. bottle.".'),
        (BadSetting, str(checkpoints["detr"]), {"prompts": "box"},
         f"detector {str(checkpoints['detr'])!r} (detr) has classes of its own and takes no "
         "prompts. Leave them out, or use OWLv2 or Grounding DINO."),
        (BadSetting, str(checkpoints["detr"]), {"form": "yolo8"},
         f"detector {str(checkpoints['detr'])!r} takes no form. Leave it out."),
        (BadDetector, str(tmp_path), {},
         f"folder {str(tmp_path)!r} holds no detector: there is no config.json in it. "
         "Give a folder made by save_pretrained."),
    ]  # fmt: skip
    for kind, name, options, message in cases:
        with pytest.raises(kind) as caught:
            open_detector(name, **options)
        assert str(caught.value) == message


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ("[1]", "cannot be used: it has no model_type"),
        ("{", "cannot be used: "),
        ('{"model_type": "vit"}', "holds a 'vit', which finds no boxes here. Use DETR"),
        ('{"model_type": "detr"}', "cannot be loaded: "),
    ],
)
def test_a_damaged_folder_is_told(config: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(BadDetector) as caught:
        open_detector(str(tmp_path))
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_code_that_comes_with_a_checkpoint_is_not_run(
    checkpoints: dict[str, Path], tmp_path: Path
) -> None:
    for file in checkpoints["detr"].iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config["auto_map"] = {"AutoModelForObjectDetection": "evil.Net", "AutoConfig": "evil.Config"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'owned')!r}, 'w')")
    assert len(open_detector(str(tmp_path), score=0.3).detect(PHOTO)) > 0
    assert not (tmp_path / "owned").exists()


def test_a_name_of_the_hub_is_not_fetched_unasked() -> None:
    with pytest.raises(BadDetector) as caught:
        open_detector("hf:nobody/no-such-detector")
    assert str(caught.value).startswith(
        "detector 'nobody/no-such-detector' is not on this machine; the network was not tried"
    )


def test_prompts_are_words_each_once_and_not_too_many() -> None:
    assert checked_prompts(["a  bottle.", "can. a bottle", " "]) == ("a bottle", "can")
    assert checked_prompts(()) == ()
    with pytest.raises(BadSetting) as caught:
        checked_prompts(". ".join(str(i) for i in range(101)))
    assert str(caught.value) == (
        "there are 101 prompts, the longest of 3 letters; the limits are 100 and 200. "
        "Name a few things in a word or two each."
    )
