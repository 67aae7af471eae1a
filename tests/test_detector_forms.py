"""Every form of ONNX detector is known by its file and read as its makers read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto

from detector_files import write_detector
from detector_goldens import NAMES, PHOTO_PX, SIZE, Golden, goldens, without_doubles
from glasscase.errors import BadDetector, BadSetting
from glasscase.shelf.forms.detector_form import Signature
from glasscase.shelf.forms.onnx_detector import OnnxDetector
from glasscase.shelf.forms.onnx_forms import FORMS
from glasscase.shelf.forms.photo_view import Preparation

PHOTO = np.full((*PHOTO_PX, 3), 90, np.uint8)
GOLDENS = goldens()


def opened(golden: Golden, path: Path, **options: Any) -> OnnxDetector:
    write_detector(path, golden.answer, **golden.file)
    form = golden.form if golden.chosen else None
    return OnnxDetector(path, form=form, **options)


def test_every_form_has_a_golden_answer() -> None:
    assert {golden.form for golden in GOLDENS} == set(FORMS)


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.form)
def test_boxes_are_those_of_the_forms_own_reference(golden: Golden, tmp_path: Path) -> None:
    detector = opened(golden, tmp_path / "a.onnx", score=0.4)
    boxes = detector.detect(PHOTO)
    expected = without_doubles(golden.reference(golden.answer, 0.4))
    assert detector.form.name == golden.form
    assert len(boxes) == len(expected) > 10
    np.testing.assert_allclose(boxes.corners, [one[:4] for one in expected], atol=0.01)
    np.testing.assert_allclose(boxes.scores, [one[4] for one in expected], atol=1e-5)
    if boxes.labels:
        named = [
            NAMES[one[5]] if golden.file.get("metadata") else f"class {one[5]}" for one in expected
        ]
        assert list(boxes.labels) == named
    assert (np.diff(boxes.scores) <= 0).all()


@pytest.mark.parametrize("golden", [g for g in GOLDENS if not g.chosen], ids=lambda g: g.form)
def test_a_form_is_known_where_the_file_leaves_shapes_open(golden: Golden, tmp_path: Path) -> None:
    path = tmp_path / "open.onnx"
    more = {**golden.file, "open_shapes": True, "size": ("height", "width")}
    write_detector(path, golden.answer, **more)
    detector = OnnxDetector(path, input_px=SIZE)
    assert (detector.form.name, detector.card.input_px) == (golden.form, SIZE)
    assert len(detector.detect(PHOTO)) > 5


def test_exactly_one_form_fits_what_published_exports_answer() -> None:
    """Shapes at 640 x 640 as documented by each project, COCO classes."""
    sized = {"images": (1, 3, 640, 640), "orig_target_sizes": (1, 2)}
    plain = {"images": (1, 3, 640, 640)}
    cases: list[tuple[str, Any, Any, Any]] = [
        ("yolo5", plain, {"output0": (1, 25200, 85)}, {}),
        ("yolo8", plain, {"output0": (1, 84, 8400)}, {}),
        ("yolo8", plain, {"output0": (1, 116, 8400), "output1": (1, 32, 160, 160)}, {}),
        ("yolo8", plain, {"output0": (1, 369, 8400)}, {}),
        ("yolo10", plain, {"output0": (1, 300, 6)}, {}),
        ("yolox", plain, {"output": (1, 8400, 85)}, {}),
        ("rtdetr-ultralytics", plain, {"output0": (1, 300, 84)}, {}),
        ("rtdetr-ultralytics", plain, {"output0": (1, 300, 6)}, {"description": "RTDETR-l"}),
        ("rtdetr", sized, {"labels": (1, 300), "boxes": (1, 300, 4), "scores": (1, 300)}, {}),
        ("rtdetr-logits", plain, {"logits": (1, 300, 80), "pred_boxes": (1, 300, 4)}, {}),
        ("detr", plain, {"logits": (1, 100, 92), "pred_boxes": (1, 100, 4)}, {}),
        ("rfdetr", plain, {"dets": (1, 300, 4), "labels": (1, 300, 91)}, {}),
        ("yolo7-nms", plain, {"output": (12, 7)}, {}),
    ]
    for name, inputs, outputs, metadata in cases:
        signature = Signature(inputs, outputs, (640, 640), (), metadata)
        assert [form.name for form in FORMS.values() if form.fits(signature)] == [name]


def test_classes_stride_and_licence_come_from_the_file(tmp_path: Path) -> None:
    told = {
        "names": "{0: 'Flasche', 1: 'Dose', 2: 'Karton'}",
        "license": "AGPL-3.0",
        "imgsz": "[192, 256]",
    }
    golden = next(g for g in GOLDENS if g.form == "yolo8")
    path = write_detector(
        tmp_path / "a.onnx", golden.answer, metadata=told, size=("h", "w"), open_shapes=True
    )
    card = OnnxDetector(path).card
    assert card.classes == ("Flasche", "Dose", "Karton")
    assert (card.licence, card.input_px, len(card.sha256)) == ("AGPL-3.0", (192, 256), 64)


def test_sixteen_bits_in_and_out(tmp_path: Path) -> None:
    golden = next(g for g in GOLDENS if g.form == "yolo8")
    half = {name: value.astype(np.float16) for name, value in golden.answer.items()}
    path = write_detector(tmp_path / "half.onnx", half, photo=TensorProto.FLOAT16)
    boxes = OnnxDetector(path, score=0.4).detect(PHOTO)
    single = opened(golden, tmp_path / "single.onnx", score=0.4).detect(PHOTO)
    assert abs(len(boxes) - len(single)) <= 2
    np.testing.assert_allclose(boxes.corners[0], single.corners[0], atol=0.5)


def test_a_known_form_may_be_overruled(tmp_path: Path) -> None:
    golden = next(g for g in GOLDENS if g.form == "yolox")
    path = write_detector(tmp_path / "a.onnx", golden.answer)
    assert OnnxDetector(path).form.name == "yolox"
    assert OnnxDetector(path, form="yolo5").form.name == "yolo5"
    with pytest.raises(BadSetting) as caught:
        OnnxDetector(path, form="yolo-x")
    assert str(caught.value) == (
        "there is no form of detector 'yolo-x'. Did you mean yolox, yolo8, yolo5?"
    )


def test_what_may_be_two_forms_asks_which(tmp_path: Path) -> None:
    golden = next(g for g in GOLDENS if g.form == "yolo5-raw")
    path = write_detector(tmp_path / "raw.onnx", golden.answer)
    with pytest.raises(BadDetector) as caught:
        OnnxDetector(path)
    assert str(caught.value).startswith("detector 'raw.onnx' may be yolo5-raw or yolo7-raw: inputs")
    assert str(caught.value).endswith("Say which, such as form=yolo5-raw.")


def test_letterbox_keeps_proportions_in_the_middle() -> None:
    image = np.zeros((50, 200, 3), np.uint8)
    image[:, :] = (10, 20, 30)
    tensor = Preparation().tensor(image, (100, 100))
    assert tensor.shape == (1, 3, 100, 100)
    rows = np.flatnonzero(tensor[0, 0, :, 50] != np.float32(114 / 255))
    assert (rows[0], rows[-1], len(rows)) == (37, 61, 25)
    np.testing.assert_allclose(tensor[0, :, 50, 50], np.array([10, 20, 30]) / 255, atol=1e-6)


def test_yolox_wants_blue_first_unscaled_and_in_the_corner() -> None:
    image = np.zeros((50, 200, 3), np.uint8)
    image[:, :] = (10, 20, 30)
    tensor = FORMS["yolox"].preparation.tensor(image, (100, 100))
    assert tensor[0, :, 0, 0].tolist() == [30, 20, 10]
    assert tensor[0, :, 99, 99].tolist() == [114, 114, 114]


def test_rfdetr_wants_the_deviations_of_imagenet() -> None:
    image = np.full((40, 90, 3), 255, np.uint8)
    tensor = FORMS["rfdetr"].preparation.tensor(image, (64, 64))
    expected = (1 - np.array([0.485, 0.456, 0.406])) / np.array([0.229, 0.224, 0.225])
    np.testing.assert_allclose(tensor[0, :, 63, 63], expected, rtol=1e-5)


@pytest.mark.parametrize("fit", ["letterbox", "corner", "stretch"])
@pytest.mark.parametrize("photo", [(40, 300), (300, 40), (1, 4000), (64, 96)])
def test_a_box_comes_back_to_where_it_was_drawn(fit: Any, photo: tuple[int, int]) -> None:
    """A bright half of a photo, found in the tensor and brought back, is that half."""
    image = np.zeros((*photo, 3), np.uint8)
    image[:, photo[1] // 2 :] = 255
    preparation = Preparation(fit=fit, fill=0)
    bright = preparation.tensor(image, (96, 128))[0, 0] > 0.5
    columns = np.flatnonzero(bright.any(axis=0))
    rows = np.flatnonzero(bright.any(axis=1))
    edges = np.array([[columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]])
    view = preparation.view(image, (96, 128))
    back = view.to_photo(edges)[0]
    expected = [photo[1] // 2, 0, photo[1], photo[0]]
    tolerance = 1.01 / np.array([*view.scale, *view.scale])
    assert (np.abs(back - expected) <= tolerance).all()
