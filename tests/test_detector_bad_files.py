"""ONNX files from anywhere: each bad one is told in one line, and nothing outside it is read."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from detector_files import save, write_detector
from glasscase.errors import BadDetector, BadPhoto, BadSetting
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.forms import onnx_file, onnx_structure
from glasscase.shelf.forms.onnx_detector import OnnxDetector
from glasscase.shelf.forms.onnx_file import OnnxFile, class_names
from glasscase.shelf.measured_file import measured_path, read_measured, write_measured

PHOTO = np.zeros((60, 80, 3), np.uint8)
SIX = np.tile(np.array([10, 10, 50, 50, 0.9, 0], np.float32), (1, 300, 1))


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(BadDetector) as caught:
        OnnxDetector(path, **options).detect(PHOTO)
    text = str(caught.value)
    assert "\n" not in text
    return text


def one_node(node: Any, *, weights: Any = (), output: int = TensorProto.FLOAT) -> Any:
    """A graph images -> node -> output0 [1, 300, 6]."""
    photo = helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, 3, 64, 64])
    answer = helper.make_tensor_value_info("output0", output, [1, 300, 6])
    nodes = node if isinstance(node, list) else [node]
    return helper.make_graph(nodes, "g", [photo], [answer], list(weights))


def test_an_unknown_form_says_what_was_seen_and_what_to_give(tmp_path: Path) -> None:
    odd = {"heat": np.zeros((1, 2, 16, 16), np.float32), "sizes": np.zeros((1, 9), np.float32)}
    path = write_detector(tmp_path / "odd.onnx", odd, size=(64, 64), metadata={"author": "me"})
    assert refusal(path) == (
        "detector 'odd.onnx' is of no known form: inputs images [1, 3, 64, 64] float, "
        "outputs heat [1, 2, 16, 16] float; sizes [1, 9] float, metadata author=me. "
        "If you know how to read it, say its form (--form, in Python form=): yolo5, yolo5-raw, "
        "yolo7-raw, yolo7-nms, yolo8, yolo10, yolox, yolox-decoded, rtdetr, dfine, "
        "rtdetr-ultralytics, rtdetr-logits, detr, rfdetr, glasscase."
    )


@pytest.mark.parametrize("form", ["yolo8", "rfdetr", "yolo5-raw"])
def test_a_wrong_form_is_refused_in_words(form: str, tmp_path: Path) -> None:
    path = write_detector(tmp_path / "a.onnx", {"x": np.zeros((1, 7), np.float32)}, size=(64, 64))
    text = refusal(path, form=form)
    assert text.startswith(f"detector 'a.onnx' cannot be read as {form}, because ")
    assert text.endswith("its outputs are x [1, 7]. Give another form=.")


def test_scores_that_are_none_show_the_wrong_form(tmp_path: Path) -> None:
    wild = SIX.copy()
    wild[..., 4] = 37
    path = write_detector(tmp_path / "a.onnx", {"x": wild}, size=(64, 64))
    assert refusal(path) == (
        "the detector answers with scores such as 37, which are not 0 to 1. "
        "It is probably of another form; give it as form=."
    )


def test_other_tasks_are_named(tmp_path: Path) -> None:
    path = write_detector(tmp_path / "a.onnx", {"x": SIX}, size=(64, 64), metadata={"task": "obb"})
    assert refusal(path) == (
        "detector 'a.onnx' was trained for turned boxes (task=obb). Give one trained to detect."
    )


def test_nan_boxes_are_left_out_and_nothing_but_nan_is_told(tmp_path: Path) -> None:
    some = SIX.copy()
    some[0, :, 0] = np.nan
    some[0, 0] = [5, 5, 30, 30, 0.8, 0]
    some[0, 1] = [5, 5, np.inf, 30, 0.9, 0]
    detector = OnnxDetector(write_detector(tmp_path / "a.onnx", {"x": some}, size=(64, 64)))
    assert len(detector.detect(PHOTO)) == 1
    nothing = np.full_like(SIX, np.nan)
    assert refusal(write_detector(tmp_path / "b.onnx", {"x": nothing}, size=(64, 64))) == (
        "the detector answers with NaN or infinity only. "
        "Export it anew; in 16 bits it may overflow, so try 32."
    )


def test_boxes_outside_the_photo_and_without_area_are_cut_or_left_out(tmp_path: Path) -> None:
    rows = np.zeros((1, 3, 6), np.float32)
    rows[0, 0] = [-500, -500, 9000, 9000, 0.9, 0]
    rows[0, 1] = [70, 5, 90, 9, 0.9, 0]
    rows[0, 2] = [30, 30, 10, 10, 0.9, 0]
    path = write_detector(tmp_path / "a.onnx", {"x": rows}, size=(64, 64))
    assert OnnxDetector(path).detect(PHOTO).corners.tolist() == [[0, 0, 80, 60]]


@pytest.mark.parametrize(
    ("location", "where"),
    [
        ("../../etc/passwd", "'../../etc/passwd', outside its folder"),
        ("/etc/passwd", "'/etc/passwd', outside its folder"),
        ("..", "'..', outside its folder"),
        ("link.bin", "'link.bin', outside its folder"),
        ("gone.bin", "'gone.bin', which is not here"),
    ],
)
def test_weights_elsewhere_are_never_read(location: str, where: str, tmp_path: Path) -> None:
    os.symlink("/etc/passwd", tmp_path / "link.bin")
    path = tmp_path / "a.onnx"
    save(path, one_node(helper.make_node("Identity", ["w"], ["output0"]), weights=[far(location)]))
    assert refusal(path).startswith(f"detector 'a.onnx' wants weights from {where}. ")


def test_weights_elsewhere_are_found_within_attributes_and_branches(tmp_path: Path) -> None:
    constant = helper.make_node("Constant", [], ["c"], value=far("/etc/shadow"))
    branch = helper.make_graph(
        [constant], "b", [], [helper.make_tensor_value_info("c", TensorProto.FLOAT, [1, 300, 6])]
    )
    yes = numpy_helper.from_array(np.array(True), "yes")
    node = helper.make_node("If", ["yes"], ["output0"], then_branch=branch, else_branch=branch)
    path = tmp_path / "a.onnx"
    save(path, one_node(node, weights=[yes]))
    assert "wants weights from '/etc/shadow', outside its folder" in refusal(path)


def test_weights_beside_it_are_used_and_belong_to_its_hash(tmp_path: Path) -> None:
    (tmp_path / "a.data").write_bytes(SIX.tobytes())
    path = tmp_path / "a.onnx"
    save(path, one_node(helper.make_node("Identity", ["w"], ["output0"]), weights=[far("a.data")]))
    detector = OnnxDetector(path)
    assert len(detector.detect(PHOTO)) == 1
    other = SIX * np.float32(0.99)
    (tmp_path / "a.data").write_bytes(other.tobytes())
    assert OnnxDetector(path).card.sha256 != detector.card.sha256


def far(location: str) -> Any:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1, 300, 6])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def test_operations_of_a_maker_are_named(tmp_path: Path) -> None:
    node = helper.make_node("EfficientNMS_TRT", ["images"], ["output0"], domain="TRT")
    path = tmp_path / "a.onnx"
    save(path, one_node(node), opsets=[helper.make_opsetid("", 17), helper.make_opsetid("TRT", 1)])
    assert refusal(path) == (
        "detector 'a.onnx' uses operations of its maker's own: TRT.EfficientNMS_TRT. "
        "Export it anew with plain ONNX operations, without plugins of TensorRT or others."
    )


def test_an_operation_nobody_knows_is_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    save(path, one_node(helper.make_node("MadeUp", ["images"], ["output0"])))
    text = refusal(path)
    assert text.startswith("detector 'a.onnx' cannot be run: ")
    assert "MadeUp" in text


def test_a_network_that_fails_on_a_photo_is_told_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shape = numpy_helper.from_array(np.array([1, 300, 6]), "shape")
    path = tmp_path / "a.onnx"
    save(
        path,
        one_node(helper.make_node("Reshape", ["images", "shape"], ["output0"]), weights=[shape]),
    )
    text = refusal(path, form="yolo10")
    assert text.startswith("detector 'a.onnx' ")
    assert capfd.readouterr().err == ""


def test_a_network_that_never_ends_is_stopped(tmp_path: Path) -> None:
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["again"]),
            helper.make_node("Add", ["v", "v"], ["w"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, [1, 300, 6]),
        ],
        [
            helper.make_tensor_value_info("again", TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, [1, 300, 6]),
        ],
    )
    weights = [
        numpy_helper.from_array(np.array(2**62), "times"),
        numpy_helper.from_array(np.array(True), "yes"),
        numpy_helper.from_array(SIX, "start"),
    ]
    path = tmp_path / "a.onnx"
    node = helper.make_node("Loop", ["times", "yes", "start"], ["output0"], body=body)
    save(path, one_node(node, weights=weights))
    file = OnnxFile(path)
    with pytest.raises(BadDetector) as caught:
        file.run({"images": np.zeros((1, 3, 64, 64), np.float32)}, seconds=0.05)
    assert str(caught.value) == (
        "detector 'a.onnx' took longer than 0.05 s for one look. "
        "Use a smaller one, or a smaller input_px."
    )


@pytest.mark.parametrize("bright", [0, 1])
def test_a_network_that_wants_all_memory_is_refused_and_ends_nothing(
    bright: int, tmp_path: Path
) -> None:
    """20 GB, asked for on every photo or on bright ones only: no look at the file tells."""
    nodes = [
        helper.make_node("ReduceMax", ["images"], ["most"], keepdims=0),
        helper.make_node("Cast", ["most"], ["whole"], to=TensorProto.INT64),
        helper.make_node("Max", ["whole", "floor"], ["factor"]),
        helper.make_node("Mul", ["factor", "many"], ["long"]),
        helper.make_node("Expand", ["most", "long"], ["large"]),
        helper.make_node("ReduceMean", ["large"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "six"], ["output0"]),
    ]
    weights = [
        numpy_helper.from_array(np.array(1 - bright), "floor"),
        numpy_helper.from_array(np.array([5_000_000_000]), "many"),
        numpy_helper.from_array(SIX, "six"),
    ]
    path = tmp_path / "a.onnx"
    save(path, one_node(nodes, weights=weights))
    file = OnnxFile(path)
    photo = np.zeros((1, 3, 64, 64), np.float32)
    if bright:
        file.run({"images": photo})
    with pytest.raises(BadDetector) as caught:
        file.run({"images": photo + 1})
    assert str(caught.value) == (
        "detector 'a.onnx' wants more memory for one look than it may have. "
        "Use a smaller one, or a smaller input_px."
    )


def test_answers_beyond_reason_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "MOST_NUMBERS", 1000)
    path = write_detector(tmp_path / "a.onnx", {"x": SIX}, size=(64, 64))
    assert "answers x with 1,800 values of type float32" in refusal(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "detector 'a.onnx' is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "detector 'a.onnx' is no ONNX file: "),
        (b"PK\x03\x04" + bytes(400), "detector 'a.onnx' is no ONNX file: "),
        (b"version https://git-lfs.github.com/spec/v1\n", "detector 'a.onnx' is no ONNX file: "),
        (b"\x3a\xff\xff\xff\xff\x0f", "detector 'a.onnx' is no ONNX file: it is cut off"),
        (b"\x08\x08", "detector 'a.onnx' is no ONNX file: it holds no operation"),
    ],
)
def test_what_is_no_onnx_file_is_told(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(content)
    assert refusal(path).startswith(reason)


def test_every_file_cut_off_is_refused_and_none_breaks_the_reader(tmp_path: Path) -> None:
    path = write_detector(tmp_path / "whole.onnx", {"x": SIX[:, :4]}, size=(64, 64))
    data = path.read_bytes()
    for end in range(1, len(data), 7):
        with contextlib.suppress(BadDetector):
            onnx_structure.read_structure(memoryview(data[:end]), "cut")


def test_too_deep_and_too_large_files_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = b""
    for _ in range(200):  # a graph within an attribute within a node within a graph ...
        for key in (0x32, 0x2A, 0x0A):
            inner = bytes([key]) + varint(len(inner)) + inner
    (tmp_path / "deep.onnx").write_bytes(b"\x3a" + varint(len(inner)) + inner)
    assert "nested or cut into pieces beyond all reason" in refusal(tmp_path / "deep.onnx")
    path = write_detector(tmp_path / "a.onnx", {"x": SIX}, size=(64, 64))
    monkeypatch.setattr(onnx_file, "MOST_BYTES", 1000)
    assert refusal(path).startswith("detector 'a.onnx' has 0.0 GB, the limit is 1e-06 GB")


def varint(number: int) -> bytes:
    data = bytearray()
    while number > 127:
        data.append(number & 127 | 128)
        number >>= 7
    return bytes([*data, number])


def test_a_missing_file_and_a_wrong_input_are_told(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.onnx") == (
        f"detector {str(tmp_path / 'none.onnx')!r} does not exist. Give a file *.onnx."
    )
    path = write_detector(tmp_path / "a.onnx", {"x": SIX}, photo=TensorProto.UINT8)
    assert refusal(path).startswith(
        "detector 'a.onnx' does not take one photo [1, 3, height, width] of numbers: inputs images "
        "[1, 3, 192, 256] uint8, outputs x [1, 300, 6] float, metadata none. Export it"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"input_px": 8}, "an input of 8 x 8 px is impossible. Use 32 to 4096."),
        (
            {"input_px": 320},
            "detector 'a.onnx' takes 192 x 256 px only, not 320 x 320. "
            "Leave input_px out, or export it with open sides.",
        ),
        ({"score": 1.5}, "a score of 1.5 is impossible. Use 0 to 1."),
        ({"score": float("nan")}, "a score of nan is impossible. Use 0 to 1."),
    ],
)
def test_impossible_options_are_refused(options: Any, message: str, tmp_path: Path) -> None:
    path = write_detector(tmp_path / "a.onnx", {"x": SIX})
    with pytest.raises(BadSetting) as caught:
        OnnxDetector(path, **options)
    assert str(caught.value) == message


def test_only_a_decoded_photo_is_looked_at(tmp_path: Path) -> None:
    detector = OnnxDetector(write_detector(tmp_path / "a.onnx", {"x": SIX}))
    for image in (np.zeros((9, 9)), np.zeros((0, 4, 3), np.uint8), np.zeros((9, 9, 4), np.uint8)):
        with pytest.raises(BadPhoto, match="instead of uint8"):
            detector.detect(image)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('["a", "b"]', ("a", "b")),
        ("{0: 'a', 1: \"b'c\"}", ("a", "b'c")),
        ('{"1": "b", "0": "a"}', ("a", "b")),
        ("__import__('os').system('touch /tmp/owned')", ()),
        ("[" * 5000, ()),
        ("{0: 1}", ()),
        ("{3: 'a'}", ()),
        ("['a\\x1b[31m']", ("a[31m",)),
        ("", ()),
    ],
)
def test_names_are_read_and_never_run(text: str, names: tuple[str, ...]) -> None:
    assert class_names(text) == names


def test_a_measurement_beside_the_file_is_on_its_card(tmp_path: Path) -> None:
    rows = SIX.copy()
    rows[..., 4] = 0.3
    path = write_detector(tmp_path / "a.onnx", {"x": rows})
    bare = OnnxDetector(path)
    assert bare.card.measured is None
    assert len(bare.detect(PHOTO)) == 1
    measured = MeasuredDetector(80, 100, 90, "40 photos", 0.35, ((40, 50, 45), (40, 50, 45)))
    assert write_measured(path, measured, bare.card.sha256) == tmp_path / "a.onnx.measured.json"
    again = OnnxDetector(path)
    assert again.card.measured == measured
    assert len(again.detect(PHOTO)) == 0, "its score is the one it was measured at"
    assert len(OnnxDetector(path, score=0.1).detect(PHOTO)) == 1
    assert read_measured(path, "another file") is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"right": 101}, "more boxes are right than were found or are there"),
        ({"found": -1}, "found is no count"),
        ({"true": 2.5}, "true is no count"),
        ({"score": float("nan")}, "score is not 0 to 1"),
        ({"on": None, "right": None}, "right is no count"),
        ({"photos": [[1, 2]]}, "not enough values to unpack (expected 3, got 2)"),
    ],
)
def test_a_damaged_measurement_is_told(change: Any, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    good = {"right": 80, "found": 100, "true": 90, "on": "here", "score": 0.3}
    measured_path(path).write_text(json.dumps({**good, **change}))
    with pytest.raises(BadDetector) as caught:
        read_measured(path, "")
    assert str(caught.value) == (
        f"measurement {str(measured_path(path))!r} cannot be used: {reason}. "
        "Measure again with glasscase detector check, or delete it."
    )


def test_metadata_that_are_no_text_are_told_in_a_line(tmp_path: Path) -> None:
    path = write_detector(
        tmp_path / "a.onnx", {"output0": SIX}, size=(64, 64), metadata={"author": "QQQQ"}
    )
    path.write_bytes(path.read_bytes().replace(b"QQQQ", b"\xff\xfeQQ"))
    said = "detector 'a.onnx' has names or metadata that are no UTF-8 text. Export it anew."
    assert refusal(path) == said


def test_counts_of_a_photo_that_cannot_be_are_told(tmp_path: Path) -> None:
    told = {"right": 1, "found": 2, "true": 2, "on": "x", "score": 0.5, "photos": [[9, 1, 1]]}
    measured_path(tmp_path / "a.onnx").write_text(json.dumps(told))
    with pytest.raises(BadDetector, match="on a photo more boxes are right than were found"):
        read_measured(tmp_path / "a.onnx", "")
