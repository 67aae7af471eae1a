"""Brands a model has never seen: accuracy on each, trained with and without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from glasscase.evaluation.metrics import Ints, Mask
from glasscase.evaluation.seen import share
from glasscase.intervals import (
    Difference,
    Interval,
    paired_accuracy_difference,
)


@dataclass(frozen=True)
class LeftOut:
    """One brand, or all of them together."""

    name: str
    products: int
    """Products judged both times."""
    known: Interval
    """Accuracy where other products of the brand were trained on (held-out folds)."""
    unknown: Interval
    """Accuracy on the same products where none was."""
    fall: Difference
    """Known less unknown, paired; above 0 the brand itself was leant on."""
    lost: int = 0
    """Products left out of it, for no other brand has their category."""

    @classmethod
    def of(cls, name: str, known: Mask, unknown: Mask, groups: Ints, lost: int = 0) -> LeftOut:
        """Of right answers [n] with and without the brand, n at least 1."""
        fall = paired_accuracy_difference(known, unknown, groups=groups.tolist())
        return cls(name, len(known), share(known, groups), share(unknown, groups), fall, lost)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "name": self.name,
            "products": self.products,
            "known": self.known.to_dict(),
            "unknown": self.unknown.to_dict(),
            "fall": self.fall.to_dict(),
            "lost": self.lost,
        }


@dataclass(frozen=True)
class BrandsLeftOut:
    """The biggest brands, each left out of training once."""

    brands: tuple[LeftOut, ...]
    """The deepest fall first."""
    together: LeftOut
    model: str
    """What was trained, in words."""

    @property
    def sentence(self) -> str:
        """What it comes to."""
        one, count = self.together, len(self.brands)
        told = (
            f"On {one.products} products of the {count} biggest brands accuracy is "
            f"{100 * one.known.value:.1f} % where other products of the brand were trained on and "
            f"{100 * one.unknown.value:.1f} % where none was"
        )
        fall = one.fall
        between = f"95 % interval {100 * fall.low:.1f} to {100 * fall.high:.1f}"
        if fall.low > 0:
            return f"{told}: a new brand costs {100 * fall.value:.1f} points ({between})."
        return f"{told}: no sure fall ({100 * fall.value:+.1f} points lost, {between})."

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "model": self.model,
            "sentence": self.sentence,
            "together": self.together.to_dict(),
            "brands": [one.to_dict() for one in self.brands],
        }
