"""YOLOv8, v9, v11 and v12: boxes in columns, a score for each class, no objectness.

Published: the export of Ultralytics (docs.ultralytics.com, modes/export: output [1, 4 + classes,
anchors]); Wang, Yeh and Liao 2024, arXiv:2402.13616 (v9); Tian, Ye and Doermann 2025,
arXiv:2502.12524 (v12).
"""

from __future__ import annotations

from typing import Any

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
from glasscase.shelf.forms.raw_boxes import RawBoxes, corners_of

SMALL_STRIDES = (4, 8, 16, 32)


def _fits(signature: Signature) -> bool:
    grids = (STRIDES, LARGE_STRIDES, SMALL_STRIDES)
    cells = {signature.cells(steps) for steps in grids}
    return len(signature.only) == 2 and signature.only[0] >= 5 and signature.only[1] in cells


def _read(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    """[1, 4 + classes, n]; rows past the classes (masks, joints) are left alone where the file
    names its classes."""
    table = columns(first_of_rank(answers, 3).T, 5)
    classes = len(signature.names) or table.shape[1] - 4
    probs = columns(table, 4 + classes)[:, 4 : 4 + classes]
    return RawBoxes.surest(corners_of(table[:, :4]), probs)


YOLO8 = DetectorForm("yolo8", "YOLOv8, v9, v11, v12", Preparation(), _fits, _read)
