"""YOLOX: no anchors; cells are decoded by who reads the answer.

Published: Ge, Liu, Wang, Li and Sun 2021, arXiv:2107.08430; Megvii-BaseDetection/YOLOX,
`yolox/utils/demo_utils.py` demo_postprocess and `yolox/data/data_augment.py` preproc (blue, green,
red, 0 to 255, upper left corner). Not covered: the first release, 0.1.0, which normalised photos.
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
    by_option,
    columns,
    first_of_rank,
)
from glasscase.shelf.forms.photo_view import Preparation
from glasscase.shelf.forms.raw_boxes import RawBoxes
from glasscase.shelf.forms.yolo5_form import with_objectness

_PREPARATION = Preparation(fit="corner", bgr=True, scale=1.0)


def _fits(signature: Signature) -> bool:
    cells = {signature.cells(steps) for steps in (STRIDES, LARGE_STRIDES)}
    return len(signature.only) == 2 and signature.only[0] in cells and signature.only[1] >= 6


def _read(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    """Centre (x + cell) stride, size e^x stride; objectness and classes are shares already."""
    table = columns(first_of_rank(answers, 3), 6)
    strides = next(
        (steps for steps in (STRIDES, LARGE_STRIDES) if signature.cells(steps) == len(table)), None
    )
    if strides is None:
        raise ValueError(f"{len(table)} boxes are no cells of strides 8, 16 and 32")
    cells, steps = _cells(signature.size, strides)
    table[:, :2] = (table[:, :2] + cells) * steps
    table[:, 2:4] = np.exp(np.minimum(table[:, 2:4], 30)) * steps
    return with_objectness(table, signature)


def _cells(
    size: tuple[int, int], strides: tuple[int, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Place [n, 2] of every cell in its grid, row by row, grid by grid; and its stride [n, 1]."""
    places, steps = [], []
    for stride in strides:
        down, across = size[0] // stride, size[1] // stride
        grid = np.stack(np.meshgrid(np.arange(across), np.arange(down)), axis=-1).reshape(-1, 2)
        places.append(grid.astype(np.float64))
        steps.append(np.full((len(grid), 1), float(stride)))
    return np.concatenate(places), np.concatenate(steps)


def _read_decoded(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    return with_objectness(first_of_rank(answers, 3), signature)


YOLOX = DetectorForm("yolox", "YOLOX as its own script exports it", _PREPARATION, _fits, _read, 0.3)
YOLOX_DECODED = DetectorForm(
    "yolox-decoded",
    "YOLOX exported with decode_in_inference",
    _PREPARATION,
    by_option,
    _read_decoded,
    0.3,
)
