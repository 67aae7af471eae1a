"""How good a detector is where the truth is known: average precision as COCO counts it.

Not covered: COCO's small, middle and large boxes, crowds, and classes: any box counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.shelf.boxes import Boxes
from glasscase.shelf.detector import MeasuredDetector
from glasscase.shelf.overlaps import overlaps

OVERLAPS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
"""The overlaps (IoU) from which on a box counts as right: 0.5, 0.55 ... 0.95."""
LOOK_FROM = 0.02
"""The score from which on a detector's boxes are asked for to be measured so."""
_RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class AveragePrecision:
    """Mean precision over all recalls, 0 to 1; NaN where nothing is there to be found."""

    ap50: float
    """A box is right from an overlap (IoU) of 0.5."""
    ap: float
    """The mean over overlaps of 0.5, 0.55 ... 0.95: COCO's main figure."""
    photos: int
    true: int
    found: int

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; None where there is no number."""
        return {name: None if value != value else value for name, value in asdict(self).items()}


def average_precision(found: Sequence[Boxes], true: Sequence[Boxes]) -> AveragePrecision:
    """Average precision of boxes found on some photos, whatever their classes.

    As COCO (Lin et al. 2014; pycocotools, `useCats=0`): of all photos together the surest box
    first takes the true box it overlaps most that is not taken yet; precision is made to fall
    with recall and read at 101 recalls. Without a limit of boxes a photo.

    Args:
        found: of each photo, with scores.
        true: of the same photos, in the same order.

    Raises:
        BadSetting: the lists differ in length.

    >>> true = Boxes.drawn([[0, 0, 10, 10], [20, 0, 30, 10]])
    >>> average_precision([true.pick([0])], [true]).ap50.__round__(3)
    0.505
    """
    if len(found) != len(true):
        raise BadSetting(
            f"boxes were found on {len(found)} photos and are known on {len(true)}",
            "Give both for the same photos.",
        )
    there = sum(len(one) for one in true)
    scores = np.concatenate([np.zeros(0, np.float32), *[one.scores for one in found]])
    rights = np.concatenate(
        [np.zeros((len(OVERLAPS), 0), bool)]
        + [_right(one, other) for one, other in zip(found, true, strict=True)],
        axis=1,
    )
    order = np.argsort(-scores, kind="stable")
    aps = [_area(right[order], there) for right in rights]
    return AveragePrecision(aps[0], float(np.mean(aps)), len(true), there, len(scores))


def best_score(found: Sequence[Boxes], true: Sequence[Boxes]) -> float:
    """The score from which on boxes should count so that F1 is greatest (at an overlap of 0.5).

    0.5 where nothing was found or nothing is there.
    """
    scores = np.concatenate([np.zeros(0, np.float32), *[one.scores for one in found]])
    there = sum(len(one) for one in true)
    if not len(scores) or not there:
        return 0.5
    pairs = zip(found, true, strict=True)
    right = np.concatenate([_right(one, other)[0] for one, other in pairs])
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + there)
    return float(scores[order][int(f1.argmax())])


def measured(
    found: Sequence[Boxes], true: Sequence[Boxes], *, score: float, on: str
) -> MeasuredDetector:
    """How often boxes of at least `score` are right (overlap 0.5); `on`: the photos, in words."""
    counts = []
    for one, other in zip(found, true, strict=True):
        sure = one.pick(one.scores >= score)
        counts.append((int(_right(sure, other)[0].sum()), len(sure), len(other)))
    right, made, there = (sum(count[k] for count in counts) for k in range(3))
    return MeasuredDetector(right, made, there, on, float(score), tuple(counts))


def _right(found: Boxes, true: Boxes) -> NDArray[np.bool_]:
    """[overlaps, n]: which boxes of one photo are right; surest first, each true box once."""
    right = np.zeros((len(OVERLAPS), len(found)), bool)
    if not len(found) or not len(true):
        return right
    shares = overlaps(found.corners.astype(float), true.corners.astype(float))
    order = np.argsort(-found.scores, kind="stable")
    for level, least in enumerate(OVERLAPS):
        free = np.ones(len(true), bool)
        for place in order:
            fits = np.where(free, shares[place], -1.0)
            best = int(fits.argmax())
            if fits[best] >= min(least, 1 - 1e-10):
                right[level, place] = True
                free[best] = False
    return right


def _area(right: NDArray[np.bool_], there: int) -> float:
    if not there:
        return float("nan")
    hits = np.cumsum(right)
    recall = hits / there
    precision = hits / np.arange(1, len(hits) + 1)
    falling = np.maximum.accumulate(precision[::-1])[::-1] if len(hits) else precision
    at = np.searchsorted(recall, _RECALLS, side="left")
    return float(np.append(falling, 0.0)[np.minimum(at, len(falling))].mean())
