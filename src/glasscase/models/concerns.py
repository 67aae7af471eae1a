"""What about a product itself speaks against taking its answer, in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glasscase.models.deciding import Concern
from glasscase.models.prediction import Prediction
from glasscase.settings import DecisionSettings


def unknown_kinds(
    p_values: NDArray[np.float64], settings: DecisionSettings
) -> list[tuple[Concern, ...]]:
    """The concern that a product is of no known kind, for each of `p_values` [n]; NaN: none.

    >>> [one] = unknown_kinds(np.array([0.0012]), DecisionSettings())
    >>> one[0].reason.partition(":")[0]
    'It is unlike every product the model was trained on'
    """
    return [
        (Concern("abstain", _unlike(p)),) if p <= settings.unknown_at else ()
        for p in p_values.tolist()
    ]


def joined(*parts: Sequence[tuple[Concern, ...]]) -> list[tuple[Concern, ...]]:
    """The concerns of each product [n], of several lists of such concerns."""
    return [tuple(one for some in those for one in some) for those in zip(*parts, strict=True)]


def with_unknown(
    predictions: Sequence[Prediction], p_values: NDArray[np.float64]
) -> list[Prediction]:
    """The predictions [n], each with its p-value [n] of being of a known kind."""
    return [
        one if math.isnan(p) else replace(one, unknown=p)
        for one, p in zip(predictions, p_values.tolist(), strict=True)
    ]


def _unlike(p: float) -> str:
    return (
        "It is unlike every product the model was trained on: of those, at most 1 in "
        f"{math.floor(1 / p + 1e-9)} is so far from the others (decision.unknown_at)."
    )
