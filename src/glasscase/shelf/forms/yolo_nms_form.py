"""YOLO exports that suppress doubles themselves: a row is a box, its score and its class.

Published: Wang, Chen, Liu and others 2024, arXiv:2405.14458 (v10, one-to-one head: [1, 300, 6] of
left, top, right, bottom, score, class), the same of Ultralytics with `nms=True` or an end-to-end
head; WongKinYiu/yolov7 `export.py --end2end`: [n, 7] of photo, left, top, right, bottom, class,
score.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.forms.detector_form import DetectorForm, Signature, columns, first_of_rank
from glasscase.shelf.forms.photo_view import Preparation
from glasscase.shelf.forms.raw_boxes import RawBoxes


def _fits_10(signature: Signature) -> bool:
    shape = signature.only
    known = {signature.cells(), 3 * signature.cells()}
    return len(shape) == 2 and shape[1] == 6 and shape[0] not in known and not _other(signature)


def _other(signature: Signature) -> bool:
    return signature.says("rtdetr") or signature.says("rt-detr")


def _read_10(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    del signature
    table = columns(first_of_rank(answers, 3), 6)
    return RawBoxes(table[:, :4], table[:, 4], table[:, 5])


def _fits_7(signature: Signature) -> bool:
    shapes = list(signature.outputs.values())
    return len(shapes) == 1 and len(shapes[0]) == 2 and shapes[0][1] == 7


def _read_7(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    del signature
    tables = [np.asarray(answer, np.float64) for answer in answers.values() if answer.ndim == 2]
    if not tables:
        raise ValueError("no output has two axes")
    table = columns(tables[0], 7)
    return RawBoxes(table[:, 1:5], table[:, 6], table[:, 5])


YOLO10 = DetectorForm(
    "yolo10", "YOLOv10, and YOLO exports with suppression inside", Preparation(), _fits_10, _read_10
)
YOLO7_NMS = DetectorForm("yolo7-nms", "YOLOv7 exported end to end", Preparation(), _fits_7, _read_7)
