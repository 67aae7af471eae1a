"""One figure measured on a pack, with its interval, its unit and what it was read off."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Pillar = Literal["seen", "findable", "readable", "chosen"]
Better = Literal["more", "less", "band"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place on the pack's photo that a figure rests on."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom as shares (0 to 1) of the photo's width and height."""
    words: str = ""
    """What is there: the words read, or what is missing."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure of one pack. `value` None is "not measured", and `why_not` says why."""

    name: str
    """In lower case with underscores; docs/packs.md explains each."""
    value: float | None
    unit: str
    """`share`, `px`, `degrees`, `ratio`, `bits`, `count` ... ; `share` is 0 to 1."""
    better: Better
    """Which way is better, all else equal; `band`: best between two bounds."""
    pillar: Pillar | None = None
    """The pillar it counts in; None: shown, not scored."""
    low: float | None = None
    high: float | None = None
    """95 % interval of the measurement itself; None where it is exact or not known."""
    why_not: str = ""
    evidence: tuple[Evidence, ...] = field(default=())

    @classmethod
    def missing(cls, name: str, unit: str, better: Better, why_not: str) -> Measure:
        """A figure that could not be measured, and why.

        >>> Measure.missing("letter_degrees", "degrees", "more", "no height is given").value
        """
        return cls(name, None, unit, better, why_not=why_not)

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "name": self.name,
            "value": self.value,
            "low": self.low,
            "high": self.high,
            "unit": self.unit,
            "better": self.better,
            "pillar": self.pillar,
            "why_not": self.why_not,
            "evidence": [{"box": list(e.box), "words": e.words} for e in self.evidence],
        }
