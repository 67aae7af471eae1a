"""What a sentence claims, in a form that can be computed anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Order = Literal["higher", "lower", "level"]
Relation = Literal["higher", "lower", "apart", "level", "ahead", "behind"]
"""What a sentence says of two: `apart` is not told apart, `level` is the same figure."""


@dataclass(frozen=True, slots=True)
class Tell:
    """A figure is that of a subject (against a comparator) in a metric."""

    fact: str
    subject: str
    metric: str
    comparator: str = ""
    others: tuple[str, ...] = ()
    """Ids of the interval and the number beside the figure: they must be of the same fact."""


@dataclass(frozen=True, slots=True)
class Compare:
    """How one subject stands to another in a metric."""

    order: Relation
    left: str
    right: str
    metric: str
    against: str = ""
    """The comparator of the left figure: such a figure stands beside no other."""


@dataclass(frozen=True, slots=True)
class Extreme:
    """A subject stands highest or lowest of all in a metric."""

    order: Literal["higher", "lower"]
    subject: str
    metric: str


@dataclass(frozen=True, slots=True)
class Cause:
    """A figure is what a subject adds to a metric, or takes from it: experiments only."""

    fact: str
    order: Literal["higher", "lower"]


Claim = Tell | Compare | Extreme | Cause
