"""Calibration: a probability of 0.8 is right in 80 of 100 cases, whatever a product has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glasscase.models.confidence_curve import ConfidenceCurve, fit_curve
from glasscase.models.features import MODALITIES, PATTERNS
from glasscase.models.head import Logits, Targets

_ENOUGH = 30
"""Products of a pattern from which on it has a curve of its own."""


@dataclass(frozen=True)
class HeldOut:
    """Answers of models that did not see the products they are about."""

    given: Logits
    """[n, classes], with all that the products have."""
    alone: Mapping[str, Logits] = field(default_factory=dict)
    """Modality -> [n, classes], as if the products had nothing else."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """A confidence curve for photos with text, one for text alone and one for photos alone.

    A text alone is less often right than text and photo together, and not as much less sure as it
    should be, so one curve for all is right for none.
    """

    curves: Mapping[str, ConfidenceCurve] = field(default_factory=dict)
    """By pattern (`both`, `text`, `image`). A pattern without one takes the next in this order;
    without any, logits stay as they are."""

    def temperatures(self, logits: NDArray[Any], present: NDArray[np.bool_]) -> NDArray[np.float64]:
        """What to divide each row of `logits` [n, classes] by, [n], by what is `present` [n, 2].

        1 where nothing is present: how frequent the classes are needs no correction.
        """
        found = np.ones(len(logits))
        for pattern, rows in _rows_by_pattern(present).items():
            curve = self._curve(pattern)
            if curve is not None and rows.any():
                found[rows] = curve.temperatures(logits[rows])
        return found

    def calibrated(self, logits: NDArray[Any], present: NDArray[np.bool_]) -> Logits:
        """`logits` [n, classes], each row divided by its temperature."""
        return np.asarray(logits / self.temperatures(logits, present)[:, None], np.float32)

    def describe(self) -> dict[str, float]:
        """The temperature each curve starts from, by pattern."""
        return {pattern: round(curve.temperature, 4) for pattern, curve in self.curves.items()}

    def _curve(self, pattern: str) -> ConfidenceCurve | None:
        order = (pattern, *PATTERNS)
        return next((self.curves[name] for name in order if name in self.curves), None)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {pattern: curve.to_dict() for pattern, curve in self.curves.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """The calibration that gave `values`."""
        return cls({name: ConfidenceCurve.from_dict(curve) for name, curve in values.items()})


def fit_calibration(
    held_out: HeldOut, present: NDArray[np.bool_], targets: Targets, usable: NDArray[np.bool_]
) -> Calibration:
    """Learn a curve for each pattern that at least 30 products can show.

    Where the answers to a modality `alone` are known, every product that has it shows the pattern;
    else only those that have nothing else. What is left without a curve takes that of the others.

    Args:
        held_out: answers to n products.
        present: [n, 2], which have text and which a photo.
        targets: [n], the right classes.
        usable: [n], products the model had something to go by for.
    """
    curves = {}
    for pattern, rows in _rows_by_pattern(present).items():
        logits = held_out.given
        if pattern in held_out.alone:
            logits, rows = held_out.alone[pattern], present[:, MODALITIES.index(pattern)]
        shown = rows & usable
        if shown.sum() >= _ENOUGH:
            curves[pattern] = fit_curve(logits[shown], targets[shown])
    if not curves and usable.any():
        curves["both"] = fit_curve(held_out.given[usable], targets[usable])
    return Calibration(curves)


def _rows_by_pattern(present: NDArray[np.bool_]) -> dict[str, NDArray[np.bool_]]:
    return {
        pattern: np.asarray(
            (present == [name in given for name in MODALITIES]).all(axis=1), dtype=bool
        )
        for pattern, given in PATTERNS.items()
    }
