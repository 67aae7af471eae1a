"""What attacks on words and photos achieved, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from glasscase.intervals import Interval, number, wilson_interval


@dataclass(frozen=True)
class Attacked:
    """One kind of attack on some products whose answers were right."""

    name: str
    products: int
    flipped: int
    mean_edits: float | None = None
    """Of words: single-character edits it took where the answer flipped."""
    examples: tuple[tuple[str, str], ...] = ()
    """Of words: text before and after, for some of the flipped."""

    @property
    def share(self) -> Interval:
        """Share of the right answers that were flipped (Wilson's interval)."""
        if not self.products:
            return Interval.undefined()
        return wilson_interval(self.flipped / self.products, self.products)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "name": self.name,
            "products": self.products,
            "flipped": self.flipped,
            "share": self.share.to_dict(),
            "mean_edits": None if self.mean_edits is None else number(self.mean_edits),
            "examples": [{"before": before, "after": after} for before, after in self.examples],
        }


@dataclass(frozen=True)
class Attacks:
    """All attacks, and why some could not be made."""

    made: tuple[Attacked, ...] = ()
    not_made: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {
            "made": [one.to_dict() for one in self.made],
            "not_made": list(self.not_made),
        }
