"""The scale a KPI is learnt in: a link that makes effects add up, and its way back."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Kind = Literal["rate", "count", "amount", "rating", "number"]
KINDS: tuple[Kind, ...] = ("rate", "count", "amount", "rating", "number")
LinkName = Literal["identity", "log1p", "logit", "log-rate"]
_FARTHEST = 700.0


@dataclass(frozen=True)
class Scale:
    """A strictly rising map between a KPI and the scale its models learn in.

    `identity`; `log1p`: log(1 + y / unit); `log-rate`: log((y + unit / 2) / exposure), the
    exposure as an offset; `logit`: of a share, drawn in from 0 and 1 by half a product
    (Smithson and Verkuilen 2006, "A Better Lemon Squeezer?", section 2).

    >>> scale = Scale("log1p")
    >>> scale.back(scale.forward(np.array([0.0, 99.0]))).round(6).tolist()
    [0.0, 99.0]
    """

    link: LinkName
    unit: float = 1.0
    count: float = 100.0
    """How many a share is drawn in by (logit)."""
    low: float | None = None
    high: float | None = None
    """What answers are kept within."""

    def forward(self, amounts: Floats, exposure: Floats | None = None) -> Floats:
        """KPI [n] -> the scale of learning [n]."""
        if self.link == "log1p":
            return np.log1p(amounts / self.unit)
        if self.link == "log-rate":
            assert exposure is not None
            return np.asarray(np.log((amounts + 0.5 * self.unit) / exposure))
        if self.link == "logit":
            inner = (amounts * (self.count - 1) + 0.5) / self.count
            return np.asarray(np.log(inner / (1 - inner)))
        return np.asarray(amounts, np.float64)

    def back(self, learnt: Floats, exposure: Floats | None = None) -> Floats:
        """The scale of learning -> KPI, of the same shape; infinities stay in their bounds."""
        values = np.clip(learnt, -_FARTHEST, _FARTHEST) if self.link != "identity" else learnt
        if self.link == "log1p":
            found = np.expm1(values) * self.unit
        elif self.link == "log-rate":
            assert exposure is not None
            found = np.exp(values) * exposure - 0.5 * self.unit
        elif self.link == "logit":
            inner = 1 / (1 + np.exp(-values))
            found = (inner * self.count - 0.5) / (self.count - 1)
        else:
            found = np.asarray(values, np.float64)
        return np.asarray(np.clip(found, self.low, self.high), np.float64)

    def effect(self, difference: float) -> str:
        """A difference in the scale of learning, as people read it.

        >>> Scale("log1p").effect(math.log(1.25)), Scale("identity").effect(-0.5)
        ('x 1.25', '-0.500')
        """
        if self.link == "identity":
            return f"{difference:+.3g}" if abs(difference) < 0.1 else f"{difference:+.3f}"
        times = math.exp(max(-_FARTHEST, min(_FARTHEST, difference)))
        return f"odds x {times:.2f}" if self.link == "logit" else f"x {times:.2f}"

    @property
    def words(self) -> str:
        """The scale in words."""
        return {
            "identity": "as it is",
            "log1p": "as its logarithm, so that effects multiply",
            "log-rate": "as its logarithm per unit of exposure, so that effects multiply",
            "logit": "as log-odds, so that effects multiply the odds",
        }[self.link]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)


def make_scale(
    kind: Kind, amounts: Floats, *, link: LinkName | None = None, offset: bool = False
) -> Scale:
    """The scale for a KPI of a kind, from its values [n] (finite), or with a given link."""
    chosen: LinkName = link or _usual(kind, offset=offset)
    low = 0.0 if kind in ("rate", "count", "amount") else None
    high = 1.0 if kind == "rate" else None
    if kind == "rating":
        low, high = float(math.floor(amounts.min())), float(math.ceil(amounts.max()))
    return Scale(chosen, _unit(kind, amounts), float(max(len(amounts), 20)), low, high)


def _usual(kind: Kind, *, offset: bool) -> LinkName:
    if kind in ("count", "amount"):
        return "log-rate" if offset else "log1p"
    return "logit" if kind == "rate" else "identity"


def _unit(kind: Kind, amounts: Floats) -> float:
    """1 for counts; for amounts a tenth of the usual one where that is small, so that a KPI in
    millions and the same in units are learnt alike."""
    above = amounts[amounts > 0]
    if kind != "amount" or not len(above) or float(np.median(above)) >= 10:
        return 1.0
    return float(np.median(above)) / 10
