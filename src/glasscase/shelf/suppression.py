"""Several boxes on one thing become one: the surest is kept, or all of them are averaged."""

from __future__ import annotations

import numpy as np

from glasscase.shelf.boxes import Boxes
from glasscase.shelf.overlaps import overlaps


def suppressed(boxes: Boxes, iou: float = 0.5) -> Boxes:
    """Greedy non-maximum suppression, whatever the classes: surest first, doubles gone.

    A box stays if it overlaps no surer one that stayed by more than `iou` (intersection over
    union, 0 to 1). Ties go to the earlier box. Needs memory for a few rows of n numbers, never for
    n x n, and has no limit on how many stay.

    >>> boxes = Boxes.drawn([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]])
    >>> suppressed(boxes).corners[:, 0].tolist()
    [0.0, 20.0]
    """
    order = np.argsort(-boxes.scores, kind="stable")
    corners = boxes.corners[order].astype(np.float64)
    waiting = np.arange(len(order))
    kept: list[int] = []
    while len(waiting):
        first, waiting = waiting[0], waiting[1:]
        kept.append(int(order[first]))
        waiting = waiting[overlaps(corners[first], corners[waiting]) <= iou]
    return boxes.pick(np.array(kept, np.intp))


def fused(boxes: Boxes, iou: float = 0.55, *, views: int = 1) -> Boxes:
    """Weighted box fusion: boxes on one thing become their mean, weighted by score; surest first.

    Solovyev, Wang and Gabruseva 2021 (Image and Vision Computing 107, arXiv:1910.13302), section
    3: surest first, each box joins the fused box it overlaps most if by more than `iou`, which is
    then computed anew, or begins its own. The score is the mean of its boxes, times
    min(boxes, views) / views where several detectors or passes (`views`) looked at the whole photo.
    The name is that of the surest box. Whatever the classes.

    >>> boxes = Boxes.drawn([[0, 0, 10, 10], [2, 0, 12, 10], [20, 0, 30, 10]])
    >>> fused(boxes).corners[:, 0].tolist()
    [1.0, 20.0]
    """
    order = np.argsort(-boxes.scores, kind="stable")
    means = np.zeros((len(order), 4))
    sums = np.zeros((len(order), 4))
    weights, counts = np.zeros(len(order)), np.zeros(len(order), np.intp)
    firsts: list[int] = []
    for place in order:
        corners, score = boxes.corners[place].astype(np.float64), float(boxes.scores[place])
        shares = overlaps(corners, means[: len(firsts)])
        group = int(shares.argmax()) if len(shares) else 0
        if not len(shares) or shares[group] <= iou:
            group = len(firsts)
            firsts.append(int(place))
        weight = max(score, 1e-9)  # a box with a score of 0 still has a place
        sums[group] += weight * corners
        weights[group] += weight
        counts[group] += 1
        means[group] = sums[group] / weights[group]
    found = len(firsts)
    sure = weights[:found] / np.maximum(counts[:found], 1)
    sure *= np.minimum(counts[:found], views) / views
    rank = np.argsort(-sure, kind="stable")
    labels = tuple(boxes.labels[firsts[i]] for i in rank) if boxes.labels else ()
    corners = means[:found][rank].astype(np.float32)
    return Boxes(corners, sure[rank].astype(np.float32), labels)
