"""Detectors that answer with a set of boxes: DETR, RT-DETR, D-FINE and RF-DETR.

Published: Carion and others 2020, arXiv:2005.12872 (DETR: softmax, the last class is "nothing");
Zhao and others 2023, arXiv:2304.08069 (RT-DETR), Peng and others 2024, arXiv:2410.13842 (D-FINE),
Robinson and others 2025, arXiv:2511.09554 (RF-DETR): a sigmoid for each class. Boxes are centre and
size as shares of the photo.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.shelf.forms.detector_form import (
    DetectorForm,
    Signature,
    by_option,
    columns,
    first_of_rank,
)
from glasscase.shelf.forms.photo_view import IMAGENET_MEAN, IMAGENET_STD, Preparation
from glasscase.shelf.forms.raw_boxes import RawBoxes, corners_of, sigmoid

MOST_QUERIES = 3000
_STRETCHED = Preparation(fit="stretch")
_NORMALISED = Preparation(fit="stretch", mean=IMAGENET_MEAN, std=IMAGENET_STD)
_BOXES, _LOGITS = ("dets", "pred_boxes", "boxes"), ("labels", "logits", "pred_logits", "scores")


def _pair(answers: dict[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Boxes [n, 4] and logits [n, classes], by name, else by shape."""
    tables = {name: one[0] for name, one in answers.items() if one.ndim == 3 and len(one) == 1}
    boxes = next((tables[name] for name in _BOXES if name in tables), None)
    logits = next((tables[name] for name in _LOGITS if name in tables), None)
    if boxes is None or logits is None:
        four = [name for name, one in tables.items() if one.shape[1] == 4]
        if len(tables) != 2 or not four:
            raise ValueError("its outputs are not a table of boxes and one of logits")
        boxes = tables.pop(four[0])
        logits = next(iter(tables.values()))
    if boxes.shape[1] != 4 or len(boxes) != len(logits) or not logits.shape[1]:
        raise ValueError(f"boxes {boxes.shape} and logits {logits.shape} do not fit")
    return np.asarray(boxes, np.float64), np.asarray(logits, np.float64)


def _in_pixels(boxes: NDArray[Any], signature: Signature) -> NDArray[np.float64]:
    """Centres and sizes as shares of the photo -> corners in pixels of the input."""
    height, width = signature.size
    return np.asarray(corners_of(boxes) * np.array([width, height, width, height]))


def _read_sigmoid(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    boxes, logits = _pair(answers)
    return RawBoxes.surest(_in_pixels(boxes, signature), sigmoid(logits))


def _read_softmax(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    boxes, logits = _pair(answers)
    if logits.shape[1] < 2:
        raise ValueError("there is no class beside 'nothing'")
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probs = powers / powers.sum(axis=1, keepdims=True)
    return RawBoxes.surest(_in_pixels(boxes, signature), probs[:, :-1])


def _read_shares(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    table = columns(first_of_rank(answers, 3), 5)
    return RawBoxes.surest(_in_pixels(table[:, :4], signature), table[:, 4:])


def _read_sized(answers: dict[str, NDArray[Any]], signature: Signature) -> RawBoxes:
    """labels [1, n], boxes [1, n, 4] as corners in pixels of the size it was told, scores."""
    del signature
    if {"labels", "boxes", "scores"} <= set(answers):
        labels, boxes, scores = (answers[name] for name in ("labels", "boxes", "scores"))
    elif len(answers) == 3:
        labels, boxes, scores = answers.values()
    else:
        raise ValueError(f"it has {len(answers)} outputs instead of labels, boxes and scores")
    boxes = boxes.reshape(-1, boxes.shape[-1])
    if boxes.shape[1] != 4 or not labels.size == scores.size == len(boxes):
        raise ValueError(f"labels {labels.shape}, boxes {boxes.shape}, scores {scores.shape}")
    return RawBoxes(boxes, scores.reshape(-1), labels.reshape(-1))


def _is_sized(signature: Signature) -> bool:
    wants_size = any(len(shape) == 2 and shape[-1] == 2 for shape in signature.inputs.values())
    return wants_size and {"labels", "boxes", "scores"} <= set(signature.outputs)


def _is_shares(signature: Signature) -> bool:
    shape = signature.only
    known = {signature.cells(), 3 * signature.cells()}
    if len(shape) != 2 or shape[0] in known or not 1 <= shape[0] <= MOST_QUERIES or shape[1] < 5:
        return False
    if signature.says("rtdetr") or signature.says("rt-detr"):
        return True
    # six columns without a word of who made it: suppression inside; long rows: YOLO in columns
    return len(signature.outputs) == 1 and shape[1] != 6 and shape[1] < shape[0]


def _is_rfdetr(signature: Signature) -> bool:
    return {"dets", "labels"} <= set(signature.outputs) and len(signature.outputs["labels"]) == 3


def _has_logits(signature: Signature) -> bool:
    return {"logits", "pred_boxes"} <= set(signature.outputs)


def _is_detr(signature: Signature) -> bool:
    queries = signature.outputs.get("logits", (0, 0))[1]
    return _has_logits(signature) and ("pixel_mask" in signature.inputs or queries == 100)


def _is_rtdetr_logits(signature: Signature) -> bool:
    return _has_logits(signature) and not _is_detr(signature)


RTDETR = DetectorForm(
    "rtdetr",
    "RT-DETR and D-FINE as their own scripts export them",
    _STRETCHED,
    _is_sized,
    _read_sized,
    0.5,
)
DFINE = DetectorForm(
    "dfine",
    "the same, photos on black as D-FINE's script shows them",
    Preparation(fit="letterbox", fill=0),
    by_option,
    _read_sized,
    0.5,
)
RTDETR_SHARES = DetectorForm(
    "rtdetr-ultralytics", "RT-DETR as Ultralytics exports it", _STRETCHED, _is_shares, _read_shares
)
RTDETR_LOGITS = DetectorForm(
    "rtdetr-logits",
    "RT-DETR and D-FINE as Optimum exports them",
    _STRETCHED,
    _is_rtdetr_logits,
    _read_sigmoid,
    0.5,
)
DETR = DetectorForm("detr", "DETR as Optimum exports it", _NORMALISED, _is_detr, _read_softmax, 0.5)
RFDETR = DetectorForm("rfdetr", "RF-DETR, LW-DETR", _NORMALISED, _is_rfdetr, _read_sigmoid, 0.5)
