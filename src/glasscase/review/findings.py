"""What an audit found, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, NamedTuple

from glasscase.catalog.problem import Problem
from glasscase.catalog.product import Product
from glasscase.review.worklist import Case, class_pairs


class Share(NamedTuple):
    """A share, 0 to 1, with its 95 % interval."""

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """JSON values; null where there is no figure."""
        return {name: part if isfinite(part) else None for name, part in self._asdict().items()}


@dataclass(frozen=True)
class Group:
    """Products that are the same, or variants of one another."""

    kind: str
    """`exact` (same words and photo files), `near` (same photo or same words) or `variant`."""
    products: tuple[Product, ...]
    labels: tuple[str, ...]
    """Their different labels; more than one is a conflict."""

    @property
    def conflict(self) -> bool:
        """Whether its products are filed under different classes."""
        return len(self.labels) > 1

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        products = [{"row": one.row, "id": one.id, "label": one.label} for one in self.products]
        return {"kind": self.kind, "labels": list(self.labels), "products": products}


@dataclass(frozen=True)
class Leak:
    """A product of the other table that is in this catalogue too."""

    product: Product
    """Of the other table."""
    twin: Product
    """Of this catalogue: the first near-duplicate."""
    by: str
    """`photo`, `text`, or empty where only a third product connects the two."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "row": self.product.row,
            "id": self.product.id,
            "label": self.product.label,
            "twin_row": self.twin.row,
            "twin_id": self.twin.id,
            "twin_label": self.twin.label,
            "by": self.by,
        }


@dataclass(frozen=True)
class Leaks:
    """Products in both tables, and what they do to the accuracy on the other one."""

    products: int
    """Of the other table."""
    leaks: tuple[Leak, ...]
    accuracy: Share | None
    """On all labelled products of the other table, by a model trained on this catalogue. None, as
    the three below, where there is nothing to count."""
    leaked: Share | None
    """The same on those that are in both."""
    not_leaked: Share | None
    """The same on the others: the figure to believe."""
    inflated_by: Share | None
    """`accuracy` less that of a model trained without the twins, on the same products; in shares
    of 1, with a paired interval."""

    @property
    def sentence(self) -> str:
        """What it comes to."""
        count = len(self.leaks)
        start = f"{count:,} of {self.products:,} products of the other table are in this one too"
        if not count:
            return "No product is in both tables."
        if self.inflated_by is None:
            return f"{start}."
        gain, low, high = (100 * value for value in self.inflated_by)
        return (
            f"{start}. They change the accuracy on it by {gain:+.1f} points "
            f"(95 % interval {low:+.1f} to {high:+.1f})."
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        shares = {
            "accuracy": self.accuracy,
            "accuracy_leaked": self.leaked,
            "accuracy_not_leaked": self.not_leaked,
            "inflated_by": self.inflated_by,
        }
        return {
            "products": self.products,
            "sentence": self.sentence,
            **{name: share and share.to_dict() for name, share in shares.items()},
            "leaks": [one.to_dict() for one in self.leaks],
        }


@dataclass(frozen=True)
class Findings:
    """Everything an audit says of a catalogue."""

    worklist: tuple[Case, ...]
    """Every labelled product, the most doubtful label first."""
    judged: int
    """Products whose label the model could judge."""
    accuracy: Share
    """How often the held-out model agrees with the labels."""
    error_rate: Share
    """Estimated share of wrong labels among the judged."""
    model: str
    """Name of the head that judged."""
    groups: tuple[Group, ...]
    """Duplicates and variants, conflicts first."""
    leaks: Leaks | None
    notes: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def suspects(self) -> tuple[Case, ...]:
        """Those of the worklist against whose label anything speaks, in its order."""
        return tuple(case for case in self.worklist if case.suspect)

    @property
    def advice(self) -> str:
        """The one sentence to act on."""
        found = len(self.suspects)
        if not found and not self.judged:
            return "No label could be judged, and no duplicate speaks against one."
        if not found:
            return "Nothing speaks against any label."
        rate = self.error_rate
        look = (
            f"Look at {found:,} of {len(self.worklist):,} products first: something speaks against "
            "their label."
        )
        if not isfinite(rate.value):
            return look
        return (
            f"{look} By the model's estimate about {100 * rate.value:.1f} % of the "
            f"{self.judged:,} labels it could judge are wrong "
            f"(95 % interval {100 * rate.low:.1f} to {100 * rate.high:.1f})."
        )

    def groups_of(self, kind: str) -> Sequence[Group]:
        """Groups of one `kind`."""
        return [group for group in self.groups if group.kind == kind]

    def to_dict(self) -> dict[str, Any]:
        """JSON values: of the worklist the suspects."""
        pairs = class_pairs(self.worklist)
        return {
            "advice": self.advice,
            "products": len(self.worklist),
            "judged": self.judged,
            "model": self.model,
            "accuracy": self.accuracy.to_dict(),
            "error_rate": self.error_rate.to_dict(),
            "suspects": len(self.suspects),
            "class_pairs": [{"label": a, "suggested": b, "count": n} for a, b, n in pairs],
            "worklist": [case.to_dict() for case in self.suspects],
            "groups": [group.to_dict() for group in self.groups],
            "leaks": self.leaks and self.leaks.to_dict(),
            "notes": list(self.notes),
            "problems": [str(problem) for problem in self.problems],
        }
