"""For each form of detector: an answer as its network gives it, and the boxes it stands for.

The boxes are computed here a second time, box by box, after each form's published way of reading
its own answers, and for the DETR family by transformers itself too (`BY_TRANSFORMERS`). Nothing of
`glasscase` is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

SIZE = (192, 256)
"""Height and width of the networks' input: not square, so that swapped sides are seen."""
PHOTO_PX = (301, 523)
NAMES = ("bottle", "can", "box")

Found = list[tuple[float, float, float, float, float, int]]
"""Left, top, right, bottom in pixels of the photo, score, class."""
Answer = dict[str, np.ndarray]


@dataclass(frozen=True)
class Golden:
    """One form."""

    form: str
    answer: Answer
    reference: Callable[[Answer, float], Found]
    chosen: bool = False
    """Whether the form must be given because its file looks like another's."""
    file: dict[str, Any] = field(default_factory=dict)
    """How its file differs from the usual (see `detector_files.write_detector`)."""


def goldens() -> list[Golden]:
    """All forms."""
    named = {"metadata": {"names": str(dict(enumerate(NAMES))), "stride": "32"}}
    rtdetr = {"metadata": {"description": "Ultralytics RT-DETR-l model", **named["metadata"]}}
    ours = {"metadata": {"glasscase.form": "pyramid"}}
    with_masks = table(18, CELLS, 4 + 3 + 4, anything=False)
    masks = table(1, 3 * CELLS, 5 + 3 + 4)
    return [
        Golden("yolo5", {"output0": table(2, 3 * CELLS, 8)}, yolo5, file=named),
        Golden("yolo5", {"output0": masks}, yolo5, file=named),
        Golden("yolo5", {"out": table(20, CELLS, 8)}, yolo5, chosen=True),
        Golden("yolo5-raw", grids(3, 8), lambda a, s: raw(a, s, ANCHORS_5), chosen=True),
        Golden("yolo7-raw", grids(4, 8), lambda a, s: raw(a, s, ANCHORS_7), chosen=True),
        Golden("yolo7-nms", {"output": rows_of_7(5)}, yolo7_nms, file={"open_shapes": True}),
        Golden("yolo8", {"output0": turned(table(6, CELLS, 7, anything=False))}, yolo8, file=named),
        Golden("yolo8", {"output0": turned(table(7, CELLS, 5, anything=False))}, yolo8),
        Golden("yolo8", {"output0": turned(with_masks), "output1": MASKS}, yolo8, file=named),
        Golden("yolo10", {"output0": rows_of_6(8)}, yolo10, file=named),
        Golden("yolox", {"output": cells(9, 8)}, yolox),
        Golden("yolox-decoded", {"output": table(10, CELLS, 8)}, yolox_decoded, chosen=True),
        Golden("rtdetr", sized(11), rtdetr_sized, file={"sized": True}),
        Golden("dfine", sized(12), dfine_sized, chosen=True, file={"sized": True}),
        Golden("rtdetr-ultralytics", {"output0": shares(13, 7)}, ultralytics, file=rtdetr),
        Golden("rtdetr-logits", logits(14, 300, 80), focal),
        Golden("detr", logits(15, 100, 4), softmax, file={"masked": True}),
        Golden("rfdetr", dets(16), rfdetr),
        Golden("glasscase", pyramid(17), own, file=ours),
    ]


# --- answers of networks -------------------------------------------------------------------------

STRIDES = (8, 16, 32)
CELLS = sum((SIZE[0] // s) * (SIZE[1] // s) for s in STRIDES)
MASKS = np.zeros((1, 4, 48, 64), np.float32)
ANCHORS_5 = [
    [(10, 13), (16, 30), (33, 23)],
    [(30, 61), (62, 45), (59, 119)],
    [(116, 90), (156, 198), (373, 326)],
]
ANCHORS_7 = [
    [(12, 16), (19, 36), (40, 28)],
    [(36, 75), (76, 55), (72, 146)],
    [(142, 110), (192, 243), (459, 401)],
]


def table(seed: int, count: int, wide: int, *, anything: bool = True) -> np.ndarray:
    """[1, count, wide] of centre, size in pixels of the input, and shares; few are sure."""
    draw = np.random.default_rng(seed)
    rows = draw.uniform(0, 1, (count, wide)) ** 0.5
    rows[:, :2] = draw.uniform(0, 1, (count, 2)) * (SIZE[1], SIZE[0])
    rows[:, 2:4] = draw.uniform(10, 60, (count, 2))
    rows[:, 4 : 5 if anything else wide] *= draw.uniform(0, 1, (count, 1)) < 0.06
    return rows[None].astype(np.float32)


def turned(answer: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(answer.transpose(0, 2, 1))


def grids(seed: int, wide: int) -> Answer:
    draw = np.random.default_rng(seed)
    answer = {}
    for i, stride in enumerate(STRIDES):
        shape = (1, 3, SIZE[0] // stride, SIZE[1] // stride, wide)
        grid = draw.normal(0, 1.5, shape)
        grid[..., 4] -= 3
        answer[f"grid{i}"] = grid.astype(np.float32)
    return answer


def cells(seed: int, wide: int) -> np.ndarray:
    answer = table(seed, CELLS, wide)
    answer[..., :4] = np.random.default_rng(seed).normal(0, 0.8, answer[..., :4].shape)
    return answer


def rows_of_6(seed: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    start = draw.uniform(-5, 200, (300, 2))
    rows = np.concatenate(
        [start, start + draw.uniform(5, 60, (300, 2)), draw.uniform(0, 1, (300, 2))], axis=1
    )
    rows[:, 5] = draw.integers(0, 3, 300)
    return rows[None].astype(np.float32)


def rows_of_7(seed: int) -> np.ndarray:
    six = rows_of_6(seed)[0, :80]
    return np.concatenate([np.zeros((80, 1), np.float32), six[:, :4], six[:, [5, 4]]], axis=1)


def centres(draw: np.random.Generator, count: int) -> np.ndarray:
    return np.concatenate(
        [draw.uniform(0.05, 0.95, (count, 2)), draw.uniform(0.05, 0.3, (count, 2))], axis=1
    )


def shares(seed: int, wide: int) -> np.ndarray:
    draw = np.random.default_rng(seed)
    rows = np.concatenate([centres(draw, 300), draw.uniform(0, 1, (300, wide - 4)) ** 4], axis=1)
    return rows[None].astype(np.float32)


def logits(seed: int, count: int, classes: int) -> Answer:
    draw = np.random.default_rng(seed)
    return {
        "logits": draw.normal(-5, 1.9 if classes > 9 else 4, (1, count, classes)).astype(
            np.float32
        ),
        "pred_boxes": centres(draw, count)[None].astype(np.float32),
    }


def dets(seed: int) -> Answer:
    made = logits(seed, 300, 91)
    return {"dets": made["pred_boxes"], "labels": made["logits"]}


def pyramid(seed: int) -> Answer:
    rows = rows_of_6(seed)
    return {"scores": rows[..., 4], "corners": rows[..., :4]}


def sized(seed: int) -> Answer:
    """Corners are shares here: the network's last step multiplies them by the size it is told."""
    draw = np.random.default_rng(seed)
    middle = centres(draw, 300)
    corners = np.concatenate(
        [middle[:, :2] - middle[:, 2:] / 2, middle[:, :2] + middle[:, 2:] / 2], axis=1
    )
    return {
        "labels": draw.integers(0, 80, (1, 300)),
        "boxes": corners[None].astype(np.float32),
        "scores": draw.uniform(0, 1, (1, 300)).astype(np.float32),
    }


SIZED = ("boxes", "scores", "labels")

# --- the published way of reading them -----------------------------------------------------------


def without_letterbox(found: Found) -> Found:
    """ultralytics `utils/ops.py` scale_boxes: less the margin, divided by the gain, clipped."""
    (height, width), (rows, across) = SIZE, PHOTO_PX
    gain = min(height / rows, width / across)
    left = round((width - round(across * gain)) / 2 - 0.1)
    top = round((height - round(rows * gain)) / 2 - 0.1)
    return [
        ((x1 - left) / gain, (y1 - top) / gain, (x2 - left) / gain, (y2 - top) / gain, s, c)
        for x1, y1, x2, y2, s, c in found
    ]


def cornered(x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
    return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def objectness(rows: Any, score: float) -> Found:
    """yolov5 `utils/general.py` non_max_suppression: conf = obj_conf * cls_conf."""
    found = []
    for row in rows:
        sure = [float(row[4]) * float(one) for one in row[5:8]]
        if max(sure) >= score:
            found.append((*cornered(*map(float, row[:4])), max(sure), sure.index(max(sure))))
    return found


def yolo5(answer: Answer, score: float) -> Found:
    return without_letterbox(objectness(next(iter(answer.values()))[0], score))


def raw(answer: Answer, score: float, anchors: Any) -> Found:
    """yolov5 `models/yolo.py` Detect.forward: (2 s - 0.5 + grid) stride and (2 s)^2 anchor."""
    rows = []
    for grid, stride, sizes in zip(answer.values(), STRIDES, anchors, strict=True):
        for anchor, (wide, high) in enumerate(sizes):
            for y in range(SIZE[0] // stride):
                for x in range(SIZE[1] // stride):
                    s = [1 / (1 + math.exp(-float(v))) for v in grid[0, anchor, y, x]]
                    centre = [(2 * s[0] - 0.5 + x) * stride, (2 * s[1] - 0.5 + y) * stride]
                    rows.append([*centre, (2 * s[2]) ** 2 * wide, (2 * s[3]) ** 2 * high, *s[4:]])
    return without_letterbox(objectness(rows, score))


def yolo7_nms(answer: Answer, score: float) -> Found:
    """yolov7 `models/experimental.py` ONNX_ORT: photo, left, top, right, bottom, class, score."""
    rows = next(iter(answer.values()))
    return without_letterbox(
        [(*map(float, r[1:5]), float(r[6]), int(r[5])) for r in rows if r[6] >= score]
    )


def yolo8(answer: Answer, score: float) -> Found:
    """ultralytics `utils/nms.py` non_max_suppression: [1, 4 + classes + masks, n], the best of
    (here up to three) classes."""
    found = []
    block = next(iter(answer.values()))
    for i in range(block.shape[2]):
        column = [float(v) for v in block[0, :7, i]]
        sure = max(column[4:])
        if sure >= score:
            found.append((*cornered(*column[:4]), sure, column[4:].index(sure)))
    return without_letterbox(found)


def yolo10(answer: Answer, score: float) -> Found:
    """THU-MIG/yolov10: rows are left, top, right, bottom, score, class."""
    (block,) = answer.values()
    return without_letterbox(
        [(*map(float, r[:4]), float(r[4]), int(r[5])) for r in block[0] if r[4] >= score]
    )


def yolox(answer: Answer, score: float) -> Found:
    """YOLOX `utils/demo_utils.py` demo_postprocess, then divided by the ratio."""
    (block,) = answer.values()
    rows, i = [], 0
    for stride in STRIDES:
        for y in range(SIZE[0] // stride):
            for x in range(SIZE[1] // stride):
                dx, dy, dw, dh = (float(v) for v in block[0, i, :4])
                size = (math.exp(dw) * stride, math.exp(dh) * stride)
                rows.append([(dx + x) * stride, (dy + y) * stride, *size, *block[0, i, 4:]])
                i += 1
    return by_ratio(objectness(rows, score))


def yolox_decoded(answer: Answer, score: float) -> Found:
    return by_ratio(objectness(next(iter(answer.values()))[0], score))


def by_ratio(found: Found) -> Found:
    ratio = min(SIZE[0] / PHOTO_PX[0], SIZE[1] / PHOTO_PX[1])
    return [(a / ratio, b / ratio, c / ratio, d / ratio, s, k) for a, b, c, d, s, k in found]


def rtdetr_sized(answer: Answer, score: float) -> Found:
    """lyuwenyu/RT-DETR `references/deploy/rtdetrv2_onnxruntime.py`: told the photo's own size, the
    network's corners are pixels of the photo."""
    rows, across = PHOTO_PX
    found = []
    for box, sure, kind in zip(*(answer[name][0] for name in SIZED), strict=True):
        edges = (box[0] * across, box[1] * rows, box[2] * across, box[3] * rows)
        if sure >= score:
            found.append((*map(float, edges), float(sure), int(kind)))
    return found


def dfine_sized(answer: Answer, score: float) -> Found:
    """Peterande/D-FINE `tools/inference/onnx_inf.py`: told the padded size; less the margin,
    divided by the ratio."""
    (height, width), (rows, across) = SIZE, PHOTO_PX
    ratio = min(height / rows, width / across)
    left, top = (width - int(across * ratio)) // 2, (height - int(rows * ratio)) // 2
    found = []
    for box, sure, kind in zip(*(answer[name][0] for name in SIZED), strict=True):
        x1, y1, x2, y2 = (box * (width, height, width, height)).tolist()
        edges = ((x1 - left) / ratio, (y1 - top) / ratio, (x2 - left) / ratio, (y2 - top) / ratio)
        if sure >= score:
            found.append((*edges, float(sure), int(kind)))
    return found


def ultralytics(answer: Answer, score: float) -> Found:
    """ultralytics `models/rtdetr/predict.py`: shares times the photo's sides, the best class."""
    (block,) = answer.values()
    rows, across = PHOTO_PX
    found = []
    for row in block[0]:
        x1, y1, x2, y2 = cornered(*map(float, row[:4]))
        sure = [float(v) for v in row[4:]]
        if max(sure) >= score:
            edges = (x1 * across, y1 * rows, x2 * across, y2 * rows)
            found.append((*edges, max(sure), sure.index(max(sure))))
    return found


def rfdetr(answer: Answer, score: float) -> Found:
    """roboflow/rf-detr `models/lwdetr.py` PostProcess: the best 300 of all sigmoids, box by
    index // classes, class by index % classes."""
    boxes, table_ = answer["dets"][0], answer["labels"][0]
    sure = 1 / (1 + np.exp(-table_.astype(np.float64)))
    rows, across = PHOTO_PX
    found = []
    for place in np.argsort(-sure.reshape(-1), kind="stable")[:300]:
        query, kind = divmod(int(place), table_.shape[1])
        if sure[query, kind] >= score:
            x1, y1, x2, y2 = cornered(*map(float, boxes[query]))
            found.append((x1 * across, y1 * rows, x2 * across, y2 * rows, sure[query, kind], kind))
    return found


def focal(answer: Answer, score: float) -> Found:
    """lyuwenyu/RT-DETR `rtdetr_postprocessor.py`, use_focal_loss: the same."""
    return rfdetr({"dets": answer["pred_boxes"], "labels": answer["logits"]}, score)


def softmax(answer: Answer, score: float) -> Found:
    """facebookresearch/detr `models/detr.py` PostProcess: softmax, the last class is nothing."""
    rows, across = PHOTO_PX
    found = []
    for box, line in zip(answer["pred_boxes"][0], answer["logits"][0].tolist(), strict=True):
        powers = [math.exp(v) for v in line]
        sure = max(powers[:-1]) / sum(powers)
        if sure >= score:
            x1, y1, x2, y2 = cornered(*map(float, box))
            edges = (x1 * across, y1 * rows, x2 * across, y2 * rows)
            found.append((*edges, sure, powers.index(max(powers[:-1]))))
    return found


def focal_of_transformers(answer: Answer, score: float) -> Found:
    """transformers `RTDetrImageProcessor`, which D-FINE uses too."""
    from transformers.models.rt_detr.image_processing_rt_detr import RTDetrImageProcessor

    return by_transformers(RTDetrImageProcessor(), answer, score)


def softmax_of_transformers(answer: Answer, score: float) -> Found:
    """transformers `DetrImageProcessor`."""
    from transformers.models.detr.image_processing_detr import DetrImageProcessor

    return by_transformers(DetrImageProcessor(), answer, score)


BY_TRANSFORMERS = {"rtdetr-logits": focal_of_transformers, "detr": softmax_of_transformers}


def by_transformers(processor: Any, answer: Answer, score: float) -> Found:
    import torch

    outputs = SimpleNamespace(**{name: torch.from_numpy(one) for name, one in answer.items()})
    (found,) = processor.post_process_object_detection(
        outputs, threshold=score, target_sizes=[PHOTO_PX]
    )
    columns = (found[name].tolist() for name in ("boxes", "scores", "labels"))
    return [(*box, sure, kind) for box, sure, kind in zip(*columns, strict=True)]


def own(answer: Answer, score: float) -> Found:
    """Corners in pixels of the letterbox, one class."""
    pairs = zip(answer["corners"][0], answer["scores"][0], strict=True)
    found = [(*map(float, box), float(sure), 0) for box, sure in pairs if sure >= score]
    return without_letterbox(found)


# --- what every detector here does with boxes ----------------------------------------------------


def without_doubles(found: Found) -> Found:
    """Clipped to the photo, the surest first, none that overlaps a surer one by more than half."""
    rows, across = PHOTO_PX
    kept: Found = []
    for x1, y1, x2, y2, sure, kind in sorted(found, key=lambda one: -one[4]):
        box = (max(x1, 0), max(y1, 0), min(x2, across), min(y2, rows), sure, kind)
        if box[2] > box[0] and box[3] > box[1] and all(overlap(box, k) <= 0.5 for k in kept):
            kept.append(box)
    return kept


def overlap(one: Any, other: Any) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(wide, 0) * max(high, 0)
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return float(shared / (areas - shared))
