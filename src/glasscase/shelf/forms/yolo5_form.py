"""YOLOv5 and YOLOv7: boxes with a score of there being anything, and one of each class.

Published: ultralytics/yolov5 (release 7.0, `models/yolo.py` Detect and `utils/general.py`
non_max_suppression) and WongKinYiu/yolov7 (`models/yolo.py` IDetect); Wang, Bochkovskiy and Liao
2022, arXiv:2207.02696. YOLOv6 answers with the same columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.forms.detector_form import (
    LARGE_STRIDES,
    STRIDES,
    DetectorForm,
    Signature,
    columns,
    first_of_rank,
)
from glasscase.shelf.forms.photo_view import Preparation
from glasscase.shelf.forms.raw_boxes import RawBoxes, corners_of, sigmoid

Anchors = tuple[tuple[tuple[float, float], ...], ...]
ANCHORS_5: Anchors = (
    ((10, 13), (16, 30), (33, 23)),
    ((30, 61), (62, 45), (59, 119)),
    ((116, 90), (156, 198), (373, 326)),
)
"""Width and height in pixels for strides 8, 16 and 32: YOLOv5 n to x, as published for COCO."""
ANCHORS_7: Anchors = (
    ((12, 16), (19, 36), (40, 28)),
    ((36, 75), (76, 55), (72, 146)),
    ((142, 110), (192, 243), (459, 401)),
)
"""The same of YOLOv7 and YOLOv7-X; YOLOv7-tiny has those of YOLOv5."""


def with_objectness(table: NDArray[Any], signature: Signature) -> RawBoxes:
    """[n, 5 + classes] of centre, size, objectness and classes: the score is their product.

    Columns past the classes, such as those of masks, are left alone where the file names them.
    """
    table = columns(table, 6)
    classes = len(signature.names) or table.shape[1] - 5
    probs = columns(table, 5 + classes)[:, 5 : 5 + classes] * table[:, 4:5]
    return RawBoxes.surest(corners_of(table[:, :4]), probs)


def _read(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    return with_objectness(first_of_rank(answers, 3), signature)


def _fits(signature: Signature) -> bool:
    if len(signature.only) != 2 or signature.only[1] < 6:
        return False
    return signature.only[0] in {
        3 * signature.cells(steps) for steps in (STRIDES, LARGE_STRIDES, (16, 32))
    }


def _decoded(answers: dict[str, NDArray[Any]], signature: Signature, anchors: Anchors) -> RawBoxes:
    """Grids before their decoding: three outputs [1, 3, rows, columns, 5 + classes] of logits.

    Centre (2 s - 0.5 + cell) stride, size (2 s)^2 anchor, where s is the sigmoid.
    """
    grids = [answer[0] for answer in answers.values() if answer.ndim == 5]
    if len(grids) != len(anchors):
        raise ValueError(f"{len(grids)} outputs have five axes instead of {len(anchors)}")
    tables = []
    for grid, sizes in zip(sorted(grids, key=lambda one: -one.shape[1]), anchors, strict=True):
        if len(grid) != len(sizes) or grid.shape[-1] < 6:
            raise ValueError(f"a grid has the shape {grid.shape}")
        down, across = grid.shape[1:3]
        stride = np.array([signature.size[1] / across, signature.size[0] / down])
        cells = np.stack(np.meshgrid(np.arange(across), np.arange(down)), axis=-1)
        shares = sigmoid(grid)
        shares[..., :2] = (2 * shares[..., :2] - 0.5 + cells) * stride
        shares[..., 2:4] = (2 * shares[..., 2:4]) ** 2 * np.array(sizes)[:, None, None]
        tables.append(shares.reshape(-1, grid.shape[-1]))
    return with_objectness(np.concatenate(tables), signature)


def _decoded_5(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    return _decoded(answers, signature, ANCHORS_5)


def _decoded_7(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    return _decoded(answers, signature, ANCHORS_7)


def _fits_raw(signature: Signature) -> bool:
    grids = [shape for shape in signature.outputs.values() if len(shape) == 5]
    return len(grids) == len(signature.outputs) == 3 and all(shape[1] == 3 for shape in grids)


YOLO5 = DetectorForm(
    "yolo5", "YOLOv5, YOLOv7 with its grid, YOLOv6 by option", Preparation(), _fits, _read
)
YOLO5_RAW = DetectorForm(
    "yolo5-raw", "YOLOv5 or YOLOv7-tiny without its grid", Preparation(), _fits_raw, _decoded_5
)
YOLO7_RAW = DetectorForm(
    "yolo7-raw", "YOLOv7 or YOLOv7-X without its grid", Preparation(), _fits_raw, _decoded_7
)
